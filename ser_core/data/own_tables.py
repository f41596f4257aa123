"""A table that says what recordings are: file, emotion and, best, speaker."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from ser_core import figures
from ser_core.corpora._shared import some
from ser_core.data.own_names import Entry, Found
from ser_core.errors import CorpusError
from ser_core.language import gettext as _

_COLUMNS = {
    "file": ("file", "filename", "file name", "path", "clip", "recording", "name", "datei"),
    "emotion": ("emotion", "label", "class", "category", "klasse"),
    "speaker": ("speaker", "speaker id", "subject", "actor", "person", "client id", "sprecher"),
}
"""What the columns may be called, ours first; capitals and underscores do not count."""

MAX_BYTES = 25 * 1024**2
"""Of a table: more than any of `_MOST_ROWS` rows needs."""

_MOST_ROWS = 100_000


@dataclass(frozen=True)
class Table:
    """A table of labels.

    Attributes
    ----------
    name : str
    columns : dict
        What the table calls its columns, by our name.
    rows : list of dict
        By our names of the columns.
    """

    name: str
    columns: dict[str, str]
    rows: list[dict[str, str]]


def choose(tables: dict[str, bytes]) -> tuple[Table | None, list[CorpusError]]:
    """The table of labels among those that lie beside recordings, and what is wrong with others.

    Raises
    ------
    CorpusError
        With code ``several_tables``.
    """
    read, faults = [], []
    for name, content in tables.items():
        try:
            read.append(parse(name, content))
        except CorpusError as fault:
            faults.append(fault)
    if len(read) > 1:
        raise CorpusError(
            "several_tables",
            _("There are {count} tables with labels: {tables}. Keep the one that counts.").format(
                count=len(read), tables=some([table.name for table in read])
            ),
        )
    return (read[0] if read else None), faults


def parse(name: str, content: bytes) -> Table:
    """Read a table, as UTF-8 or as spreadsheets write it, between commas, semicolons or tabs.

    Raises
    ------
    CorpusError
        With code ``bad_table``.
    """
    text = _text(content)
    separator = max(",;\t", key=text.partition("\n")[0].count)
    try:
        reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        called = {_plain(column or ""): column for column in reader.fieldnames or ()}
        columns = {
            ours: next(called[alias] for alias in aliases if alias in called)
            for ours, aliases in _COLUMNS.items()
            if any(alias in called for alias in aliases)
        }
        missing = [ours for ours in ("file", "emotion") if ours not in columns]
        if missing:
            fault = _("It has no column {columns} (its columns: {there}).").format(
                columns=_(" and no ").join(missing),
                there=", ".join(filter(None, called.values())) or _("none"),
            )
            raise _bad(name, fault)
        rows = []
        for row in reader:
            rows.append({ours: (row[column] or "").strip() for ours, column in columns.items()})
            if len(rows) > _MOST_ROWS:
                most = figures.number(_MOST_ROWS)
                raise _bad(name, _("It has more than {count} rows.").format(count=most))
    except csv.Error as error:
        raise _bad(name, _("It cannot be read ({fault}).").format(fault=error)) from error
    return Table(name, columns, rows)


def match(table: Table, names: Sequence[str]) -> Found:
    """Give each recording what its row says.

    Parameters
    ----------
    table : Table
    names : sequence of str
        Of the recordings, with slashes. A row names one by its whole path or by its end, with or
        without the ending that says its format.

    Raises
    ------
    CorpusError
        With code ``no_file`` where most rows name no recording that is there.
    """
    places = _places(names)
    entries: dict[str, Entry] = {}
    left_out: dict[str, tuple[str, str]] = {}
    missing = []
    for row in filter(lambda row: any(row.values()), table.rows):
        found = _named(row["file"], places)
        if len(found) != 1:
            missing.append(row["file"])
            left_out[row["file"]] = ("no_file", _("a row that names no recording, or several"))
            continue
        (name,) = found
        if name in entries and entries[name].label != row["emotion"]:
            left_out[name] = ("contradictory", _("two rows with different labels"))
        entries[name] = Entry(name, row["emotion"], row.get("speaker", ""))
    if len(missing) > len(entries):
        raise CorpusError(
            "no_file",
            _(
                "{missing} of the {rows} rows of {name!r} name no recording that is there: "
                "{examples}. The column {file} names each file as it lies in the folder; "
                "there are {names}."
            ).format(
                missing=figures.number(len(missing)),
                rows=figures.number(len(table.rows)),
                name=table.name,
                examples=some(missing),
                file=table.columns["file"],
                names=some(list(names)),
            ),
        )
    unnamed = ("no_label", _("no row in the table"))
    left_out |= {name: unnamed for name in names if name not in entries}
    speaker = table.columns.get("speaker")
    return Found(
        [entry for name, entry in entries.items() if name not in left_out],
        [(name, code, reason) for name, (code, reason) in left_out.items()],
        _column(table, table.columns["emotion"]),
        _column(table, speaker) if speaker else "",
    )


def _named(file: str, places: dict[str, list[str]]) -> list[str]:
    """The recordings that a row may mean: what agrees in most of the path counts."""
    parts = _end(file).split("/")
    ways = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((places[way] for way in ways if way in places), [])


def _places(names: Sequence[str]) -> dict[str, list[str]]:
    """The recordings that each way of naming one may mean."""
    places: dict[str, list[str]] = {}
    for name in names:
        parts = PurePosixPath(name).parts
        ways = {"/".join(parts[start:]) for start in range(len(parts))}
        ways |= {str(PurePosixPath(way).with_suffix("")) for way in ways}
        for way in {_end(way) for way in ways}:
            places.setdefault(way, []).append(name)
    return places


def _end(name: str) -> str:
    """A file's name as rows may have it: with backslashes, in capitals, from a folder above."""
    return name.replace("\\", "/").removeprefix("./").strip("/").casefold()


def _plain(column: str) -> str:
    return " ".join(column.replace("_", " ").casefold().split())


def _text(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets of Western Europe write unasked.
        return content.decode("cp1252", "replace")


def _column(table: Table, name: str) -> str:
    return _("the column {column} of {table!r}").format(column=name, table=table.name)


def _bad(name: str, fault: str) -> CorpusError:
    return CorpusError(
        "bad_table",
        _(
            "The table {name!r} tells no labels. {fault} A table of labels has the columns file "
            "and emotion, and speaker where you know who speaks; or take it away, and the names of "
            "folders or files tell the labels."
        ).format(name=name, fault=fault),
    )
