"""The parts of Explore that are about models, and the controls that all its parts share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from ser_core.data import exploring
from ui import cached, charts, frame, words
from ui.explore import charts as explore_charts
from ui.explore import words as explore_words


def download(name: str, table: pd.DataFrame, *, index: bool = True) -> None:
    """Offer a chart's data; the file is made when it is asked for."""
    st.download_button(
        "Data (CSV)",
        lambda: table.to_csv(index=index).encode("utf-8-sig"),
        file_name=f"undertone-{name}.csv",
        mime="text/csv",
        key=f"download-{name}",
        on_click="ignore",
        type="tertiary",
        icon=":material/download:",
    )


def choose_one(label: str, options: Sequence[str], key: str, **more: Any) -> Any:
    """A switch that always has a value and keeps it while other parts are shown."""
    return st.segmented_control(
        label, options, default=options[0], required=True, key=key, persist_state="page", **more
    )


@frame.section()
def learned(filters: exploring.Selection, titles: Mapping[str, str]) -> None:
    """How a model learned and fared, narrowed by the filters as far as its report can be."""
    models = frame.needed(cached.models)
    with st.container(horizontal=True):
        # The widget copies its options, and a network cannot be copied: choose by position.
        position = 0
        if len(models) > 1:
            position = st.selectbox(
                "Model",
                range(len(models)),
                format_func=lambda number: models[number].title,
                key="explored_model",
                persist_state="page",
                width=260,
            )
        model = models[position]
        reports = model.info["reports"]
        protocols = tuple(name for name in words.PROTOCOLS if name in reports)
        protocol = choose_one(
            "Tested on", protocols, f"protocol-{model.name}", format_func=words.PROTOCOLS.get
        )
    report = reports[protocol]
    told = exploring.part(report, filters)
    heard = explore_words.TESTED[protocol]
    emotions = model.info["emotions"]
    st.markdown(explore_words.tested_on(report, told, titles))
    if filters.emotions:
        st.caption("The emotions that you chose pick rows of the two tables below.")

    with frame.section():
        history = report.get("curves") or model.info["history"]
        st.header("Epoch by epoch", anchor=False)
        right, wrong = st.columns(2)
        for column, measure in ((right, "accuracy"), (wrong, "loss")):
            with column:
                st.markdown(f"**{measure.capitalize()}**")
                frame.chart(
                    explore_charts.curves(history, measure, heard),
                    alt=f"{measure.capitalize()} by epoch. " + explore_words.gap(history, heard),
                )
        st.caption(
            explore_words.gap(history, heard) + " Loss: how little it believed "
            "in the right answer. Means over the folds, all filters aside."
            + explore_words.curves_of(model.info)
        )
        download("curves", exploring.as_table(history), index=False)

    if filters.emotions and not set(filters.emotions) & set(emotions):
        st.info(f"This model tells apart {words.listing(emotions)} only.")
        st.stop()
    with frame.section():
        mistakes = exploring.confusion(told.figures, emotions, filters.emotions)
        st.header("What is taken for what", anchor=False)
        frame.chart(explore_charts.confusion(mistakes), alt=explore_words.confused(mistakes))
        st.caption(explore_words.confused(mistakes))
        download("confusion", mistakes)
        table = exploring.by_emotion(told.figures, emotions, filters.emotions)
        st.markdown("**Classification report**")
        st.markdown(explore_words.classification(table))
        st.caption(
            "Precision: how often it is right when it says so. Recall: how many of the clips it "
            "finds. F1: their harmonic mean."
        )
        download("classification", table)

    left, right = st.columns(2, gap="large")
    with left, frame.section():
        st.header("Can its percentages be believed?", anchor=False)
        frame.chart(
            explore_charts.reliability(told.figures["calibration"]["bins"]),
            alt="Reliability diagram. " + explore_words.calibrated(told.figures),
        )
        st.caption(explore_words.calibrated(told.figures))
        download(
            "reliability", exploring.as_table(told.figures["calibration"]["bins"]), index=False
        )
    with right, frame.section():
        st.header("What doubt buys", anchor=False)
        answered = words.answered(model.info) if protocol == "speakers" else None
        frame.chart(
            explore_charts.risk_coverage(report["risk_coverage"], answered),
            alt="How often it is right against the share of clips that it answers, surest first.",
        )
        st.caption(
            "The fewer clips it answers, surest first, the more often it is right. "
            + (explore_words.dot(model.info) if answered else "")
            + (" All test clips, filters aside." if told.covers else "")
        )
        download("risk-coverage", exploring.as_table(report["risk_coverage"]), index=False)

    with frame.section():
        st.header("Women and men", anchor=False)
        genders = {
            explore_words.GENDERS.get(name, name.capitalize()): figures["uar"]
            for name, figures in report["by_gender"].items()
            if not filters.genders or name in filters.genders
        }
        frame.chart(
            charts.scores(list(genders.items()), report["chance"]),
            alt="Unweighted average recall with its 95\u00a0% interval: "
            + ", ".join(
                f"{name} {words.score(uar)} ({words.interval(uar)})"
                for name, uar in genders.items()
            ),
        )
        st.caption(
            "Unweighted average recall with its 95\u00a0% interval (bootstrap over speakers). "
            "Where the intervals overlap widely, the difference may be the luck of who was "
            "recorded."
        )
        download("gender", exploring.as_table(genders))


@frame.section()
def flattery(filters: exploring.Selection, titles: Mapping[str, str]) -> None:
    """What a random split and what another corpus do to a score."""
    models = frame.needed(cached.models)
    with frame.section():
        both = (model for model in models if {"speakers", "random"} <= set(model.info["reports"]))
        model = next(both, None)
        if model is not None:
            reports = model.info["reports"]
            parts = {
                name: exploring.part(reports[name], filters) for name in ("random", "speakers")
            }
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
            download("splits", exploring.as_table(rows))

    with frame.section():
        matrix = cached.transfer()
        cells = exploring.transfer_cells(matrix, filters)
        st.header("Trained on one corpus, tested on another", anchor=False)
        if cells.empty:
            st.info("The matrix does not hold these corpora.")
            st.stop()
        frame.chart(
            explore_charts.transfer(cells, titles, matrix["chance"]),
            alt="Unweighted average recall of each pair of corpora. "
            + explore_words.fall(cells, titles),
        )
        st.markdown(explore_words.fall(cells, titles))
        st.caption(explore_words.about_matrix(matrix))
        download("transfer", cells, index=False)
