"""Settings as words of the command line, and back; and as Python.

``parse(words_of(settings))`` gives the settings again, whichever of them were changed.
"""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from ser_core.training.declared import Entry, entries
from ser_core.training.settings import TrainingSettings, recipe

NONE = "none"
"""How a setting that may be None says so."""

_USUAL = TrainingSettings()
_ENTRIES = entries(TrainingSettings)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """Give a parser one flag for each setting; without it, the value is the recipe's."""
    group = parser.add_argument_group("settings of the training; unless given, the recipe's")
    for entry in _ENTRIES:
        about: dict[str, Any] = {"dest": ".".join(entry.path), "default": None}
        about["help"] = entry.setting.help.replace("%", "%%")
        if entry.kind is bool:
            group.add_argument(entry.flag, action=argparse.BooleanOptionalAction, **about)
            continue
        if entry.setting.choices and not entry.several:
            about["choices"] = entry.setting.choices
        about["metavar"] = _metavar(entry)
        group.add_argument(entry.flag, type=_reader(entry), **about)


def settings_of(options: argparse.Namespace) -> TrainingSettings:
    """The settings that the flags of `add_settings` stand for.

    Raises
    ------
    SettingsError
        For a value out of bounds.
    """
    given = {entry.path: getattr(options, ".".join(entry.path)) for entry in _ENTRIES}
    given = {path: value for path, value in given.items() if value is not None}
    base = recipe(given.get(("network",), TrainingSettings.network))
    if ("layers", "hidden") in given:
        # As many as there are layers; the recipe's need not be.
        n_layers = len(given[("layers", "hidden")])
        given.setdefault(("layers", "dropout"), (0.3,) * n_layers)
    values = base.to_dict()
    for path, value in given.items():
        place = values
        for name in path[:-1]:
            place = place[name]
        place[path[-1]] = None if value == NONE else value
    return TrainingSettings.from_dict(values)


def given(options: argparse.Namespace) -> list[str]:
    """The flags of `add_settings` that somebody gave."""
    return [entry.flag for entry in _ENTRIES if getattr(options, ".".join(entry.path)) is not None]


def parse(words: Sequence[str]) -> TrainingSettings:
    """The settings that words of the command line stand for; `words_of` the other way round."""
    parser = argparse.ArgumentParser(add_help=False)
    add_settings(parser)
    return settings_of(parser.parse_args(words))


def words_of(settings: TrainingSettings) -> list[str]:
    """Words of the command line that `parse` reads as these settings.

    Returns
    -------
    list of str
        The network and the settings that the app shows, and what else is not the recipe's.
    """
    usual = recipe(settings.network)
    changed = {e.path for e in _ENTRIES if e.value_in(settings) != e.value_in(usual)}
    told = changed | {entry.path for entry in _ENTRIES if _always(entry)}
    # Either of a pair says something of the other, unless that one is said, too.
    if ("layers", "hidden") in told:
        told.add(("layers", "dropout"))
    words = []
    for entry in _ENTRIES:
        if entry.path not in told:
            continue
        value = entry.value_in(settings)
        if entry.kind is bool:
            words.append(entry.flag if value else f"--no-{entry.flag[2:]}")
        else:
            words += [entry.flag, _word(value)]
    return words


def command_line(settings: TrainingSettings, split: str, out: str = "my-model") -> str:
    """The command that trains the same model from the committed tables, a part held out.

    Examples
    --------
    >>> command_line(recipe("mlp", corpora=("emodb",)), "speakers").split()[:6]
    ['python', '-m', 'ser_core', 'train', '--network', 'mlp']
    """
    words = [*words_of(settings), "--holdout", split, "--out", out]
    return shlex.join(["python", "-m", "ser_core", "train", *words])


def as_python(settings: Any, indent: str = "") -> str:
    """An expression that makes the same settings, without groups that are at their defaults.

    Parameters
    ----------
    settings : TrainingSettings or a group of its settings
    indent : str
        Of the line on which the expression begins.

    Returns
    -------
    str
        Names only what ``from ser_core.training.settings import *`` brings.
    """
    lines = [f"{type(settings).__name__}("]
    for one in fields(settings):
        value = getattr(settings, one.name)
        if not is_dataclass(value):
            lines.append(f"{indent}    {one.name}={value!r},")
        elif value != getattr(_USUAL, one.name):
            lines.append(f"{indent}    {one.name}={as_python(value, f'{indent}    ')},")
    return "\n".join([*lines, f"{indent})"])


def _always(entry: Entry) -> bool:
    # A switch that is off goes without saying, where the recipe's is off, too.
    return entry.setting.shown and entry.kind is not bool


def _word(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return NONE if value is None else str(value)


def _reader(entry: Entry) -> Callable[[str], Any]:
    """What reads the word behind a flag."""

    def read(text: str) -> Any:
        if entry.optional and text == NONE:
            return NONE
        if entry.several:
            return tuple(entry.kind(part.strip()) for part in text.split(",") if part.strip())
        return entry.kind(text)

    # argparse says "invalid int value" by this name.
    read.__name__ = entry.kind.__name__
    return read


def _metavar(entry: Entry) -> str:
    letter = {int: "N", float: "X", str: "NAME"}[entry.kind]
    return f"{letter},{letter}" if entry.several else letter
