"""Charts of the clips on Explore: data in, Plotly figure out. No Streamlit here."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.corpora import CORPORA
from ser_core.emotions import shown
from ser_core.language import gettext as _
from ui import theme

# Twelve hues of nearly equal lightness (OKLCH), neighbours in the list far apart in hue; each at
# least 3 to 1 against the light and the dark background. With more speakers they repeat: people are
# told apart by where they are and by their labels.
PEOPLE = (
    "#b84c51", "#00a67f", "#9856a7", "#929300", "#4072c5", "#ce6f33",
    "#008b95", "#c96598", "#428731", "#8c7bda", "#9f6800", "#009ad0",
)  # fmt: skip

_OF_CORPORA = (
    "#6f67dd", "#c96598", "#ce6f33", "#008b95", "#929300", "#009ad0", "#9856a7", "#b84c51",
)  # fmt: skip

SYMBOLS = (
    "circle", "diamond", "square", "triangle-up", "cross", "x", "star", "triangle-down", "hexagon",
)  # fmt: skip
"""Shapes beside colours, so that groups are told apart without colour, too."""

MAX_LABELLED = 30
"""With more speakers than this their labels would cover the map."""


def corpus_colours() -> dict[str, str]:
    """A colour for every corpus of the registry, in its order; with very many they repeat."""
    return dict(zip(CORPORA, itertools.cycle(_OF_CORPORA), strict=False))


def _symbol(palette: Mapping[str, str], name: str) -> str:
    return SYMBOLS[list(palette).index(name) % len(SYMBOLS)]


_RIM = ", ".join(f"{x}px {y}px 1px #14161d" for x in (-1, 1) for y in (-1, 1)) + ", 0 0 4px #14161d"


def distribution(counts: pd.DataFrame) -> go.Figure:
    """Clips of each of many groups as columns of emotions (`ui.html_charts` draws few).

    Parameters
    ----------
    counts : pandas.DataFrame
        From `ser_core.data.exploring.counts`.
    """
    figure = go.Figure()
    hover = _("{emotion}: {count} clips, {group}")
    for emotion in counts.columns:
        figure.add_bar(
            x=list(counts.index),
            y=counts[emotion].to_numpy(dtype=np.int32),
            name=shown(emotion),
            marker={"color": theme.EMOTION_COLOURS[emotion], "line_width": 0},
            hovertemplate=hover.format(emotion=shown(emotion), count="%{y:,}", group="%{x}")
            + "<extra></extra>",
        )
    figure.update_layout(barmode="stack", bargap=0.1, legend_traceorder="normal")
    labelled = len(counts) <= MAX_LABELLED
    figure.update_xaxes(showticklabels=labelled, tickangle=-90, title=None)
    figure.update_yaxes(title=_("clips"), nticks=6)
    return theme.finish(figure, height=380, legend=True)


def durations(table: pd.DataFrame) -> go.Figure:
    """Quartiles of the durations as boxes, whiskers over the middle 90%.

    Parameters
    ----------
    table : pandas.DataFrame
        From `ser_core.data.exploring.durations`.
    """
    figure = go.Figure()
    for emotion, row in table.iterrows():
        figure.add_box(
            y=[shown(str(emotion))],
            q1=[row["q1"]],
            median=[row["median"]],
            q3=[row["q3"]],
            lowerfence=[row["p05"]],
            upperfence=[row["p95"]],
            orientation="h",
            name=shown(str(emotion)),
            marker_color=theme.EMOTION_COLOURS[str(emotion)],
            hoverinfo="x",
        )
    figure.update_xaxes(rangemode="tozero", ticksuffix=" s", hoverformat=".1f")
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_size=14)
    return theme.finish(figure, height=34 * len(table) + 60)


def projection(
    points: pd.DataFrame, plane: str, colour: str, titles: Mapping[str, str]
) -> go.Figure:
    """The map of the clips; each point's ``customdata`` is its index in ``points``.

    Parameters
    ----------
    points : pandas.DataFrame
        From `ser_core.data.exploring.place`, the chosen rows.
    plane : {"tsne", "pca"}
    colour : {"emotion", "speaker", "corpus"}
    titles : mapping of str to str
        Names of corpora for people.
    """
    figure = go.Figure()
    # Small enough to see through a crowd, large enough to hit.
    size = 5 if len(points) > 1000 else 7
    if colour == "speaker":
        numbers = points["speaker"].astype("category").cat.codes.to_numpy()
        marker: dict[str, Any] = {
            "color": (numbers % len(PEOPLE)).astype(np.int16),
            "colorscale": _steps(PEOPLE),
            "cmin": 0,
            "cmax": len(PEOPLE) - 1,
        }
        parts = [("", points, marker)]
    else:
        if colour == "emotion":
            palette: Mapping[str, str] = theme.EMOTION_COLOURS
            names = [name for name in palette if (points["emotion"] == name).any()]
        else:
            palette = corpus_colours()
            names = list(dict.fromkeys(points["corpus"]))
        parts = [
            (
                titles.get(name, shown(name)),
                points[points[colour] == name],
                {"color": palette[name], "symbol": _symbol(palette, name)},
            )
            for name in names
        ]
    for name, part, marker in parts:
        figure.add_trace(
            go.Scattergl(
                x=part[f"{plane}_1"].to_numpy(dtype=np.float32),
                y=part[f"{plane}_2"].to_numpy(dtype=np.float32),
                mode="markers",
                name=name,
                marker={"size": size, "opacity": 0.75, **marker},
                # What is not chosen stays in sight: the chosen clip is ringed instead.
                unselected={"marker": {"opacity": 0.75}},
                customdata=part.index.to_numpy(dtype=np.int32),
                text=[
                    f"{shown(e)}, {s}"
                    for e, s in zip(part["emotion"], part["speaker"], strict=True)
                ],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    if colour == "speaker" and points["speaker"].nunique() <= MAX_LABELLED:
        _label_speakers(figure, points, plane)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    theme.finish(figure, height=520, legend=colour != "speaker")
    return figure.update_layout(hoverdistance=20, legend_itemsizing="constant")


def _label_speakers(figure: go.Figure, points: pd.DataFrame, plane: str) -> None:
    middles = points.groupby("speaker", observed=True)[[f"{plane}_1", f"{plane}_2"]].median()
    # Annotations, because these lie above WebGL's points. White with a dark rim: readable on
    # every colour and on both backgrounds.
    for speaker, middle in middles.iterrows():
        figure.add_annotation(
            x=middle[f"{plane}_1"],
            y=middle[f"{plane}_2"],
            text=f"<b>{str(speaker).split('-')[-1]}</b>",
            showarrow=False,
            font={"size": 14, "color": "#ffffff", "shadow": _RIM},
        )


def ring(figure: go.Figure, point: pd.Series, plane: str) -> go.Figure:
    """Mark one clip on the map."""
    figure.add_trace(
        go.Scattergl(
            x=[point[f"{plane}_1"]],
            y=[point[f"{plane}_2"]],
            mode="markers",
            marker={
                "symbol": "circle-open",
                "size": 24,
                "color": theme.ACCENT,
                "line": {"width": 5},
            },
            showlegend=False,
            hoverinfo="skip",
        )
    )
    return figure


def profile(lines: pd.DataFrame, emotion: str) -> go.Figure:
    """A clip's 180 features beside the means of its emotion and of its speaker.

    Parameters
    ----------
    lines : pandas.DataFrame
        From `ser_core.data.exploring.profile`.
    emotion : str
        Of the clip, for the colour.
    """
    places = np.arange(len(lines))
    figure = go.Figure()
    for name, label, line in (
        ("speaker", _("its speaker's mean"), {"color": PEOPLE[3], "width": 2, "dash": "dot"}),
        (
            "emotion",
            _("mean of {emotion}").format(emotion=shown(emotion)),
            {"color": theme.EMOTION_COLOURS[emotion], "width": 2},
        ),
        ("clip", _("this clip"), {"color": theme.ACCENT, "width": 1.5}),
    ):
        figure.add_scatter(
            x=places,
            y=lines[name].to_numpy(dtype=np.float32).round(3),
            mode="lines",
            name=label,
            line=line,
            text=lines.index,
            hovertemplate="%{text}: %{y:.1f}<extra>" + label + "</extra>",
        )
    groups = lines["group"].tolist()
    starts = [place for place, group in enumerate(groups) if [group] != groups[place - 1 : place]]
    ends = [*starts[1:], len(lines)]
    middles = [(start + end - 1) / 2 for start, end in zip(starts, ends, strict=True)]
    for start in starts[1:]:
        figure.add_vline(x=start - 0.5, line={"width": 1, "dash": "dot", "color": theme.MUTED})
    figure.update_xaxes(
        tickvals=middles,
        ticktext=[groups[start] for start in starts],
        showgrid=False,
    )
    figure.update_yaxes(title=_("standard deviations"), nticks=6)
    theme.finish(figure, height=320, legend=True)
    return figure.update_layout(hovermode="x unified")


def _steps(colours: Sequence[str]) -> list[list[Any]]:
    """A colour scale of steps, so that the number n gets the colour n."""
    last = len(colours) - 1
    return [[number / last, colour] for number, colour in enumerate(colours)]
