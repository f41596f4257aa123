"""The commands as a page: ``python -m ser_core.cli.reference`` writes ``docs/command-line.md``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from ser_core.cli import parser

PAGE = Path(__file__).resolve().parents[2] / "docs" / "command-line.md"
HEAD = """\
# The command line

`undertone COMMAND ...`, or in a checkout `python -m ser_core COMMAND ...`. The exit status is 0, \
1 where something was refused, and 2 for bad usage. This page is made by \
`python -m ser_core.cli.reference` from what `--help` says.
"""


def page() -> str:
    """The whole page, in Markdown."""
    commands = next(
        action
        for action in parser()._actions
        if isinstance(action, argparse._SubParsersAction)  # argparse has no other way to them
    )
    helps = {listed.dest: listed.help or "" for listed in commands._choices_actions}
    parts = [HEAD.rstrip()]
    for name, command in commands.choices.items():
        parts += [f"\n## {name}\n", f"{_sentence(helps[name])}\n", *_rows(command)]
    return "\n".join(parts) + "\n"


def _rows(command: argparse.ArgumentParser) -> Iterator[str]:
    yield "| | |"
    yield "| --- | --- |"
    for action in command._actions:
        if not isinstance(action, argparse._HelpAction):
            yield f"| `{_spelled(action)}` | {_told(action)} |"


def _spelled(action: argparse.Action) -> str:
    """How it is written: ``--data DIR``, ``PATH...``."""
    if action.choices and not action.metavar:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    else:
        value = str(action.metavar or action.dest.upper())
    if not action.option_strings:
        return value + "..." * (action.nargs == "+")
    flags = ", ".join(action.option_strings)
    return flags if action.nargs == 0 else f"{flags} {value}"


def _told(action: argparse.Action) -> str:
    """What it is for, whether it must be there, and what holds without it."""
    parts = [_sentence((action.help or "").replace("%%", "%"))]
    if action.choices and action.metavar:
        parts.append(f"One of {', '.join(f'`{choice}`' for choice in action.choices)}.")
    if action.required and action.option_strings:
        parts.append("Required.")
    if action.default not in (None, False, argparse.SUPPRESS):
        parts.append(f"Default: `{action.default}`.")
    return " ".join(part for part in parts if part).replace("|", r"\|")


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
