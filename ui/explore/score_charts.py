"""Charts of how models learned and fared: data in, Plotly figure out. No Streamlit here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ser_core.emotions import shown
from ser_core.inference.facts import Bin, RiskPoint
from ser_core.language import gettext as _
from ui import theme, words

_TRAINING, _STRANGERS = theme.MUTED, theme.ACCENT


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
        ("", _("training"), {"color": _TRAINING, "dash": "dash", "width": 2.5}),
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
    figure.update_xaxes(title=_("epoch"), nticks=6, showgrid=False)
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
        From `ser_core.data.reported.confusion`.
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
    figure = _grid(
        shares,
        text,
        [shown(str(name)) for name in table.columns],
        [shown(str(name)) for name in table.index],
    )
    figure.update_xaxes(title=_("heard as"), side="bottom", tickangle=-45 if small else 0)
    figure.update_yaxes(title=_("meant"))
    return theme.finish(figure, height=58 * len(table) + 80)


def transfer(cells: pd.DataFrame, titles: Mapping[str, str], chance: float) -> go.Figure:
    """Rows: trained on; columns: tested on; UAR with its interval.

    Parameters
    ----------
    cells : pandas.DataFrame
        From `ser_core.data.reported.transfer_cells`.
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
        [f"<b>{words.nearest(c['uar'])}</b><br>{words.interval(c)}" for c in row] for row in rows
    ]
    labels = [titles[name] for name in names]
    figure = _grid((values - chance) / (1 - chance), text, labels, labels)
    figure.update_xaxes(title=_("tested on"))
    figure.update_yaxes(title=_("trained on"), tickangle=-90)
    return theme.finish(figure, height=82 * len(names) + 70)


def reliability(bins: Sequence[Bin]) -> go.Figure:
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
            hovertemplate=_("{right} right, {claimed} claimed, {count} clips").format(
                right="%{y:.0%}", claimed="%{customdata[1]:.0%}", count="%{customdata[0]:,}"
            )
            + "<extra></extra>",
        )
    )
    figure.add_scatter(
        x=[0, 1],
        y=[0, 1],
        mode="lines",
        line={"color": theme.MUTED, "dash": "dot", "width": 2},
        hoverinfo="skip",
    )
    figure.update_xaxes(range=[0, 1], tickformat=".0%", nticks=6, title=_("how sure it was"))
    figure.update_yaxes(range=[0, 1.05], tickformat=".0%", nticks=6, title=_("how often right"))
    return theme.finish(figure, height=320)


def risk_coverage(points: Sequence[RiskPoint], answered: tuple[float, float] | None) -> go.Figure:
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
            hovertemplate=_("answers {share}: {right} right").format(
                share="%{x:.0%}", right="%{y:.0%}"
            )
            + "<extra></extra>",
        )
    )
    if answered is not None:
        figure.add_scatter(
            x=[answered[0]],
            y=[answered[1]],
            mode="markers+text",
            marker={"size": 12, "color": theme.ACCENT},
            text=[f"<b>{_('the app: {share}').format(share=words.nearest(answered[1]))}</b>"],
            textposition="bottom center",
            hoverinfo="skip",
        )
    figure.update_xaxes(range=[0, 1.02], tickformat=".0%", nticks=6, title=_("share answered"))
    figure.update_yaxes(range=[0, 1.05], tickformat=".0%", nticks=6, title=_("how often right"))
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
