"""Colours and layout of every chart, decided once.

Each colour stands out from the light and from the dark background by at least 3 to 1 (WCAG 2.2,
1.4.11), so a figure needs no knowledge of the visitor's theme: text, grid and background are set
by Streamlit's own Plotly theme in the browser. Colour is never the only carrier of meaning: bars
and lines are labelled as well.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

import plotly.graph_objects as go
from numpy.typing import NDArray

from ser_core import figures
from ser_core.data.label_words import meaning
from ser_core.emotions import ORDINARY, shown

EMOTION_COLOURS: dict[str, str] = {
    "angry": "#d6453d",
    "fearful": "#9a63e0",
    "happy": "#b98200",
    "sad": "#3d84e0",
    "neutral": "#7d8694",
    "calm": "#14998c",
    "disgust": "#6b9130",
    "surprised": "#d6559c",
    "bored": "#a5714a",
    "amused": "#4e8ba6",
}
"""One colour an emotion, in the order of `ser_core.emotions.ALL_EMOTIONS`."""

COLOURS: dict[str, str] = EMOTION_COLOURS | {ORDINARY: EMOTION_COLOURS["neutral"]}
"""Of the answers, too: ordinary is grey, as neutral speech is."""


def under_white(colour: str) -> str:
    """A colour made dark enough for white letters: 4.5 to 1 at least (WCAG 2.2, 1.4.3)."""
    channels = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    while luminance(channels) > _UNDER_WHITE:
        channels = [int(0.98 * channel) for channel in channels]
    return "#" + "".join(f"{channel:02x}" for channel in channels)


def colour(answer: str) -> str:
    """The colour of an answer, of somebody's own word for one, too; the same at each call.

    Words that mean one of the emotions have its colour; others have one of them by their letters,
    and may share it: names stand beside.
    """
    known = COLOURS.get(answer) or COLOURS.get(meaning(answer) or "")
    if known:
        return known
    palette = list(EMOTION_COLOURS.values())
    return palette[zlib.crc32(answer.encode()) % len(palette)]


ACCENT = "#6f67dd"
"""For marks that stand for no emotion: the waveform, a model's score."""

MUTED = "#7d8694"
"""For what is there to compare with: chance, a reference."""

NOTHING = "#d8dbe2"
"""For an answer that is none: not sure, nobody speaking, refused."""

HEAT = ("#0b0924", "#3b0f70", "#8c2981", "#de4968", "#fe9f6d", "#fcfdbf")
"""Sequential scale of spectrograms and matrices: matplotlib's magma, even to the eye.

Not Plotly's own copy: that begins with #000004, which Streamlit's theme takes for a placeholder and
replaces by its first categorical colours.
"""

SHADES = ("#dcdaf8", "#3a30a8")
"""From none to all, for the cells of a matrix."""

CONFIG: dict[str, Any] = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}
"""Plotly's own options. Charts do not catch a finger that wants to scroll the page."""


def legend(answers: Sequence[str]) -> str:
    """The colours of some answers with their names, as HTML."""
    chip = "display: inline-block; width: 0.8em; height: 0.8em; border-radius: 0.2em"
    return " ".join(
        '<span style="white-space: nowrap; margin-right: 1rem">'
        f'<span style="{chip}; background: {colour(name)}"></span> {shown(name)}</span>'
        for name in answers
    )


def text_on(share: float) -> str:
    """Black or white, whichever stands out more from a share of the way through `SHADES`.

    At least 4.5 to 1 (WCAG 2.2, 1.4.3): no colour at all is nearer than that to both of them.
    """
    low, high = ([int(end[place : place + 2], 16) for place in (1, 3, 5)] for end in SHADES)
    shade = [a + share * (b - a) for a, b in zip(low, high, strict=True)]
    return "#ffffff" if luminance(shade) < 0.179 else "#000000"


_UNDER_WHITE = 1.05 / 4.5 - 0.05


def luminance(colour: Sequence[float]) -> float:
    """Relative luminance of red, green and blue between 0 and 255 (WCAG 2.2)."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (each / 255 for each in colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def finish(figure: go.Figure, *, height: int, legend: bool = False) -> go.Figure:
    """Give a figure the house's layout.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Changed in place.
    height : int
        In pixels.
    legend : bool
        Whether it shows one, above the plot.

    Returns
    -------
    plotly.graph_objects.Figure
        The same figure.
    """
    figure.update_layout(_house(height, legend=legend))
    figure.update_xaxes(_AXIS)
    figure.update_yaxes(_AXIS)
    return figure


class Drawn(go.Figure):
    """A figure of plain values that is sent as it stands: what every verdict draws.

    Plotly looks through each value of a figure that is made, and copies it when it is sent, which
    was an eighth of what a verdict cost the server. `go.Figure(drawn.to_dict())` looks through it.

    Parameters
    ----------
    traces : sequence of mapping
        Arrays as `packed` gives them.
    layout : mapping
    """

    def __init__(self, traces: Sequence[Mapping[str, Any]], layout: Mapping[str, Any]) -> None:
        self._spec = {"data": list(traces), "layout": dict(layout)}

    def to_dict(self) -> dict[str, Any]:
        """What is sent."""
        return self._spec


def drawn(
    traces: Sequence[Mapping[str, Any]],
    layout: Mapping[str, Any],
    *,
    height: int,
    legend: bool = False,
) -> go.Figure:
    """A figure with the house's layout, as `finish` gives it, made at once.

    Parameters
    ----------
    traces : sequence of mapping
        With colours of their own: none is Streamlit's.
    layout : mapping
        Its own, with all of its axes.
    height : int
        In pixels.
    legend : bool
        Whether it shows one, above the plot.
    """
    axes = {"xaxis": {}, "yaxis": {}} | {n: v for n, v in layout.items() if n[1:5] == "axis"}
    house = {name: axis | _AXIS for name, axis in axes.items()} | _house(height, legend=legend)
    # Without the colours that Streamlit gives to traces that have none: 4 kB a figure.
    return Drawn(traces, {**layout, **house, "template": {}})


def packed(values: NDArray[Any]) -> dict[str, str]:
    """An array as Plotly's browser side reads it: its bytes, as base64."""
    kind = f"{values.dtype.kind}{values.dtype.itemsize}"
    text = base64.b64encode(values.tobytes()).decode("ascii")
    shape = {} if values.ndim == 1 else {"shape": ", ".join(map(str, values.shape))}
    return {"dtype": kind, "bdata": text} | shape


_AXIS = {"fixedrange": True, "automargin": True}


def _house(height: int, *, legend: bool) -> dict[str, Any]:
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 28 if legend else 8, "b": 8},
        "showlegend": legend,
        "legend": {"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom", "title": None},
        "dragmode": False,
        "separators": "".join(figures.signs()),
    }
