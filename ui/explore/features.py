"""The map of the clips: by speaker, by emotion, through the encoder; and one clip of it."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from ser_core import figures
from ser_core.data import exploring, projecting
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import cached, frame, theme
from ui.explore import address, clip, controls, story_words
from ui.explore import charts as explore_charts

PLANES = {"tsne": "t-SNE", "pca": "PCA"}
EARS = {"classic": N_("The 180 features"), "encoder": N_("The speech encoder")}
_COLOURS = {"speaker": N_("Speaker"), "emotion": N_("Emotion"), "corpus": N_("Corpus")}
_ALT = {
    "classic": N_(
        "Map of {clips} clips by {plane}, coloured by {colour}, seen through the 180 features. "
        "{told}"
    ),
    "encoder": N_(
        "Map of {clips} clips by {plane}, coloured by {colour}, seen through the speech encoder. "
        "{told}"
    ),
}
_OF_COLOUR = {"speaker": N_("speaker"), "emotion": N_("emotion"), "corpus": N_("corpus")}


@frame.section()
def draw(
    chosen: pd.DataFrame, titles: Mapping[str, str], holdings: Sequence[exploring.Holding]
) -> None:
    """Draw the map of the chosen clips, and the one that was picked."""
    with st.container(horizontal=True):
        controls.choose_one(
            _("Colour by"),
            address.COLOURS,
            "colour",
            format_func=lambda name: _(_COLOURS[name]),
        )
        ears = controls.choose_one(
            _("Seen through"), address.EARS, "ears", format_func=lambda name: _(EARS[name])
        )
    points, about = frame.needed(partial(cached.clip_map, ears))
    shown = points.loc[points.index.intersection(chosen.index)]
    if shown.empty:
        st.info(
            _(
                "None of the chosen clips is on the map. The licence of TESS forbids passing "
                "features on, so the map holds the others."
            )
        )
        return
    _map(points, shown, about, titles)

    st.subheader(_("One clip"), anchor=False)
    explored = st.session_state.explored
    if explored in points.index:
        clip.draw(points.loc[explored], titles, holdings)
    elif explored is None:
        st.info(_("Click a point, and its features and its sound appear here."))
    else:
        st.info(_("The clip in this address is not on the map: its licence forbids it."))


def _and_then(colour: str, ears: str) -> None:
    """What to look at after this: a button that turns the map so."""
    after = {
        ("speaker", "classic"): (_("Now the same by emotion"), "emotion", "classic"),
        ("emotion", "classic"): (_("Now through the speech encoder"), "emotion", "encoder"),
    }.get((colour, ears))
    if after:
        label, *turned = after
        st.button(
            label,
            icon=":material/arrow_forward:",
            icon_position="right",
            key="and-then",
            on_click=frame.guarded(_turn),
            args=turned,
        )


def _turn(colour: str, ears: str) -> None:
    st.session_state.colour, st.session_state.ears = colour, ears
    address.moved()


def _map(
    points: pd.DataFrame,
    shown: pd.DataFrame,
    about: projecting.MapFacts,
    titles: Mapping[str, str],
) -> None:
    """The map, and what its points share with their neighbours."""
    colour, ears = st.session_state.colour, st.session_state.ears
    plane = st.session_state.plane

    def pick_clicked() -> None:
        """Take the clip whose point was clicked; only places on the map are believed."""
        for point in st.session_state.map["selection"]["points"]:
            if point.get("customdata") in points.index:
                st.session_state.explored = point["customdata"]
                address.moved()

    def pick_any() -> None:
        st.session_state.explored = random.choice(shown.index.tolist())
        address.moved()

    explored = st.session_state.explored
    figure = explore_charts.projection(shown, plane, colour, titles)
    if explored in shown.index:
        explore_charts.ring(figure, shown.loc[explored], plane)
    near = _neighbourhoods(shown)
    told = story_words.neighbours(near, about["n_neighbours"])
    st.plotly_chart(
        figure,
        key="map",
        on_select=pick_clicked,
        selection_mode="points",
        config=theme.CONFIG,
        alt=_(_ALT[ears]).format(
            clips=figures.number(len(shown)),
            plane=PLANES[plane],
            colour=_(_OF_COLOUR[colour]),
            told=told.replace("*", ""),
        ),
    )
    with st.container(horizontal=True):
        _and_then(colour, ears)
        st.button(
            _("Pick a clip for me"),
            icon=":material/casino:",
            key="pick",
            on_click=frame.guarded(pick_any),
        )
    st.markdown(told)
    _how_drawn(len(shown), about)


def _how_drawn(n_clips: int, about: projecting.MapFacts) -> None:
    how = frame.deeper(_("How the map is drawn"), "plane")
    if not how.open:
        return
    with how:
        plane = controls.choose_one(
            _("Projection"), address.PLANES, "plane", format_func=PLANES.get
        )
        st.caption(story_words.how_drawn(plane, n_clips, about))


def _neighbourhoods(shown: pd.DataFrame) -> dict[str, exploring.Neighbourhood]:
    """What the clips shown share with their neighbours, through each pair of ears."""
    near = {}
    for ears in EARS:
        places, about = frame.needed(partial(cached.clip_map, ears))
        near[ears] = exploring.neighbourhood(places.loc[shown.index], places, about["n_neighbours"])
    return near
