"""Data in, Plotly figure out. No Streamlit here; colours and layout come from `ui.theme`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from ser_core.inference.facts import Interval
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
        "y": names,
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
    for name, usual in groups.items():
        colour = theme.EMOTION_COLOURS[name]
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
                    hovertemplate=f"{name}: half of the clips lie between {usual['p25']:.3g} and "
                    f"{usual['p75']:.3g}<extra></extra>",
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
        categoryarray=list(groups)[::-1],
        showgrid=False,
        tickfont={"size": 13},
    )
    figure.update_xaxes(nticks=5, zeroline=False)
    figure.update_layout(barmode="overlay")
    return theme.finish(figure, height=30 * len(groups) + 40)


def scores(rows: Sequence[tuple[str, Interval]], chance: float) -> go.Figure:
    """Scores with their intervals, one below the other, against chance.

    Parameters
    ----------
    rows : sequence of (str, mapping)
        A label, and ``value``, ``low`` and ``high`` between 0 and 1.
    chance : float
    """
    labels = [label for label, _ in rows]
    values = [row["value"] for _, row in rows]
    figure = go.Figure(
        go.Scatter(
            x=values,
            y=labels,
            mode="markers+text",
            marker={"size": 13, "color": theme.ACCENT},
            text=[f"<b>{words.score(row)}</b>" for _, row in rows],
            cliponaxis=False,
            textposition="top center",
            textfont={"size": 15},
            error_x={
                "type": "data",
                "symmetric": False,
                "array": [row["high"] - row["value"] for _, row in rows],
                "arrayminus": [row["value"] - row["low"] for _, row in rows],
                "thickness": 3,
                "width": 6,
                "color": theme.ACCENT,
            },
            hoverinfo="skip",
        )
    )
    figure.add_vline(
        x=chance,
        line={"dash": "dot", "color": theme.MUTED, "width": 2},
        annotation={"text": f"chance {words.nearest(chance)}", "yanchor": "bottom"},
        annotation_position="top",
    )
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%")
    # Half a row of room above the first, for its number.
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.75], tickfont={"size": 14}, showgrid=False, zeroline=False
    )
    theme.finish(figure, height=56 * len(rows) + 60)
    return figure.update_layout(margin_t=24, margin_r=32)
