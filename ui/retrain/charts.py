"""Curves of trainings: data in, Plotly figure out. No Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from ser_core.inference.facts import CurvePoint
from ui import theme, words

TRAINING = "#b98200"
TESTED = theme.ACCENT
RUN_COLOURS = ("#6f67dd", "#d6453d", "#14998c", "#b98200", "#3d84e0", "#d6559c", "#6b9130")
"""One a run, in the table's order; each run's line has its name beside it as well."""

RUN_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")

History = Sequence[Mapping[str, float]]


def live(history: History, epochs: int, tested: str, chance: float) -> go.Figure:
    """Accuracy above, loss below, over the epochs; what is trained on against what is tested on.

    Parameters
    ----------
    history : sequence of mapping
        ``epoch``, ``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy``; may be empty.
    epochs : int
        How many there will be: the axis stands still while the lines grow.
    tested : str
        What to call the tested side.
    chance : float
        Accuracy of guessing.
    """
    figure = go.Figure()
    for prefix, name, colour, dash in (
        ("", "training", TRAINING, "dash"),
        ("val_", tested, TESTED, "solid"),
    ):
        figure.add_traces(
            _pair(history, prefix, name, {"color": colour, "dash": dash, "width": 2.5}, name)
        )
    return _panels(figure, epochs, chance)


def overlay(runs: Sequence[tuple[str, History]], chance: float | None) -> go.Figure:
    """The tested side of several runs over one another.

    Parameters
    ----------
    runs : sequence of (str, history)
        Name and curves.
    chance : float or None
        Accuracy of guessing, where it is the same for all.
    """
    figure = go.Figure()
    for place, (name, history) in enumerate(runs):
        line = {
            "color": RUN_COLOURS[place % len(RUN_COLOURS)],
            "dash": RUN_DASHES[place % len(RUN_DASHES)],
            "width": 2.5,
        }
        figure.add_traces(_pair(history, "val_", name, line, name))
    longest = max((len(history) for _, history in runs), default=1)
    return _panels(figure, longest, chance)


def _pair(
    history: History, prefix: str, name: str, line: dict[str, Any], group: str
) -> list[go.Scatter]:
    epochs = [point["epoch"] for point in history]
    # One point is no line: show it as a dot until there is a second.
    mode = "lines" if len(history) != 1 else "markers"
    return [
        go.Scatter(
            x=epochs,
            y=[point[f"{prefix}{measure}"] for point in history],
            yaxis=axis,
            mode=mode,
            line=line,
            marker={"color": line["color"], "size": 7},
            name=name,
            legendgroup=group,
            showlegend=axis == "y",
            hovertemplate=f"{name}: %{{y:{form}}}<extra></extra>",
        )
        for measure, axis, form in (("accuracy", "y", ".0%"), ("loss", "y2", ".2f"))
    ]


def _panels(figure: go.Figure, epochs: int, chance: float | None) -> go.Figure:
    figure.update_layout(
        xaxis={"title": "epoch", "range": [0, epochs + 1], "anchor": "y2", "showgrid": False},
        yaxis={"domain": [0.5, 1], "range": [0, 1.02], "tickformat": ".0%", "nticks": 5},
        yaxis2={"domain": [0, 0.42], "rangemode": "tozero", "nticks": 5},
        hovermode="x",
    )
    figure.update_yaxes(title={"standoff": 6}, zeroline=False)
    figure.update_layout(yaxis_title_text="accuracy", yaxis2_title_text="loss")
    if chance is not None:
        figure.add_shape(
            type="line",
            x0=0,
            x1=1,
            xref="x domain",
            y0=chance,
            y1=chance,
            line={"dash": "dot", "color": theme.MUTED, "width": 2},
        )
        figure.add_annotation(
            x=1,
            xref="x domain",
            xanchor="right",
            y=chance,
            yanchor="bottom",
            showarrow=False,
            text=f"chance {words.nearest(chance)}",
        )
    return theme.finish(figure, height=420, legend=True)


def by_clips(points: Sequence[CurvePoint], chance: float, shipped: float | None) -> go.Figure:
    """How well a model does that learned from fewer clips.

    Parameters
    ----------
    points : sequence of dict
        From ``bundle.json``.
    chance : float
        UAR of guessing.
    shipped : float or None
        UAR of the shipped model on the same clips, where it has answers for them.
    """
    clips = [point["n_clips"] for point in points]
    figure = go.Figure(
        go.Scatter(
            x=clips,
            y=[point["uar"] for point in points],
            mode="lines+markers",
            line={"color": TESTED, "width": 2.5},
            marker={"size": 8},
            error_y={
                "array": [point["high"] - point["uar"] for point in points],
                "arrayminus": [point["uar"] - point["low"] for point in points],
                "symmetric": False,
                "color": TESTED,
                "thickness": 1,
            },
            hovertemplate="%{x} clips: %{y:.0%}<extra></extra>",
        )
    )
    for height, name in ((chance, "chance"), (shipped, "the shipped model")):
        if height is not None:
            figure.add_hline(
                y=height,
                line={"dash": "dot", "color": theme.MUTED, "width": 2},
                annotation={"text": f"{name} {words.nearest(height)}", "xanchor": "right"},
                annotation_position="top right",
            )
    figure.update_layout(
        xaxis={"title": "clips learned from", "type": "log", "tickvals": clips, "showgrid": False},
        yaxis={"title": "UAR on strangers", "range": [0, 1.02], "tickformat": ".0%", "nticks": 5},
    )
    return theme.finish(figure, height=320)
