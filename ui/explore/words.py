"""What Explore says of models and their scores. Pure functions: reports in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ser_core import figures
from ser_core.data.reported import Matrix, Part
from ser_core.emotions import ORDINARY, shown
from ser_core.inference.facts import BundleInfo, Figures, Interval, Report
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import words

TESTED = {
    "speakers": N_("strangers"),
    "random": N_("the test clips"),
    "corpora": N_("a corpus it never heard"),
}
"""What the tested side of each protocol is."""

GENDERS = {"female": N_("Women"), "male": N_("Men")}

_PROMISES = {
    "random": N_("Random split: the same speakers in training and test"),
    "speakers": N_("Unseen speakers: nobody in the test was heard in training"),
    "corpora": N_("Unseen corpus: other speakers, other rooms, other microphones"),
}
_COVERS = {"women only": N_("women only"), "men only": N_("men only")}
_FILTERS = {"corpus": N_("corpus"), "intensity": N_("intensity")}


def tested_on(report: Report, part: Part, titles: Mapping[str, str]) -> str:
    """On what data a report's figures were measured, and which filters they do not follow."""
    corpora = words.listing([titles.get(name, name) for name in report["corpora"]])
    if part.covers:
        covers = _(_COVERS[part.covers]) if part.covers in _COVERS else part.covers
        corpora = f"{corpora}, {covers}"
    text = _(
        "{promise}. Tested on {clips} clips of {speakers} speakers of {corpora}; chance {chance}."
    ).format(
        promise=_(_PROMISES[report["protocol"]]),
        clips=figures.number(part.figures["n_recordings"]),
        speakers=figures.number(part.figures["n_speakers"]),
        corpora=corpora,
        chance=words.nearest(report["chance"]),
    )
    if not part.ignored:
        return text
    ignored = words.listing([_(_FILTERS[name]) for name in part.ignored])
    return f"{text} " + _(
        "The model's report has no figures for this filter of {filters}, so they are not narrowed "
        "by it."
    ).format(filters=ignored)


def gap(history: Sequence[Mapping[str, float]], heard: str) -> str:
    """How far training and test are apart at the end."""
    last = history[-1]
    learned = words.nearest(last["accuracy"])
    if "val_accuracy" not in last:
        return _("At the end it is right about {learned} of its training clips.").format(
            learned=learned
        )
    best = max(history, key=lambda point: point["val_accuracy"])
    return _(
        "After {epochs} epochs it is right about {learned} of the clips it trained on and {tested} "
        "of {heard} (at its best {best}, epoch {epoch}). The gap is what it learned by heart."
    ).format(
        epochs=len(history),
        learned=learned,
        tested=words.nearest(last["val_accuracy"]),
        heard=heard,
        best=words.nearest(best["val_accuracy"]),
        epoch=figures.number(best["epoch"]),
    )


def curves(info: BundleInfo, told: str) -> str:
    """What is to be said about a model's curves, beside their gap."""
    said = _("{gap} Means over the folds, whatever the filters.").format(gap=told)
    if ORDINARY not in words.answer_names(info):
        return said
    also = _("They cover everything it learns to tell apart, ordinary and other speech included.")
    return f"{said} {also}"


def confused(table: pd.DataFrame) -> str:
    """The most frequent mistake."""
    meant, heard, count = max(
        (
            (meant, heard, int(table.loc[meant, heard]))
            for meant in table.index
            for heard in table.columns
            if meant != heard
        ),
        key=lambda mistake: mistake[2],
    )
    return _(
        "Its most frequent mistake: {count} of {total} {meant} clips are heard as {heard}. Each "
        "row adds up to all clips that were meant so."
    ).format(
        count=figures.number(count),
        total=figures.number(int(table.loc[meant].sum())),
        meant=shown(str(meant)),
        heard=shown(str(heard)),
    )


def calibrated(found: Figures) -> str:
    """Whether its percentages can be believed."""
    return _(
        "If its percentages were honest, each bar would end at the dotted line; on average they "
        "are off by {points} points. The numbers are clips."
    ).format(points=figures.number(100 * found["calibration"]["ece"], 1))


def dot(info: BundleInfo) -> str:
    """Where the app itself stands among all shares that it could answer."""
    if ORDINARY not in words.answer_names(info):
        return _("The dot is where the app begins to say that it is not sure.")
    return _(
        "The dot is what the app does, as a mean of corpora: it also weighs whether a voice is "
        "ordinary and the room strange, so the dot need not lie on the line."
    )


def intervals(rows: Mapping[str, Interval]) -> str:
    """Scores with their intervals: "Women 84% (80 to 86%), Men 78% (74 to 82%)"."""
    return ", ".join(
        f"{name} {words.score(row)} ({words.interval(row)})" for name, row in rows.items()
    )


def why_it_flatters(mixed: Figures, strangers: Figures) -> str:
    """How much the random split flatters, with the reason, in two sentences.

    Parameters
    ----------
    mixed, strangers : mapping
        The figures of both splits.
    """
    lost = 100 * (mixed["uar"]["value"] - strangers["uar"]["value"])
    return _(
        "A random split puts clips of each speaker on both sides, so the model meets voices that "
        "it already knows, and what it learned about the people passes for knowledge of emotion. "
        "With strangers in the test that help is gone: the same recipe on the same {clips} clips "
        "scores {points} points less."
    ).format(clips=figures.number(strangers["n_recordings"]), points=figures.number(lost))


def fall(cells: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """How much is lost on another corpus."""
    own = words.nearest(cells[cells["train"] == cells["test"]]["uar"].mean())
    others = cells[cells["train"] != cells["test"]]
    if others.empty:
        return _("{own} on strangers of its own corpus; choose more corpora to compare.").format(
            own=own
        )
    best = others.iloc[int(others["uar"].argmax())]
    return _(
        "On strangers from its own corpus the recipe reaches {own} on average, on another corpus "
        "{other} (at best {best}: trained on {train}, tested on {test}). That much is lost to "
        "other rooms, microphones, words and ways of acting, on top of unknown voices."
    ).format(
        own=own,
        other=words.nearest(others["uar"].mean()),
        best=words.nearest(best["uar"]),
        train=titles[best["train"]],
        test=titles[best["test"]],
    )


def about_matrix(matrix: Matrix) -> str:
    """How the matrix was measured."""
    settings = matrix["settings"]
    return _(
        "Right on average over {emotions} (unweighted average recall), with its "
        "95%\u00a0interval (bootstrap over the test's speakers; with the two of TESS it says "
        "little); chance {chance}. Each row is trained on one corpus; where it is tested on the "
        "same one, on strangers. Recipe: 180 features, network of {layers}, {epochs} epochs."
    ).format(
        emotions=words.emotions(matrix["emotions"], "and"),
        chance=words.nearest(matrix["chance"]),
        layers="-".join(map(str, settings["layers"]["hidden"])),
        epochs=settings["epochs"],
    )


def classification(table: pd.DataFrame) -> str:
    """Precision, recall and F1 of each emotion as a Markdown table."""
    head = [_("Emotion"), _("Precision"), _("Recall"), "F1", _("Clips")]
    rows = (
        f"| {words.capital(shown(str(name)))} | {_share(row['precision'])} | "
        f"{_share(row['recall'])} | {_share(row['f1'])} | {figures.number(row['clips'])} |"
        for name, row in table.iterrows()
    )
    return "\n".join([f"| {' | '.join(head)} |", "| --- | ---: | ---: | ---: | ---: |", *rows])


def _share(value: float) -> str:
    return _("none") if pd.isna(value) else words.nearest(value)
