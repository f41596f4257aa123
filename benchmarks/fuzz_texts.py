"""Tables and JSON in which things are not as they should be, and are still tables and JSON."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks import mutations

CELLS = (
    *("", " ", "=1+1", "@cmd", "+1", "a\0b.wav", "../../etc/passwd", "/dev/zero", "/etc/passwd"),
    *(
        "x" * 5_000,
        "y" * 140_000,
        "a\nb.wav",
        "\u202egnp",
        "\ufeff",
        "CON",
        "a.wav",
        "nan",
        "train",
    ),
    *('"', "''", "ordinary", "not sure", "<b>angry</b>", "İ", "ß", "٣", "\ud800", "-" * 300),
    *("../a.wav", "C:\\a.wav", "folder", ".", "..", "~", "*", "1e999", "{}", "$(ls)", "\x1b[31m"),
)
_SEPARATORS = (",", ";", "\t", "|", ", ")
_ENCODINGS = (
    *("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "cp850"),
    *("shift_jis", "utf-7", "latin-1"),
)
_ENDS = ("\n", "\r\n", "\r", "\n\n", "\x0b", "\u2028", "\0")

Rows = list[list[str]]


def table(rows: Rows, chance: np.random.Generator) -> bytes:
    """A table of these rows, header first, that was written by somebody odd."""
    rows = copy.deepcopy(rows)
    for _ in range(int(chance.integers(1, 5))):
        _OF_TABLES[chance.integers(len(_OF_TABLES))](rows, chance)
    separator = str(chance.choice(_SEPARATORS)) if chance.random() < 0.4 else ","
    end = str(chance.choice(_ENDS)) if chance.random() < 0.3 else "\n"
    quoted = chance.random() < 0.7
    lines = [separator.join(_cell(cell, separator, quoted) for cell in row) for row in rows]
    text = end.join(lines) + end * int(chance.random() < 0.7)
    encoding = str(chance.choice(_ENCODINGS)) if chance.random() < 0.3 else "utf-8"
    content = text.encode(encoding, "replace" if encoding != "utf-8" else "surrogatepass")
    return mutations.mutated(content, chance) if chance.random() < 0.2 else content


def _cell(cell: str, separator: str, quoted: bool) -> str:
    if quoted and any(sign in cell for sign in (separator, '"', "\n", "\r")):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _place(rows: Rows, chance: np.random.Generator) -> tuple[int, int]:
    if not any(rows):
        rows.append(["file", "split"])
    full = [number for number, row in enumerate(rows) if row]
    row = int(chance.choice(full))
    return row, int(chance.integers(len(rows[row])))


def _odd_cell(rows: Rows, chance: np.random.Generator) -> None:
    row, column = _place(rows, chance)
    rows[row][column] = CELLS[int(chance.integers(len(CELLS)))]


def _odd_head(rows: Rows, chance: np.random.Generator) -> None:
    _, column = _place(rows[:1] or rows, chance)
    head = rows[0]
    if head:
        column %= len(head)
        head[column] = str(chance.choice([head[column].upper(), f" {head[column]} ", *CELLS[:4]]))


def _column_twice(rows: Rows, chance: np.random.Generator) -> None:
    _, column = _place(rows, chance)
    for row in rows:
        row += row[column : column + 1]


def _column_gone(rows: Rows, chance: np.random.Generator) -> None:
    _, column = _place(rows, chance)
    for row in rows:
        del row[column : column + 1]


def _row_short(rows: Rows, chance: np.random.Generator) -> None:
    row, column = _place(rows, chance)
    del rows[row][column:]


def _row_long(rows: Rows, chance: np.random.Generator) -> None:
    row, _ = _place(rows, chance)
    rows[row] += ["more"] * int(chance.choice([1, 3, 2_000]))


def _row_twice(rows: Rows, chance: np.random.Generator) -> None:
    row, _ = _place(rows, chance)
    rows += [list(rows[row])] * int(chance.choice([1, 2, 200]))


def _rows_gone(rows: Rows, chance: np.random.Generator) -> None:
    del rows[int(chance.integers(len(rows) + 1)) :]


def _blank(rows: Rows, chance: np.random.Generator) -> None:
    rows.insert(int(chance.integers(len(rows) + 1)), [] if chance.random() < 0.5 else ["", ""])


def _swapped(rows: Rows, chance: np.random.Generator) -> None:
    for row in rows:
        row.reverse()


def _open_quote(rows: Rows, chance: np.random.Generator) -> None:
    row, column = _place(rows, chance)
    rows[row][column] = '"' + rows[row][column]


_OF_TABLES: tuple[Callable[[Rows, np.random.Generator], None], ...] = (
    *(_odd_cell, _odd_cell, _odd_cell, _odd_head, _odd_head, _column_twice, _column_gone),
    *(_row_short, _row_long, _row_twice, _rows_gone, _blank, _swapped, _open_quote),
)

_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 10**400, 1e308, -1e308, 1e-320, 0.5, 1.5),
    *(float("nan"), float("inf"), "", "x", "nan", "0", "é" * 2_000, "AAAA", "\ud800", "<b>"),
    *([], {}, [None], [[]], {"a": 1}, ["angry", "angry"], [1, "2", None], "../../etc/passwd"),
)


def tree(content: Any, chance: np.random.Generator) -> bytes:
    """JSON of this in which some values are something else."""
    content = copy.deepcopy(content)
    for _ in range(int(chance.choice([1, 1, 1, 2, 3]))):
        content = _changed(content, chance)
    text = json.dumps(content)
    if chance.random() < 0.05:
        depth = int(chance.choice([50, 900, 50_000]))
        text = text.replace("null", "[" * depth + "]" * depth, 1)
        text = "[" * depth + text if chance.random() < 0.3 else text
    if chance.random() < 0.1:
        text = text.replace('":', '":1' + "0" * 5_000 + ',"', 1)
    raw = text.encode(str(chance.choice(["utf-8", "utf-8-sig", "utf-16"], p=[0.9, 0.05, 0.05])))
    return mutations.mutated(raw, chance) if chance.random() < 0.15 else raw


def _changed(content: Any, chance: np.random.Generator) -> Any:
    """One node of it, at any depth, is another value, or not there, or moved."""
    holder: Any = None
    key: Any = None
    node = content
    # Near the root there are few nodes and they matter most.
    while isinstance(node, (dict, list)) and node and (holder is None or chance.random() < 0.7):
        holder = node
        keys = list(node) if isinstance(node, dict) else range(len(node))
        key = keys[int(chance.integers(len(keys)))]
        node = node[key]
    if holder is None or chance.random() < 0.02:
        return _VALUES[int(chance.integers(len(_VALUES)))]
    way = chance.random()
    if way < 0.15:
        del holder[key]
    elif way < 0.25 and isinstance(node, list):
        holder[key] = node[: len(node) // 2] if chance.random() < 0.5 else node * 3
    elif way < 0.5 and isinstance(node, (int, float)) and not isinstance(node, bool):
        # Not by a float: a whole number may be larger than any.
        holder[key] = node * (-1, 2, 10**30)[int(chance.integers(3))]
    elif way < 0.55 and isinstance(holder, dict):
        holder[f"{key}x"] = holder.pop(key)
    else:
        holder[key] = copy.deepcopy(_VALUES[int(chance.integers(len(_VALUES)))])
    return content
