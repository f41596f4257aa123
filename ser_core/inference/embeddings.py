"""Embeddings of many recordings, as files that other people's trainings read."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import Clip
from ser_core.errors import SerError
from ser_core.inference.predictor import Model

SUFFIXES = (".npz", ".parquet")
"""Endings that say how they are written."""


@dataclass(frozen=True, eq=False)
class Embedded:
    """A recording, or a passage of one, in numbers.

    Attributes
    ----------
    file : str
    duration_s : float
        Of the recording.
    start_s, end_s : float
        Of the passage, or of the whole.
    values : np.ndarray of float32, shape (n_features,)
        From `ser_core.inference.predictor.Model.embed` or `embed_passages`.
    """

    file: str
    duration_s: float
    start_s: float
    end_s: float
    values: NDArray[np.float32] = field(repr=False)


def embed(model: Model, clip: Clip, file: str, *, passages: bool = False) -> list[Embedded]:
    """A recording in numbers: as a whole, or a row a passage in which somebody speaks."""
    length_s = clip.duration_s
    if not passages:
        return [Embedded(file, length_s, 0.0, length_s, model.embed(clip))]
    along = model.embed_passages(clip)
    spans = zip(along.starts_s.tolist(), along.ends_s.tolist(), along.values, strict=True)
    return [Embedded(file, length_s, start, end, values) for start, end, values in spans]


def ready(suffix: str) -> None:
    """See that what writes files with this ending is installed.

    Raises
    ------
    SerError
        With code ``not_installed``.
    """
    if suffix == ".parquet":
        try:
            importlib.import_module("pyarrow")
        except ModuleNotFoundError as error:
            raise SerError(
                "not_installed",
                "The package pyarrow is not installed, and writing Parquet needs it. It comes with "
                "undertone[train]: pip install '.[train]' in a clone of Undertone. An .npz needs "
                "nothing more.",
            ) from error


def write(path: Path, rows: Sequence[Embedded], model_id: str) -> None:
    """Write embeddings so that the file is either whole or not there.

    Parameters
    ----------
    path : Path
        Ends in one of `SUFFIXES`. An ``.npz`` holds ``recording``, ``duration_s``, ``start_s``,
        ``end_s``, ``embedding`` of shape (n_rows, n_features) and ``model``; a ``.parquet`` has the
        first five as columns, and the model in its metadata under ``undertone``.
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
            start_s=np.array([row.start_s for row in rows]),
            end_s=np.array([row.end_s for row in rows]),
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
            "start_s": [row.start_s for row in rows],
            "end_s": [row.end_s for row in rows],
            "embedding": pa.FixedSizeListArray.from_arrays(numbers, width),
        }
    )
    about = json.dumps({"model": model_id})
    pq.write_table(table.replace_schema_metadata({"undertone": about}), file)
