"""Files and JSON that come from outside: read within bounds, and held against what they should be.

What is read here was written by people, by other programs, or half by a program that was ended.
"""

from __future__ import annotations

import errno
import json
import math
import os
import stat
import types
from functools import cache
from pathlib import Path
from typing import Any, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

_NUMBERS = {int: (int,), float: (int, float)}


def content_of(path: Path, most_bytes: int) -> bytes:
    """The content of a file; raises OSError where it is larger, or has no end.

    Parameters
    ----------
    path : Path
    most_bytes : int
    """
    with path.open("rb") as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
    return content


def has_an_end(path: str | Path) -> bool:
    """Whether what lies there is no pipe and no device, from which one may read for ever.

    One that is not there has no content either, which whoever opens it is told.
    """
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def json_of(content: bytes | str) -> Any:
    """The value that JSON holds.

    Raises
    ------
    ValueError
        For all that is no JSON: NaN and infinities, and what is nested deeper than can be read,
        too.
    """

    def refuse(name: str) -> None:
        raise ValueError(name)

    try:
        return json.loads(content, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def conforms(value: Any, kind: Any) -> bool:
    """Whether a value of JSON is of a type.

    Parameters
    ----------
    value
        From `json_of`.
    kind
        A TypedDict, of which keys may be missing where they are declared so, and which may have
        more; a list or a dictionary of such; a type; a union. Numbers must be finite.

    Examples
    --------
    >>> conforms([0.5, 1], list[float]), conforms([True], list[float]), conforms("x", str | None)
    (True, False, True)
    """
    origin, parts = get_origin(kind), get_args(kind)
    if kind is Any:
        return True
    if origin in (Union, types.UnionType):
        return any(conforms(value, part) for part in parts)
    if origin is list:
        return isinstance(value, list) and all(conforms(one, parts[0]) for one in value)
    if origin is dict:
        return isinstance(value, dict) and all(conforms(one, parts[1]) for one in value.values())
    if is_typeddict(kind):
        return isinstance(value, dict) and all(
            conforms(value[key], part) if key in value else not needed
            for key, (part, needed) in _declared(kind).items()
        )
    if kind in _NUMBERS:
        is_number = isinstance(value, _NUMBERS[kind]) and not isinstance(value, bool)
        return is_number and _is_finite(value)
    return isinstance(value, kind)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number beyond all others
        return False


@cache
def _declared(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Type of each key of a TypedDict, and whether it must be there."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        key: (get_args(hint)[0], False) if get_origin(hint) is NotRequired else (hint, True)
        for key, hint in hints.items()
    }
