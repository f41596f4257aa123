"""Embeddings of many recordings, as files that other people's trainings read."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

SUFFIXES = (".npz", ".parquet")
"""Endings that say how they are written."""


@dataclass(frozen=True, eq=False)
class Embedded:
    """A recording in numbers.

    Attributes
    ----------
    file : str
    duration_s : float
    values : np.ndarray of float32, shape (n_features,)
        From `ser_core.inference.predictor.Model.embed`.
    """

    file: str
    duration_s: float
    values: NDArray[np.float32] = field(repr=False)


def write(path: Path, rows: Sequence[Embedded], model_id: str) -> None:
    """Write embeddings so that the file is either whole or not there.

    Parameters
    ----------
    path : Path
        Ends in one of `SUFFIXES`. An ``.npz`` holds ``recording``, ``duration_s``, ``embedding`` of
        shape (n_files, n_features) and ``model``; a ``.parquet`` has the first three as columns,
        and the model in its metadata under ``undertone``.
    rows : sequence of Embedded
        At least one.
    model_id : str
    """
    unfinished = path.with_name(f"{path.name}.unfinished")
    with unfinished.open("wb") as file:
        write_to(file, path.suffix.lower(), rows, model_id)
    os.replace(unfinished, path)


def write_to(file: BinaryIO, suffix: str, rows: Sequence[Embedded], model_id: str) -> None:
    """Write embeddings to an open file, as its kind wants it; see `write`."""
    if suffix == ".npz":
        np.savez_compressed(
            file,
            recording=np.array([row.file for row in rows]),
            duration_s=np.array([row.duration_s for row in rows]),
            embedding=np.stack([row.values for row in rows]),
            model=np.array(model_id),
        )
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    numbers = pa.array(np.concatenate([row.values for row in rows]))
    width = len(rows[0].values)
    table = pa.table(
        {
            "recording": [row.file for row in rows],
            "duration_s": [row.duration_s for row in rows],
            "embedding": pa.FixedSizeListArray.from_arrays(numbers, width),
        }
    )
    about = json.dumps({"model": model_id})
    pq.write_table(table.replace_schema_metadata({"undertone": about}), file)
