"""Explore's address: the step that is seen, with its colour and its clip, and the filters.

It names things as the program does and not as the page says them, so that a link shows the same
in every language. The widgets hold what is chosen and the address follows them; it is believed
where the page is opened, or the browser goes back to one that it has shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from ser_core.data import exploring
from ui import words

STEPS = ("people", "map", "learning", "splits")
COLOURS = ("speaker", "emotion", "corpus")
EARS = ("classic", "encoder")
PLANES = ("tsne", "pca")

FILTERS = ("corpus", "emotion", "gender", "intensity")

_ONE: dict[str, tuple[str, ...]] = {
    "step": STEPS,
    "by": exploring.SPLITS,
    "colour": COLOURS,
    "ears": EARS,
    "plane": PLANES,
    "protocol": tuple(words.PROTOCOLS),
}
"""What has one value, the usual one first."""

_OF_STEP = {
    "people": ("by",),
    "map": ("colour", "ears", "plane"),
    "learning": ("model", "protocol"),
    "splits": (),
}
_ALWAYS = ("step", "colour")
_PARTS = dict(
    zip(
        (
            "what the corpora hold",
            "what the features show",
            "how the model learned",
            "why a random split flatters",
        ),
        STEPS,
        strict=True,
    )
)
"""What the steps were called in the addresses of version 0.1, as ``part``."""

_MOVED, _WRITTEN, _UNKNOWN = "explore-moved", "explore-address", "explore-unknown"


def moved() -> None:
    """Something was chosen on the page: the address is to follow it. A callback of every widget."""
    st.session_state[_MOVED] = True


def follow(
    clips: pd.DataFrame, models: Sequence[str], offered: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Do what the address asks for where it is news, before any widget is drawn.

    Parameters
    ----------
    clips : pandas.DataFrame
        From `exploring.manifest`.
    models : sequence of str
        Names of the shipped models; none where they cannot be read.
    offered : mapping
        Of each filter, what it offers, with its title.

    Returns
    -------
    list of str
        The parameters whose values nobody knows here.
    """
    state = st.session_state
    chosen_here = state.pop(_MOVED, False) or _told() == state.get(_WRITTEN)
    if "step" in state and chosen_here:
        return []
    unknown = []
    one = _ONE | ({"model": tuple(models)} if models else {})
    for key, options in one.items():
        asked = st.query_params.get(key)
        if key == "step" and asked is None and "part" in st.query_params:
            asked = _PARTS.get(st.query_params["part"].casefold(), "")
        state[key] = asked if asked in options else options[0]
        unknown += [key] * (asked is not None and asked not in options)
    for key, titles in offered.items():
        names = {text.casefold(): n for n, title in titles.items() for text in (n, title)}
        asked_all = [text.casefold() for text in st.query_params.get_all(key)]
        state[key] = list(dict.fromkeys(names[text] for text in asked_all if text in names))
        unknown += [key] * any(text not in names for text in asked_all)
    clip = st.query_params.get("clip")
    state.explored = _index(clips, clip) if clip is not None else None
    return unknown + ["clip"] * (clip is not None and state.explored is None)


def keep(clips: pd.DataFrame) -> None:
    """Write what is seen into the address, in one go: each change is one step of the browser's.

    What has its usual value is left out, but for the step and the colour.
    """
    state = st.session_state
    wanted: dict[str, list[str]] = {}
    for key in ("step", *_OF_STEP[state.step]):
        usual = _ONE[key][0] if key in _ONE else None
        if key in state and (key in _ALWAYS or state[key] != usual):
            wanted[key] = [state[key]]
    if state.step == "map" and state.explored is not None:
        clip = clips.loc[state.explored]
        wanted["clip"] = [f"{clip['corpus']}/{clip['name']}"]
    wanted |= {key: list(state[key]) for key in FILTERS if state.get(key)}
    if wanted == {"step": [STEPS[0]]} and not _told():
        wanted = {}
    if wanted != _told():
        # All at once, because each message is an entry in the browser's history.
        st.query_params.from_dict(_others() | wanted)
    state[_WRITTEN] = wanted


def _told() -> dict[str, list[str]]:
    """What the address says of this page."""
    own = {*_ONE, *FILTERS, "model", "clip", "part"}
    return {key: st.query_params.get_all(key) for key in st.query_params if key in own}


def _others() -> dict[str, list[str]]:
    told = _told()
    return {key: st.query_params.get_all(key) for key in st.query_params if key not in told}


def _index(clips: pd.DataFrame, clip: str) -> int | None:
    """Which clip is called so; None where there is none."""
    corpus, _, name = clip.partition("/")
    there = clips.index[(clips["corpus"] == corpus) & (clips["name"] == name)]
    return int(there[0]) if len(there) else None
