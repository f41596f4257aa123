"""Page configuration, navigation and faults. Every page calls `begin` first."""

from __future__ import annotations

import contextlib
import functools
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ParamSpec, TypeVar

import plotly.graph_objects as go
import streamlit as st
from streamlit.elements.lib.mutable_expander_container import ExpanderContainer

from ser_core import language
from ser_core.errors import SerError
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import held, html_charts, inside, leaving, theme

P = ParamSpec("P")
T = TypeVar("T")

ICON = str(Path(__file__).with_name("icon.png"))

PAGES = (
    ("streamlit_app.py", N_("Home"), ":material/home:"),
    ("pages/listen.py", N_("Listen"), ":material/hearing:"),
    ("pages/live.py", N_("Live"), ":material/graphic_eq:"),
    ("pages/game.py", N_("Game"), ":material/quiz:"),
    ("pages/explore.py", N_("Explore"), ":material/scatter_plot:"),
    ("pages/retrain.py", N_("Retrain"), ":material/tune:"),
    ("pages/about.py", N_("About"), ":material/info:"),
)
"""File, label and icon, in the order of the navigation."""

FAULT = N_(
    "This did not work, through no fault of yours. The rest of the page does. Try it again, or "
    "reload the page; if it keeps happening, tell whoever runs this server."
)
"""What a visitor is told of a fault that nobody foresaw."""

_SPOKEN = '<script>document.documentElement.lang = "{language}"</script>'
_STYLE = Path(__file__).with_name("frame.css")
_log = logging.getLogger(__name__)

# Wherever something runs for a page, its callbacks and fragments too.
language.follow(inside.locale)


def begin(title: str, *, wide: bool = False) -> None:
    """Configure the page and draw the navigation.

    Parameters
    ----------
    title : str
        Of the page in English, for the browser's tab.
    wide : bool
        Use the whole width, for pages with figures side by side.
    """
    st.set_page_config(
        page_title="Undertone" if title == "Undertone" else f"{_(title)} - Undertone",
        page_icon=ICON,
        layout="wide" if wide else "centered",
    )
    inside.keep_uploads_in_memory()
    held.enter(title)
    st.html(_STYLE)
    if language.current() != language.ENGLISH:
        # Streamlit's page says that it is English; a screen reader would read it so.
        st.html(_SPOKEN.format(language=language.current()), unsafe_allow_javascript=True)
    # Not the sidebar: on a phone it would stay open over the page after a choice.
    with st.container(horizontal=True, vertical_alignment="center", key="navigation"):
        for path, label, icon in PAGES:
            st.page_link(path, label=_(label), icon=icon)
    leaving.guard(held.would_be_lost())
    if st.session_state.pop("fault", False):
        st.error(_(FAULT))


def link(name: str) -> None:
    """Draw a link to the page of that label."""
    for path, label, icon in PAGES:
        if label == name:
            st.page_link(path, label=_(label), icon=icon)


@contextlib.contextmanager
def section() -> Iterator[None]:
    """Keep the faults of a part of the page to that part, and tell them in words.

    Streamlit's own signals (a stop, a rerun, another page) are no faults and pass.
    """
    try:
        yield
    except SerError as error:
        st.error(error.message)
    except Exception:
        _log.exception("a fault on a page")
        st.error(_(FAULT))


def needed(load: Callable[[], T]) -> T:
    """What the rest of the page cannot do without; where it fails the page ends with the reason."""
    found: list[T] = []
    with section():
        found.append(load())
    if not found:
        st.stop()
    return found[0]


def guarded(callback: Callable[P, None]) -> Callable[P, None]:
    """Give a widget's callback the same shelter: its fault is told on top of the page."""

    @functools.wraps(callback)
    def call(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception:
            _log.exception("a fault in a callback")
            st.session_state.fault = True

    return call


def chart(figure: go.Figure, alt: str, *, key: str | None = None) -> None:
    """Draw a chart with its description for those who cannot see it.

    Two equal charts on one page need a key each.
    """
    st.plotly_chart(figure, alt=alt, config=theme.CONFIG, key=key)


def picture(drawn: str, alt: str) -> None:
    """Draw a chart of `ui.html_charts` with its description for those who cannot see it."""
    st.html(html_charts.picture(drawn, alt))


def deeper(label: str, key: str) -> ExpanderContainer:
    """What few look for, closed; whoever draws into it asks first whether it is `open`."""
    return st.expander(label, key=f"deeper-{key}", on_change="rerun")
