"""Numbers as a reader's language writes them."""

from __future__ import annotations

from ser_core import language
from ser_core.language import gettext as _

_SIGNS = {language.ENGLISH: (".", ","), "de": (",", ".")}
"""Of each language, what stands before decimals and between thousands."""


def signs() -> tuple[str, str]:
    """What stands before decimals and between thousands."""
    return _SIGNS[language.current()]


def number(value: float, decimals: int = 0) -> str:
    """A number in digits.

    Examples
    --------
    >>> number(7356), number(2.5, 1)
    ('7,356', '2.5')
    >>> with language.use("de"):
    ...     number(7356), number(2.5, 1)
    ('7.356', '2,5')
    """
    point, thousands = signs()
    whole, _point, rest = f"{value:,.{decimals}f}".partition(".")
    return whole.replace(",", thousands) + (point + rest if rest else "")


def percent(value: float, decimals: int = 0) -> str:
    """A number of per cent with its sign; a line never ends before it.

    Examples
    --------
    >>> percent(74)
    '74%'
    """
    return _("{number}%").format(number=number(value, decimals))
