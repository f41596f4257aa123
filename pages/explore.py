"""Explore: what the corpora hold, what the features show, how the models learned and fared."""

import streamlit as st

from ser_core.data import exploring
from ser_core.emotions import ALL_EMOTIONS
from ui import cached, frame
from ui.explore import controls, features, holdings, learning, splits
from ui.explore import words as explore_words

PARTS = (
    "What the corpora hold",
    "What the features show",
    "How the model learned",
    "Why a random split flatters",
)

frame.begin("Explore", wide=True)
st.title("Explore", anchor=False)

clips, held = frame.needed(cached.clips), frame.needed(cached.holdings)
titles = exploring.titles()
with frame.section():
    gone = exploring.missing_tables()
    if gone:
        st.warning(explore_words.missing_tables(gone), icon=":material/table:")

there = set(clips["emotion"])
with st.container(horizontal=True, gap="small"):
    filters = exploring.Selection(
        corpora=controls.choose_many("corpus", "Corpus", [h.corpus for h in held], titles),
        emotions=controls.choose_many(
            "emotion", "Emotion", [name for name in ALL_EMOTIONS if name in there], titles
        ),
        genders=controls.choose_many("gender", "Gender", exploring.GENDERS, titles),
        intensities=controls.choose_many("intensity", "Intensity", exploring.INTENSITIES, titles),
    )
chosen = exploring.choose(clips, filters)
st.markdown(explore_words.clips_of(chosen, clips))
part = st.pills("Show", PARTS, default=PARTS[0], required=True, key="part", bind="query-params")
if chosen.empty and part in PARTS[:2]:
    st.info("No clip passes all four filters. Take one of them away.")
    st.stop()

if part == PARTS[1]:
    features.draw(chosen, titles, held)
elif part == PARTS[2]:
    learning.draw(filters, titles)
elif part == PARTS[3]:
    splits.draw(filters, titles)
else:
    holdings.draw(chosen, filters, titles, held)
