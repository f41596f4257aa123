"""The speech corpora, one flat module each, and their registry.

Data root: a folder that holds one folder a corpus, or a corpus's own folder. Recordings are known
by their file names, so any layout below it will do.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ser_core.corpora import (
    banglaser,
    cremad,
    emodb,
    emogator,
    nemo,
    ravdess,
    synthetic,
    tess,
    turevdb,
)
from ser_core.corpora._shared import (
    NOT_STATED,
    SUFFIXES,
    Corpus,
    Recording,
    Remote,
    find_all,
    sound_files,
)
from ser_core.errors import CorpusError

__all__ = [
    "CORPORA",
    "NOT_STATED",
    "SUFFIXES",
    "Corpus",
    "Recording",
    "Remote",
    "data_root",
    "existing",
    "find_all",
    "get",
    "paths_of",
    "sound_files",
]

CORPORA: dict[str, Corpus] = {
    "ravdess": ravdess,
    "tess": tess,
    "emodb": emodb,
    "cremad": cremad,
    "nemo": nemo,
    "banglaser": banglaser,
    "turevdb": turevdb,
    "emogator": emogator,
    "synthetic": synthetic,
}


def get(name: str) -> Corpus:
    """The corpus of a name.

    Raises
    ------
    CorpusError
        With code ``unknown_corpus``.

    Examples
    --------
    >>> get("emodb").TITLE, len(get("emodb").SPEAKER_GROUPS)
    ('EMO-DB', 5)
    """
    try:
        return CORPORA[name]
    except KeyError:
        raise CorpusError(
            "unknown_corpus",
            f"There is no corpus {name!r}; the corpora are {', '.join(CORPORA)}.",
        ) from None


def existing(root: Path) -> Path:
    """A data root that is there.

    Raises
    ------
    CorpusError
        With code ``no_folder``.
    """
    if not root.is_dir():
        raise CorpusError(
            "no_folder",
            f"There is no folder {root.name!r} for recordings: name the one that holds the corpora "
            "with --data DIR or in $SER_DATA, or fetch one with `python -m ser_core fetch CORPUS`.",
        )
    return root


def data_root(given: str | Path | None = None) -> Path:
    """Where the corpora lie: as given, else ``$SER_DATA``, else ``./corpora``."""
    return Path(given or os.environ.get("SER_DATA") or "corpora")


def paths_of(corpora: Sequence[str], names: Sequence[str], root: Path) -> list[Path]:
    """Where recordings lie below a data root.

    Parameters
    ----------
    corpora, names : sequence of str
        The corpus and the name of each recording.
    root : Path

    Raises
    ------
    CorpusError
        With code ``no_recordings`` where one is not there.
    """
    found = {
        (corpus, recording.name): recording.path
        for corpus in dict.fromkeys(corpora)
        for recording in reversed(find_all(root, get(corpus).parse))
    }
    keys = list(zip(corpora, names, strict=True))
    missing = [key for key in keys if key not in found]
    if missing:
        corpus, name = missing[0]
        raise CorpusError(
            "no_recordings",
            f"{len(missing):,} recordings of the tables are not in the data folder {root.name!r}, "
            f"the first {name} of {get(corpus).TITLE}. Complete it with `python -m ser_core fetch "
            f"{corpus}`, or compute the tables again with `python -m ser_core extract --data DIR`.",
        )
    return [found[key] for key in keys]
