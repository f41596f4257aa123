"""How a setting is declared, once: its bounds or choices, its flag, its names and its help.

A dataclass of settings gives each field a `setting`. Checks, the command line's parser, the
commands and snippets that are printed, the bounds of the app's controls and the table of runs all
read the declaration (`entries`), so that none of them can leave one out.
"""

from __future__ import annotations

import types
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cache
from numbers import Integral, Real
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from ser_core.errors import SettingsError
from ser_core.language import gettext as _

T = TypeVar("T")
_KEY = "setting"


@dataclass(frozen=True)
class Setting:
    """What is declared of a setting.

    Attributes
    ----------
    name : str
        For people, in lower case: ``"batch size"``.
    help : str
        One sentence without a full stop, for ``--help``.
    flag : str
        On the command line, with its dashes; made from the field's name unless given.
    label : str
        Of a column; the name with a capital unless given.
    low, high : float
        Bounds of a number, or of each number of several.
    choices : collection of str
        The names that are known; empty where another module knows them.
    at_least : int
        How many of the choices there must be.
    shown : bool
        Whether the app has a control for it. Printed commands and the table of runs name such a
        setting always, and any other only where it is not the recipe's.
    """

    name: str
    help: str
    flag: str = ""
    label: str = ""
    low: float = float("-inf")
    high: float = float("inf")
    choices: Collection[str] = ()
    at_least: int = 1
    shown: bool = False


@dataclass(frozen=True)
class Entry:
    """A setting in its place.

    Attributes
    ----------
    path : tuple of str
        The field's name, behind the name of the field that holds it, if any.
    setting : Setting
    kind : type
        ``int``, ``float``, ``bool`` or ``str``: of the value, or of each of several.
    several : bool
        Whether it is a tuple.
    optional : bool
        Whether None is a value, too.
    """

    path: tuple[str, ...]
    setting: Setting
    kind: type
    several: bool
    optional: bool

    @property
    def flag(self) -> str:
        """On the command line, with its dashes."""
        return self.setting.flag or "--" + "-".join(self.path).replace("_", "-")

    def value_in(self, settings: Any) -> Any:
        """The value of the setting."""
        for name in self.path:
            settings = getattr(settings, name)
        return settings


def setting(default: T, name: str, help: str, **declared: Any) -> T:  # noqa: A002
    """A dataclass field that is a setting.

    Parameters
    ----------
    default
        Its value unless told otherwise.
    name, help : str
    **declared
        The other attributes of `Setting`.

    Returns
    -------
    dataclasses.Field
        Typed as the value, which is what the class's attribute is.
    """
    about = Setting(name, help, **declared)
    return field(default=default, metadata={_KEY: about})


@cache
def entries(cls: type) -> tuple[Entry, ...]:
    """All settings of a dataclass, those of dataclasses within it in their place."""
    return tuple(_entries(cls, ()))


def _entries(cls: type, path: tuple[str, ...]) -> Iterator[Entry]:
    hints = get_type_hints(cls)
    for one in fields(cls):
        kind, place = hints[one.name], (*path, one.name)
        if is_dataclass(kind):
            assert isinstance(kind, type)
            yield from _entries(kind, place)
            continue
        optional = get_origin(kind) in (Union, types.UnionType)
        if optional:
            (kind,) = (part for part in get_args(kind) if part is not type(None))
        several = get_origin(kind) is tuple
        if several:
            kind = get_args(kind)[0]
        yield Entry(place, one.metadata[_KEY], kind, several, optional)


def bounds(cls: type, *path: str) -> tuple[Any, Any]:
    """Lowest and highest value of a number, of its own kind."""
    (found,) = (entry for entry in entries(cls) if entry.path == path)
    return found.kind(found.setting.low), found.kind(found.setting.high)


def check(settings: Any) -> None:
    """Hold the own fields of settings against what is declared of them.

    Raises
    ------
    SettingsError
        With code ``bad_value``, ``out_of_bounds`` or ``unknown_name``.
    """
    cls: type = type(settings)
    for entry in entries(cls):
        if len(entry.path) > 1:
            continue  # checked when it was made
        value, about = entry.value_in(settings), entry.setting
        if value is None and entry.optional:
            continue
        values = value if entry.several else (value,)
        for one in values:
            _of_kind(entry, one)
            if entry.kind in (int, float):
                _within(about, one)
        if about.choices:
            _known(about, values)


_KINDS: dict[type, tuple[type, str]] = {
    int: (Integral, "a whole number"),
    float: (Real, "a number"),
    bool: (bool, "yes or no"),
    str: (str, "a name"),
}


def _of_kind(entry: Entry, value: Any) -> None:
    wanted, words = _KINDS[entry.kind]
    if not isinstance(value, wanted) or (isinstance(value, bool) and entry.kind is not bool):
        raise SettingsError(
            "bad_value",
            _("The {name} is {value!r}; expected {words}.").format(
                name=entry.setting.name, value=value, words=words
            ),
        )


def _within(about: Setting, value: float) -> None:
    if not about.low <= value <= about.high:
        raise SettingsError(
            "out_of_bounds",
            _("The {name} is {value:g}; it must lie between {low:g} and {high:g}.").format(
                name=about.name, value=value, low=about.low, high=about.high
            ),
        )


def _known(about: Setting, values: tuple[str, ...]) -> None:
    unknown = [value for value in values if value not in about.choices]
    if unknown or len(set(values)) < max(about.at_least, len(values)):
        raise SettingsError(
            "unknown_name",
            _(
                "The {name} given: {none}. Expected at least {at_least}, each once, of {choices}."
            ).format(
                name=about.name,
                none=", ".join(map(str, values)) or "none",
                at_least=about.at_least,
                choices=", ".join(about.choices),
            ),
        )
