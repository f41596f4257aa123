"""A game from the first voice to the score: what is shown, and what a press does."""

from __future__ import annotations

import numpy as np
import streamlit as st

from ser_core.data import guessing
from ser_core.data.guessing import Game
from ser_core.emotions import EMOTIONS, shown
from ser_core.language import gettext as _
from ser_core.language import pgettext
from ui import announcer, cached, frame, held
from ui.game import card, words
from ui.voices import offer
from ui.words import capital

_GAME, _TOLD, _TOTAL, _GAMES = "game", "game-told", "game-total", "games"


@st.fragment
def draw() -> None:
    """Whatever comes next: the offer, the start, a voice, what was meant, or the score."""
    game: Game | None = st.session_state.get(_GAME)
    with frame.section():
        if game is not None and not cached.fetched().keys() >= set(game.clips):
            game = st.session_state[_GAME] = None  # the cache folder was emptied meanwhile
        if game is None:
            _before()
        elif game.over() and not st.session_state.get(_TOLD):
            _after(game)
        else:
            _round(game)
    announcer.announce(*_news(game), ".st-key-game")


def _before() -> None:
    """Nothing is played yet, and perhaps no voices are here."""
    here = cached.fetched()
    st.markdown(words.opening())
    if len(here) >= guessing.ROUNDS:
        st.button(
            pgettext("game", "Play"),
            type="primary",
            icon=":material/play_arrow:",
            on_click=_start,
            key="play",
        )
        return
    st.markdown(_("It needs real voices, and there are none here yet."))
    offer.offer()
    st.caption(words.no_network())
    frame.link("Listen")


def _round(game: Game) -> None:
    """A voice: what did its actor mean? And once you have said so, what it was."""
    told = bool(st.session_state.get(_TOLD))
    last = game.rounds[-1] if told else None
    number = len(game.rounds) if told else len(game.rounds) + 1
    clip = last.clip if last else game.clip
    with st.container(key="game"):
        st.header(words.heading(number, len(game.clips)), anchor=False)
        # Whoever has pressed Play or Next wants to hear it.
        st.audio(
            cached.fetched()[clip], format="audio/wav", alt=_("The voice to guess"), autoplay=True
        )
        if last is None:
            st.markdown(_("What did the actor mean?"))
            with st.container(horizontal=True, gap="small"):
                for emotion in EMOTIONS:
                    st.button(
                        capital(shown(emotion)),
                        key=f"guess-{emotion}",
                        on_click=frame.guarded(_answer),
                        args=(emotion,),
                    )
        else:
            st.markdown(words.answer(last))
            st.markdown(words.standing(guessing.score(game.rounds)))
            with st.container(horizontal=True, gap="small"):
                st.button(
                    _("See the score") if game.over() else _("Next voice"),
                    type="primary",
                    icon=":material/skip_next:",
                    on_click=_on,
                    key="next",
                )
                if st.button(_("Look at it closely"), icon=":material/troubleshoot:", key="look"):
                    offer.play(last.clip)
                    st.switch_page("pages/listen.py", query_params={})


def _after(game: Game) -> None:
    """The score, what it is worth, what both of you missed, and where to go from here."""
    score = guessing.score(game.rounds)
    with st.container(key="game"):
        st.header(words.result(score), anchor=False)
        with st.container(horizontal=True, gap="medium"):
            for label, value in words.figures_of(score):
                st.metric(label, value, width="content")
    st.markdown(words.worth(score, guessing.differ(game.rounds)))
    st.markdown(words.crowd(game.rounds))
    st.markdown(words.table(game.rounds))
    st.markdown(words.missed(game.rounds))
    total: guessing.Score = st.session_state[_TOTAL]
    if st.session_state[_GAMES] > 1:
        st.markdown(words.visit(st.session_state[_GAMES], total))
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        st.button(
            _("Play again"), type="primary", icon=":material/replay:", on_click=_start, key="play"
        )
        card.keep(words.card(score))
    st.header(_("Where to go from here"), anchor=False)
    for lead in words.leads():
        st.page_link(lead.page, label=lead.label, icon=lead.icon, query_params=dict(lead.address))


def _start() -> None:
    state = st.session_state
    state[_GAME] = guessing.draw(list(cached.fetched()), np.random.default_rng())
    state[_TOLD] = False


def _answer(emotion: str) -> None:
    state = st.session_state
    game: Game = state[_GAME]
    if state.get(_TOLD) or game.over():
        return  # a second press, on its way before the first was answered
    game.rounds.append(guessing.Round(game.clip, cached.fetched_heard()[game.clip], emotion))
    state[_TOLD] = True
    held.count(game.rounds[-1].clip.sha256)
    if game.over():
        state[_TOTAL] = state.get(_TOTAL, guessing.Score()) + guessing.score(game.rounds)
        state[_GAMES] = state.get(_GAMES, 0) + 1


def _on() -> None:
    st.session_state[_TOLD] = False


def _news(game: Game | None) -> tuple[str, str]:
    """What a screen reader is told, and about what."""
    if game is None:
        return "", "nothing yet"
    told = bool(st.session_state.get(_TOLD))
    about = f"{game.clips[0].name} {len(game.rounds)} {told}"
    if told:
        return words.answer(game.rounds[-1]).replace("*", ""), about
    if game.over():
        return words.result(guessing.score(game.rounds)), about
    return words.heading(len(game.rounds) + 1, len(game.clips)), about
