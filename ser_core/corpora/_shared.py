"""What every corpus module shares: a recording, an address to fetch from, a search in a folder.

The corpora's file names are told apart by their grammar alone, so a recording is found wherever it
lies under the data root: in the original's folders, in a Kaggle archive's, or in one flat folder.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ser_core import figures
from ser_core.assets.reading import has_an_end
from ser_core.language import gettext as _

SUFFIXES = (".wav", ".flac", ".ogg", ".mp3")
"""Endings that a recording may have, in lower or upper case."""

NOT_STATED = "not stated"
"""What a corpus does not say about its speakers."""

_SHOWN = 5

LIKE_RAVDESS = ("ravdess", "actor", "banglaser")
"""How the folders are named that tell the corpora apart whose file names are the same."""


@dataclass(frozen=True)
class Recording:
    """One recording of a corpus and what its file name says about it.

    Attributes
    ----------
    corpus : str
        Name of the corpus in the registry, e.g. ``"ravdess"``.
    name : str
        The file's name without its ending; unique within a corpus.
    path : Path
        Where it lies.
    speaker : str
        Unique over all corpora, e.g. ``"ravdess-08"``.
    gender : str
        ``"female"``, ``"male"`` or `NOT_STATED`.
    emotion : str
        The intended emotion, one of `ser_core.emotions.ALL_EMOTIONS`.
    intensity : str or None
        As the corpus names it, in lower case; None where it names none.
    statement : str or None
        The words that are spoken.
    language : str
        ISO 639 code of what is spoken: ``"en"``, say; ``"zxx"`` for sounds without words.
    """

    corpus: str
    name: str
    path: Path
    speaker: str
    gender: str
    emotion: str
    intensity: str | None
    statement: str | None
    language: str


@dataclass(frozen=True)
class Remote:
    """Where a corpus can be downloaded.

    Attributes
    ----------
    url : str
        An archive, or the address of a Dataverse that holds the files one by one.
    filename : str
        What the archive is called on disk; empty for a Dataverse.
    checksum : str or None
        ``"md5:..."`` or ``"sha256:..."`` of the archive. None where nobody publishes one: the
        recordings themselves are then held against the table in ``data/``.
    size_mb : int
        Roughly what is transferred; unpacked it needs about as much again.
    doi : str
        Set for a Dataverse: the data set's DOI. Its own listing has the checksum of every file.
    """

    url: str
    filename: str = ""
    checksum: str | None = None
    size_mb: int = 0
    doi: str = ""


class Corpus(Protocol):
    """What a corpus module offers. Adding a corpus is one such module and one registry line."""

    @property
    def NAME(self) -> str:
        """Name in the registry, in the data root and of the table."""

    @property
    def TITLE(self) -> str:
        """Name for people."""

    @property
    def DESCRIPTION(self) -> str:
        """One sentence: who says what, in which emotions."""

    @property
    def LICENCE(self) -> str:
        """Licence of the recordings."""

    @property
    def SOURCE(self) -> str:
        """Address of the official page."""

    @property
    def BIBTEX(self) -> str:
        """What to cite."""

    @property
    def REMOTES(self) -> tuple[Remote, ...]:
        """Where `ser_core.data.fetch` downloads it; empty where that is not possible."""

    @property
    def ACCESS(self) -> str:
        """In words: how to get it, and what about that could not be tried."""

    @property
    def LANGUAGE(self) -> str:
        """ISO 639 code of what is spoken."""

    @property
    def EXPECTED_RECORDINGS(self) -> int:
        """Recordings in the full release."""

    @property
    def SHARE_FEATURES(self) -> bool:
        """Whether the licence lets features computed from the recordings be passed on."""

    @property
    def SPEAKER_GROUPS(self) -> Mapping[str, tuple[str, ...]]:
        """Fixed, named groups of all the speakers, for cross-validation on unseen ones."""

    @property
    def FILE_NAME(self) -> re.Pattern[str]:
        """What the name of a recording looks like, without its ending."""

    @property
    def LEFT_OUT(self) -> Mapping[str, re.Pattern[str]]:
        """What the names of other files of the release look like, by what those are."""

    def parse(self, path: Path) -> Recording | None:
        """Read what a file's name says; None if it is not a name of this corpus."""

    def find(self, root: str | Path) -> list[Recording]:
        """Find the recordings under a folder, each once, sorted by name."""


def folder_named(path: Path, names: Sequence[str]) -> str | None:
    """Which of some names the folders around a file tell, the nearest first.

    Parameters
    ----------
    path : Path
    names : sequence of str
        In lower case. A folder tells one that it begins with, whatever else is in it than letters:
        ``Bangla-SER v5`` tells ``banglaser``.

    Returns
    -------
    str or None
    """
    for folder in path.absolute().parents:
        letters = "".join(filter(str.isalpha, folder.name.lower()))
        for name in names:
            if letters.startswith(name):
                return name
    return None


def find_all(root: str | Path, parse: Callable[[Path], Recording | None]) -> list[Recording]:
    """Find every file that `parse` knows, second copies included, sorted by name.

    Among files of one name the one nearest to the root comes first, then the less compressed one.
    """
    root = Path(root)

    def order(recording: Recording) -> tuple[str, int, int, str]:
        path = recording.path
        return (
            recording.name,
            len(path.parts),
            SUFFIXES.index(path.suffix.lower()),
            str(path),
        )

    return sorted(filter(None, map(parse, sound_files(root))), key=order)


def find(root: str | Path, parse: Callable[[Path], Recording | None]) -> list[Recording]:
    """Find the recordings that `parse` knows, each name once, sorted by name.

    A second copy in the tree (the Kaggle archive of RAVDESS holds every actor twice) is the same
    recording and is left out.
    """
    found: dict[str, Recording] = {}
    for recording in find_all(root, parse):
        found.setdefault(recording.name, recording)
    return list(found.values())


def sound_files(root: str | Path) -> Iterator[Path]:
    """Yield the sound files under a folder, told by their endings."""
    return files(root, SUFFIXES)


def files(root: str | Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    """Yield the files under a folder that have one of some endings, in lower or upper case.

    Hidden files, pipes, devices and the ``__MACOSX`` shadow copies of an unpacked archive are
    passed over. Links to
    folders are followed, each folder once: corpora are large, and often lie on another disk.
    """
    seen = set()
    for folder, folders, names in os.walk(root, followlinks=True):
        place = Path(folder).stat()
        if (place.st_dev, place.st_ino) in seen:
            folders.clear()
            continue
        seen.add((place.st_dev, place.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__MACOSX")))
        for name in sorted(names):
            if name.lower().endswith(suffixes) and not name.startswith("."):
                path = Path(folder, name)
                if has_an_end(path):
                    yield path


def some(names: Sequence[str]) -> str:
    """The first of some names, and how many more there are."""
    more = len(names) - _SHOWN
    shown = ", ".join(names[:_SHOWN])
    if more <= 0:
        return shown
    return _("{names} and {count} more").format(names=shown, count=figures.number(more))
