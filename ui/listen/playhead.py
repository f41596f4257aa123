"""What was heard when, to play: a line through the figure, and a list of segments below it.

Streamlit's player and chart know nothing of each other: this component joins the two that lie in
the container with the key "sound". Its browser's side lies in ``playhead.js``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from ser_core.inference.decision import NOT_SURE
from ser_core.inference.timeline import Segment, Timeline
from ui import theme, words
from ui.listen import words as listen_words

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "undertone_playhead",
    html=(_HERE / "playhead.html").read_text(encoding="utf-8"),
    css=(_HERE / "playhead.css").read_text(encoding="utf-8"),
    js=(_HERE / "playhead.js").read_text(encoding="utf-8"),
)


_filling = st.components.v2.component(
    "undertone_filling", js=(_HERE / "filling.js").read_text(encoding="utf-8")
)


def follow(heard: Timeline | None = None) -> None:
    """Join the player and the figure of the container with the key "sound".

    Parameters
    ----------
    heard : Timeline, optional
        Its segments are listed, each with a button that plays it.
    """
    segments = [] if heard is None else list(map(_told, _spoken(heard)))
    _component(key="playhead", data={"segments": segments, "words": listen_words.segments()})


def fill(heard: Timeline) -> None:
    """Draw what is heard so far over the lanes of the figure; drawn over itself as more is."""
    segments = [
        {
            "start": segment.start_s,
            "end": segment.end_s,
            "answer": segment.likeliest,
            "sure": segment.verdict != NOT_SURE,
            "colour": theme.colour(str(segment.likeliest)),
        }
        for segment in _spoken(heard)
    ]
    _filling(data={"segments": segments, "answers": list(heard.answers)}, height=1)


def _spoken(heard: Timeline) -> list[Segment]:
    return [segment for segment in heard.segments() if segment.likeliest]


def _told(segment: Segment) -> dict[str, Any]:
    return {
        "start": round(segment.start_s, 2),
        "end": round(segment.end_s, 2),
        "label": listen_words.segment(segment),
        "share": words.percents(segment.probabilities)[str(segment.likeliest)],
        "sure": segment.verdict != NOT_SURE,
        "colour": theme.colour(str(segment.likeliest)),
    }
