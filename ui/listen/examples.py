"""Something to hear for those without a microphone or a file."""

from __future__ import annotations

import streamlit as st

from ser_core.data import sounds
from ser_core.language import gettext as _
from ui import cached, frame, held
from ui.voices import offer

ON_HOME, ON_LISTEN = 3, 12
"""Real voices to play, where they were fetched."""


def voices() -> None:
    """A dozen actors, once they were fetched; and synthetic sounds, one button each."""
    with frame.section():
        if cached.fetched():
            st.markdown(_("**Actors the model never heard**"))
            offer.buttons(ON_LISTEN)
            offer.whose()
        offer.offer()
    st.markdown(_("**Synthetic sounds**"))
    st.caption(
        _(
            "Computed by a formula: nobody spoke, and nothing was felt. They show what the page "
            "does. What a model makes of them proves nothing about people."
        )
    )
    _synthetic(len(sounds.SOUNDS))
    st.markdown(_("**Guess first, then see what the model heard**"))
    frame.link("Game")


def few() -> None:
    """Three actors on Home; until they were fetched, three synthetic sounds and the offer."""
    with frame.section():
        if cached.fetched():
            st.markdown(_("Or play an actor it never heard:"))
            offer.buttons(ON_HOME)
            with st.popover(_("Whose voices are these?"), icon=":material/info:"):
                offer.whose()
            return
    st.markdown(_("Or play a voice made by a formula:"))
    _synthetic(ON_HOME)
    with frame.section(), st.popover(_("Real voices"), icon=":material/record_voice_over:"):
        offer.offer()


def _synthetic(count: int) -> None:
    """The first of them, side by side."""
    with st.container(horizontal=True, gap="small"):
        for sound in sounds.SOUNDS[:count]:
            st.button(_(sound.title), icon=":material/graphic_eq:", on_click=_open, args=(sound,))


def _open(sound: sounds.Sound) -> None:
    content = cached.synthetic_sound(sound.name)
    name = _("{sound} (synthetic)").format(sound=_(sound.title))
    held.keep(held.of(name, content, synthetic=True))
