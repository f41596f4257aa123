"""Charts of the Explore page: data in, Plotly figure out. No Streamlit here."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.corpora import CORPORA
from ui import theme, words

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


_TRAINING, _STRANGERS = theme.MUTED, theme.ACCENT
_MANY_ROWS = 12
_RIM = ", ".join(f"{x}px {y}px 1px #14161d" for x in (-1, 1) for y in (-1, 1)) + ", 0 0 4px #14161d"


def distribution(counts: pd.DataFrame, labels: Mapping[str, str], *, noun: str) -> go.Figure:
    """Clips of each group as bars of emotions: rows for few groups, columns for many.

    Parameters
    ----------
    counts : pandas.DataFrame
        From `ser_core.data.exploring.counts`.
    labels : mapping of str to str
        What to call a group; those not in it keep their name.
    noun : str
        What a group is, for the hover text.
    """
    groups = [labels.get(name, name) for name in counts.index]
    many = len(groups) > _MANY_ROWS
    totals = counts.sum(axis=1)
    figure = go.Figure()
    for emotion in counts.columns:
        values = counts[emotion].to_numpy(dtype=np.int32)
        shown = "%{x:,}" if not many else "%{y:,}"
        group = "%{y}" if not many else "%{x}"
        figure.add_bar(
            **({"x": groups, "y": values} if many else {"y": groups, "x": values}),
            orientation="v" if many else "h",
            name=emotion,
            marker={"color": theme.EMOTION_COLOURS[emotion], "line_width": 0},
            hovertemplate=f"{emotion}: {shown} clips<br>{noun} {group}<extra></extra>",
        )
    figure.update_layout(
        barmode="stack", bargap=0.25 if not many else 0.1, legend_traceorder="normal"
    )
    if many:
        figure.update_xaxes(showticklabels=len(groups) <= MAX_LABELLED, tickangle=-90, title=None)
        figure.update_yaxes(title="clips", nticks=6)
        return theme.finish(figure, height=380, legend=True)
    figure.add_scatter(
        x=totals,
        y=groups,
        mode="text",
        text=[f" {total:,}" for total in totals],
        textposition="middle right",
        cliponaxis=False,
        showlegend=False,
        hoverinfo="skip",
    )
    # Room to the right of the longest bar for its total.
    figure.update_xaxes(range=[0, 1.14 * float(totals.max())], nticks=5, tickformat=",", title=None)
    figure.update_yaxes(autorange="reversed", showgrid=False, tickfont_size=14)
    return theme.finish(figure, height=46 * len(groups) + 110, legend=True)


def durations(table: pd.DataFrame) -> go.Figure:
    """Quartiles of the durations as boxes, whiskers over the middle 90 %.

    Parameters
    ----------
    table : pandas.DataFrame
        From `ser_core.data.exploring.durations`.
    """
    figure = go.Figure()
    for emotion, row in table.iterrows():
        figure.add_box(
            y=[emotion],
            q1=[row["q1"]],
            median=[row["median"]],
            q3=[row["q3"]],
            lowerfence=[row["p05"]],
            upperfence=[row["p95"]],
            orientation="h",
            name=str(emotion),
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
                titles.get(name, name),
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
                text=[f"{e}, {s}" for e, s in zip(part["emotion"], part["speaker"], strict=True)],
                hovertemplate="%{text}<extra></extra>",
            )
        )
    if colour == "speaker" and points["speaker"].nunique() <= MAX_LABELLED:
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
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    theme.finish(figure, height=520, legend=colour != "speaker")
    return figure.update_layout(hoverdistance=20, legend_itemsizing="constant")


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
        ("speaker", "its speaker's mean", {"color": PEOPLE[3], "width": 2, "dash": "dot"}),
        ("emotion", f"mean of {emotion}", {"color": theme.EMOTION_COLOURS[emotion], "width": 2}),
        ("clip", "this clip", {"color": theme.ACCENT, "width": 1.5}),
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
    figure.update_yaxes(title="standard deviations", nticks=6)
    theme.finish(figure, height=320, legend=True)
    return figure.update_layout(hovermode="x unified")


def curves(history: Sequence[Mapping[str, float]], measure: str, heard: str) -> go.Figure:
    """Training against test, epoch by epoch.

    Parameters
    ----------
    history : sequence of mapping
        ``epoch``, ``loss``, ``accuracy`` and perhaps ``val_loss``, ``val_accuracy``.
    measure : {"accuracy", "loss"}
    heard : str
        What to call the tested side.
    """
    epochs = [point["epoch"] for point in history]
    share = measure == "accuracy"
    figure = go.Figure()
    for prefix, label, line in (
        ("", "training", {"color": _TRAINING, "dash": "dash", "width": 2.5}),
        ("val_", heard, {"color": _STRANGERS, "width": 2.5}),
    ):
        if prefix + measure in history[0]:
            figure.add_scatter(
                x=epochs,
                y=[point[prefix + measure] for point in history],
                mode="lines",
                name=label,
                line=line,
                hovertemplate=f"{label}: " + ("%{y:.0%}" if share else "%{y:.2f}"),
            )
    figure.update_xaxes(title="epoch", nticks=6, showgrid=False)
    figure.update_yaxes(title=None, nticks=6, rangemode="tozero")
    if share:
        figure.update_yaxes(range=[0, 1.02], tickformat=".0%")
    theme.finish(figure, height=300, legend=True)
    return figure.update_layout(hovermode="x")


def confusion(table: pd.DataFrame) -> go.Figure:
    """Rows: meant; columns: heard; each row's share as shade, share and count as text.

    Parameters
    ----------
    table : pandas.DataFrame
        From `ser_core.data.exploring.confusion`.
    """
    values = table.to_numpy(dtype=float)
    shares = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    text = [
        [f"<b>{words.nearest(s)}</b><br>{n:,.0f}" for s, n in zip(*row, strict=True)]
        for row in zip(shares, values, strict=True)
    ]
    small = len(table.columns) > 5
    if small:
        text = [[f"{100 * share:.0f}" for share in row] for row in shares]
    figure = _grid(shares, text, list(table.columns), list(table.index))
    figure.update_xaxes(title="heard as", side="bottom", tickangle=-45 if small else 0)
    figure.update_yaxes(title="meant")
    return theme.finish(figure, height=58 * len(table) + 80)


def transfer(cells: pd.DataFrame, titles: Mapping[str, str], chance: float) -> go.Figure:
    """Rows: trained on; columns: tested on; UAR with its interval.

    Parameters
    ----------
    cells : pandas.DataFrame
        From `ser_core.data.exploring.transfer_cells`.
    titles : mapping of str to str
        Names of corpora for people.
    chance : float
        Where the shade begins.
    """
    names = list(dict.fromkeys(cells["train"]))
    table = cells.set_index(["train", "test"])
    rows = [[table.loc[(train, test)] for test in names] for train in names]
    values = np.array([[cell["uar"] for cell in row] for row in rows])
    text = [
        [
            f"<b>{words.nearest(c['uar'])}</b><br>{100 * c['low']:.0f} to {100 * c['high']:.0f}"
            for c in row
        ]
        for row in rows
    ]
    labels = [titles[name] for name in names]
    figure = _grid((values - chance) / (1 - chance), text, labels, labels)
    figure.update_xaxes(title="tested on")
    figure.update_yaxes(title="trained on", tickangle=-90)
    return theme.finish(figure, height=82 * len(names) + 70)


def reliability(bins: Sequence[Mapping[str, float]]) -> go.Figure:
    """How often answers are right at each confidence, against the diagonal of honest ones.

    Parameters
    ----------
    bins : sequence of mapping
        ``low``, ``high``, ``confidence``, ``accuracy`` and ``count``.
    """
    figure = go.Figure(
        go.Bar(
            x=[(found["low"] + found["high"]) / 2 for found in bins],
            y=[found["accuracy"] for found in bins],
            width=[0.9 * (found["high"] - found["low"]) for found in bins],
            marker={"color": theme.ACCENT, "opacity": 0.8},
            text=[f"{found['count']:,}" for found in bins],
            textposition="outside",
            cliponaxis=False,
            customdata=[[found["count"], found["confidence"]] for found in bins],
            hovertemplate="%{y:.0%} right, %{customdata[1]:.0%} claimed, %{customdata[0]:,} clips"
            "<extra></extra>",
        )
    )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": theme.MUTED, "dash": "dot", "width": 2},
        hoverinfo="skip",
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%", nticks=6, title="how sure it was")
    figure.update_yaxes(range=[0, 1.05], tickformat=".0%", nticks=6, title="how often right")
    return theme.finish(figure, height=320)


def risk_coverage(
    points: Sequence[Mapping[str, float]], answered: tuple[float, float] | None
) -> go.Figure:
    """How often it is right if it answers only the clips that it is surest of.

    Parameters
    ----------
    points : sequence of mapping
        ``coverage`` and ``accuracy``.
    answered : (float, float) or None
        Coverage and accuracy of the app's own threshold.
    """
    figure = go.Figure(
        go.Scatter(
            x=[point["coverage"] for point in points],
            y=[point["accuracy"] for point in points],
            mode="lines",
            line={"color": theme.ACCENT, "width": 2.5},
            hovertemplate="answers %{x:.0%}: %{y:.0%} right<extra></extra>",
        )
    )
    if answered is not None:
        figure.add_scatter(
            x=[answered[0]],
            y=[answered[1]],
            mode="markers+text",
            marker={"size": 12, "color": theme.ACCENT},
            text=[f"<b>the app: {words.nearest(answered[1])}</b>"],
            textposition="bottom center",
            hoverinfo="skip",
        )
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", nticks=6, title="share answered")
    figure.update_yaxes(range=[0, 1.05], tickformat=".0%", nticks=6, title="how often right")
    return theme.finish(figure, height=320)


def _grid(
    shares: np.ndarray, text: list[list[str]], columns: list[str], rows: list[str]
) -> go.Figure:
    """Cells shaded by a share of 1, each with its text in black or white, whichever reads better.

    Shade and text are opaque, so they are as readable on a light page as on a dark one.
    """
    shades = np.clip(shares, 0, 1)
    figure = go.Figure(
        go.Heatmap(
            z=shades.round(4),
            x=columns,
            y=rows,
            zmin=0,
            zmax=1,
            colorscale=[[0, theme.SHADES[0]], [1, theme.SHADES[1]]],
            showscale=False,
            xgap=3,
            ygap=3,
            hoverinfo="skip",
        )
    )
    figure.add_scatter(
        x=[column for _ in rows for column in columns],
        y=[row for row in rows for _ in columns],
        mode="text",
        text=[cell for line in text for cell in line],
        textfont_color=[theme.text_on(shade) for shade in shades.ravel()],
        hoverinfo="skip",
    )
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(autorange="reversed", showgrid=False, zeroline=False)
    return figure


def _steps(colours: Sequence[str]) -> list[list[Any]]:
    """A colour scale of steps, so that the number n gets the colour n."""
    last = len(colours) - 1
    return [[number / last, colour] for number, colour in enumerate(colours)]
