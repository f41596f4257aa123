"""How the model learned: its curves, its mistakes, its doubt, and whom it serves how well."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import streamlit as st

from ser_core.data import exploring, reported
from ser_core.inference.facts import BundleInfo, Interval, Report
from ser_core.inference.predictor import Model
from ser_core.language import gettext as _
from ui import cached, frame, html_charts, promises, words
from ui.explore import address, controls, score_charts, story_words, votes
from ui.explore import words as explore_words


@frame.section()
def draw(filters: exploring.Selection, titles: Mapping[str, str]) -> None:
    """How a model learned and fared, narrowed by the filters as far as its report can be."""
    models = frame.needed(cached.models)
    _choose(models)
    model, protocol = chosen()
    report = model.info["reports"][protocol]
    told = reported.part(report, filters)
    emotions = model.info["emotions"]
    st.markdown(explore_words.tested_on(report, told, titles))
    if filters.emotions:
        st.caption(_("The emotions you chose pick the rows shown."))
    with frame.section():
        _curves(model, protocol)
    if filters.emotions and not set(filters.emotions) & set(emotions):
        st.info(
            _("This model tells apart {emotions} only.").format(
                emotions=words.emotions(emotions, "and")
            )
        )
        return
    with frame.section():
        _mistakes(told, emotions, filters.emotions)
    votes.draw()
    _deeper(model, protocol, told, filters)


def _deeper(model: Model, protocol: str, told: reported.Part, filters: exploring.Selection) -> None:
    report, info = model.info["reports"][protocol], model.info
    parts: tuple[tuple[str, str, Callable[[], None]], ...] = (
        (_("Its loss, epoch by epoch"), "loss", partial(_loss, model, protocol)),
        (
            _("Precision, recall and F1"),
            "classification",
            partial(_classification, told, info["emotions"], filters.emotions),
        ),
        (_("Can its percentages be believed?"), "calibration", partial(_calibration, told)),
        (_("What doubt buys"), "doubt", partial(_doubt, info, report, protocol, whole=told.whole)),
        (_("Women and men"), "genders", partial(_genders, report, filters.genders)),
    )
    for label, key, show in parts:
        place = frame.deeper(label, key)
        if place.open:
            with place, frame.section():
                show()


def chosen() -> tuple[Model, str]:
    """Which model is looked at, and tested on what."""
    models = cached.models()
    model = next((each for each in models if each.name == st.session_state.model), models[0])
    protocols = _protocols(model)
    wanted = st.session_state.protocol
    return model, wanted if wanted in protocols else protocols[0]


def _protocols(model: Model) -> tuple[str, ...]:
    return tuple(name for name in words.PROTOCOLS if name in model.info["reports"])


def _choose(models: Sequence[Model]) -> None:
    titles = {model.name: _(model.title) for model in models}
    with st.container(horizontal=True):
        if len(models) > 1:
            st.selectbox(
                _("Model"),
                list(titles),
                format_func=titles.__getitem__,
                key="model",
                on_change=address.moved,
                persist_state="page",
                width=260,
            )
        model, st.session_state.protocol = chosen()
        controls.choose_one(
            _("Tested on"),
            _protocols(model),
            "protocol",
            format_func=lambda name: _(words.PROTOCOLS[name]),
        )


def history(model: Model, protocol: str) -> Sequence[Mapping[str, float]]:
    """Training and test epoch by epoch."""
    report = model.info["reports"][protocol]
    return report.get("curves") or model.info["history"]


def genders(report: Report, wanted: Sequence[str]) -> dict[str, Interval]:
    """The score of women and of men, or of those of them who are wanted."""
    return {
        _(explore_words.GENDERS[name])
        if name in explore_words.GENDERS
        else words.capital(_(story_words.GROUPS.get(name, name))): figures["uar"]
        for name, figures in report["by_gender"].items()
        if not wanted or name in wanted
    }


def _curves(model: Model, protocol: str) -> None:
    learned, heard = history(model, protocol), _(explore_words.TESTED[protocol])
    st.subheader(_("Epoch by epoch"), anchor=False)
    gap = explore_words.gap(learned, heard)
    frame.chart(
        score_charts.curves(learned, "accuracy", heard),
        alt=_("Accuracy by epoch. {gap}").format(gap=gap),
    )
    st.caption(explore_words.curves(model.info, gap))


def _loss(model: Model, protocol: str) -> None:
    learned, heard = history(model, protocol), _(explore_words.TESTED[protocol])
    frame.chart(
        score_charts.curves(learned, "loss", heard),
        alt=_("Loss by epoch, in training and in the test."),
    )
    st.caption(_("Loss: how little it believed in the right answer. Means over the folds."))


def _mistakes(told: reported.Part, emotions: Sequence[str], wanted: Sequence[str]) -> None:
    mistakes = reported.confusion(told.figures, emotions, wanted)
    st.subheader(_("What is taken for what"), anchor=False)
    frame.chart(score_charts.confusion(mistakes), alt=explore_words.confused(mistakes))
    st.caption(explore_words.confused(mistakes))


def _classification(told: reported.Part, emotions: Sequence[str], wanted: Sequence[str]) -> None:
    table = reported.by_emotion(told.figures, emotions, wanted)
    st.markdown(explore_words.classification(table))
    st.caption(
        _(
            "Precision: how often it is right when it says so. Recall: how many of the clips it "
            "finds. F1: their harmonic mean."
        )
    )


def _calibration(told: reported.Part) -> None:
    bins = told.figures["calibration"]["bins"]
    frame.chart(
        score_charts.reliability(bins),
        alt=_("Reliability diagram. {told}").format(told=explore_words.calibrated(told.figures)),
    )
    st.caption(explore_words.calibrated(told.figures))


def _doubt(info: BundleInfo, report: Report, protocol: str, *, whole: bool) -> None:
    answered = promises.answered(info) if protocol == "speakers" else None
    frame.chart(
        score_charts.risk_coverage(report["risk_coverage"], answered),
        alt=_("How often it is right against the share of clips that it answers, surest first."),
    )
    said = [_("The fewer clips it answers, surest first, the more often it is right.")]
    if answered:
        said.append(explore_words.dot(info))
    if not whole:
        said.append(_("All test clips, whatever the filters."))
    st.caption(" ".join(said))


def _genders(report: Report, wanted: Sequence[str]) -> None:
    found = genders(report, wanted)
    frame.picture(
        html_charts.scores(list(found.items()), report["chance"]),
        alt=_("Right on average over the emotions, with its 95%\u00a0interval: {scores}").format(
            scores=explore_words.intervals(found)
        ),
    )
    st.caption(
        _(
            "Right on average over the emotions (unweighted average recall), with its "
            "95%\u00a0interval (bootstrap over speakers). Where the intervals overlap widely, "
            "the difference may be the luck of who was recorded."
        )
    )
