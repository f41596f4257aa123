"""The protocols: folds, trainings, one report that says on what data, by which split, how sure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from ser_core import metrics
from ser_core.examples import Examples
from ser_core.settings import TrainingSettings
from ser_core.splits import PROTOCOLS, Fold, make_folds

OnEpoch = Callable[[dict[str, float]], bool | None]
Progress = Callable[[str, dict[str, float]], None]
"""Told the fold's name and each epoch's figures."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What a cross-validation leaves.

    Attributes
    ----------
    report : dict
        Plain JSON values; see `make_report`.
    logits : np.ndarray, shape (n, n_emotions)
        Of each recording, by the network that did not train on it; the rows of `tested` only.
    tested : np.ndarray of int
        Positions of the tested recordings.
    folds : np.ndarray of str, shape (n_tested,)
        The fold of each.
    """

    report: dict[str, Any]
    logits: NDArray[np.float64]
    tested: NDArray[np.intp]
    folds: NDArray[np.str_]


def cross_validate(
    settings: TrainingSettings,
    examples: Examples,
    protocol: str,
    *,
    each_speaker: bool = False,
    progress: Progress | None = None,
) -> Evaluation:
    """Train on all folds but one and test on that one, for each fold.

    Parameters
    ----------
    settings : TrainingSettings
    examples : Examples
    protocol : {"random", "speakers", "corpora"}
    each_speaker : bool
        See `make_folds`.
    progress : callable, optional

    Returns
    -------
    Evaluation
    """
    from ser_core.training import fit, mean_curves

    folds = make_folds(examples, protocol, seed=settings.seed, each_speaker=each_speaker)
    n_emotions = len(examples.emotions)
    logits = np.zeros((len(examples), n_emotions))
    fold_names = np.full(len(examples), "", dtype=object)
    curves = []

    def teller(name: str) -> OnEpoch | None:
        if progress is None:
            return None
        return lambda figures: progress(name, figures)

    for fold in folds:
        test = fold.test[examples.labels[fold.test] >= 0]
        fitted = fit(
            settings,
            examples,
            fold.train,
            watch=test,
            on_epoch=teller(fold.name),
        )
        logits[test] = fitted.logits(examples, test)
        fold_names[test] = fold.name
        curves.append(fitted.history)
    tested = np.flatnonzero(fold_names != "")
    report = make_report(
        examples, tested, logits[tested], fold_names[tested].astype(str), protocol, settings
    )
    report["curves"] = mean_curves(curves)
    return Evaluation(report, logits[tested], tested, fold_names[tested].astype(str))


def make_report(
    examples: Examples,
    tested: NDArray[np.intp],
    logits: NDArray[np.float64],
    folds: NDArray[np.str_],
    protocol: str,
    settings: TrainingSettings,
) -> dict[str, Any]:
    """All figures of one protocol.

    Parameters
    ----------
    examples : Examples
    tested : np.ndarray of int, shape (n_tested,)
        Positions of the recordings that were tested.
    logits : np.ndarray, shape (n_tested, n_emotions)
        Each from a network that did not train on its recording.
    folds : np.ndarray of str, shape (n_tested,)
        Which fold tested it. With one fold, temperatures are fitted by leaving speakers out.
    protocol : {"random", "speakers", "corpora"}
    settings : TrainingSettings

    Returns
    -------
    dict
        Plain JSON values: the data and the split in words, ``accuracy`` and ``uar`` with a 95 %
        interval by speaker bootstrap, ``recall``, ``f1``, ``confusion``,
        ``classification_report``, ``calibration``, ``risk_coverage``, ``folds``, ``by_corpus`` and
        ``by_gender``.
    """
    labels = examples.labels[tested]
    speakers = examples.speakers[tested]
    predicted = logits.argmax(axis=1)
    groups = folds if len(np.unique(folds)) > 1 else speakers
    probabilities = metrics.cross_fitted_probabilities(logits, labels, groups)

    def part(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        scores = metrics.score(
            labels[chosen], predicted[chosen], speakers[chosen], examples.emotions
        )
        scores["calibration"] = metrics.calibration(probabilities[chosen], labels[chosen])
        return scores

    by_fold = []
    for name in sorted(set(folds.tolist())):
        inside = folds == name
        confusion = metrics.speaker_confusions(
            labels[inside], predicted[inside], speakers[inside], len(examples.emotions)
        ).sum(axis=0)
        by_fold.append(
            {
                "name": name,
                "n_recordings": int(inside.sum()),
                "n_speakers": len(np.unique(speakers[inside])),
                "accuracy": round(float(metrics.accuracy(confusion)), 4),
                "uar": round(float(metrics.uar(confusion)), 4),
            }
        )
    corpora = examples.corpora[tested]
    genders = examples.genders[tested]
    return {
        "protocol": protocol,
        "description": PROTOCOLS[protocol],
        "corpora": sorted(set(corpora.tolist())),
        "chance": round(1 / len(examples.emotions), 4),
        **metrics.score(labels, predicted, speakers, examples.emotions),
        "calibration": metrics.calibration(probabilities, labels),
        "risk_coverage": metrics.risk_coverage(probabilities, labels),
        "folds": by_fold,
        "by_corpus": {name: part(corpora == name) for name in sorted(set(corpora.tolist()))},
        "by_gender": {name: part(genders == name) for name in sorted(set(genders.tolist()))},
        "settings": settings.to_dict(),
    }


COVERAGE = 0.75
"""The share of strangers' clips that a model answers; on the rest it says that it is not sure."""


ACCEPTED_ECE = {"speakers": 0.05, "corpora": 0.12, "random": 0.05}
"""How far off the percentages may be, by protocol: of a corpus never heard less is asked."""

_TEMPERATURES = np.geomspace(0.4, 2.5, 47)


def fit_decision(evaluations: Sequence[Evaluation], examples: Examples) -> dict[str, Any]:
    """Temperature and threshold of "not sure", from recordings of unseen speakers.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        Of unseen speakers, and of unseen corpora where there are several. Of one alone the
        temperature has the least log loss. Two want different ones, and people are given one: that
        at which the larger of their calibration errors, each as a multiple of what is accepted
        (`ACCEPTED_ECE`), is smallest.
    examples : Examples

    Returns
    -------
    dict
        ``temperature``; ``threshold``, the confidence that the surest `COVERAGE` of the clips
        reach; ``coverage``; and ``served`` by protocol, how the verdicts hold that people are
        given, each judged at a temperature fitted in the same way but without its own speakers:
        ``ece``, ``bins``, the ``coverage`` that the threshold leaves and the ``accuracy`` there.
    """
    tested = np.concatenate([one.tested for one in evaluations])
    logits = np.concatenate([one.logits for one in evaluations])
    labels, speakers = examples.labels[tested], examples.speakers[tested]
    protocols = np.concatenate(
        [np.full(len(one.tested), one.report["protocol"]) for one in evaluations]
    )
    temperature = _fit_temperature(logits, labels, protocols)
    confidence = softmax(logits / temperature, axis=1).max(axis=1)
    threshold = float(np.quantile(confidence, 1 - COVERAGE))
    served = {}
    for one in evaluations:
        probabilities = np.empty_like(one.logits)
        own_labels, own_speakers = examples.labels[one.tested], examples.speakers[one.tested]
        groups = one.folds if len(set(one.folds.tolist())) > 1 else own_speakers
        for group in np.unique(groups):
            inside = groups == group
            others = ~np.isin(speakers, own_speakers[inside])
            fitted = _fit_temperature(logits[others], labels[others], protocols[others])
            probabilities[inside] = softmax(one.logits[inside] / fitted, axis=1)
        decided = probabilities.max(axis=1) >= threshold
        right = probabilities.argmax(axis=1) == own_labels
        served[one.report["protocol"]] = metrics.calibration(probabilities, own_labels) | {
            "coverage": round(float(decided.mean()), 4),
            "accuracy": round(float(right[decided].mean()), 4) if decided.any() else None,
        }
    return {
        "temperature": round(temperature, 4),
        "threshold": round(threshold, 4),
        "coverage": COVERAGE,
        "served": served,
    }


def _fit_temperature(
    logits: NDArray[np.float64], labels: NDArray[np.intp], protocols: NDArray[np.str_]
) -> float:
    names = np.unique(protocols)
    if len(names) == 1:
        return metrics.fit_temperature(logits, labels)

    def worst(temperature: float) -> float:
        probabilities = softmax(logits / temperature, axis=1)
        errors = []
        for name in names:
            inside = protocols == name
            found = metrics.calibration(probabilities[inside], labels[inside])
            errors.append(found["ece"] / ACCEPTED_ECE[name])
        return float(max(errors))

    return float(min(_TEMPERATURES, key=worst))


def hold_out(examples: Examples, split: str, seed: int) -> Fold:
    """One fold to train and score on: a fifth, chosen by the seed."""
    folds = make_folds(examples, split, seed=seed)
    return folds[seed % len(folds)]
