"""Many recordings at once, and zips of them; and the rows that the command line prints, too."""

from __future__ import annotations

import csv
import io
import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from ser_core import audio
from ser_core.emotions import ORDINARY
from ser_core.errors import SerError
from ser_core.inference import zip_names, zip_refusals
from ser_core.inference.prediction import Prediction
from ser_core.inference.predictor import Model, Progress

MAX_FILES = 200
"""Most files that are taken at once, zips unpacked."""

MAX_UNPACKED_BYTES = 200 * 1024**2
"""Most bytes that all files may have together, zips unpacked."""

MAX_RATIO = 200
"""A zip that grows by more than this when unpacked is no archive of recordings."""

RATIO_FROM_BYTES = 10 * 1024**2
"""Small files of silence shrink by more than any recording: the ratio counts from here on."""

_ZIP = b"PK\x03\x04"
# What an archive of nonsense sets off in `zipfile` and in what unpacks for it: benchmarks/fuzz_own.
_NONSENSE = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error),
    *(EOFError, OSError, ValueError, LookupError, ArithmeticError, RuntimeError),
)
_APART, _TRACED = ("channel", "speech_s"), ("sha256", "model")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Row:
    """One file of a batch: heard or refused.

    Attributes
    ----------
    file : str
    prediction : Prediction or None
        None where the file was refused.
    error : SerError or None
        Why it was refused.
    channel : str or None
        Where channels are heard apart, which one.
    speech_s : float or None
        How long somebody speaks in that channel, in seconds.
    """

    file: str
    prediction: Prediction | None = None
    error: SerError | None = None
    channel: str | None = None
    speech_s: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """As ``predict --format json`` prints it."""
        row: dict[str, Any] = {"file": self.file}
        if self.channel is not None:
            row["channel"] = self.channel
        if self.prediction is not None:
            row |= self.prediction.to_dict()
        if self.speech_s is not None:
            row["speech_s"] = self.speech_s
        if self.error is not None:
            row["error"] = {"code": self.error.code, "message": self.error.message}
        return row


def expand(
    files: Sequence[tuple[str, bytes]], most_bytes: int = MAX_UNPACKED_BYTES
) -> list[tuple[str, bytes]]:
    """Replace each zip by the files in it.

    Parameters
    ----------
    files : sequence of (str, bytes)
        Names and contents.
    most_bytes : int
        That all files may have together, zips unpacked: `MAX_UNPACKED_BYTES`, or less.

    Returns
    -------
    list of (str, bytes)
        In order; of the files in a zip the bare names, without folders. A file that is larger than
        any recording may be is cut, so that `predict_many` refuses it.

    Raises
    ------
    AudioError
        With code ``too_many_files``, ``unpacked_too_large``, ``zip_bomb``, ``zip_locked``,
        ``zip_empty`` or ``zip_damaged``.
    """
    most_bytes = min(most_bytes, MAX_UNPACKED_BYTES)
    found: list[tuple[str, bytes]] = []
    total = 0
    for name, content in files:
        members = [(name, content)]
        if content.startswith(_ZIP):
            inside = unpack(content, already=total, most_bytes=most_bytes)
            members = [(PurePosixPath(place).name, part) for place, part in inside]
        found += members
        total += sum(len(part) for _, part in members)
        if len(found) > MAX_FILES:
            raise zip_refusals.too_many(len(found), MAX_FILES)
        if total > most_bytes:
            raise zip_refusals.too_large(most_bytes)
    return found


def predict_many(
    model: Model, files: Sequence[tuple[str, bytes]], *, progress: Progress | None = None
) -> list[Row]:
    """Judge many recordings.

    Parameters
    ----------
    model : Model
    files : sequence of (str, bytes)
        From `expand`.
    progress : callable, optional
        Told the share done, 0 to 1.

    Returns
    -------
    list of Row
        One a file, in order; a refused one is a row like any other.
    """
    rows = []
    for done, (name, content) in enumerate(files):
        try:
            refuse_zip(content)
            rows.append(Row(name, prediction=model.predict(content)))
        except SerError as error:
            rows.append(Row(name, error=error))
        if progress is not None:
            progress((done + 1) / len(files))
    return rows


def refuse_zip(content: bytes) -> None:
    """Raise `AudioError` for a zip where a recording should be."""
    if content.startswith(_ZIP):
        raise zip_refusals.nested()


def to_json_lines(rows: Sequence[Row]) -> str:
    """The rows as ``predict --format json`` prints them."""
    return "".join(json_line(row.to_dict()) + "\n" for row in rows)


def to_csv(rows: Sequence[Row], emotions: Sequence[str]) -> str:
    """The rows as ``predict --format csv`` prints them, the header first."""
    lines = [csv_header(emotions), *(csv_line(row.to_dict(), emotions) for row in rows)]
    return "".join(line + "\n" for line in lines)


def csv_file(rows: Sequence[Row], emotions: Sequence[str]) -> bytes:
    """The same as a file that a spreadsheet opens rightly: UTF-8 with a byte order mark."""
    return to_csv(rows, emotions).encode("utf-8-sig")


def json_line(row: dict[str, Any]) -> str:
    """A row of `Row.to_dict` as a line of JSON."""
    return json.dumps(row, ensure_ascii=False, allow_nan=False)


def csv_header(emotions: Sequence[str], *, apart: bool = False, traced: bool = False) -> str:
    """The columns of `csv_line`."""
    first = ("file", "verdict", "emotion", "confidence", "decided")
    last = (*(_APART if apart else ()), *(_TRACED if traced else ()))
    return csv_row(
        [*first, *emotions, ORDINARY, "duration_s", "warnings", "error", "message", *last]
    )


def csv_line(
    row: dict[str, Any], emotions: Sequence[str], *, apart: bool = False, traced: bool = False
) -> str:
    """A row of `Row.to_dict` as a line of CSV.

    Parameters
    ----------
    row : dict
    emotions : sequence of str
    apart : bool
        With its channel, where they are heard apart.
    traced : bool
        With ``sha256`` and ``model``, which the command line adds to a row: of what bytes it is, by
        which model.
    """
    names = (*(_APART if apart else ()), *(_TRACED if traced else ()))
    last = [row.get(name, "") for name in names]
    if "error" in row:
        blanks = [""] * (len(emotions) + 7)
        error = row["error"]
        return csv_row([row["file"], *blanks, error["code"], error["message"], *last])
    return csv_row(
        [
            row["file"],
            row["verdict"],
            row["emotion"],
            row["confidence"],
            str(row["decided"]).lower(),
            *(row["probabilities"][name] for name in (*emotions, ORDINARY)),
            row["duration_s"],
            " ".join(row["warnings"]),
            "",
            "",
            *last,
        ]
    )


def csv_row(cells: Sequence[Any]) -> str:
    """Cells as a line of CSV in which nothing is a formula."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(map(_no_formula, cells))
    return line.getvalue()


def _no_formula(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula, with the sign that makes it text.

    A file may be called ``=2+5.wav``, or worse; an apostrophe before it is what spreadsheets write
    themselves, and OWASP's advice.
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def unpack(
    content: bytes,
    *,
    already: int = 0,
    most_bytes: int = MAX_UNPACKED_BYTES,
    most_files: int = MAX_FILES,
) -> list[tuple[str, bytes]]:
    """The files of a zip with their folders, in the order of their names.

    Parameters
    ----------
    content : bytes
        Of the zip.
    already : int
        Bytes that are there beside it.
    most_bytes, most_files : int
        What it may hold, with what is there already.

    Raises
    ------
    AudioError
        As of `expand`.
    """
    found: list[tuple[str, bytes]] = []
    total = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if _wanted(member)]
            if len(members) > most_files:
                raise zip_refusals.too_many(len(members), most_files)
            named = zip(zip_names.of(members), members, strict=True)
            for name, member in sorted(named, key=lambda entry: entry[0]):
                if member.flag_bits & 1:
                    raise zip_refusals.locked()
                # What a zip says of its sizes may be a lie: no more than this is ever unpacked.
                with archive.open(member) as file:
                    part = file.read(audio.MAX_BYTES + 1)
                total += len(part)
                if already + total > most_bytes:
                    raise zip_refusals.too_large(most_bytes)
                if total > RATIO_FROM_BYTES and total > MAX_RATIO * len(content):
                    raise zip_refusals.bomb(len(content), MAX_RATIO)
                found.append((name.replace("\\", "/"), part))
    except _NONSENSE as error:
        raise zip_refusals.damaged() from error
    if not found:
        raise zip_refusals.empty()
    return found


def _wanted(member: zipfile.ZipInfo) -> bool:
    """Not a folder, nor what computers add to zips unasked."""
    parts = PurePosixPath(member.filename.replace("\\", "/")).parts
    # A name may be empty, of which Python 3.11 cannot say whether it is a folder's.
    if not parts or member.is_dir() or "__MACOSX" in parts:
        return False
    return not parts[-1].startswith(".")
