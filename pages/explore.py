"""Explore: who is in the data, how the clips lie, how the models learned and fared."""

import streamlit as st

from ser_core.data import exploring
from ser_core.language import gettext as _
from ui import cached, frame
from ui.explore import (
    address,
    controls,
    downloads,
    features,
    holdings,
    learning,
    splits,
    story,
    story_words,
)

frame.begin("Explore", wide=True)
st.title(_("Explore"), anchor=False)

clips, held = frame.needed(cached.clips), frame.needed(cached.holdings)
titles = exploring.titles()
offers = controls.offered(clips, titles)
models: list[str] = []
with frame.section():
    models = cached.model_names()
unknown = address.follow(clips, models, offers)
step = story.steps()
if unknown:
    st.info(story_words.unknown(unknown), icon=":material/link_off:")
with frame.section():
    gone = exploring.missing_tables()
    if gone:
        st.warning(story_words.missing_tables(gone), icon=":material/table:")

state = st.session_state
story.opening(step, story_words.opening(step, clips, state.colour, state.ears))
with st.container(horizontal=True):
    story.back_and_on(step, "above")

filters = controls.chosen()
chosen = exploring.choose(clips, filters)
if step in ("people", "map") and chosen.empty:
    st.info(_("No clip passes all four filters. Remove one of them."))
elif step == "people":
    holdings.draw(chosen, filters, titles, held)
elif step == "map":
    features.draw(chosen, titles, held)
elif step == "learning":
    learning.draw(filters, titles)
else:
    splits.draw(filters, titles)

with st.container(horizontal=True, vertical_alignment="center"):
    controls.filters(offers)
    with frame.section():
        downloads.menu(chosen, filters)
    st.markdown(story_words.clips_of(chosen, clips))
story.ending(step)
address.keep(clips)
