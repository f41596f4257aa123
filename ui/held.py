"""The recording that a visitor is working on: kept in the session's memory, known by its sha256.

Widgets forget their value on a page change and repeat it on every rerun. So what a widget hands
over is taken once, when it is new, and kept here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import streamlit as st

from ser_core.errors import AudioError
from ui import cached

WIDGETS = ("recorder", "microphone", "upload")
"""The widgets that bring recordings."""


@dataclass(frozen=True)
class Held:
    """A recording and where it came from.

    Attributes
    ----------
    digest : str
        sha256 of `content`.
    name : str
        The file's name, or what to call a recording.
    content : bytes
        The file as it came.
    """

    digest: str
    name: str
    content: bytes = field(repr=False)


def take(widget: str, content: bytes | None, name: str) -> bool:
    """Keep what a widget holds, if it is new.

    Parameters
    ----------
    widget : str
        One of `WIDGETS`: each repeats its own value.
    content : bytes or None
        Its value.
    name : str

    Returns
    -------
    bool
        Whether it was new. A recording that is refused leaves the earlier one in place; see
        `refusal`.
    """
    state = st.session_state
    last_seen: dict[str, str] = state.setdefault("last_seen", {})
    if content is None:
        last_seen.pop(widget, None)
        return False
    digest = hashlib.sha256(content).hexdigest()
    if last_seen.get(widget) == digest:
        return False
    last_seen[widget] = digest
    try:
        cached.clip(digest, content)
    except AudioError as error:
        state.refusal = (name, error.message)
    else:
        state.held = Held(digest, name, content)
        state.refusal = None
        state.setdefault("heard", set()).add(digest)
    return True


def current() -> Held | None:
    """The recording in hand."""
    return st.session_state.get("held")


def refusal() -> tuple[str, str] | None:
    """Name and message of the last recording, if it was refused."""
    return st.session_state.get("refusal")


def n_heard() -> int:
    """How many different recordings this session has heard."""
    return len(st.session_state.get("heard", ()))


def key(widget: str) -> str:
    """The key to give a widget; it changes when `renew` empties it."""
    return f"{widget}-{_renewals().get(widget, 0)}"


def renew(*widgets: str) -> None:
    """Empty widgets and keep the recording."""
    for widget in widgets:
        _renewals()[widget] = _renewals().get(widget, 0) + 1


def clear() -> None:
    """Forget the recording and empty every widget that brought one."""
    state = st.session_state
    state.held = state.refusal = None
    renew(*WIDGETS)
    state.last_seen = {}


def _renewals() -> dict[str, int]:
    return st.session_state.setdefault("renewals", {})
