"""People and the model on the same clips: what CREMA-D's listeners chose, what strangers' model."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from ser_core.evaluation import listeners
from ser_core.inference.decision import NOT_SURE
from ser_core.language import gettext as _
from ui import cached, frame, html_charts
from ui.explore import votes_words


@frame.section()
def draw() -> None:
    """Draw both, side by side."""
    clips = frame.needed(cached.listeners)
    st.subheader(_("What people themselves disagree on"), anchor=False)
    st.markdown(votes_words.disputed(listeners.disagreement(clips)))
    people, model = st.columns(2, gap="large")
    with people:
        _grid(_("What listeners chose"), listeners.chosen(clips))
    with model:
        _grid(_("What the model said of these strangers"), listeners.answered(clips))
    answered = clips["heard"] != NOT_SURE
    st.markdown(
        votes_words.agreed(
            listeners.agreement(clips), listeners.as_meant(clips), float(answered.mean())
        )
    )
    st.caption(votes_words.about(len(clips), clips["speaker"].nunique()))


def _grid(title: str, shares: pd.DataFrame) -> None:
    st.markdown(f"**{title}**")
    frame.picture(
        html_charts.grid(shares.to_numpy(), _names(shares.columns), _names(shares.index)),
        alt=votes_words.in_rows(title, shares),
    )


def _names(answers: pd.Index) -> list[str]:
    return [votes_words.answer(str(name)) for name in answers]
