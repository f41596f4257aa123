"""Home: what Undertone is, how far to trust it, and where to go."""

import streamlit as st

from ui import cached, frame, words
from ui.home import words as home_words


def draw() -> None:
    """Draw the page."""
    frame.begin("Undertone")
    st.title("Undertone", anchor=False)
    st.markdown("**Hear how it is said**")

    info = frame.needed(cached.default_info)

    with frame.section():
        st.markdown(
            "Record a sentence or bring a recording. Undertone tells you whether the voice sounds "
            f"{words.listing(words.answer_names(info), 'or')}, shows what it heard, and says "
            "so when it is not sure."
        )
        if st.button("Listen to a voice", type="primary", icon=":material/hearing:"):
            st.switch_page("pages/listen.py", query_params={})

    with frame.section():
        st.header("How often it is right", anchor=False)
        scores = home_words.scores(info)
        for place, (label, value, said) in zip(
            st.columns(len(scores), border=True), scores, strict=True
        ):
            with place:
                st.metric(label, value)
                st.caption(said)
        st.markdown(home_words.measured(info))

    with frame.section():
        st.header("Where to go", anchor=False)
        places = [*st.columns(2, border=True), *st.columns(2, border=True)]
        cards = home_words.cards(info, len(cached.model_names()))
        for place, (name, said) in zip(places, cards.items(), strict=True):
            with place:
                frame.link(name)
                st.caption(said)

    st.header("What it is not for", anchor=False)
    st.markdown(words.NOT_FOR)
