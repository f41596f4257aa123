"""A call: where the channels differ, each party for itself."""

from __future__ import annotations

import streamlit as st

from ser_core.errors import AudioError
from ser_core.inference.prediction import Prediction
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import cached, frame, words
from ui.held import Held
from ui.listen import annotating, lanes
from ui.listen import words as listen_words

SECTION = N_("Each channel")


def wanted(heard: Prediction) -> bool:
    """Whether the channels hold different sounds."""
    return any(warning.code == "channels_differ" for warning in heard.warnings)


def draw(recording: Held, model_name: str) -> None:
    """Draw who speaks when, and a summary a party."""
    try:
        with st.spinner(_("Listening to each channel")):
            parties = cached.parties(recording.digest, model_name, recording.content)
    except AudioError as error:
        st.info(error.message, icon=":material/call_split:")
        return
    said = [listen_words.party(party) for party in parties]
    duration_s = max(party.prediction.duration_s for party in parties)
    frame.chart(
        lanes.draw(parties, duration_s),
        alt=_("Who speaks when, one lane per channel, coloured by what was heard. {said}").format(
            said=" ".join(said)
        ),
    )
    for party, sentence in zip(parties, said, strict=True):
        st.markdown(sentence)
        for warning in party.prediction.warnings:
            st.caption(f"{words.capital(_(party.name))}: {words.plain(warning.message)}")
    annotating.menu(recording, model_name, lambda: parties, key="annotations-apart")
    st.caption(
        _(
            "Colour is the likeliest answer, stripes where it was not sure, blank where nobody "
            "speaks. A voice that leaks into the other channel is heard there, too."
        )
    )
