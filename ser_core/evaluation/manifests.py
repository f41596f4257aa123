"""Somebody's split, as they have it: a CSV of files and sides, or two folders."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ser_core import audio
from ser_core.assets.reading import content_of
from ser_core.corpora import CORPORA
from ser_core.corpora._shared import files
from ser_core.errors import DataError
from ser_core.language import gettext as _

REQUIRED = ("file", "split")
"""Columns that a CSV must have."""

OPTIONAL = ("speaker", "sentence", "emotion")
"""Columns that say more; where one is missing, the names of known corpora's files say it."""

MAX_BYTES = 200 * 1024**2
"""Of a CSV: a million lines and more."""

_SIDES = ("train", "training", "test", "testing", "val", "valid", "validation", "dev", "eval")


@dataclass(frozen=True)
class Entry:
    """A recording of a split.

    Attributes
    ----------
    path : Path
        Where it lies.
    side : str
        On which side it stands: ``train``, ``test``, the name of a fold, ...
    name : str
        As the split calls it.
    speaker, sentence, emotion : str
        What is known of it; empty where nothing is.
    """

    path: Path
    side: str
    name: str
    speaker: str = ""
    sentence: str = ""
    emotion: str = ""


def read(paths: Sequence[str | Path]) -> list[Entry]:
    """Read a split.

    Parameters
    ----------
    paths : sequence of str or Path
        One CSV with the columns `REQUIRED` and any of `OPTIONAL`, its files beside it or absolute;
        or one folder that holds a folder a side (train, test, ...); or two folders, the training's
        and the test's.

    Returns
    -------
    list of Entry

    Raises
    ------
    DataError
        With code ``no_manifest`` or ``one_side``.
    """
    places = [Path(path) for path in paths]
    if len(places) == 2 and all(place.is_dir() for place in places):
        found = [*_folder(places[0], "train"), *_folder(places[1], "test")]
    elif len(places) == 1 and places[0].is_dir():
        inside = {each.name.lower(): each for each in places[0].iterdir() if each.is_dir()}
        sides = [inside[name] for name in _SIDES if name in inside]
        found = [entry for side in sides for entry in _folder(side, side.name)]
    elif len(places) == 1:
        found = _csv(places[0])
    else:
        raise _no_manifest(_("That is neither one CSV, nor one folder, nor two folders"))
    return with_sides(found)


def with_sides(entries: list[Entry]) -> list[Entry]:
    """A split as it is; raises `DataError` where it has not two sides."""
    sides = sorted({entry.side for entry in entries})
    if len(sides) < 2:
        there = _("only {side!r}").format(side=sides[0]) if sides else _("no recording")
        raise DataError(
            "one_side",
            _(
                "A split has two sides or more, and there is {there} here. Name two folders "
                "of recordings, a folder with train and test in it, or a CSV whose column "
                "split says on which side each file stands."
            ).format(there=there),
        )
    return entries


def packed(members: Mapping[str, bytes], table: str = "") -> tuple[list[Entry], dict[Path, bytes]]:
    """Read a split of which the recordings are in memory, as from a zip.

    Parameters
    ----------
    members : mapping of str to bytes
        Recordings by their names with folders; and, where `table` is empty, a CSV, or folders named
        train, test, ... that say on which side each stands.
    table : str
        The text of a CSV.

    Returns
    -------
    entries : list of Entry
    sounds : dict of Path to bytes
        The content of each entry's recording, by its path; without those that are not there.

    Raises
    ------
    DataError
        With code ``no_manifest`` or ``one_side``.
    """
    sounds = {Path(name): content for name, content in members.items()}
    tables = [path for path in sounds if path.suffix.lower() == ".csv"]
    if table:
        entries = parse(table, "The table")
    elif len(tables) == 1:
        text = sounds[tables[0]].decode("utf-8-sig", errors="replace")
        entries = parse(text, tables[0].name, tables[0].parent)
    else:
        entries = [
            _entry(path, side, path.as_posix(), {})
            for path in sounds
            if path.suffix.lower() in audio.SUFFIXES
            for side in [part for part in path.parts[:-1] if part.lower() in _SIDES][:1]
        ]
    by_name: dict[str, list[bytes]] = defaultdict(list)
    for path, content in sounds.items():
        by_name[path.name].append(content)
    found = {}
    for entry in entries:
        # A table may name files with folders that the zip has not, or without those that it has.
        alone = by_name[entry.path.name]
        if entry.path in sounds:
            found[entry.path] = sounds[entry.path]
        elif len(alone) == 1:
            found[entry.path] = alone[0]
    return with_sides(entries), found


def _folder(folder: Path, side: str) -> list[Entry]:
    return [
        _entry(path, side, f"{folder.name}/{path.relative_to(folder).as_posix()}", {})
        for path in files(folder, tuple(audio.SUFFIXES))
    ]


def _csv(path: Path) -> list[Entry]:
    try:
        text = content_of(path, MAX_BYTES).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        fault = getattr(error, "strerror", None) or "it is no CSV in UTF-8"
        raise _no_manifest(_unread(path.name, fault)) from error
    return parse(text, path.name, path.parent)


def parse(text: str, name: str, folder: Path = Path()) -> list[Entry]:
    """Read the text of a CSV.

    Parameters
    ----------
    text : str
        Columns between commas, semicolons or tabs, as its first line has them.
    name : str
        What to call it in a message.
    folder : Path
        Where its files lie.

    Raises
    ------
    DataError
        With code ``no_manifest``.
    """
    separator = max(",;\t", key=text.partition("\n")[0].count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        columns = {(column or "").strip().lower(): column for column in reader.fieldnames or ()}
        missing = [column for column in REQUIRED if column not in columns]
        if missing:
            raise _no_manifest(
                _("{name!r} has no column {columns}").format(
                    name=name, columns=_(" and no ").join(missing)
                )
            )
        rows = [
            {known: (row[column] or "").strip() for known, column in columns.items() if known}
            for row in reader
        ]
    except csv.Error as error:
        raise _no_manifest(_unread(name, error)) from error
    for number, row in enumerate(rows, start=2):
        if not row["file"] or not row["split"]:
            lacks = _("Line {number} of {name!r} lacks its file or its split")
            raise _no_manifest(lacks.format(number=number, name=name))
    return [_entry(folder / row["file"], row["split"], row["file"], row) for row in rows]


def _entry(path: Path, side: str, name: str, row: dict[str, str]) -> Entry:
    """What the manifest says of a file, and where it says nothing, what the file's name does."""
    told = {column: row.get(column, "") for column in OPTIONAL}
    if not all(told[column] for column in OPTIONAL if column not in row):
        named = next(filter(None, (corpus.parse(path) for corpus in CORPORA.values())), None)
        if named is not None:
            known = (named.speaker, named.statement or "", named.emotion)
            for column, value in zip(OPTIONAL, known, strict=True):
                if column not in row:
                    told[column] = value
    return Entry(path=path, side=side, name=name, **told)


def _unread(name: str, fault: object) -> str:
    return _("{name!r} cannot be read: {fault}").format(name=name, fault=fault)


def _no_manifest(found: str) -> DataError:
    return DataError(
        "no_manifest",
        _(
            "{found}. A split is a CSV with the columns file and split, and speaker, sentence and "
            "emotion where you have them; or a folder with train and test in it; or two folders."
        ).format(found=found),
    )
