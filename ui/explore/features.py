"""What the features show: the map of the clips, whom they lie beside, and one clip of them."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
import streamlit as st

from ser_core.data import exploring, projecting
from ser_core.errors import AudioError
from ser_core.features import classic
from ui import cached, frame, sound_charts, theme, words
from ui.explore import charts as explore_charts
from ui.explore import controls
from ui.explore import words as explore_words

PLANES = {"tsne": "t-SNE", "pca": "PCA"}
EARS = {"classic": "The 180 features", "encoder": "The speech encoder"}
SEEN = {"classic": "180 features", "encoder": "speech encoder's 1,536 numbers"}


@frame.section()
def draw(
    chosen: pd.DataFrame, titles: Mapping[str, str], holdings: Sequence[exploring.Holding]
) -> None:
    """Draw the map of the chosen clips, and the one that was picked."""
    ears = controls.choose_one("Seen through", tuple(EARS), "ears", format_func=EARS.get)
    points, about = frame.needed(partial(cached.clip_map, ears))
    shown = points.loc[points.index.intersection(chosen.index)]
    if shown.empty:
        st.info(
            "None of the chosen clips is on the map. The licence of TESS forbids passing features "
            "on, so the map holds the others."
        )
        st.stop()
    _map(points, shown, ears, about, titles)

    st.header("One clip", anchor=False)
    explored = st.session_state.get("explored")
    if explored is None:
        st.info("Click a point, and its features and its sound appear here.")
        st.stop()
    with frame.section():
        clip = points.loc[explored]
        licence = next(h.licence for h in holdings if h.corpus == clip["corpus"])
        _profile(clip, titles[clip["corpus"]])
        _sound(clip, titles[clip["corpus"]], licence)


def _map(
    points: pd.DataFrame,
    shown: pd.DataFrame,
    ears: str,
    about: projecting.MapFacts,
    titles: Mapping[str, str],
) -> None:
    """The map, and what its points share with their neighbours."""
    with st.container(horizontal=True):
        colour = controls.choose_one(
            "Colour by", ("emotion", "speaker", "corpus"), "colour", format_func=str.capitalize
        )
        plane = controls.choose_one("Projection", tuple(PLANES), "plane", format_func=PLANES.get)

    def pick_clicked() -> None:
        """Take the clip whose point was clicked; only places on the map are believed."""
        for point in st.session_state.map["selection"]["points"]:
            if point.get("customdata") in points.index:
                st.session_state.explored = point["customdata"]

    def pick_any() -> None:
        st.session_state.explored = random.choice(shown.index.tolist())

    explored = st.session_state.get("explored")
    figure = explore_charts.projection(shown, plane, colour, titles)
    if explored in shown.index:
        explore_charts.ring(figure, shown.loc[explored], plane)
    near = _neighbourhoods(shown)
    told = explore_words.neighbours(near[ears], about["n_neighbours"], SEEN[ears])
    st.plotly_chart(
        figure,
        key="map",
        on_select=pick_clicked,
        selection_mode="points",
        config=theme.CONFIG,
        alt=f"Map of {len(shown):,} clips by {PLANES[plane]}, coloured by {colour}, "
        f"seen through the {SEEN[ears]}. " + told.replace("*", ""),
    )
    st.markdown(f"{told} {explore_words.people_and_emotions(near['classic'], near['encoder'])}")
    st.caption(
        f"Each point is one of {len(shown):,} clips; clips with similar features lie together. "
        + (
            "The plane holds "
            f"{words.nearest(about['pca_variance'])} of the variance of the {SEEN[ears]}. "
            if plane == "pca"
            else "t-SNE (of the whitened principal components) keeps neighbours together; how far "
            "groups are apart means little. "
        )
        + "TESS is not on the map: its licence forbids passing features on."
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Pick a clip for me", icon=":material/casino:", on_click=pick_any)
        controls.download("map", shown.drop(columns=["statement", "language"]), index=False)


def _neighbourhoods(shown: pd.DataFrame) -> dict[str, exploring.Neighbourhood]:
    """What the clips shown share with their neighbours, through each pair of ears."""
    near = {}
    for ears in EARS:
        places, about = frame.needed(partial(cached.clip_map, ears))
        near[ears] = exploring.neighbourhood(places.loc[shown.index], places, about["n_neighbours"])
    return near


def _profile(clip: pd.Series, corpus: str) -> None:
    """A clip's features beside the means of its emotion and of its speaker."""
    st.markdown(explore_words.about_clip(clip, corpus))
    lines = cached.profile(clip["corpus"], clip["name"])
    apart = explore_words.closer(exploring.distances(lines), clip["emotion"])
    frame.chart(
        explore_charts.profile(lines, clip["emotion"]),
        alt=f"The 180 features of {clip['name']} beside the means of {clip['emotion']} and of "
        f"{clip['speaker']}. {apart}",
    )
    st.caption(f"Standard deviations from the mean of {corpus}. {apart}")
    controls.download("clip", lines)


def _sound(clip: pd.Series, corpus: str, licence: str) -> None:
    """A clip to hear and to see, where its recording lies on this server."""
    path = cached.recordings(clip["corpus"]).get(clip["name"])
    content, heard, digest = b"", None, ""
    try:
        content = path.read_bytes() if path else b""
        digest = hashlib.sha256(content).hexdigest()
        heard = cached.clip(digest, content) if content else None
    except (OSError, AudioError):
        pass
    if heard is None:
        st.info(
            f"You cannot hear it here: no corpus audio comes with Undertone. Get {corpus} with "
            f"`python -m ser_core fetch {clip['corpus']}`, and its clips play here.",
            icon=":material/volume_off:",
        )
        return
    st.audio(cached.playable(digest, content), alt=f"The recording {clip['name']}")
    frame.chart(
        sound_charts.sound(
            heard.signal,
            heard.sampling_rate,
            cached.log_mel(digest, content),
            classic.mel_centres(),
        ),
        alt=f"Waveform and mel spectrogram of {clip['name']} on one time axis",
    )
    st.caption(f"The waveform and the mel spectrogram of `{clip['name']}`. {corpus}: {licence}.")
