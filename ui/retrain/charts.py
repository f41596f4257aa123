"""Curves of trainings: data in, Plotly figure out. No Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go

from ser_core.inference.facts import CurvePoint
from ser_core.language import gettext as _
from ui import theme, words

TRAINING = "#b98200"
TESTED = theme.ACCENT
RUN_COLOURS = ("#6f67dd", "#d6453d", "#14998c", "#b98200", "#3d84e0", "#d6559c", "#6b9130")
"""One a run, in the table's order; each run's line has its name beside it as well."""

RUN_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot", "solid")

History = Sequence[Mapping[str, float]]


def live(
    history: History,
    epochs: int,
    tested: str,
    chance: float,
    *,
    shipped: History = (),
    level: float | None = None,
    kept: int | None = None,
    loss: bool = False,
) -> go.Figure:
    """What share it gets right by epoch: of what it learns from, and of what it is tested on.

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
    shipped : sequence of mapping
        ``epoch`` and ``val_accuracy`` of the run to beat, drawn faintly.
    level : float, optional
        What that run reached on the very clips that are tested here; else it is the line's end.
    kept : int, optional
        The epoch whose weights are kept, or would be now.
    loss : bool
        Whether the loss is drawn as well, below.
    """
    traces = []
    for prefix, name, colour, dash in (
        ("", _("training"), TRAINING, "dash"),
        ("val_", tested, TESTED, "solid"),
    ):
        line = {"color": colour, "dash": dash, "width": 2.5}
        traces += _lines(history, prefix, name, line, loss=loss)
    if kept is not None:
        traces.append(_kept(history[kept - 1]))
    levels = {chance: _("chance {share}")}
    if shipped:
        traces.insert(0, _faint(shipped, epochs))
        levels[shipped[-1]["val_accuracy"] if level is None else level] = _("to beat {share}")
    return _panels(traces, epochs, levels, loss=loss)


def overlay(runs: Sequence[tuple[str, History]], chance: float | None) -> go.Figure:
    """The tested side of several runs over one another.

    Parameters
    ----------
    runs : sequence of (str, history)
        Name and curves.
    chance : float or None
        Accuracy of guessing, where it is the same for all.
    """
    traces = []
    for place, (name, history) in enumerate(runs):
        line = {
            "color": RUN_COLOURS[place % len(RUN_COLOURS)],
            "dash": RUN_DASHES[place % len(RUN_DASHES)],
            "width": 2.5,
        }
        traces += _lines(history, "val_", name, line, loss=True)
    longest = max((len(history) for _name, history in runs), default=1)
    return _panels(
        traces, longest, {} if chance is None else {chance: _("chance {share}")}, loss=True
    )


def _lines(
    history: History, prefix: str, name: str, line: dict[str, Any], *, loss: bool
) -> list[dict[str, Any]]:
    epochs = [point["epoch"] for point in history]
    # One point is no line: show it as a dot until there is a second.
    mode = "lines" if len(history) != 1 else "markers"
    measures = [("accuracy", "y", ".0%"), ("loss", "y2", ".2f")][: 1 + loss]
    return [
        {
            "type": "scatter",
            "x": epochs,
            "y": [point[f"{prefix}{measure}"] for point in history],
            "yaxis": axis,
            "mode": mode,
            "line": line,
            "marker": {"color": line["color"], "size": 7},
            "name": name,
            "legendgroup": name,
            "showlegend": axis == "y",
            "hovertemplate": f"{name}: %{{y:{form}}}<extra></extra>",
        }
        for measure, axis, form in measures
    ]


def _faint(shipped: History, epochs: int) -> dict[str, Any]:
    """The line to beat; behind its end, on its last level."""
    points = [(point["epoch"], point["val_accuracy"]) for point in shipped]
    if points[-1][0] < epochs:
        points.append((epochs, points[-1][1]))
    return {
        "type": "scatter",
        "x": [point[0] for point in points],
        "y": [point[1] for point in points],
        "mode": "lines",
        "line": {"color": theme.MUTED, "width": 1.5},
        "name": _("shipped"),
        "hovertemplate": f"{_('shipped')}: %{{y:.0%}}<extra></extra>",
    }


def _kept(point: Mapping[str, float]) -> dict[str, Any]:
    """The mark of the epoch that is kept, on the line of the tested side."""
    return {
        "type": "scatter",
        "x": [point["epoch"]],
        "y": [point["val_accuracy"]],
        "mode": "markers",
        "marker": {"color": TESTED, "size": 12, "symbol": "diamond"},
        "name": _("kept: epoch {epoch}").format(epoch=int(point["epoch"])),
        "hoverinfo": "skip",
    }


def _panels(
    traces: Sequence[dict[str, Any]], epochs: int, levels: Mapping[float, str], *, loss: bool
) -> go.Figure:
    """What it gets right above, with some levels; the loss below where it is asked for."""
    layout: dict[str, Any] = {
        "xaxis": {
            "title": {"text": _("epoch"), "standoff": 6},
            "range": [0, epochs + 1],
            "anchor": "y2" if loss else "y",
            "showgrid": False,
        },
        "yaxis": {
            "domain": [0.5, 1] if loss else [0, 1],
            "range": [0, 1.02],
            "tickformat": ".0%",
            "nticks": 5,
            "title": {"text": _("right"), "standoff": 6},
            "zeroline": False,
        },
        "hovermode": "x",
        "annotations": [
            {
                **{"x": 1, "xref": "x domain", "xanchor": "right", "showarrow": False},
                **{
                    "y": height,
                    "yanchor": "bottom",
                    "text": name.format(share=words.nearest(height)),
                },
            }
            for height, name in levels.items()
        ],
        "shapes": [
            {
                **{"type": "line", "xref": "x domain", "x0": 0, "x1": 1, "y0": height},
                **{"y1": height, "line": {"dash": "dot", "color": theme.MUTED, "width": 2}},
            }
            for height in levels
        ],
    }
    if loss:
        layout["yaxis2"] = {
            "domain": [0, 0.42],
            "rangemode": "tozero",
            "nticks": 5,
            "title": {"text": _("loss"), "standoff": 6},
            "zeroline": False,
        }
    return theme.drawn(traces, layout, height=400 if loss else 250, legend=True)


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
            hovertemplate=_("{clips} clips: {share}").format(clips="%{x}", share="%{y:.0%}")
            + "<extra></extra>",
        )
    )
    for height, name in ((chance, _("chance {share}")), (shipped, _("the shipped model {share}"))):
        if height is not None:
            figure.add_hline(
                y=height,
                line={"dash": "dot", "color": theme.MUTED, "width": 2},
                annotation={"text": name.format(share=words.nearest(height)), "xanchor": "right"},
                annotation_position="top right",
            )
    figure.update_layout(
        xaxis={
            "title": _("clips learned from"),
            "type": "log",
            "tickvals": clips,
            "showgrid": False,
        },
        yaxis={
            "title": _("right on average"),
            "range": [0, 1.02],
            "tickformat": ".0%",
            "nticks": 5,
        },
    )
    return theme.finish(figure, height=320)
