"""Which recordings the paths of a command mean."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from ser_core.assets.reading import has_an_end
from ser_core.errors import AudioError


def sounds_in(paths: Sequence[str]) -> Iterator[tuple[str, AudioError | None]]:
    """The files to hear, and the folders in which there is nothing to hear, with the reason.

    Files of a folder come in the order of their names; only what lies beside one another is held.
    """
    from ser_core.audio import remote

    for path in paths:
        if remote.is_remote(path):
            try:
                found = remote.files(path)
            except AudioError as error:
                yield path, error
                continue
            yield from [(path, None)] if found is None else _sounds_of(path, found, [])
        elif os.path.isdir(path):
            closed: list[OSError] = []
            yield from _sounds_of(path, _files(path, closed), closed)
        else:
            yield path, None


def _sounds_of(
    folder: str, files: Iterable[str], closed: list[OSError]
) -> Iterator[tuple[str, AudioError | None]]:
    """Those that end as a sound does; what was passed over is told, and where nothing is left."""
    from ser_core.audio import SUFFIXES

    others: Counter[str] = Counter()
    found = False
    for file in files:
        name = PurePosixPath(file)
        if name.name.startswith("."):
            continue
        if name.suffix.lower() in SUFFIXES:
            found = True
            yield file, None
        else:
            others[name.suffix or "without an ending"] += 1
    if others and found:
        print(_passed_over(folder, others), file=sys.stderr)
    for error in closed:
        yield (
            str(error.filename),
            AudioError(
                "not_found",
                f"The folder {Path(error.filename).name!r} cannot be read: "
                f"{error.strerror}. Check your permission to read it.",
            ),
        )
    if not found and not closed:
        there = f" There are {_counted(others)}." if others else ""
        yield (
            folder,
            AudioError(
                "no_sounds",
                f"There is no sound in the folder {Path(folder).name!r}: files that end in "
                f"{', '.join(sorted(SUFFIXES))} are looked for.{there} If yours end in "
                "something else, name the files themselves.",
            ),
        )


def _files(folder: str, closed: list[OSError]) -> Iterator[str]:
    """All files below a folder, in the order of their paths' parts.

    Links to folders are not followed. Pipes and devices are passed over: whoever wants to hear one
    names it.
    """
    ahead = [(folder, True)]
    while ahead:
        path, is_folder = ahead.pop()
        if not is_folder:
            if has_an_end(path):
                yield path
            continue
        try:
            with os.scandir(path) as entries:
                inside = sorted(entries, key=lambda entry: entry.name, reverse=True)
        except OSError as error:
            closed.append(error)
            continue
        ahead += [
            (str(Path(entry.path)), entry.is_dir())
            for entry in inside
            if not (entry.is_symlink() and entry.is_dir())
        ]


def _passed_over(folder: str, others: Counter[str]) -> str:
    return (
        f"Left out of the folder {Path(folder).name!r}: {_counted(others)}. In a folder only files "
        "with the ending of a sound are heard; name a file itself to have it tried."
    )


def _counted(others: Counter[str]) -> str:
    return ", ".join(f"{count:,} {ending}" for ending, count in sorted(others.items()))
