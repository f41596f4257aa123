"""Why a random split flatters: one recipe by two splits; deeper, over corpora and your own."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ser_core.data import exploring, reported
from ser_core.inference.predictor import Model
from ser_core.language import gettext as _
from ui import cached, frame, html_charts, words
from ui.explore import own_split, score_charts
from ui.explore import words as explore_words


@frame.section()
def draw(filters: exploring.Selection, titles: Mapping[str, str]) -> None:
    """What a random split and what another corpus do to a score."""
    with frame.section():
        _two_splits(filters, titles)
    own = frame.deeper(_("Is your own split honest?"), "own-split")
    if own.open:
        with own:
            own_split.draw()
    matrix = frame.deeper(_("Trained on one corpus, tested on another"), "transfer")
    if matrix.open:
        with matrix, frame.section():
            _transfer(filters, titles)


def compared(filters: exploring.Selection) -> tuple[Model, dict[str, reported.Part]] | None:
    """The model whose recipe was measured by both splits, and its figures by each."""
    for model in frame.needed(cached.models):
        reports = model.info["reports"]
        if {"speakers", "random"} <= set(reports):
            return model, {
                name: reported.part(reports[name], filters) for name in ("random", "speakers")
            }
    return None


def _two_splits(filters: exploring.Selection, titles: Mapping[str, str]) -> None:
    found = compared(filters)
    if found is None:
        return
    model, parts = found
    strangers = model.info["reports"]["speakers"]
    rows = {_(words.PROTOCOLS[name]): told.figures["uar"] for name, told in parts.items()}
    st.subheader(_("One recipe, two splits: {model}").format(model=_(model.title)), anchor=False)
    frame.picture(
        html_charts.scores(list(rows.items()), strangers["chance"]),
        alt=explore_words.intervals(rows),
    )
    st.markdown(explore_words.why_it_flatters(parts["random"].figures, parts["speakers"].figures))
    st.caption(explore_words.tested_on(strangers, parts["speakers"], titles))


def _transfer(filters: exploring.Selection, titles: Mapping[str, str]) -> None:
    matrix = cached.transfer()
    cells = reported.transfer_cells(matrix, filters)
    if cells.empty:
        st.info(_("The matrix does not hold these corpora."))
        return
    frame.chart(
        score_charts.transfer(cells, titles, matrix["chance"]),
        alt=_("Right on average over the emotions, of each pair of corpora. {told}").format(
            told=explore_words.fall(cells, titles)
        ),
    )
    st.markdown(explore_words.fall(cells, titles))
    st.caption(explore_words.about_matrix(matrix))
