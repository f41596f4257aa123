"""Home: speak, and hear the verdict there and then; how far to trust it; where to go."""

import streamlit as st

from ser_core.inference.facts import BundleInfo
from ser_core.language import gettext as _
from ui import cached, frame, held, promises, words
from ui.home import words as home_words
from ui.listen import evidence, examples, microphone
from ui.voices import offer


def draw() -> None:
    """Draw the page."""
    frame.begin("Undertone")
    st.title("Undertone", anchor=False)

    info = frame.needed(cached.default_info)
    model_name = cached.model_names()[0]

    with frame.section():
        held.receive()
    recording = held.current()
    with frame.section():
        _verdict(recording, model_name)
    if recording is None:
        st.markdown(
            _("**Hear how it is said:** {emotions}.").format(
                emotions=words.emotions(words.answer_names(info))
            )
        )
        _speak()
    else:
        # Known by the recording: a new one finds it closed.
        with st.expander(
            _("Speak again, or play a voice"),
            icon=":material/mic:",
            key=f"again-{recording.digest[:8]}",
        ):
            _speak()

    # How far to trust it is known of people's voices, not of a formula's.
    if recording is None or not recording.synthetic:
        with frame.section():
            _trust(info)

    with frame.section():
        st.header(_("Where to go"), anchor=False)
        cards = home_words.cards(info, len(cached.model_names()))
        places = [place for _row in range(0, len(cards), 2) for place in st.columns(2, border=True)]
        for place, (name, said) in zip(places, cards.items(), strict=True):
            with place:
                frame.link(name)
                st.caption(said)

    st.header(_("What it is not for"), anchor=False)
    st.markdown(_(words.NOT_FOR))


def _verdict(recording: held.Held | None, model_name: str) -> None:
    """What was heard last, in this visit, and the way to the evidence."""
    evidence.refused()
    if recording is not None:
        evidence.verdict(recording, model_name)
        offer.told(recording)
        evidence.player(recording)
        if st.button(_("See why, and what was heard when"), icon=":material/troubleshoot:"):
            st.switch_page("pages/listen.py", query_params={})
    evidence.announce(recording, model_name)


def _speak() -> None:
    with frame.section():
        microphone.record()
        examples.few()
        st.caption(_(words.PRIVACY))


def _trust(info: BundleInfo) -> None:
    """How far to trust it, and how that was measured."""
    st.markdown(home_words.trust(info))
    with st.popover(_("How was that measured?"), icon=":material/straighten:"):
        for label, value, said in home_words.scores(info):
            st.metric(label, value)
            st.caption(said)
        st.markdown(home_words.measured(info))
        answers = promises.answers(info)
        if answers:
            st.markdown(answers)
