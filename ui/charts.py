"""Data in, Plotly figure out. No Streamlit here; colours and layout come from `ui.theme`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ui import theme, words

# Points along the time axis: as many as a wide screen can show, and few enough that a minute of
# sound is a picture of some 40 kB.
_COLUMNS = 480
_MARKED_HZ = (100, 500, 1000, 2000, 4000, 7000)


def probabilities(values: Mapping[str, float]) -> go.Figure:
    """One bar an emotion, in the house's order.

    Parameters
    ----------
    values : mapping of str to float
        Probability of each emotion.
    """
    names = list(values)
    shares = [values[name] for name in names]
    figure = go.Figure(
        go.Bar(
            y=names,
            x=shares,
            orientation="h",
            marker={"color": [theme.EMOTION_COLOURS[name] for name in names], "cornerradius": 4},
            text=[f"<b>{words.percent(share)}</b>" for share in shares],
            textposition="outside",
            textfont={"size": 15},
            cliponaxis=False,
            hoverinfo="skip",
        )
    )
    # Room to the right of a full bar for its number.
    figure.update_xaxes(range=[0, 1.16], visible=False)
    figure.update_yaxes(autorange="reversed", tickfont={"size": 15}, showgrid=False)
    figure.update_layout(bargap=0.35)
    return theme.finish(figure, height=44 * len(names) + 16)


def sound(
    signal: NDArray[np.float32],
    sampling_rate: int,
    log_mel: NDArray[np.float32],
    centres: NDArray[np.float64],
) -> go.Figure:
    """Waveform and mel spectrogram over one time axis, with one hover line.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    sampling_rate : int
        In Hz.
    log_mel : np.ndarray of float32, shape (n_frames, n_mels)
        In dB below the loudest.
    centres : np.ndarray, shape (n_mels,)
        Centre frequency of each band, in Hz.
    """
    duration_s = len(signal) / sampling_rate
    times, low, high = _envelope(signal, duration_s)
    frames = _pool(log_mel)
    step = duration_s / len(frames)
    bands = [f"{centre:,.0f} Hz" for centre in centres]
    marks = [int(np.abs(centres - wanted).argmin()) for wanted in _MARKED_HZ]
    figure = go.Figure(
        [
            go.Scatter(x=times, y=low, mode="lines", line_width=0, hoverinfo="skip"),
            go.Scatter(
                x=times,
                y=high,
                mode="lines",
                line={"width": 0.5, "color": theme.ACCENT},
                fill="tonexty",
                fillcolor=theme.ACCENT,
                hovertemplate="level %{y:.2f}<extra></extra>",
            ),
            go.Heatmap(
                z=np.round(frames.T).astype(np.int8),
                x0=step / 2,
                dx=step,
                y=bands,
                yaxis="y2",
                zmin=-80,
                zmax=0,
                colorscale=list(theme.HEAT),
                showscale=False,
                hovertemplate="%{y}: %{z} dB<extra></extra>",
            ),
        ]
    )
    reach = max(0.05, float(np.abs(signal).max()) * 1.05)
    figure.update_layout(
        xaxis={
            "range": [0, duration_s],
            "anchor": "y2",
            "ticksuffix": " s",
            "hoverformat": ".2f",
            "nticks": 8,
            "showgrid": False,
            "showspikes": True,
            "spikemode": "across",
            "spikesnap": "cursor",
            "spikethickness": 1,
            "spikedash": "solid",
            "spikecolor": theme.MUTED,
        },
        yaxis={"domain": [0.64, 1], "range": [-reach, reach], "visible": False},
        yaxis2={
            "domain": [0, 0.6],
            "tickvals": [bands[mark] for mark in marks],
            "ticktext": [_hertz(wanted) for wanted in _MARKED_HZ],
            "showgrid": False,
            "title": None,
        },
        hovermode="x unified",
        hoversubplots="axis",
    )
    return theme.finish(figure, height=340)


def scores(rows: Sequence[tuple[str, Mapping[str, float]]], chance: float) -> go.Figure:
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
        annotation={"text": f"chance {100 * chance:.0f} %", "yanchor": "bottom"},
        annotation_position="top",
    )
    figure.update_xaxes(range=[0, 1], tickvals=[0, 0.25, 0.5, 0.75, 1], tickformat=".0%")
    # Half a row of room above the first, for its number.
    figure.update_yaxes(
        range=[len(rows) - 0.5, -0.75], tickfont={"size": 14}, showgrid=False, zeroline=False
    )
    theme.finish(figure, height=56 * len(rows) + 60)
    return figure.update_layout(margin_t=24, margin_r=32)


def _envelope(
    signal: NDArray[np.float32], duration_s: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Times, and the lowest and highest sample around each: peaks survive the thinning."""
    edges = np.linspace(0, len(signal), min(_COLUMNS, len(signal)), endpoint=False, dtype=np.intp)
    low = np.minimum.reduceat(signal, edges)
    high = np.maximum.reduceat(signal, edges)
    times = (edges / len(signal) * duration_s).astype(np.float32)
    return times, np.round(low, 3), np.round(high, 3)


def _pool(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """At most `_COLUMNS` frames: the loudest of each group stands for it."""
    if len(frames) <= _COLUMNS:
        return frames
    edges = np.linspace(0, len(frames), _COLUMNS, endpoint=False, dtype=np.intp)
    return np.maximum.reduceat(frames, edges, axis=0)


def _hertz(frequency: int) -> str:
    return f"{frequency} Hz" if frequency < 1000 else f"{frequency // 1000} kHz"
