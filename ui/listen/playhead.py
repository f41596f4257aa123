"""What was heard when, to play: a line through the figure, and a list of segments below it.

Streamlit's player and chart know nothing of each other: this component joins the two that lie in
the container with the key "sound". Its browser's side lies in ``playhead.js``.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from ser_core.inference.decision import NOT_SURE
from ser_core.inference.timeline import Timeline
from ui import theme, words
from ui.listen import words as listen_words

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "undertone_playhead",
    html=(_HERE / "playhead.html").read_text(encoding="utf-8"),
    css=(_HERE / "playhead.css").read_text(encoding="utf-8"),
    js=(_HERE / "playhead.js").read_text(encoding="utf-8"),
)


def follow(heard: Timeline | None = None) -> None:
    """Join the player and the figure of the container with the key "sound".

    Parameters
    ----------
    heard : Timeline, optional
        Its segments are listed, each with a button that plays it.
    """
    spoken = [] if heard is None else [one for one in heard.segments() if one.likeliest]
    segments = [
        {
            "start": round(segment.start_s, 2),
            "end": round(segment.end_s, 2),
            "label": listen_words.segment(segment),
            "share": words.percents(segment.probabilities)[str(segment.likeliest)],
            "sure": segment.verdict != NOT_SURE,
            "colour": theme.colour(str(segment.likeliest)),
        }
        for segment in spoken
    ]
    _component(key="playhead", data={"segments": segments, "words": listen_words.SEGMENTS})
