"""Files in a data root that belong to a corpus and are not read, and what to do about each kind.

A copy that a file manager made of a recording has another name, and is then no recording; a clone
without Git LFS holds pointers of a hundred bytes for sounds; archives of RAVDESS hold songs and
videos. None of that is passed over in silence.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ser_core.corpora._shared import SUFFIXES, Corpus, files, some

_VIDEOS = (".mp4", ".mov", ".avi", ".mkv", ".flv")
_POINTER = b"version https://git-lfs"
_LONGEST_POINTER = 1024


@dataclass
class Strays:
    """The stray files of one corpus.

    Attributes
    ----------
    renamed : list of (Path, str)
        Files with something around a recording's own name, and that name.
    pointers : list of Path
        Recordings whose sound was never fetched.
    left_out : dict of str to list of Path
        What of the corpus's release is not read, by what it is: ``"song"``, say.
    """

    renamed: list[tuple[Path, str]] = field(default_factory=list)
    pointers: list[Path] = field(default_factory=list)
    left_out: dict[str, list[Path]] = field(default_factory=lambda: defaultdict(list))

    @property
    def paths(self) -> set[Path]:
        """All of them."""
        left_out = (path for paths in self.left_out.values() for path in paths)
        return {*(path for path, _ in self.renamed), *self.pointers, *left_out}

    @property
    def lines(self) -> list[str]:
        """One line for each kind, with what to do."""
        lines = []
        if self.renamed:
            path, own = self.renamed[0]
            lines.append(
                f"renamed, so not read: {_told([path for path, _ in self.renamed])}; to do: give "
                f"them back the corpus's own names ({own}{path.suffix}), or delete them if they "
                "are second copies"
            )
        if self.pointers:
            lines.append(
                f"Git LFS pointers, not sounds: {_told(self.pointers)}; to do: run `git lfs pull` "
                "where they were cloned, or download the recordings"
            )
        for what, paths in sorted(self.left_out.items()):
            lines.append(f"left out as {what}: {_told(paths)}; to do: nothing")
        return lines


def look(
    root: Path, corpora: Mapping[str, Corpus], known: Mapping[str, Corpus]
) -> dict[str, Strays]:
    """Find the stray files under a folder.

    Parameters
    ----------
    root : Path
    corpora : mapping of str to Corpus
        Whose strays are wanted.
    known : mapping of str to Corpus
        All corpora: what any of them reads is no other's stray.

    Returns
    -------
    dict
        One entry a corpus, in the order given.
    """
    found = {name: Strays() for name in corpora}
    for path in files(root, (*SUFFIXES, *_VIDEOS)):
        suffix = path.suffix.lower()
        if suffix in SUFFIXES:
            owner = next((name for name, one in known.items() if one.parse(path)), None)
            if owner is not None:
                if owner in found and _is_pointer(path):
                    found[owner].pointers.append(path)
                continue
        for name, corpus in corpora.items():
            what = _left_out(corpus, path)
            if what is not None:
                found[name].left_out[what].append(path)
                break
            own = _own_name(corpus, path) if suffix in SUFFIXES else None
            if own is not None:
                found[name].renamed.append((path, own))
                break
    return found


def _told(paths: Sequence[Path]) -> str:
    return f"{len(paths):,} file{'s' * (len(paths) != 1)}, {some([path.name for path in paths])}"


def _left_out(corpus: Corpus, path: Path) -> str | None:
    for what, pattern in corpus.LEFT_OUT.items():
        if pattern.fullmatch(path.stem):
            return what
    return None


def _own_name(corpus: Corpus, path: Path) -> str | None:
    """The name of a recording within a file's name, where something stands around it."""
    pattern = rf"(?<![^\W_])(?:{corpus.FILE_NAME.pattern})(?![^\W_])"
    around = re.search(pattern, path.stem, corpus.FILE_NAME.flags)
    if around is None or not corpus.parse(path.with_name(f"{around.group()}{path.suffix}")):
        return None
    return around.group()


def _is_pointer(path: Path) -> bool:
    try:
        if path.stat().st_size > _LONGEST_POINTER:
            return False
        with path.open("rb") as file:
            return file.read(len(_POINTER)) == _POINTER
    except OSError:
        return False
