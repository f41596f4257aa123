"""What the speech encoder says of the corpora's recordings, in tables small enough to be passed on.

Beside the table of a corpus (`ser_core.data.tables`) lies one of the encoder's numbers, a byte
each: in steps of a fifth of a number's spread over the corpus, which costs a network nothing that
can be measured. With them a network over the encoder is trained without any audio.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ser_core.assets import datafiles, registry
from ser_core.corpora import CORPORA, get
from ser_core.data import tables
from ser_core.errors import CorpusError
from ser_core.features import encoder

FORMAT = 1
STEP = 0.2
"""Standard deviations to a step."""
MOST = 25
"""Steps to either side of the mean; what lies further out is put there."""
CODES = "codes"
_KEYS = ("corpus", "name", "sha256")
_METADATA = b"undertone"
_ROWS = 512


def path_of(corpus: str, root: str | Path | None = None) -> Path:
    """Where the encoder's table of a corpus lies; in the tables' own folder unless one is given."""
    return Path(root or tables.DATA_DIR) / f"encoder-{get(corpus).NAME}.parquet"


def available(root: str | Path | None = None) -> tuple[str, ...]:
    """Names of the corpora that have such a table, in the registry's order."""
    return tuple(name for name in CORPORA if path_of(name, root).is_file())


def write(manifest: pd.DataFrame, inputs: NDArray[np.floating], root: str | Path) -> Path:
    """Write the table of one corpus so that it is either whole or not there.

    Parameters
    ----------
    manifest : pandas.DataFrame
        Of one corpus, as `ser_core.data.tables.read` gives it.
    inputs : np.ndarray, shape (n, 1536)
        The encoder's pooled numbers of the same recordings.
    root : str or Path

    Returns
    -------
    Path
        Where it lies.
    """
    (corpus,) = manifest["corpus"].unique()
    values = np.asarray(inputs, dtype=np.float64)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    step = STEP * np.where(spread > 1e-8, spread, 1.0)
    codes = (np.rint((values - mean) / step).clip(-MOST, MOST) + MOST).astype(np.uint8)
    module = get(corpus)
    about = {
        "format": FORMAT,
        "corpus": corpus,
        "title": module.TITLE,
        "licence": module.LICENCE,
        "source": module.SOURCE,
        "citation": module.BIBTEX,
        "encoder": _encoder(),
        "middle": MOST,
        "mean": _text(mean),
        "step": _text(step),
    }
    arrays = [pa.array(manifest[key], pa.string()) for key in _KEYS]
    kind, buffers = pa.binary(codes.shape[1]), [None, pa.py_buffer(codes)]
    arrays.append(pa.FixedSizeBinaryArray.from_buffers(kind, len(codes), buffers))
    table = pa.Table.from_arrays(arrays, names=[*_KEYS, CODES])
    path = path_of(corpus, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(
        table.replace_schema_metadata({_METADATA: json.dumps(about)}),
        unfinished,
        compression="zstd",
        compression_level=19,
        use_dictionary=["corpus"],
        # All recordings' first number, then all their second: equal spreads compress best.
        use_byte_stream_split=[CODES],
        data_page_size=2**26,
        write_batch_size=2**20,
        write_statistics=False,
    )
    os.replace(unfinished, path)
    datafiles.register(path)
    return path


def read(corpora: Iterable[str], root: str | Path | None = None) -> NDArray[np.float16]:
    """The encoder's numbers of all recordings in the tables of corpora.

    Parameters
    ----------
    corpora : iterable of str
    root : str or Path, optional
        The folder of the tables; `ser_core.data.tables.DATA_DIR` unless given.

    Returns
    -------
    np.ndarray of float16, shape (n, 1536)
        In the order of `ser_core.data.tables.read`.

    Raises
    ------
    CorpusError
        With code ``no_features`` (the licence forbids passing them on), ``no_table``,
        ``damaged_table``, or ``other_recordings`` where they are not those of the manifest.
    """
    return np.concatenate([_read(name, root) for name in dict.fromkeys(corpora)])


def made_with(corpus: str, root: str | Path | None = None) -> str:
    """The SHA-256 of the encoder that a table was computed with."""
    return str(_table(corpus, root)[1]["encoder"])


def check(corpora: Iterable[str], root: str | Path | None = None) -> None:
    """Raise `CorpusError` where a corpus has no such table, saying why."""
    missing = [name for name in dict.fromkeys(corpora) if not path_of(name, root).is_file()]
    closed = [get(name).TITLE for name in missing if not get(name).SHARE_FEATURES]
    if closed:
        raise CorpusError(
            "no_features",
            f"There is no table of the speech encoder's numbers of {' and '.join(closed)}, because "
            "the licence forbids passing them on. Train from the recordings: name their folder "
            "with --data DIR.",
        )
    if missing:
        raise CorpusError(
            "no_table",
            f"There is no table of the speech encoder's numbers of {get(missing[0]).TITLE} "
            f"({path_of(missing[0]).name}). Compute it from the recordings with "
            f"`{datafiles.maker(path_of(missing[0]).name)}`.",
        )


def _read(corpus: str, root: str | Path | None) -> NDArray[np.float16]:
    table, about = _table(corpus, root)
    manifest = tables.read([corpus], root, features=False)
    if any(table[key].to_pylist() != manifest[key].tolist() for key in _KEYS):
        raise CorpusError(
            "other_recordings",
            f"The speech encoder's numbers of {get(corpus).TITLE} are of other recordings than its "
            f"table. Compute both again with `{datafiles.maker(path_of(corpus).name)}`.",
        )
    column = table[CODES].combine_chunks()
    shape = len(table), column.type.byte_width
    codes = np.frombuffer(column.buffers()[1], dtype=np.uint8, count=shape[0] * shape[1])
    mean, step = _numbers(about["mean"]), _numbers(about["step"])
    values = np.empty(shape, dtype=np.float16)
    # Some at a time: a training has little memory.
    for start in range(0, len(values), _ROWS):
        steps = codes.reshape(shape)[start : start + _ROWS] - np.float32(about["middle"])
        values[start : start + _ROWS] = mean + steps * step
    return values


def _table(corpus: str, root: str | Path | None) -> tuple[pa.Table, dict[str, Any]]:
    check([corpus], root)
    path = path_of(corpus, root)
    datafiles.check(path)
    try:
        table = pq.read_table(path)
        about: dict[str, Any] = json.loads(table.schema.metadata[_METADATA])
        if about["format"] != FORMAT or table[CODES].type.byte_width != encoder.N_FEATURES:
            raise ValueError
    except (pa.ArrowException, OSError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise CorpusError(
            "damaged_table",
            f"The table of the speech encoder's numbers of {get(corpus).TITLE} cannot be read: it "
            "is damaged or from another version. Compute it again with "
            f"`{datafiles.maker(path.name)}`.",
        ) from error
    return table, about


def _encoder() -> str:
    return str(registry.of_encoder()[encoder.NETWORK])


def _text(values: NDArray[np.float64]) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode()


def _numbers(text: str) -> NDArray[np.float32]:
    return np.frombuffer(base64.b64decode(text), dtype="<f4")
