"""A card of a score to keep: a picture made in the browser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

_HERE = Path(__file__).parent
_component = st.components.v2.component(
    "undertone_score_card",
    html='<button type="button"></button>',
    css=(_HERE / "card.css").read_text(encoding="utf-8"),
    js=(_HERE / "card.js").read_text(encoding="utf-8"),
)


def keep(said: Mapping[str, object]) -> None:
    """Draw the button that makes the card.

    Parameters
    ----------
    said : mapping
        From `ui.game.words.card`.
    """
    _component(key="score-card", data=dict(said), width="content")
