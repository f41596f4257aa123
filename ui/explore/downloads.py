"""One menu for all that Explore's four steps show, as tables; each is made when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from ser_core.data import exploring, reported
from ser_core.language import gettext as _
from ui import cached, words
from ui.explore import learning, splits, story

Table = tuple[str, str, Callable[[], pd.DataFrame], bool]
"""What it is called, its file's name, what makes it, and whether its index belongs to it."""


def menu(chosen: pd.DataFrame, filters: exploring.Selection) -> None:
    """Draw it."""
    tables = {
        "people": _people(chosen),
        "map": _map(chosen),
        "learning": _learning(filters),
        "splits": _splits(filters),
    }
    with st.popover(_("Download"), icon=":material/download:"):
        for step, found in tables.items():
            st.markdown(f"**{_(story.STEPS[step].title)}**")
            for label, name, make, index in found:
                st.download_button(
                    label,
                    partial(_csv, make, index),
                    file_name=f"undertone-{name}.csv",
                    mime="text/csv",
                    key=f"download-{name}",
                    on_click="ignore",
                    type="tertiary",
                    icon=":material/download:",
                )


def _csv(make: Callable[[], pd.DataFrame], index: bool) -> bytes:
    # With a mark at the beginning, by which Excel knows UTF-8.
    return make().to_csv(index=index).encode("utf-8-sig")


def _people(chosen: pd.DataFrame) -> Iterator[Table]:
    if chosen.empty:
        return
    by = st.session_state.by

    def counts() -> pd.DataFrame:
        table = exploring.counts(chosen, by)
        return table.assign(total=table.sum(axis=1))

    yield _("Clips by group and emotion"), f"clips-by-{by}", counts, True
    yield _("How long they are"), "durations", partial(exploring.durations, chosen), True


def _map(chosen: pd.DataFrame) -> Iterator[Table]:
    ears, explored = st.session_state.ears, st.session_state.explored

    def points() -> pd.DataFrame:
        everything = cached.clip_map(ears)[0]
        shown = everything.loc[everything.index.intersection(chosen.index)]
        return shown.drop(columns=["statement", "language"])

    yield _("The points of the map"), "map", points, False
    if explored is not None:
        clip = cached.clips().loc[explored]

        def profile() -> pd.DataFrame:
            return cached.profile(clip["corpus"], clip["name"])

        yield _("The chosen clip's 180 features"), "clip", profile, True


def _learning(filters: exploring.Selection) -> Iterator[Table]:
    model, protocol = learning.chosen()
    report = model.info["reports"][protocol]
    told = reported.part(report, filters)
    emotions, wanted = model.info["emotions"], filters.emotions

    def table(rows: Any) -> Callable[[], pd.DataFrame]:
        return partial(reported.as_table, rows)

    bins = told.figures["calibration"]["bins"]
    figures = told.figures
    yield _("Epoch by epoch"), "curves", table(learning.history(model, protocol)), False
    yield (
        _("What is taken for what"),
        "confusion",
        partial(reported.confusion, figures, emotions, wanted),
        True,
    )
    yield (
        _("Classification report"),
        "classification",
        partial(reported.by_emotion, figures, emotions, wanted),
        True,
    )
    yield _("Can its percentages be believed?"), "reliability", table(bins), False
    yield _("What doubt buys"), "risk-coverage", table(report["risk_coverage"]), False
    yield _("Women and men"), "gender", table(learning.genders(report, filters.genders)), True
    yield _("Listeners' votes and the model's answers"), "listeners", cached.listeners, False


def _splits(filters: exploring.Selection) -> Iterator[Table]:
    found = splits.compared(filters)
    if found is not None:
        rows = {words.PROTOCOLS[name]: part.figures["uar"] for name, part in found[1].items()}
        yield _("One recipe, two splits"), "splits", partial(reported.as_table, rows), True

    def transfer() -> pd.DataFrame:
        return reported.transfer_cells(cached.transfer(), filters)

    yield _("Trained on one corpus, tested on another"), "transfer", transfer, False
