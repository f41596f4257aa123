"""What the steps of Explore share: the filters, a switch, and what lies deeper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ser_core.data import exploring
from ser_core.emotions import ALL_EMOTIONS, shown
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import words
from ui.explore import address, story_words

_LABELS = {
    "corpus": N_("Corpus"),
    "emotion": N_("Emotion"),
    "gender": N_("Gender"),
    "intensity": N_("Intensity"),
}


def offered(clips: pd.DataFrame, titles: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What each filter offers, by name, with what to call it."""
    corpora = set(clips["corpus"])
    emotions = set(clips["emotion"])
    return {
        "corpus": {name: title for name, title in titles.items() if name in corpora},
        "emotion": {name: words.capital(shown(name)) for name in ALL_EMOTIONS if name in emotions},
        "gender": _groups(exploring.GENDERS),
        "intensity": _groups(exploring.INTENSITIES),
    }


def _groups(names: Sequence[str]) -> dict[str, str]:
    return {name: words.capital(_(story_words.GROUPS[name])) for name in names}


def chosen() -> exploring.Selection:
    """What the filters let through; an empty one lets everything through."""
    return exploring.Selection(*(tuple(st.session_state.get(key, ())) for key in address.FILTERS))


def filters(offers: Mapping[str, Mapping[str, str]]) -> None:
    """Draw the filters, out of the way; `chosen` says what they let through."""
    active = sum(bool(st.session_state.get(key)) for key in offers)
    label = _("Filter ({active})").format(active=active) if active else _("Filter")
    with st.popover(label, icon=":material/filter_list:", key="filter"):
        for key, names in offers.items():
            st.multiselect(
                _(_LABELS[key]),
                list(names),
                format_func=names.__getitem__,
                placeholder=_("All"),
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
