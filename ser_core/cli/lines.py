"""How ``predict`` writes what it heard: a table to read, lines of JSON, or CSV."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

FORMATS = ("table", "json", "csv")


@dataclass(frozen=True)
class Lines:
    """Rows in, text out.

    Attributes
    ----------
    format : str
        One of `FORMATS`.
    emotions : tuple of str
        Of the model.
    apart : bool
        Whether channels are heard one by one.
    traced : bool
        Whether each row says of which bytes it is, and by which model.
    """

    format: str
    emotions: tuple[str, ...]
    apart: bool = False
    traced: bool = False

    @property
    def head(self) -> str:
        """What stands above the rows, if anything."""
        from ser_core.inference import batch

        if self.format != "csv":
            return ""
        return batch.csv_header(self.emotions, apart=self.apart, traced=self.traced) + "\n"

    def text(self, rows: Sequence[dict[str, Any]]) -> str:
        """The rows of `ser_core.inference.batch.Row.to_dict`, each as a line or more."""
        return "".join(self._line(row) + "\n" for row in rows)

    def _line(self, row: dict[str, Any]) -> str:
        from ser_core.inference import batch

        if self.format == "json":
            return batch.json_line(row)
        if self.format == "csv":
            return batch.csv_line(row, self.emotions, apart=self.apart, traced=self.traced)
        return _table_lines(row)


def _table_lines(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"{'refused':<9}        {row['file']}\n    {row['error']['message']}"
    notes = f"  ({', '.join(row['warnings'])})" if row["warnings"] else ""
    who = ""
    if "channel" in row:
        who = f"  [{row['channel']}, speaks {row['speech_s']:.1f} s of {row['duration_s']:.1f} s]"
    lines = [f"{_said(row)}  {row['file']}{who}{_doubt(row)}{notes}"]
    lines += [
        f"    {part['start_s']:6.1f} to {part['end_s']:6.1f} s  {_said(part)}{_doubt(part)}"
        for part in row.get("timeline", ())
        if part["emotion"] is not None
    ]
    if "explanation" in row:
        lines.append(f"    {row['explanation']['sentence']}")
    return "\n".join(lines)


def _said(row: dict[str, Any]) -> str:
    """A verdict, and how likely it is where it is an answer."""
    from ser_core.inference.percents import whole_percents

    if row["verdict"] not in row["probabilities"]:
        return f"{row['verdict'].replace('_', ' '):<9}      "
    return f"{row['verdict']:<9} {whole_percents(row['probabilities'])[row['verdict']]:3}%"


def _doubt(row: dict[str, Any]) -> str:
    from ser_core.inference.decision import NOT_SURE

    if row["verdict"] != NOT_SURE:
        return ""
    first, second = sorted(row["probabilities"], key=lambda name: -row["probabilities"][name])[:2]
    return f"  between {first} and {second}"
