"""Fetch real voices at a press, and play one."""

from __future__ import annotations

import streamlit as st

from ser_core.data import unheard
from ser_core.data.unheard import Clip
from ser_core.data.unheard_fetch import fetch
from ser_core.errors import SerError
from ser_core.language import gettext as _
from ui import cached, frame, held
from ui.held import Held
from ui.voices import words


def offer() -> None:
    """Say what would be fetched from where, and fetch it at a press; nothing where all is here."""
    here = cached.fetched()
    missing = [clip for clip in unheard.clips() if clip not in here]
    if not missing:
        return
    st.caption(words.offer(missing, len(here)))
    pressed = st.button(_("Fetch real voices"), icon=":material/download:", key="fetch-voices")
    place = st.empty()
    if not pressed:
        return

    def progress(share: float) -> None:
        place.progress(share, text=_("Fetching"))

    try:
        progress(0.0)
        fetch(missing, progress=progress)
    except SerError as error:
        place.error(error.message, icon=":material/cloud_off:")
    else:
        st.rerun()


def buttons(count: int) -> None:
    """A button for each of a few voices; where they are fetched already."""
    heard = cached.fetched_heard()
    with st.container(horizontal=True, gap="small"):
        for clip in unheard.to_show(heard, count):
            st.button(
                words.label(clip, heard[clip]),
                icon=":material/record_voice_over:",
                key=f"voice-{clip.name}",
                help=words.name(clip),
                on_click=frame.guarded(play),
                args=(clip,),
            )


def whose() -> None:
    """Whose voices they are, and how the model does on all of them."""
    st.caption(f"{words.source()} {words.in_all(cached.fetched_heard())}")


def play(clip: Clip) -> None:
    """Take a clip for the recording in hand."""
    held.keep(held.of(words.name(clip), cached.fetched()[clip], example=clip.name))


def told(recording: Held) -> None:
    """Under the verdict on one of them: what the actor meant, and what people heard."""
    for clip, heard in cached.fetched_heard().items() if recording.example else ():
        if clip.name == recording.example:
            st.markdown(words.told(clip, heard))
