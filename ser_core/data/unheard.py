"""Actors of CREMA-D whom the shipped model never heard: which clips, and what listeners said.

The table ``unheard.csv`` of the data folder names 36, with checksum and size of each file and the
votes of CREMA-D's listeners (`data/README.md` tells how they were chosen). No recording comes with
Undertone: `ser_core.data.unheard_fetch` brings them into the user's cache folder when somebody
asks, and each is held against its checksum before it is used.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from ser_core import assets
from ser_core.assets import cache, datafiles
from ser_core.corpora import cremad
from ser_core.inference.prediction import Prediction

TABLE = assets.DATA / "unheard.csv"

VOTES = ("angry", "disgust", "fearful", "happy", "neutral", "sad")
"""What CREMA-D's listeners could choose from, in the order of the table's columns."""


@dataclass(frozen=True)
class Clip:
    """A clip of somebody whom the shipped model never heard.

    Attributes
    ----------
    name : str
        The recording's in CREMA-D.
    sha256 : str
        Of the file.
    n_bytes : int
        Of the file.
    votes : mapping
        How many listeners chose each of `VOTES` when they heard the voice alone.
    speaker, gender, emotion, statement
        As in `ser_core.corpora.Recording`; `emotion` is what the actor was asked for.
    """

    name: str
    sha256: str
    n_bytes: int
    votes: Mapping[str, int] = field(hash=False)
    speaker: str
    gender: str
    emotion: str
    statement: str

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.wav"

    @property
    def n_listeners(self) -> int:
        """How many people said what they heard."""
        return sum(self.votes.values())

    @property
    def recognised(self) -> float:
        """The share of them that chose what the actor meant."""
        return self.votes[self.emotion] / self.n_listeners


def clips() -> tuple[Clip, ...]:
    """All of them, in the order of the table.

    Raises
    ------
    DataError
        With code ``no_data``, ``changed_data`` or ``no_registry``.
    """
    datafiles.check(TABLE)
    try:
        return _read_table(TABLE, TABLE.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError) as error:
        raise datafiles.unreadable(TABLE.name) from error


@lru_cache(maxsize=1)
def _read_table(path: Path, _changed_ns: int) -> tuple[Clip, ...]:
    with path.open(encoding="utf-8", newline="") as lines:
        found = tuple(_clip(row) for row in csv.DictReader(lines))
    if not found:
        raise ValueError("no clips")
    return found


def _clip(row: Mapping[str, str]) -> Clip:
    said = cremad.parse(Path(row["name"]))
    if said is None or said.statement is None:
        raise ValueError(row["name"])
    return Clip(
        row["name"],
        row["sha256"],
        int(row["bytes"]),
        {emotion: int(row[emotion]) for emotion in VOTES},
        said.speaker,
        said.gender,
        said.emotion,
        said.statement,
    )


def folder() -> Path:
    """Where the fetched clips lie; raises CorpusError where nothing can be written at all."""
    return cache.folder() / "cremad-unheard"


def read(clip: Clip) -> bytes | None:
    """A fetched clip, a WAV file; None where it is not there, or is not what it should be."""
    try:
        content = (folder() / clip.file).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == clip.sha256 else None


def missing(wanted: Sequence[Clip]) -> list[Clip]:
    """Those that are still to be fetched."""
    return [clip for clip in wanted if read(clip) is None]


def mistaken(clip: Clip, heard: Prediction) -> bool:
    """Whether a model names another emotion than the actor meant."""
    return heard.decided and heard.verdict != clip.emotion


def to_show(heard: Mapping[Clip, Prediction], count: int) -> list[Clip]:
    """A few clips to play, of many actors and of each emotion; in one of them the model is wrong.

    Parameters
    ----------
    heard : mapping
        What a model hears in each clip.
    count : int

    Returns
    -------
    list of Clip
        Whether the model is right decides about the last one only: where none before is taken for
        another emotion than was meant, it is the first of the table that is.
    """
    left, chosen = list(heard), list[Clip]()
    while left and len(chosen) < count:
        clip = least_like(chosen, left)
        left.remove(clip)
        chosen.append(clip)
    wrong = [clip for clip in heard if mistaken(clip, heard[clip])]
    if wrong and not set(wrong) & set(chosen):
        chosen[-1] = wrong[0]
    return chosen


def least_like(chosen: Sequence[Clip], others: Sequence[Clip]) -> Clip:
    """Of others the first whose actor, emotion and sex are seen least among those chosen."""

    def seen(clip: Clip) -> tuple[int, int, int]:
        return (
            sum(other.speaker == clip.speaker for other in chosen),
            sum(other.emotion == clip.emotion for other in chosen),
            sum(other.gender == clip.gender for other in chosen),
        )

    return min(others, key=seen)
