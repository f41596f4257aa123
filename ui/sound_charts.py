"""Pictures of a sound along its time: data in, Plotly figure out. No Streamlit here."""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from ser_core.emotions import shown
from ser_core.inference.decision import NOT_SURE
from ser_core.inference.explanation import Explanation
from ser_core.inference.timeline import Timeline
from ser_core.language import gettext as _
from ui import theme, words

# Points along the time axis: as many as a wide screen can show, and few enough that a minute of
# sound is a picture of some 40 kB.
_COLUMNS = 480
_MARKED_HZ = (100, 500, 1000, 2000, 4000, 7000)

_SPIKE = {
    "hoverformat": ".2f",
    "showspikes": True,
    "spikemode": "across",
    "spikesnap": "cursor",
    "spikethickness": 1,
    "spikedash": "solid",
    "spikecolor": theme.MUTED,
}
"""One line at the moment that is pointed at, across all that is drawn above one another."""


def sound(
    signal: NDArray[np.float32],
    sampling_rate: int,
    log_mel: NDArray[np.float32],
    centres: NDArray[np.float64],
    heard: Timeline | None = None,
) -> go.Figure:
    """Waveform, what was heard when, and mel spectrogram over one time axis, with one hover line.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    sampling_rate : int
        In Hz.
    log_mel : np.ndarray of float32, shape (n_frames, n_mels)
        In dB below the loudest.
    centres : np.ndarray, shape (n_mels,)
        Centre frequency of each band, in Hz.
    heard : Timeline, optional
        One lane an answer: filled where it was heard, striped where it was not sure, blank where
        nobody speaks. One without cells draws the lanes that are to be filled.
    """
    duration_s = len(signal) / sampling_rate
    reach = max(0.05, float(max(signal.max(), -signal.min())) * 1.05)
    lanes = 18 * len(heard.answers) + 12 if heard else 0
    height = 340 + lanes
    # Shares of the height from the bottom: spectrogram, lanes, waveform.
    spectrogram, top = 204 / height, (204 + lanes + 10) / height
    bands = [f"{centre:,.0f} Hz" for centre in centres]
    marks = [int(np.abs(centres - wanted).argmin()) for wanted in _MARKED_HZ]
    frames = _pool(log_mel)
    step = duration_s / len(frames)
    picture = _spectrogram(
        frames,
        x0=step / 2,
        dx=step,
        y=bands,
        yaxis="y2",
        hovertemplate="%{y}: %{z} dB<extra></extra>",
    )
    layout: dict[str, Any] = {
        "xaxis": _time_axis(duration_s) | {"anchor": "y2"} | _SPIKE,
        "yaxis": {"domain": [top, 1], "range": [-reach, reach], "visible": False},
        "yaxis2": {
            "domain": [0, spectrogram],
            "tickvals": [bands[mark] for mark in marks],
            "ticktext": [_hertz(wanted) for wanted in _MARKED_HZ],
            "showgrid": False,
            "title": None,
        },
        "hovermode": "x unified",
        "hoversubplots": "axis",
    }
    if heard:
        layout |= {
            "yaxis3": {
                "domain": [spectrogram + 10 / height, top - 6 / height],
                "categoryorder": "array",
                "type": "category",
                "categoryarray": list(map(shown, reversed(heard.answers))),
                "range": [-0.6, len(heard.answers) - 0.4],
                "showgrid": False,
                "zeroline": False,
                "title": None,
            },
            "barmode": "overlay",
        }
    traces = [*_waveform(signal, duration_s), *(_lanes(heard) if heard else []), picture]
    return theme.drawn(traces, layout, height=height)


def _waveform(signal: NDArray[np.float32], duration_s: float) -> list[Any]:
    """Its lower and its upper edge; what lies between is filled."""
    low, high = _envelope(signal)
    times = {"type": "scatter", "mode": "lines", "x0": 0, "dx": duration_s / len(low)}
    return [
        times | {"y": theme.packed(low), "line": {"width": 0}, "hoverinfo": "skip"},
        times
        | {
            "y": theme.packed(high),
            "line": {"width": 0.5, "color": theme.ACCENT},
            "fill": "tonexty",
            "fillcolor": theme.ACCENT,
            "hovertemplate": _("level %{y:.2f}") + "<extra></extra>",
        },
    ]


def _lanes(heard: Timeline) -> list[Any]:
    """Bands of the segments, and an unseen line over them that the hover reads."""
    segments = [segment for segment in heard.segments() if segment.likeliest is not None]
    colours = [theme.colour(str(segment.likeliest)) for segment in segments]
    bands = {
        "type": "bar",
        "orientation": "h",
        "base": [round(segment.start_s, 2) for segment in segments],
        "x": [round(segment.end_s - segment.start_s, 2) for segment in segments],
        "y": [shown(str(segment.likeliest)) for segment in segments],
        "yaxis": "y3",
        "width": 0.8,
        "marker": {
            "color": colours,
            "line": {"color": colours, "width": 1},
            "pattern": {
                "shape": ["/" if segment.verdict == NOT_SURE else "" for segment in segments],
                "fillmode": "replace",
                "size": 6,
                "solidity": 0.35,
            },
        },
        "hoverinfo": "skip",
    }
    # No more than the waveform has points.
    cells = slice(None, None, len(heard.starts_s) // _COLUMNS + 1)
    shares = heard.probabilities[cells]
    said = [
        words.moment(dict(zip(heard.answers, cell, strict=True)), verdict)
        for cell, verdict in zip(shares.tolist(), heard.verdicts[cells], strict=True)
    ]
    reader = {
        "type": "scatter",
        "x": np.round((heard.starts_s + heard.ends_s)[cells] / 2, 2).tolist(),
        "y": [shown(heard.answers[index]) for index in shares.argmax(axis=1)],
        "yaxis": "y3",
        "mode": "markers",
        "marker": {"opacity": 0, "color": theme.ACCENT},
        "text": said,
        "hovertemplate": "%{text}<extra></extra>",
    }
    if not said:
        # An axis without anything on it would not be drawn.
        reader |= {
            "x": [0] * len(heard.answers),
            "y": list(map(shown, heard.answers)),
            "hoverinfo": "skip",
        }
    return [bands, reader]


def why(
    log_mel: NDArray[np.float32],
    centres: NDArray[np.float64],
    duration_s: float,
    explanation: Explanation,
) -> go.Figure:
    """What carried a verdict, over the spectrogram: the rest is dimmed.

    Parameters
    ----------
    log_mel : np.ndarray of float32, shape (n_frames, n_mels)
        In dB below the loudest.
    centres : np.ndarray, shape (n_mels,)
        Centre frequency of each band, in Hz.
    duration_s : float
    explanation : Explanation
        Its marked part is outlined.
    """
    # Of a long recording, a stretch is explained.
    start_s, stop_s = float(explanation.times_s[0]), float(explanation.times_s[-1])
    first, last = (round(at / duration_s * len(log_mel)) for at in (start_s, stop_s))
    frames = _pool(log_mel[first:last])
    step = (stop_s - start_s) / len(frames)
    # The bands are drawn equally high: frequencies become places among them.
    places = np.arange(len(centres))
    edges = np.interp(explanation.bands_hz, centres, places)
    edges[0], edges[-1] = -0.5, len(centres) - 0.5
    weight = np.clip(explanation.importance / max(explanation.importance.max(), 1e-9), 0, 1)
    against = explanation.importance < -0.05 * np.abs(explanation.importance).max()
    emotion = shown(explanation.emotion)
    speaks_for = _("speaks for {emotion}").format(emotion=emotion)
    speaks_against = _("speaks against {emotion}").format(emotion=emotion)
    said = np.where(weight > 0.05, speaks_for, _("matters little"))
    said = np.where(against, speaks_against, said)
    figure = go.Figure(
        [
            _spectrogram(frames, x0=start_s + step / 2, dx=step, hoverinfo="skip"),
            go.Heatmap(
                z=np.round(weight.T, 2),
                x=np.round(explanation.times_s, 3),
                y=edges,
                zmin=0,
                zmax=1,
                # A veil that lifts where it mattered.
                colorscale=[[0, "rgba(24,26,38,0.78)"], [1, "rgba(24,26,38,0)"]],
                showscale=False,
                text=said.T,
                hovertemplate="%{x:.2f} s: %{text}<extra></extra>",
            ),
            go.Scatter(
                **_outline(explanation.marked, explanation.times_s, edges),
                mode="lines",
                line={"color": "#ffffff", "width": 2.5},
                hoverinfo="skip",
            ),
        ]
    )
    figure.update_layout(
        xaxis=_time_axis(stop_s - start_s) | {"range": [start_s, stop_s]},
        yaxis={
            "range": [-0.5, len(centres) - 0.5],
            "tickvals": np.interp(_MARKED_HZ, centres, places),
            "ticktext": [_hertz(wanted) for wanted in _MARKED_HZ],
            "showgrid": False,
            "zeroline": False,
            "title": None,
        },
    )
    return theme.finish(figure, height=260)


def spectrogram(log_mel: NDArray[np.float32], duration_s: float) -> go.Figure:
    """A small mel spectrogram, to lay beside another one.

    Parameters
    ----------
    log_mel : np.ndarray of float32, shape (n_frames, n_mels)
        In dB below the loudest.
    duration_s : float
    """
    frames = _pool(log_mel)
    step = duration_s / len(frames)
    figure = go.Figure(_spectrogram(frames, x0=step / 2, dx=step, hoverinfo="skip"))
    figure.update_layout(xaxis=_time_axis(duration_s), yaxis={"visible": False})
    return theme.finish(figure, height=180)


def _envelope(signal: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The lowest and the highest sample about evenly spaced moments: peaks survive the thinning."""
    edges = np.linspace(0, len(signal), min(_COLUMNS, len(signal)), endpoint=False, dtype=np.intp)
    low: NDArray[np.float32] = np.minimum.reduceat(signal, edges)
    high: NDArray[np.float32] = np.maximum.reduceat(signal, edges)
    return low.round(3), high.round(3)


def _pool(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """At most `_COLUMNS` frames: the loudest of each group stands for it."""
    if len(frames) <= _COLUMNS:
        return frames
    edges = np.linspace(0, len(frames), _COLUMNS, endpoint=False, dtype=np.intp)
    return np.maximum.reduceat(frames, edges, axis=0)


def _spectrogram(frames: np.ndarray, **where: Any) -> dict[str, Any]:
    """Mel levels in dB, shape (n_frames, n_bands), drawn alike everywhere."""
    return {
        "type": "heatmap",
        "z": theme.packed(np.round(frames.T).astype(np.int8)),
        "zmin": -80,
        "zmax": 0,
        "colorscale": [[place / (len(theme.HEAT) - 1), c] for place, c in enumerate(theme.HEAT)],
        "showscale": False,
        **where,
    }


def _time_axis(duration_s: float) -> dict[str, Any]:
    axis: dict[str, Any] = {"range": [0, duration_s], "showgrid": False, "zeroline": False}
    if duration_s <= 90:
        return axis | {"ticksuffix": " s", "nticks": 8}
    minutes = range(0, int(duration_s // 60) + 1, 1 if duration_s < 360 else 2)
    return axis | {
        "tickvals": [60 * minute for minute in minutes],
        "ticktext": [f"{minute} min" for minute in minutes],
    }


def _outline(
    marked: NDArray[np.bool_], x: NDArray[np.float64], y: NDArray[np.float64]
) -> dict[str, list[float | None]]:
    """The edges between marked cells and others, as broken lines."""
    padded = np.pad(marked, 1)
    across: list[float | None] = []
    along: list[float | None] = []
    for column, row in zip(*np.nonzero(padded[1:, 1:-1] != padded[:-1, 1:-1]), strict=True):
        across += [x[column], x[column], None]
        along += [y[row], y[row + 1], None]
    for column, row in zip(*np.nonzero(padded[1:-1, 1:] != padded[1:-1, :-1]), strict=True):
        across += [x[column], x[column + 1], None]
        along += [y[row], y[row], None]
    return {"x": across, "y": along}


def _hertz(frequency: int) -> str:
    return f"{frequency} Hz" if frequency < 1000 else f"{frequency // 1000} kHz"
