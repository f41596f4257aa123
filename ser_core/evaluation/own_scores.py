"""How well a network of somebody's own does on their strangers, against what, and what would help.

Whole speakers are kept aside in turn, so nobody in a test was heard in its training. Where nobody
says who speaks, clips are; then the same voice may stand on both sides, and the report says so.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ser_core import figures
from ser_core.data.examples import Examples
from ser_core.data.label_words import answer
from ser_core.data.own_sounds import Heard
from ser_core.emotions import shown
from ser_core.evaluation import metrics
from ser_core.evaluation.protocols import Evaluation, make_report
from ser_core.evaluation.splits import Fold, make_folds, refuse_leak
from ser_core.inference.facts import Compared, CurvePoint, Interval, Report
from ser_core.inference.predictor import Model
from ser_core.language import gettext as _
from ser_core.training.own import Material, OwnSettings, fit

MOST_FOLDS = 10
"""With more speakers than this, several are kept aside at once."""

UNKNOWN = "split by clip: nobody says who speaks, so the same voice may stand on both sides"
"""What is said of a report without speakers."""

_SIZES = (10, 20, 40, 80, 160, 320, 640, 1280)
_DRAWS, _DRAWS_OF_MANY, _MANY = 5, 2, 300
_ENOUGH_SPEAKERS = 8
_STILL_RISES = 0.02
_WEAK = 0.7

Indices = NDArray[np.intp]


def folds_of(examples: Examples, *, knows_speakers: bool, seed: int) -> tuple[str, list[Fold]]:
    """Divide own recordings so that each is tested once.

    Parameters
    ----------
    examples : Examples
    knows_speakers : bool
        Whether it is said who speaks, and there are two or more of them.
    seed : int

    Returns
    -------
    str
        The protocol: ``"speakers"`` or ``"random"``.
    list of Fold

    Raises
    ------
    SettingsError
        For a split that leaks.
    """
    if not knows_speakers:
        return "random", make_folds(examples, "random", seed=seed)
    names, counts = np.unique(examples.speakers, return_counts=True)
    # The largest first, each to the group that has least: groups of about one size.
    groups: list[list[str]] = [[] for _ in range(min(MOST_FOLDS, len(names)))]
    sizes = np.zeros(len(groups))
    for place in np.argsort(-counts, kind="stable"):
        least = int(sizes.argmin())
        groups[least].append(str(names[place]))
        sizes[least] += counts[place]
    found = []
    for group in groups:
        aside = np.isin(examples.speakers, group)
        name = ", ".join(group[:3]) + (f" and {len(group) - 3} more" if len(group) > 3 else "")
        fold = Fold(name, np.flatnonzero(~aside), np.flatnonzero(aside))
        refuse_leak(examples, fold, strangers=True)
        found.append(fold)
    return "speakers", found


def cross_validate(
    settings: OwnSettings,
    material: Material,
    examples: Examples,
    protocol: str,
    folds: Sequence[Fold],
) -> Evaluation:
    """Train on all folds but one and test on that one, for each; the parts as of `folds_of`."""
    logits = np.empty((len(examples), material.n_classes))
    names = np.full(len(examples), "", dtype=object)
    for fold in folds:
        logits[fold.test] = fit(settings, material, fold.train).logits(material, fold.test)
        names[fold.test] = fold.name
    tested = np.arange(len(examples))
    named = names.astype(str)
    report = make_report(examples, tested, logits, named, protocol, settings)
    if protocol == "random":
        report["description"] = UNKNOWN
    return Evaluation(report, logits, tested, named)


def curve(
    settings: OwnSettings, material: Material, examples: Examples, folds: Sequence[Fold]
) -> list[CurvePoint]:
    """How well networks do on the same tests that learned from fewer clips.

    Returns
    -------
    list of dict
        By the number of clips; the last is of all of them. ``uar`` is the mean of several draws,
        ``low`` and ``high`` the worst and the best of them.
    """
    whole = min(len(fold.train) for fold in folds)
    draws = _DRAWS if len(examples) <= _MANY else _DRAWS_OF_MANY
    points: list[CurvePoint] = []
    for size in [size for size in _SIZES if 2 * material.n_classes <= size < 0.8 * whole]:
        found = [_drawn(settings, material, folds, size, draw) for draw in range(draws)]
        points.append(_point(size, found))
    everything = [fit(settings, material, f.train).logits(material, f.test) for f in folds]
    points.append(_point(whole, [_uar(material, folds, everything)]))
    return points


def _drawn(
    settings: OwnSettings, material: Material, folds: Sequence[Fold], size: int, draw: int
) -> float:
    rng = np.random.default_rng([settings.seed, size, draw])
    logits = [
        fit(settings, material, _some(fold.train, material.labels, size, rng)).logits(
            material, fold.test
        )
        for fold in folds
    ]
    return _uar(material, folds, logits)


def _some(rows: Indices, labels: Indices, size: int, rng: np.random.Generator) -> Indices:
    """So many of some recordings, of each class its part."""
    order = rng.permutation(rows)
    # The first of each class, then the second, ...: each class runs out in its own time.
    rank = np.empty(len(order))
    for label in np.unique(labels[order]):
        same = labels[order] == label
        rank[same] = (np.arange(same.sum()) + rng.random()) / same.sum()
    return order[np.argsort(rank, kind="stable")[:size]]


def _uar(material: Material, folds: Sequence[Fold], logits: Sequence[NDArray[np.float64]]) -> float:
    labels = np.concatenate([material.labels[fold.test] for fold in folds])
    predicted = np.concatenate(logits).argmax(axis=1)
    confusion = metrics.speaker_confusions(
        labels, predicted, np.full(len(labels), ""), material.n_classes
    )
    return float(metrics.uar(confusion.sum(axis=0)))


def _point(size: int, found: Sequence[float]) -> CurvePoint:
    return {
        "n_clips": size,
        "uar": round(float(np.mean(found)), 4),
        "low": round(min(found), 4),
        "high": round(max(found), 4),
    }


def compare(heard: Heard, model: Model, own_logits: NDArray[np.float64] | None) -> Compared | None:
    """What a shipped model does on the same clips, where it has an answer for the label.

    Parameters
    ----------
    heard : Heard
        By the same model.
    model : Model
    own_logits : np.ndarray, optional
        Of the cross-validated own network, to be held against it on the same clips.

    Returns
    -------
    dict or None
        None where fewer than two of its answers are among the labels' meanings.
    """
    meant = {name: answer(name) for name in heard.classes}
    answers = {name: said for name, said in meant.items() if said in model.answers}
    if len(set(answers.values())) < 2:
        return None
    examples = heard.examples()
    rows = np.flatnonzero(np.isin(examples.kinds, list(answers)))
    names = list(model.answers)
    wanted = np.array([names.index(answers[kind]) for kind in examples.kinds[rows]])
    told = model.decision.told(heard.shares[rows])
    said = model.decision.answers(heard.shares[rows])
    answered = said >= 0
    compared: Compared = {
        "model": model.name,
        "answers": {name: str(said) for name, said in answers.items()},
        "n_recordings": len(rows),
        "n_seen": int(heard.seen[rows].sum()),
        "uar": _paired(wanted, told.argmax(axis=1), examples.speakers[rows], len(names)),
        "coverage": round(float(answered.mean()), 4),
        "accuracy": round(float((said == wanted)[answered].mean()), 4) if answered.any() else None,
    }
    if own_logits is not None:
        # A class that the shipped model has no answer for is none of its answers.
        places = [names.index(answers[n]) if n in answers else len(names) for n in heard.classes]
        own = np.array(places)[own_logits[rows].argmax(axis=1)]
        compared["own_uar"] = _paired(wanted, own, examples.speakers[rows], len(names))
    return compared


def _paired(wanted: Indices, said: Indices, speakers: NDArray[np.str_], n_answers: int) -> Interval:
    confusions = metrics.speaker_confusions(wanted, said, speakers, n_answers + 1)
    return metrics.interval(metrics.uar, confusions)


def advice(heard: Heard, report: Report, points: Sequence[CurvePoint]) -> list[str]:
    """What would most likely help, in words, most urgent first."""
    said = []
    speakers = len(heard.own.speakers)
    if not heard.own.has_strangers:
        said.append(
            _(
                "Say who speaks: without that nobody knows how it does on strangers, and it does "
                "worse than this score."
            )
        )
    elif speakers < _ENOUGH_SPEAKERS:
        said.append(
            _(
                "More people: with {speakers} the interval is wide and may still be too narrow. A "
                "new voice is worth more than more clips of the same."
            ).format(speakers=speakers)
        )
    if len(points) > 1:
        half = min(points[:-1], key=lambda point: abs(2 * point["n_clips"] - points[-1]["n_clips"]))
        steps = _(
            "More clips of the same kind would change little: with {half} clips it has "
            "{half_share}, with {clips} it has {share}."
        )
        if points[-1]["uar"] - half["uar"] >= _STILL_RISES:
            steps = _(
                "More clips: with {half} clips it has {half_share}, with {clips} it has {share}, "
                "and it has not levelled off."
            )
        said.append(
            steps.format(
                half=half["n_clips"],
                half_share=figures.percent(100 * half["uar"]),
                clips=points[-1]["n_clips"],
                share=figures.percent(100 * points[-1]["uar"]),
            )
        )
    weakest = _weakest(report, heard.classes)
    if weakest:
        said.append(weakest)
    return said


def _weakest(report: Report, classes: Sequence[str]) -> str:
    recall = {name: share for name, share in report["recall"].items() if share is not None}
    name = min(recall, key=lambda one: recall[one])
    if recall[name] >= _WEAK:
        return ""
    row = list(report["confusion"][classes.index(name)])
    row[classes.index(name)] = -1
    return _(
        "More clips of {name}: it is recognised least ({share}) and most often taken for {other}."
    ).format(
        name=shown(name),
        share=figures.percent(100 * recall[name]),
        other=shown(classes[int(np.argmax(row))]),
    )
