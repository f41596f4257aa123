"""Who is in the data: clips by group and emotion; deeper, their lengths and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from ser_core.data import exploring
from ui import frame, html_charts
from ui.explore import charts as explore_charts
from ui.explore import controls
from ui.explore import words as explore_words

_FEW = 9


@frame.section()
def draw(
    chosen: pd.DataFrame,
    filters: exploring.Selection,
    titles: Mapping[str, str],
    holdings: Sequence[exploring.Holding],
) -> None:
    """Draw it of the chosen clips."""
    with frame.section():
        _counts(chosen, titles)
    lengths = frame.deeper("How long they are", "lengths")
    if lengths.open:
        with lengths, frame.section():
            _lengths(chosen)
    left_out = frame.deeper("What is counted, and what was left out", "counted")
    if left_out.open:
        with left_out, frame.section():
            for holding in holdings:
                if not filters.corpora or holding.corpus in filters.corpora:
                    st.markdown(explore_words.left_out(holding))
            st.caption(
                "Files that stand twice in an archive are counted once. CREMA-D's table holds 71 "
                "of its 91 actors. All of it is acted."
            )


def _counts(chosen: pd.DataFrame, titles: Mapping[str, str]) -> None:
    by = controls.choose_one("Count by", exploring.SPLITS, "by", format_func=str.capitalize)
    counts = exploring.counts(chosen, by)
    named = {**titles, "female": "women", "male": "men"}
    few = len(counts) < _FEW
    if few:
        frame.picture(
            html_charts.distribution(counts, named, "{emotion}: {count} clips, {group}"),
            alt=f"Clips by {by}, divided into emotions. " + explore_words.sum_of(counts, named),
        )
    else:
        frame.chart(
            explore_charts.distribution(counts, noun=by),
            alt=f"Clips by {by}, divided into emotions. {len(counts)} bars.",
        )
    st.caption(explore_words.balance(counts))
    if few:
        st.caption(explore_words.sum_of(counts, named))


def _lengths(chosen: pd.DataFrame) -> None:
    lengths = exploring.durations(chosen)
    frame.chart(
        explore_charts.durations(lengths),
        alt="Durations by emotion, median: "
        + ", ".join(f"{name} {row['median']:.1f} s" for name, row in lengths.iterrows()),
    )
    st.caption(explore_words.lengths(lengths))
