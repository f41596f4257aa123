"""Why a random split flatters: one recipe by two splits, and over corpora."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from ser_core.data import exploring, reported
from ui import cached, charts, frame, words
from ui.explore import controls, own_split, score_charts
from ui.explore import words as explore_words


@frame.section()
def draw(filters: exploring.Selection, titles: Mapping[str, str]) -> None:
    """What a random split and what another corpus do to a score."""
    models = frame.needed(cached.models)
    with frame.section():
        both = (model for model in models if {"speakers", "random"} <= set(model.info["reports"]))
        model = next(both, None)
        if model is not None:
            reports = model.info["reports"]
            parts = {name: reported.part(reports[name], filters) for name in ("random", "speakers")}
            rows = {words.PROTOCOLS[name]: told.figures["uar"] for name, told in parts.items()}
            st.header(f"One recipe, two splits: {model.title}", anchor=False)
            frame.chart(
                charts.scores(list(rows.items()), reports["speakers"]["chance"]),
                alt=", ".join(
                    f"{name} {words.score(uar)} ({words.interval(uar)})"
                    for name, uar in rows.items()
                ),
            )
            st.markdown(
                explore_words.why_it_flatters(parts["random"].figures, parts["speakers"].figures)
            )
            st.caption(explore_words.tested_on(reports["speakers"], parts["speakers"], titles))
            controls.download("splits", reported.as_table(rows))

    own_split.draw()

    with frame.section():
        matrix = cached.transfer()
        cells = reported.transfer_cells(matrix, filters)
        st.header("Trained on one corpus, tested on another", anchor=False)
        if cells.empty:
            st.info("The matrix does not hold these corpora.")
            st.stop()
        frame.chart(
            score_charts.transfer(cells, titles, matrix["chance"]),
            alt="Unweighted average recall of each pair of corpora. "
            + explore_words.fall(cells, titles),
        )
        st.markdown(explore_words.fall(cells, titles))
        st.caption(explore_words.about_matrix(matrix))
        controls.download("transfer", cells, index=False)
