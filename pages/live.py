"""Live: the voice drawn as you speak, and the whole of it to take to Listen."""

import streamlit as st

from ser_core.inference.live import Live
from ser_core.language import gettext as _
from ui import cached, frame, held, theme, words
from ui.live import ribbon
from ui.live import words as live_words
from ui.live.take import Take

frame.begin("Live")
st.title(_("Live"), anchor=False)
st.markdown(_("Speak for as long as you like, up to ten minutes, and see how it sounds as you go."))
st.caption(_(words.NOTICE))

name = frame.needed(cached.model_names)[0]
model = frame.needed(lambda: cached.model(name))


def hear() -> None:
    chunk = ribbon.sent("chunk") or {}
    if not isinstance(chunk.get("take"), str):
        return
    take = held.take_in_progress()
    if take is None or take.name != chunk["take"]:
        take = Take(chunk["take"], Live(model))
    if held.take_has_room():
        take.hear(chunk)
    else:
        take.full = True
    held.keep_take(take)


def end() -> None:
    take = held.take_in_progress()
    if take is not None and take.name == ribbon.sent("done"):
        take.end(lambda wav: cached.over_time(held.of("", wav).digest, name, wav))


@st.fragment
def follow() -> None:
    with frame.section():
        take = held.take_in_progress()
        ribbon.draw(take, model.answers, frame.guarded(hear), frame.guarded(end))
        if take is None or not take.done:
            return
        st.markdown(live_words.ended(take.live))
        with st.container(horizontal=True):
            if st.button(_("Take this to Listen"), type="primary", icon=":material/troubleshoot:"):
                held.keep(held.of(_("What you said live"), take.wav()))
                held.keep_take(None)
                st.switch_page("pages/listen.py", query_params={})
            if st.button(_("Clear"), icon=":material/delete:"):
                held.clear()
                st.rerun()


follow()
st.html(theme.legend(model.answers))
st.caption(_(live_words.HOW_TO_READ))
st.caption(_(words.PRIVACY))
