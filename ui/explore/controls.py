"""What the steps of Explore share: the filters, a switch, and what lies deeper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ser_core.data import exploring
from ser_core.emotions import ALL_EMOTIONS
from ui.explore import address

_LABELS = {
    "corpus": "Corpus",
    "emotion": "Emotion",
    "gender": "Gender",
    "intensity": "Intensity",
}


def offered(clips: pd.DataFrame, titles: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What each filter offers, by name, with what to call it."""
    corpora = set(clips["corpus"])
    emotions = set(clips["emotion"])
    return {
        "corpus": {name: title for name, title in titles.items() if name in corpora},
        "emotion": {name: name.capitalize() for name in ALL_EMOTIONS if name in emotions},
        "gender": {name: name.capitalize() for name in exploring.GENDERS},
        "intensity": {name: name.capitalize() for name in exploring.INTENSITIES},
    }


def chosen() -> exploring.Selection:
    """What the filters let through; an empty one lets everything through."""
    return exploring.Selection(*(tuple(st.session_state.get(key, ())) for key in address.FILTERS))


def filters(offers: Mapping[str, Mapping[str, str]]) -> None:
    """Draw the filters, out of the way; `chosen` says what they let through."""
    active = sum(bool(st.session_state.get(key)) for key in offers)
    label = f"Filter ({active})" if active else "Filter"
    with st.popover(label, icon=":material/filter_list:", key="filter"):
        for key, names in offers.items():
            st.multiselect(
                _LABELS[key],
                list(names),
                format_func=names.__getitem__,
                placeholder="All",
                key=key,
                on_change=address.moved,
            )


def choose_one(label: str, options: Sequence[str], key: str, **more: Any) -> Any:
    """A switch that always has a value, that of the address where this begins."""
    return st.segmented_control(
        label,
        options,
        required=True,
        key=key,
        on_change=address.moved,
        persist_state="page",
        **more,
    )
