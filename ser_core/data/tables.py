"""Manifests and feature tables: one parquet file a corpus.

A table has one row a recording that may be used: the columns of `MANIFEST`, then one float32 column
a feature. Licence, source, feature settings and what was left out travel in the file's metadata.
The tables in ``data/`` let people explore and retrain without any audio.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ser_core import assets
from ser_core.assets import datafiles
from ser_core.audio import SAMPLE_RATE
from ser_core.corpora import CORPORA, get
from ser_core.errors import CorpusError
from ser_core.features.classic import FeatureSettings

DATA_DIR = assets.DATA
"""The tables that come with Undertone."""

MANIFEST = (
    "corpus",
    "name",
    "speaker",
    "gender",
    "emotion",
    "intensity",
    "statement",
    "language",
    "duration_s",
    "sha256",
)
"""Columns of every table; the features follow."""

FORMAT = 1
_KEY = b"undertone"


@dataclass(frozen=True)
class TableInfo:
    """What a table's metadata says.

    Attributes
    ----------
    corpus, title, licence, source, citation : str
        The corpus and its terms; ``citation`` is BibTeX.
    features : FeatureSettings or None
        What the feature columns were computed with; None if there are none.
    excluded : tuple of (name, code, reason)
        Recordings that were found but left out.
    inputs : str
        Digest of the files (names, sizes, dates) and of the features: tells whether it is current.
    """

    corpus: str
    title: str
    licence: str
    source: str
    citation: str
    features: FeatureSettings | None
    excluded: tuple[tuple[str, str, str], ...]
    inputs: str


def path_of(corpus: str, root: str | Path | None = None) -> Path:
    """Where the table of a corpus lies; in `DATA_DIR` unless a folder is given."""
    return Path(root or DATA_DIR) / f"{get(corpus).NAME}.parquet"


def available(root: str | Path | None = None, *, features: bool = False) -> tuple[str, ...]:
    """Names of the corpora that have a table (with features), in the registry's order."""
    there = (name for name in CORPORA if path_of(name, root).is_file())
    return tuple(name for name in there if not features or info(name, root).features)


def read(
    corpora: Iterable[str] | None = None, root: str | Path | None = None, *, features: bool = True
) -> pd.DataFrame:
    """Read tables.

    Parameters
    ----------
    corpora : iterable of str, optional
        Which; unless given, all that are there (with ``features``, all that have features).
    root : str or Path, optional
        The folder of the tables; `DATA_DIR` unless given.
    features : bool
        Whether to read the feature columns too. Without them, manifest-only corpora come as well.

    Returns
    -------
    pandas.DataFrame
        One row a recording, corpora in the order asked for, rows sorted by name. Columns:
        `MANIFEST`, then the features as float32.

    Raises
    ------
    CorpusError
        With code ``unknown_corpus``, ``no_table``, ``no_features`` (asked for, but the corpus's
        licence forbids passing them on), ``damaged_table``, ``mixed_features`` (the tables were
        computed with different settings) or ``other_rate`` (of sounds of another sampling rate).
    """
    if corpora is None:
        names = list(available(root, features=features))
    else:
        names = list(dict.fromkeys(corpora))
    if not names:
        raise CorpusError(
            "no_table",
            "No corpus was named, or the folder holds no tables. Compute them with "
            "`python -m ser_core extract --data DIR`.",
        )
    settings = {name: info(name, root).features for name in names}
    if features:
        missing = [name for name in names if settings[name] is None]
        if missing:
            titles = " and ".join(get(name).TITLE for name in missing)
            raise CorpusError(
                "no_features",
                f"The table of {titles} holds no features, because the licence forbids passing "
                "them on. Compute them yourself from the recordings: "
                "`python -m ser_core extract --data DIR --out OUT --all-features`.",
            )
        if len(set(settings.values())) > 1:
            raise CorpusError(
                "mixed_features",
                f"The tables of {', '.join(names)} were computed with different feature settings. "
                "Compute them again with `python -m ser_core extract --data DIR`.",
            )
        rates = {each.sampling_rate for each in settings.values() if each is not None}
        if rates != {SAMPLE_RATE}:
            raise CorpusError(
                "other_rate",
                f"The tables of {', '.join(names)} are of sounds of {rates.pop():,} Hz, and here "
                f"they have {SAMPLE_RATE:,}. Compute them again with "
                "`python -m ser_core extract --data DIR`.",
            )
    columns = None if features else list(MANIFEST)
    parts: list[pd.DataFrame] = [_read_table(n, root, columns).to_pandas() for n in names]
    return pd.concat(parts, ignore_index=True)


def info(corpus: str, root: str | Path | None = None) -> TableInfo:
    """Read a table's metadata.

    Raises
    ------
    CorpusError
        With code ``unknown_corpus``, ``no_table`` or ``damaged_table``.
    """
    path = _existing(corpus, root)
    try:
        fields = json.loads(pq.read_schema(path).metadata[_KEY])
        if fields.pop("format") != FORMAT:
            raise ValueError
        settings = fields.pop("features")
        excluded = tuple((str(n), str(c), str(r)) for n, c, r in fields.pop("excluded"))
        return TableInfo(
            features=None if settings is None else FeatureSettings(**settings),
            excluded=excluded,
            **fields,
        )
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise _damaged(corpus) from error


def write(
    rows: pd.DataFrame,
    corpus: str,
    root: str | Path,
    *,
    features: FeatureSettings | None,
    excluded: Sequence[tuple[str, str, str]] = (),
    inputs: str = "",
) -> Path:
    """Write a table so that it is either whole or not there.

    Parameters
    ----------
    rows : pandas.DataFrame
        The columns of `read`.
    corpus : str
    root : str or Path
    features : FeatureSettings or None
        What the feature columns were computed with; None for a manifest.
    excluded, inputs
        As in `TableInfo`.

    Returns
    -------
    Path
        Where it lies.
    """
    module = get(corpus)
    about: dict[str, Any] = {
        "format": FORMAT,
        "corpus": corpus,
        "title": module.TITLE,
        "licence": module.LICENCE,
        "source": module.SOURCE,
        "citation": module.BIBTEX,
        "features": None if features is None else dataclasses.asdict(features),
        "excluded": list(excluded),
        "inputs": inputs,
    }
    measured = [column for column in rows.columns if column not in MANIFEST]
    schema = pa.schema(
        [pa.field(c, pa.float32() if c == "duration_s" else pa.string()) for c in MANIFEST]
        + [pa.field(c, pa.float32()) for c in measured],
        metadata={_KEY: json.dumps(about)},
    )
    table = pa.Table.from_pandas(rows, schema=schema, preserve_index=False)
    path = path_of(corpus, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(
        table.replace_schema_metadata(schema.metadata),
        unfinished,
        compression="zstd",
        compression_level=19,
        # Bytes of equal weight side by side compress better; strings repeat, so index them.
        use_dictionary=[c for c in MANIFEST if c not in ("name", "sha256", "duration_s")],
        use_byte_stream_split=["duration_s", *measured],
        # Minima and maxima of every feature weigh more than they help on so few rows.
        write_statistics=False,
    )
    os.replace(unfinished, path)
    datafiles.register(path)
    return path


def _existing(corpus: str, root: str | Path | None) -> Path:
    path = path_of(corpus, root)
    if not path.is_file():
        raise CorpusError(
            "no_table",
            f"There is no table of {get(corpus).TITLE} ({path.name}). Compute it from the "
            "recordings with `python -m ser_core extract --data DIR`.",
        )
    datafiles.check(path)
    return path


def _read_table(corpus: str, root: str | Path | None, columns: list[str] | None) -> pa.Table:
    try:
        return pq.read_table(_existing(corpus, root), columns=columns)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(corpus) from error


def _damaged(corpus: str) -> CorpusError:
    return CorpusError(
        "damaged_table",
        f"The table of {get(corpus).TITLE} cannot be read: it is damaged or from another version. "
        "Delete it and compute it again with `python -m ser_core extract --data DIR`.",
    )
