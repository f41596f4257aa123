"""How the model learned: its curves, its mistakes, its doubt, and whom it serves how well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from ser_core.data import exploring, reported
from ser_core.inference.facts import BundleInfo, Report
from ser_core.inference.predictor import Model
from ui import cached, charts, frame, promises, words
from ui.explore import controls, score_charts
from ui.explore import words as explore_words


@frame.section()
def draw(filters: exploring.Selection, titles: Mapping[str, str]) -> None:
    """How a model learned and fared, narrowed by the filters as far as its report can be."""
    model, protocol = _choose(frame.needed(cached.models))
    report = model.info["reports"][protocol]
    told = reported.part(report, filters)
    emotions = model.info["emotions"]
    st.markdown(explore_words.tested_on(report, told, titles))
    if filters.emotions:
        st.caption("The emotions that you chose pick rows of the two tables below.")
    with frame.section():
        _curves(model.info, report, protocol)
    if filters.emotions and not set(filters.emotions) & set(emotions):
        st.info(f"This model tells apart {words.listing(emotions)} only.")
        st.stop()
    with frame.section():
        _mistakes(told, emotions, filters.emotions)
    left, right = st.columns(2, gap="large")
    with left, frame.section():
        _calibration(told)
    with right, frame.section():
        _doubt(model.info, report, protocol, whole=told.whole)
    with frame.section():
        _genders(report, filters.genders)


def _choose(models: Sequence[Model]) -> tuple[Model, str]:
    """Which model, and tested on what."""
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
        protocols = tuple(name for name in words.PROTOCOLS if name in model.info["reports"])
        protocol = controls.choose_one(
            "Tested on", protocols, f"protocol-{model.name}", format_func=words.PROTOCOLS.get
        )
    return model, protocol


def _curves(info: BundleInfo, report: Report, protocol: str) -> None:
    history = report.get("curves") or info["history"]
    heard = explore_words.TESTED[protocol]
    st.header("Epoch by epoch", anchor=False)
    right, wrong = st.columns(2)
    for column, measure in ((right, "accuracy"), (wrong, "loss")):
        with column:
            st.markdown(f"**{measure.capitalize()}**")
            frame.chart(
                score_charts.curves(history, measure, heard),
                alt=f"{measure.capitalize()} by epoch. " + explore_words.gap(history, heard),
            )
    st.caption(
        explore_words.gap(history, heard) + " Loss: how little it believed "
        "in the right answer. Means over the folds, all filters aside."
        + explore_words.curves_of(info)
    )
    controls.download("curves", reported.as_table(history), index=False)


def _mistakes(told: reported.Part, emotions: Sequence[str], wanted: Sequence[str]) -> None:
    mistakes = reported.confusion(told.figures, emotions, wanted)
    st.header("What is taken for what", anchor=False)
    frame.chart(score_charts.confusion(mistakes), alt=explore_words.confused(mistakes))
    st.caption(explore_words.confused(mistakes))
    controls.download("confusion", mistakes)
    table = reported.by_emotion(told.figures, emotions, wanted)
    st.markdown("**Classification report**")
    st.markdown(explore_words.classification(table))
    st.caption(
        "Precision: how often it is right when it says so. Recall: how many of the clips it "
        "finds. F1: their harmonic mean."
    )
    controls.download("classification", table)


def _calibration(told: reported.Part) -> None:
    bins = told.figures["calibration"]["bins"]
    st.header("Can its percentages be believed?", anchor=False)
    frame.chart(
        score_charts.reliability(bins),
        alt="Reliability diagram. " + explore_words.calibrated(told.figures),
    )
    st.caption(explore_words.calibrated(told.figures))
    controls.download("reliability", reported.as_table(bins), index=False)


def _doubt(info: BundleInfo, report: Report, protocol: str, *, whole: bool) -> None:
    st.header("What doubt buys", anchor=False)
    answered = promises.answered(info) if protocol == "speakers" else None
    frame.chart(
        score_charts.risk_coverage(report["risk_coverage"], answered),
        alt="How often it is right against the share of clips that it answers, surest first.",
    )
    st.caption(
        "The fewer clips it answers, surest first, the more often it is right. "
        + (explore_words.dot(info) if answered else "")
        + ("" if whole else " All test clips, filters aside.")
    )
    controls.download("risk-coverage", reported.as_table(report["risk_coverage"]), index=False)


def _genders(report: Report, wanted: Sequence[str]) -> None:
    st.header("Women and men", anchor=False)
    genders = {
        explore_words.GENDERS.get(name, name.capitalize()): figures["uar"]
        for name, figures in report["by_gender"].items()
        if not wanted or name in wanted
    }
    frame.chart(
        charts.scores(list(genders.items()), report["chance"]),
        alt="Unweighted average recall with its 95% interval: "
        + ", ".join(
            f"{name} {words.score(uar)} ({words.interval(uar)})" for name, uar in genders.items()
        ),
    )
    st.caption(
        "Unweighted average recall with its 95% interval (bootstrap over speakers). "
        "Where the intervals overlap widely, the difference may be the luck of who was "
        "recorded."
    )
    controls.download("gender", reported.as_table(genders))
