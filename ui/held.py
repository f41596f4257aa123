"""The recording that a visitor is working on: kept in the session's memory, known by its sha256.

Widgets forget their value on a page change and repeat it on every rerun. So what a widget hands
over is kept here, and the widget emptied.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import streamlit as st

from ser_core.errors import AudioError
from ser_core.inference import batch, zip_refusals
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import cached, inside, server
from ui.live.take import Take
from ui.visits import VISITS

WIDGETS = ("recorder", "microphone", "upload")
"""The widgets that bring recordings."""

RECORDED = N_("Your recording")
"""What a visitor's own recording is called."""

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
    synthetic : bool
        Whether nobody spoke: a sound made by a formula.
    example : str
        Of an actor's clip that Undertone offered, its name in its corpus.
    """

    digest: str
    name: str
    content: bytes = field(repr=False)
    synthetic: bool = False
    example: str = ""


class OwnWork(Protocol):
    """What `ui.retrain.own` keeps."""

    @property
    def n_bytes(self) -> int:
        """About what it takes."""


def of(name: str, content: bytes, *, synthetic: bool = False, example: str = "") -> Held:
    """A recording, known by the sha256 of its bytes."""
    return Held(hashlib.sha256(content).hexdigest(), name, content, synthetic, example)


def bring(widget: str) -> None:
    """Note what a widget holds and empty it; to be its callback. `receive` takes it.

    A recorder that kept its recording would send it along with every later click, and stand full
    where the next one is wanted. In a callback, so that the page runs once and not twice.

    Parameters
    ----------
    widget : str
        One of `WIDGETS`.
    """
    state = st.session_state
    value = state.get(key(widget))
    if isinstance(value, Sequence):
        state.brought = [(file.name, file.getvalue()) for file in value]
    elif value is not None:
        state.brought = [(_(RECORDED), value.getvalue())]
    renew(widget)


def receive() -> None:
    """Keep what was brought last; to be called where a visitor looks, for it may have to wait.

    One file is a recording like any other. Several at once, or a zip, make the visitor's `files`,
    to which later ones are added; the first of the new ones that can be heard is the recording in
    hand. A recording that is refused leaves the earlier one in place; see `refusal`.
    """
    state = st.session_state
    try:
        if state.get("brought"):
            _keep_files(state.brought)
    except Exception:
        # A fault is told once. Where another run of the page breaks in, that one takes it.
        state.brought = None
        raise
    state.brought = None


def take(widget: str, content: bytes | None) -> None:
    """Keep what a widget without a callback holds, empty the widget and run the page again."""
    if content is not None:
        keep(of(_(RECORDED), content))
        renew(widget)
        st.rerun()


def _keep_files(contents: Sequence[tuple[str, bytes]]) -> None:
    state = st.session_state
    if len(contents) == 1 and not contents[0][1].startswith(_ZIP) and not files():
        keep(of(*contents[0]))
        return
    earlier = files()
    # One zip at a time: what is unpacked counts before the next visitor's is.
    with _UNPACKING:
        room = VISITS.room(inside.visit(), inside.stored())
        try:
            found = batch.expand(contents, room - sum(len(file.content) for file in earlier))
            if len(earlier) + len(found) > batch.MAX_FILES:
                raise zip_refusals.too_many(len(earlier) + len(found), batch.MAX_FILES)
        except AudioError as error:
            state.refusal = (_named([name for name, _ in contents]), error.message)
            return
        new = [of(*entry) for entry in found]
        state.files = [*earlier, *new]
        _tell()
    for file in new:
        if keep(file):
            break


def _named(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    shown = ", ".join(names[:_NAMED])
    return _("{names} and {count} more").format(names=shown, count=more) if more > 0 else shown


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


def take_in_progress() -> Take | None:
    """What the visitor says, or said, on the Live page."""
    return st.session_state.get("take")


def take_has_room() -> bool:
    """Whether more may be said: what all visits hold is bounded."""
    return _n_bytes() < VISITS.room(inside.visit(), inside.stored())


def room() -> int:
    """Bytes that may be unpacked besides what the visit holds."""
    return max(0, VISITS.room(inside.visit(), inside.stored()) - _n_bytes())


def keep_take(take: Take | None) -> None:
    """Hold it, or let it go."""
    st.session_state.take = take
    _tell()


def own_work() -> OwnWork | None:
    """What the visit holds of the visitor's own recordings on Retrain."""
    return st.session_state.get("own_work")


def keep_own(work: OwnWork | None) -> None:
    """Hold it, or let it go."""
    st.session_state.own_work = work
    _tell()


def count(digest: str) -> None:
    """Note that a recording was heard; the same one counts once."""
    st.session_state.setdefault("heard", set()).add(digest)


def files() -> list[Held]:
    """The files of the visitor, where they brought several."""
    brought: list[Held] = st.session_state.get("files", [])
    return brought


def current() -> Held | None:
    """The recording in hand."""
    return st.session_state.get("held")


def would_be_lost() -> bool:
    """Whether a reload would forget what the visitor said or brought; an example is soon back."""
    here = [file for file in (*files(), current()) if file is not None]
    brought = [file for file in here if not file.synthetic and not file.example]
    return bool(brought) or take_in_progress() is not None or own_work() is not None


def refusal() -> tuple[str, str] | None:
    """Name and message of the last recording, if it was refused."""
    not_taken = VISITS.refusal(inside.visit())
    return (_("Upload"), not_taken) if not_taken else st.session_state.get("refusal")


def n_heard() -> int:
    """How many different recordings this session has heard."""
    return len(st.session_state.get("heard", ()))


def key(widget: str) -> str:
    """The key to give a widget; it changes when `renew` empties it."""
    return f"{widget}-{_renewals().get(widget, 0)}"


def renew(*widgets: str) -> None:
    """Empty widgets and keep the recording. What they had uploaded is deleted from the server."""
    for widget in widgets:
        _renewals()[widget] = _renewals().get(widget, 0) + 1
    inside.drop_uploads(inside.visit())


def enter(page: str) -> None:
    """A page begins. The uploads of the page before go: what is worked with is held here."""
    state = st.session_state
    if state.get("page") != page:
        state.page = page
        # Nothing plays because a visitor comes back.
        state.pop("many-played", None)
        inside.drop_uploads(inside.visit())
        VISITS.forget_refusal(inside.visit())


def clear() -> None:
    """Forget the recording, the files and what was made from them; empty the widgets.

    Nothing is left on the server: neither what was uploaded nor what its player played.
    """
    state = st.session_state
    server.clear(inside.visit())
    state.held = state.refusal = state.brought = None
    state.files = []
    state.take = None
    for made in ("many", "many-played"):
        state.pop(made, None)
    cached.forget()
    renew(*WIDGETS)
    _tell()


def _tell() -> None:
    """Say how much is held: there is a most, for a visit and for all of them."""
    VISITS.holds(inside.visit(), _n_bytes())


def _n_bytes() -> int:
    """Of all that the visit holds; the recording in hand is often one of its files."""
    held = {file.digest: file.content for file in (*files(), current()) if file is not None}
    others = (take_in_progress(), own_work())
    return sum(map(len, held.values())) + sum(one.n_bytes for one in others if one is not None)


def _renewals() -> dict[str, int]:
    renewals: dict[str, int] = st.session_state.setdefault("renewals", {})
    return renewals
