"""Something to hear for those without a microphone or a file."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ser_core.data import guessing, sounds
from ser_core.errors import SerError
from ser_core.language import gettext as _
from ser_core.training.gathering import default_data
from ui import cached, frame, held, words
from ui.voices import offer

ON_HOME, ON_LISTEN = 3, 12
"""Real voices to play, where they were fetched."""


def voices() -> None:
    """A dozen actors, once they were fetched; and synthetic sounds, one button each."""
    with frame.section():
        if cached.fetched():
            st.markdown(_("**Actors whom the model never heard**"))
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


def few() -> None:
    """Three actors on Home; until they were fetched, three synthetic sounds and the offer."""
    with frame.section():
        if cached.fetched():
            st.markdown(_("Or play an actor whom it never heard:"))
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


@st.fragment
def guess(model_name: str) -> None:
    """Play a clip of a corpus; the visitor guesses before the model tells."""
    state = st.session_state
    st.markdown("**Play me one and let me guess**")
    riddle: guessing.Riddle | None = state.get("riddle")
    model = cached.model(model_name)
    if riddle is None:
        st.caption(
            f"An actor says a sentence and means {words.listing(model.emotions, 'or')}. You guess "
            "first, then you see what the model heard."
        )
        st.button("Play me one", icon=":material/play_arrow:", on_click=_draw, args=(model_name,))
        if state.get("no_riddle"):
            st.info("This server has no recordings of the corpora, after all.")
        return
    content = riddle.path.read_bytes()
    clip = held.of("A clip of a corpus", content)
    st.audio(cached.playable(clip.digest, content), format="audio/wav", alt="The clip to guess")
    said: str | None = state.get("guess")
    if said is None:
        st.markdown("What did the speaker mean?")
        with st.container(horizontal=True, gap="small"):
            for emotion in model.emotions:
                st.button(
                    emotion.capitalize(),
                    key=f"guess-{emotion}",
                    on_click=_answer,
                    args=(emotion, clip, riddle, model_name),
                )
        return
    heard = cached.prediction(clip.digest, model_name, content)
    st.markdown(words.answer(riddle.emotion, said, heard))
    score = state.score
    st.markdown(
        f"**You {score['you']}, the model {score['model']}**, of "
        f"{words.number(score['rounds'])} clip{'s' * (score['rounds'] != 1)}. "
        "Its best guess counts, even where it is not sure: you had to choose, too."
    )
    st.caption(words.advantage(model.info, riddle.corpus, riddle.title))
    with st.container(horizontal=True, gap="small"):
        st.button("Another one", icon=":material/skip_next:", on_click=_draw, args=(model_name,))
        if st.button("Look at it closely", icon=":material/troubleshoot:"):
            held.keep(held.of(f"{riddle.title} {riddle.name}", content))
            st.rerun()


def _draw(model_name: str) -> None:
    state = st.session_state
    try:
        clips = cached.clips()
        recordings = {corpus: cached.recordings(corpus) for corpus in clips["corpus"].unique()}
        emotions = cached.model(model_name).emotions
        state.riddle = guessing.draw(clips, recordings, emotions, np.random.default_rng())
    except SerError:
        state.riddle = None
    state.no_riddle = state.riddle is None
    state.guess = None


def _answer(emotion: str, clip: held.Held, riddle: guessing.Riddle, model_name: str) -> None:
    heard = cached.prediction(clip.digest, model_name, clip.content)
    score = st.session_state.setdefault("score", {"rounds": 0, "you": 0, "model": 0})
    score["rounds"] += 1
    score["you"] += emotion == riddle.emotion
    score["model"] += heard.emotion == riddle.emotion
    st.session_state.guess = emotion


def has_corpora() -> bool:
    """Whether this server may hold recordings of the corpora."""
    return default_data() is not None
