"""Where ``predict`` writes its lines: the terminal, or a file with which a later run goes on."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TypedDict

from ser_core.assets.reading import conforms, json_of
from ser_core.cli.hearing import Introduction, Wanted, lines_of
from ser_core.cli.lines import Lines
from ser_core.cli.output import room_for
from ser_core.errors import SerError

_MEGABYTES = 1
_DIGEST = re.compile(r"([0-9a-f]{64})?")
_JSON_BEGINS = b'{"file": '


class _Told(TypedDict):
    """What each line of such a file has."""

    file: str
    sha256: str
    model: str


class Terminal:
    """Standard output."""

    refused = False

    def __init__(self, lines: Lines) -> None:
        self.write(lines.head)

    def known(self, file: str) -> str | None:
        """Nothing is known from before."""
        return None

    def write(self, text: str) -> None:
        """Print at once: whoever reads along need not wait."""
        print(text, end="", flush=True)

    def close(self) -> None:
        """It stays open."""


class Kept:
    """A file to which the lines are appended, those of a recording at once.

    Parameters
    ----------
    path : Path
    wanted : Wanted
    introduction : Introduction
    resume : bool
        Whether the file may hold lines of an earlier run. A last line that was torn when that run
        was ended is cut off.

    Attributes
    ----------
    refused : bool
        Whether it holds a recording that was refused.

    Raises
    ------
    SerError
        With code ``already_there``, ``not_ours``, ``not_writable`` or ``no_room``.
    """

    def __init__(
        self, path: Path, wanted: Wanted, introduction: Introduction, *, resume: bool
    ) -> None:
        self._path, self._wanted = path, wanted
        self._lines, self._model_id = lines_of(wanted, introduction), introduction.model_id
        # Digests of names and of contents, in bytes: a million files take 0.2 GB.
        self._known: dict[bytes, bytes] = {}
        self.refused = False
        with room_for(path.parent, _MEGABYTES):
            whole = self._read() if self._is_there(resume) else 0
        try:
            self._file: IO[bytes] = path.open("ab", buffering=0)
            self._file.truncate(whole)
            if not whole:
                self.write(self._lines.head)
        except OSError as error:
            raise self._not_writable(error) from error

    def known(self, file: str) -> str | None:
        """Digest of a recording that the file holds as it is wanted now; None for any other."""
        found = self._known.get(self._key(file))
        return None if found is None else found.hex()

    def write(self, text: str) -> None:
        """Append the lines of a recording."""
        rest = memoryview(_encoded(text))
        try:
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError as error:
            raise self._not_writable(error) from error

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def _is_there(self, resume: bool) -> bool:
        try:
            there = self._path.stat().st_size > 0
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._not_writable(error) from error
        if there and not resume:
            raise SerError(
                "already_there",
                f"{self._path.name!r} is there already. Add --resume to go on with it, or name "
                "another file with --out.",
            )
        return there

    def _read(self) -> int:
        """Learn what the file holds; returns how much of it is whole, in bytes."""
        last = None
        try:
            with self._path.open("rb") as file:
                whole = begin_of_last = self._past_head(file)
                rows = self._json(file) if self._wanted.format == "json" else self._csv(file, whole)
                for begin, end, row in rows:
                    if not (conforms(row, _Told) and _DIGEST.fullmatch(row["sha256"])):
                        raise self._not_ours()
                    whole = end
                    if row["file"] != last:
                        last, begin_of_last = row["file"], begin
                    self._learn(row)
        except OSError as error:
            raise self._not_writable(error) from error
        except csv.Error as error:
            raise self._not_ours() from error
        if self._wanted.apart and last is not None:
            # Lines of its other channels may be missing.
            self._known.pop(_key(last), None)
            return begin_of_last
        return whole

    def _learn(self, row: dict[str, Any]) -> None:
        failed = bool(row.get("error"))
        self.refused |= failed
        as_wanted = failed or (
            (not self._wanted.timeline or "timeline" in row)
            and (not self._wanted.explain or "explanation" in row)
        )
        if as_wanted and row["model"] == self._model_id:
            self._known[_key(row["file"])] = bytes.fromhex(row["sha256"])

    def _json(self, file: IO[bytes]) -> Iterator[tuple[int, int, dict[str, Any]]]:
        """Where each line begins and ends, and its row."""
        end = 0
        for line in file:
            begin, end = end, end + len(line)
            if not line.endswith(b"\n"):
                if line[: len(_JSON_BEGINS)] != _JSON_BEGINS[: len(line)]:
                    raise self._not_ours()
                return
            try:
                row = json_of(line)
            except ValueError as error:
                raise self._not_ours() from error
            yield begin, end, row

    def _csv(self, file: IO[bytes], begin: int) -> Iterator[tuple[int, int, dict[str, Any]]]:
        read = _Counted(file, begin)
        names = next(csv.reader([self._lines.head]))
        for cells in csv.reader(read):
            if read.is_torn:
                return
            if len(cells) != len(names):
                raise self._not_ours()
            yield begin, read.end, dict(zip(names, cells, strict=True))
            begin = read.end

    def _past_head(self, file: IO[bytes]) -> int:
        """Length of what stands above the rows, in bytes; 0 where it was torn."""
        head = _encoded(self._lines.head)
        found = file.read(len(head))
        if not head.startswith(found):
            raise self._not_ours()
        return len(head) if found == head else 0

    def _key(self, file: str) -> bytes:
        from ser_core.inference import batch

        if self._wanted.format == "csv":
            file = next(csv.reader([batch.csv_row([file])]))[0]
        return _key(file)

    def _not_ours(self) -> SerError:
        return SerError(
            "not_ours",
            f"{self._path.name!r} holds something else than what `predict --out` writes with these "
            "options; nothing was changed. Name another file with --out.",
        )

    def _not_writable(self, error: OSError) -> SerError:
        return SerError(
            "not_writable",
            f"{self._path.name!r} cannot be written: {error.strerror or 'unknown fault'}. What it "
            "holds stays; make room or name another file with --out, and go on with --resume.",
        )


class _Counted:
    """Lines of a file as text, where the last one ended, and whether it is torn."""

    def __init__(self, lines: Iterable[bytes], begin: int) -> None:
        self._lines = iter(lines)
        self.end, self.is_torn = begin, False

    def __iter__(self) -> _Counted:
        return self

    def __next__(self) -> str:
        try:
            line = next(self._lines)
        except StopIteration:
            # Whoever asks here for the rest of a row will not get it.
            self.is_torn = True
            raise
        self.end += len(line)
        self.is_torn = not line.endswith(b"\n")
        return line.decode("utf-8", errors="replace")


def _key(file: str) -> bytes:
    return hashlib.blake2b(_encoded(file), digest_size=16).digest()


def _encoded(text: str) -> bytes:
    # As on the terminal: a file's name may hold what no encoding can write.
    return text.encode("utf-8", errors="backslashreplace")


def open_output(
    path: Path | None, wanted: Wanted, introduction: Introduction, *, resume: bool
) -> Terminal | Kept:
    """The file where one is named, else the terminal, each with what stands above the rows."""
    if path is None:
        return Terminal(lines_of(wanted, introduction))
    return Kept(path, wanted, introduction, resume=resume)
