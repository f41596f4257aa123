"""Charts as HTML: bars, scores and grids that need no plotly, whose 5 MB cost more than a page.

Data in, HTML out; no Streamlit here. Widths are shares of what room there is, text has the page's
own colour and size, and the whole is one picture to a screen reader, told by its description.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ser_core import figures
from ser_core.emotions import shown
from ser_core.inference.facts import Interval
from ser_core.language import gettext as _
from ui import theme, words

_ROW = "display: grid; grid-template-columns: minmax(4.5rem, max-content) 1fr; gap: 0 0.75rem"
_LABEL = "text-align: right; align-self: center"
_SMALL = "font-size: 0.875rem"
_NAME = "text-align: center; font-size: 0.72rem; hyphens: auto; overflow-wrap: anywhere"


def picture(body: str, alt: str) -> str:
    """A chart with its description."""
    return f'<div class="picture" role="img" aria-label="{escape(alt)}">{body}</div>'


def distribution(counts: pd.DataFrame, labels: Mapping[str, str], title: str) -> str:
    """Clips of each group as a bar of emotions, with its total.

    Parameters
    ----------
    counts : pandas.DataFrame
        From `ser_core.data.exploring.counts`.
    labels : mapping of str to str
        What to call a group; those not in it keep their name.
    title : str
        Of a part of a bar, for the mouse: with ``{emotion}``, ``{count}`` and ``{group}``.
    """
    emotions = [str(name) for name in counts.columns]
    values = counts.to_numpy(dtype=int)
    most = values.sum(axis=1).max()
    rows = []
    for name, row in zip(map(str, counts.index), values.tolist(), strict=True):
        group, total = labels.get(name, name), sum(row)
        parts = "".join(
            f'<div style="flex: {count} 1 0; background: {theme.EMOTION_COLOURS[emotion]}" '
            f'title="{escape(_said(title, emotion, count, group))}"></div>'
            for emotion, count in zip(emotions, row, strict=True)
            if count
        )
        # An eighth of the room is kept for the total behind the longest bar.
        rows.append(
            f'<div style="{_LABEL}">{escape(group)}</div><div style="display: flex; gap: 0.5rem; '
            f'align-items: center"><div style="display: flex; height: 2rem; border-radius: 0.25rem;'
            f' overflow: hidden; width: {87.5 * total / most:.2f}%">{parts}</div>'
            f'<span style="{_SMALL}">{figures.number(total)}</span></div>'
        )
    legend = theme.legend(emotions)
    return (
        f'<div style="{_SMALL}; margin-bottom: 0.75rem">{legend}</div>'
        f'<div style="{_ROW}; row-gap: 0.75rem">{"".join(rows)}</div>'
    )


def _said(title: str, emotion: str, count: int, group: str) -> str:
    return title.format(emotion=shown(emotion), count=figures.number(count), group=group)


def scores(rows: Sequence[tuple[str, Interval]], chance: float) -> str:
    """Scores with their intervals, one below the other, against chance.

    Parameters
    ----------
    rows : sequence of (str, mapping)
        A label, and ``value``, ``low`` and ``high`` between 0 and 1.
    chance : float
    """
    line = (
        f"background: linear-gradient({theme.MUTED} 50%, transparent 50%) {100 * chance:.2f}% 0 "
        "/ 2px 8px repeat-y"
    )
    told = _("chance {share}").format(share=words.nearest(chance))
    head = (
        f'<div></div><div style="position: relative; height: 1.5rem; {_SMALL}">'
        f'<span style="{_at(chance)}">{escape(told)}</span></div>'
    )
    body = "".join(
        f'<div style="{_LABEL}">{escape(label)}</div>'
        f'<div style="position: relative; height: 3.5rem; {line}">{_interval(row)}</div>'
        for label, row in rows
    )
    ticks = "".join(
        f'<span style="{_at(share)}">{words.nearest(share)}</span>'
        for share in np.linspace(0, 1, 5)
    )
    foot = f'<div></div><div style="position: relative; height: 1.5rem; {_SMALL}">{ticks}</div>'
    return f'<div style="{_ROW}; padding-right: 1.5rem">{head}{body}{foot}</div>'


def _at(share: float) -> str:
    return (
        f"position: absolute; left: {100 * share:.2f}%; transform: translateX(-50%); "
        "white-space: nowrap"
    )


def _interval(row: Interval) -> str:
    low, value, high = (100 * row[key] for key in ("low", "value", "high"))
    ends = f"border: solid {theme.ACCENT}; border-width: 0 3px"
    return (
        f'<div style="position: absolute; left: {low:.2f}%; width: {high - low:.2f}%; top: 1.9rem; '
        f"height: 0.8rem; {ends}; background: linear-gradient({theme.ACCENT}, {theme.ACCENT}) "
        '0 50% / 100% 3px no-repeat"></div>'
        f'<div style="position: absolute; left: {value:.2f}%; top: 1.9rem; width: 0.8rem; '
        f'height: 0.8rem; margin-left: -0.4rem; border-radius: 50%; background: {theme.ACCENT}">'
        f'</div><b style="{_at(row["value"])}; top: 0.3rem">{words.score(row)}</b>'
    )


def grid(shares: NDArray[np.float64], columns: Sequence[str], rows: Sequence[str]) -> str:
    """Cells shaded by their share of a row, each with it in black or white, whichever reads better.

    Parameters
    ----------
    shares : np.ndarray, shape (n_rows, n_columns)
    columns, rows : sequence of str
        What stands below and beside.
    """
    cells = "".join(
        f'<div style="{_LABEL}">{escape(row)}</div>' + "".join(_cell(share) for share in line)
        for row, line in zip(rows, shares.tolist(), strict=True)
    )
    names = "".join(f'<div style="{_NAME}">{escape(name)}</div>' for name in columns)
    template = f"max-content repeat({len(columns)}, minmax(0, 1fr))"
    return (
        f'<div style="display: grid; grid-template-columns: {template}; gap: 3px; {_SMALL}">'
        f"{cells}<div></div>{names}</div>"
    )


def _cell(share: float) -> str:
    low, high = ([int(end[at : at + 2], 16) for at in (1, 3, 5)] for end in theme.SHADES)
    shade = "".join(f"{round(a + share * (b - a)):02x}" for a, b in zip(low, high, strict=True))
    return (
        f'<div style="background: #{shade}; color: {theme.text_on(share)}; text-align: center; '
        f'padding: 0.7rem 0">{figures.number(100 * share)}</div>'
    )
