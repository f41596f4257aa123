"""The recording that a visitor is working on: kept in the session's memory, known by its sha256.

Widgets forget their value on a page change and repeat it on every rerun. So what a widget hands
over is taken once, when it is new, and kept here.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from ser_core import batch
from ser_core.errors import AudioError
from ui import cached, inside, server
from ui.visits import VISITS

WIDGETS = ("recorder", "microphone", "upload")
"""The widgets that bring recordings."""

_ZIP = b"PK\x03\x04"
_NAMED = 3
_UNPACKING = threading.Lock()


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


def of(name: str, content: bytes) -> Held:
    """A recording, known by the sha256 of its bytes."""
    return Held(hashlib.sha256(content).hexdigest(), name, content)


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
    if content is None:
        _last_seen().pop(widget, None)
        return False
    digest = hashlib.sha256(content).hexdigest()
    if _last_seen().get(widget) == digest:
        return False
    _last_seen()[widget] = digest
    keep(of(name, content))
    return True


def take_files(widget: str, uploaded: Sequence[UploadedFile]) -> None:
    """Keep the files that a widget holds, if they are new.

    One file is a recording like any other. Several, or a zip, make the visitor's `files`; of these
    the one that was added, or else the first that can be heard, is the recording in hand.

    Parameters
    ----------
    widget : str
        One of `WIDGETS`.
    uploaded : sequence of UploadedFile
        Its value.
    """
    state = st.session_state
    ids = tuple(file.file_id for file in uploaded)
    seen = _last_seen().get(widget, ())
    if ids == seen:
        return
    if not ids:
        _last_seen().pop(widget, None)
        return
    _last_seen()[widget] = ids
    contents = [(file.name, file.getvalue()) for file in uploaded]
    added = [entry for id_, entry in zip(ids, contents, strict=True) if id_ not in seen]
    if len(contents) == 1 and not contents[0][1].startswith(_ZIP):
        state.files = []
        keep(of(*contents[0]))
        return
    # One zip at a time: what is unpacked counts before the next visitor's is.
    with _UNPACKING:
        try:
            found = batch.expand(contents, VISITS.room(inside.visit(), inside.stored()))
        except AudioError as error:
            state.refusal = (_named([name for name, _ in added]), error.message)
            return
        state.files = [of(*entry) for entry in found]
        _tell()
    for name, content in added if len(added) == 1 and added[0] in found else found:
        if keep(of(name, content)):
            break


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def keep(recording: Held) -> bool:
    """Make a recording the one in hand; False if it is refused, which leaves the earlier one."""
    state = st.session_state
    try:
        cached.clip(recording.digest, recording.content)
    except AudioError as error:
        state.refusal = (recording.name, error.message)
        return False
    state.held = recording
    state.refusal = None
    _tell()
    count(recording.digest)
    return True


def count(digest: str) -> None:
    """Note that a recording was heard; the same one counts once."""
    st.session_state.setdefault("heard", set()).add(digest)


def files() -> list[Held]:
    """The files of the visitor, where they brought several."""
    return st.session_state.get("files", [])


def current() -> Held | None:
    """The recording in hand."""
    return st.session_state.get("held")


def refusal() -> tuple[str, str] | None:
    """Name and message of the last recording, if it was refused."""
    not_taken = VISITS.refusal(inside.visit())
    return ("Upload", not_taken) if not_taken else st.session_state.get("refusal")


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


def enter(page: str) -> None:
    """A page begins. The uploads of the page before go: what is worked with is held here."""
    state = st.session_state
    if state.get("page") != page:
        state.page = page
        inside.drop_uploads(inside.visit())
        VISITS.forget_refusal(inside.visit())


def clear() -> None:
    """Forget the recording, the files and what was made from them; empty the widgets.

    Nothing is left on the server: neither what was uploaded nor what its player played.
    """
    state = st.session_state
    server.clear(inside.visit())
    state.held = state.refusal = None
    state.files = []
    state.pop("many", None)
    cached.forget()
    renew(*WIDGETS)
    state.last_seen = {}
    _tell()


def _tell() -> None:
    """Say how much is held: there is a most, for a visit and for all of them."""
    held = {file.digest: file.content for file in (*files(), current()) if file is not None}
    VISITS.holds(inside.visit(), sum(map(len, held.values())))


def _last_seen() -> dict[str, Any]:
    return st.session_state.setdefault("last_seen", {})


def _renewals() -> dict[str, int]:
    return st.session_state.setdefault("renewals", {})
