"""In which language a sentence is said: English, or what a catalogue in `ser_core/locale` holds.

The command line, the library and the service speak English. A page speaks its reader's language,
which it need not know: whatever runs for a page asks the browser (`follow`, called by `ui.frame`),
a callback and a fragment as well.

How to mark what a person reads::

    from ser_core.language import gettext as _
    from ser_core.language import gettext_noop as N_
    from ser_core.language import ngettext

    _("No clip passes all four filters.")
    _("It is right about {times} times in ten.").format(times=figures.number(8))
    ngettext("{count} file", "{count} files", n).format(count=figures.number(n))
    pgettext("button", "Train")  # the same word, another meaning

    TITLE = N_("Strangers")  # a constant, made when its module is imported: marked here ...
    st.header(_(TITLE))  # ... and said where it is used

The literal is what translators see: a whole sentence with named places, filled afterwards. Never an
f-string, which is filled too early, and never halves of a sentence, whose order is English. Words
that programs read (codes, emotions, keys, file names, columns) are not marked; `emotions.shown`
says an emotion's name. What holds a finished sentence belongs to one visit, never to a cache that
visits share. A module that says `_` uses that name for nothing else. Then ``make words``, and the
German into ``undertone.po``.
"""

from __future__ import annotations

import functools
import gettext as catalogues
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

ENGLISH = "en"
"""The language of the sources."""

LANGUAGES: tuple[str, ...] = (ENGLISH, "de")
"""Those that there are (ISO 639)."""

LOCALE = Path(__file__).with_name("locale")
DOMAIN = "undertone"

_chosen: ContextVar[str | None] = ContextVar("language", default=None)
_askers: list[Callable[[], str | None]] = []


def current() -> str:
    """The language of whoever reads what is said now."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    return nearest(next((told for ask in _askers if (told := ask())), ENGLISH))


def nearest(wanted: str) -> str:
    """The language that comes nearest to what a browser asks for.

    Parameters
    ----------
    wanted : str
        A tag, or a list of them as in the header ``Accept-Language``.

    Examples
    --------
    >>> nearest("de-AT"), nearest("fr,de;q=0.8,en;q=0.5"), nearest("fr")
    ('de', 'de', 'en')
    """
    for part in wanted.split(","):
        language = part.split(";")[0].strip().replace("_", "-").split("-")[0].lower()
        if language in LANGUAGES:
            return language
    return ENGLISH


def follow(ask: Callable[[], str | None]) -> None:
    """Ask here for a reader's language wherever `use` does not say it.

    Parameters
    ----------
    ask : callable
        Gives a language tag, or None where nobody reads.
    """
    if ask not in _askers:
        _askers.append(ask)


@contextmanager
def use(language: str) -> Iterator[None]:
    """Speak this language within a block, in this thread or task."""
    token = _chosen.set(nearest(language))
    try:
        yield
    finally:
        _chosen.reset(token)


@functools.cache
def catalogue(language: str) -> catalogues.NullTranslations:
    """The sentences of a language; read from the disk once."""
    return catalogues.translation(DOMAIN, LOCALE, [language], fallback=language == ENGLISH)


def gettext(message: str) -> str:
    """A sentence in the reader's language."""
    language = current()
    return message if language == ENGLISH else catalogue(language).gettext(message)


def ngettext(one: str, many: str, count: int) -> str:
    """A sentence about a number of things, in the reader's language and number."""
    return catalogue(current()).ngettext(one, many, count)


def pgettext(context: str, message: str) -> str:
    """A word in the reader's language whose meaning needs a context."""
    return catalogue(current()).pgettext(context, message)


def gettext_noop(message: str) -> str:
    """Mark a constant that is said later, by `gettext`."""
    return message
