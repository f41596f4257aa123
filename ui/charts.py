"""Data in, Plotly figure out. No Streamlit here; colours and layout come from `ui.theme`."""

from __future__ import annotations

from collections.abc import Mapping

import plotly.graph_objects as go

from ser_core import figures
from ser_core.emotions import shown
from ser_core.language import gettext as _
from ui import theme, words


def probabilities(values: Mapping[str, float]) -> go.Figure:
    """One bar an answer, in the house's order.

    Parameters
    ----------
    values : mapping of str to float
        Probability of each answer.
    """
    names = list(values)
    shares = [values[name] for name in names]
    bars = {
        "type": "bar",
        "y": list(map(shown, names)),
        "x": [round(share, 4) for share in shares],
        "orientation": "h",
        "marker": {"color": [theme.colour(name) for name in names], "cornerradius": 4},
        "text": [f"<b>{said}</b>" for said in words.percents(values).values()],
        "textposition": "outside",
        "textfont": {"size": 15},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }
    layout = {
        # Room to the right of a full bar for its number.
        "xaxis": {"range": [0, 1.16], "visible": False},
        "yaxis": {"autorange": "reversed", "tickfont": {"size": 15}, "showgrid": False},
        "bargap": 0.35,
    }
    return theme.drawn([bars], layout, height=44 * len(names) + 16)


def spread(value: float, groups: Mapping[str, Mapping[str, float]]) -> go.Figure:
    """A voice's measure against what is usual for each emotion.

    Parameters
    ----------
    value : float
        Of this voice.
    groups : mapping
        ``p05``, ``p25``, ``p50``, ``p75`` and ``p95`` of each emotion.
    """
    figure = go.Figure()
    for emotion, usual in groups.items():
        name, colour = shown(emotion), theme.EMOTION_COLOURS[emotion]
        inside = usual["p25"] <= value <= usual["p75"]
        figure.add_traces(
            [
                go.Scatter(
                    x=[usual["p05"], usual["p95"]],
                    y=[name, name],
                    mode="lines",
                    line={"color": colour, "width": 2},
                    hoverinfo="skip",
                ),
                go.Bar(
                    orientation="h",
                    base=[usual["p25"]],
                    x=[usual["p75"] - usual["p25"]],
                    y=[name],
                    width=0.55,
                    marker={"color": colour, "opacity": 0.75, "cornerradius": 3},
                    hovertemplate=_(
                        "{emotion}: half of the clips lie between {low} and {high}"
                    ).format(
                        emotion=name,
                        low=figures.number(usual["p25"], 1),
                        high=figures.number(usual["p75"], 1),
                    )
                    + "<extra></extra>",
                ),
                go.Scatter(
                    x=[value],
                    y=[name],
                    mode="markers",
                    marker={
                        "size": 11,
                        "symbol": "diamond" if inside else "diamond-open",
                        "color": "#ffffff" if inside else theme.MUTED,
                        "line": {"width": 2, "color": "#1c1e2b" if inside else theme.MUTED},
                    },
                    hoverinfo="skip",
                ),
            ]
        )
    figure.add_vline(x=value, line={"dash": "dot", "color": theme.MUTED, "width": 1})
    figure.update_yaxes(
        categoryorder="array",
        categoryarray=[shown(emotion) for emotion in groups][::-1],
        showgrid=False,
        tickfont={"size": 13},
    )
    figure.update_xaxes(nticks=5, zeroline=False)
    figure.update_layout(barmode="overlay")
    return theme.finish(figure, height=30 * len(groups) + 40)
