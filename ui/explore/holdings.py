"""Who is in the data: clips by group and emotion; deeper, their lengths and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd
import streamlit as st

from ser_core.data import exploring
from ser_core.emotions import shown
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import frame, html_charts, words
from ui.explore import charts as explore_charts
from ui.explore import controls, story_words

_FEW = 9
_BY = {
    "corpus": N_("Corpus"),
    "gender": N_("Gender"),
    "intensity": N_("Intensity"),
    "speaker": N_("Speaker"),
}


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
    lengths = frame.deeper(_("How long they are"), "lengths")
    if lengths.open:
        with lengths, frame.section():
            _lengths(chosen)
    left_out = frame.deeper(_("What is counted, and what was left out"), "counted")
    if left_out.open:
        with left_out, frame.section():
            for holding in holdings:
                if not filters.corpora or holding.corpus in filters.corpora:
                    st.markdown(story_words.left_out(holding))
            st.caption(
                _(
                    "Files that appear twice in an archive are counted once. CREMA-D's table "
                    "holds 71 of its 91 actors. All of it is acted."
                )
            )


def _counts(chosen: pd.DataFrame, titles: Mapping[str, str]) -> None:
    by = controls.choose_one(
        _("Count by"), exploring.SPLITS, "by", format_func=lambda name: _(_BY[name])
    )
    counts = exploring.counts(chosen, by)
    named = {**titles, **{name: _(group) for name, group in story_words.GROUPS.items()}}
    if len(counts) < _FEW:
        told = story_words.sum_of(counts, named)
        frame.picture(
            html_charts.distribution(counts, named, _("{emotion}: {count} clips, {group}")),
            alt=_("Clips by {group}, divided into emotions. {sum}").format(
                group=_(_BY[by]), sum=told
            ),
        )
        st.caption(f"{story_words.balance(counts)}\n\n{told}")
        return
    frame.chart(
        explore_charts.distribution(counts),
        alt=_("Clips by {group}, divided into emotions. {count} bars.").format(
            group=_(_BY[by]), count=len(counts)
        ),
    )
    st.caption(story_words.balance(counts))


def _lengths(chosen: pd.DataFrame) -> None:
    lengths = exploring.durations(chosen)
    frame.chart(
        explore_charts.durations(lengths),
        alt=_("Durations by emotion, median: {durations}").format(
            durations=", ".join(
                f"{shown(str(name))} {words.duration(row['median'])}"
                for name, row in lengths.iterrows()
            )
        ),
    )
    st.caption(story_words.lengths(lengths))
