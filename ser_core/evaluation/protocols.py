"""The protocols: folds, trainings, one report that says on what data, by which split, how sure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ser_core.data.examples import Examples
from ser_core.evaluation import metrics
from ser_core.evaluation.splits import PROTOCOLS, Fold, make_folds
from ser_core.inference.facts import Figures, FoldFigures, Report
from ser_core.training.own import OwnSettings
from ser_core.training.settings import TrainingSettings

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
    logits : np.ndarray, shape (n_tested, n_outputs)
        Of each tested recording, by the network that did not train on it; of the emotions first.
    tested : np.ndarray of int
        Positions of the tested recordings.
    folds : np.ndarray of str, shape (n_tested,)
        The fold of each.
    """

    report: Report
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
    from ser_core.training.fitting import fit, mean_curves

    folds = make_folds(examples, protocol, seed=settings.seed, each_speaker=each_speaker)
    fold_names = np.full(len(examples), "", dtype=object)
    parts: dict[int, NDArray[np.float32]] = {}
    curves = []

    def teller(name: str) -> OnEpoch | None:
        if progress is None:
            return None
        return lambda figures: progress(name, figures)

    for fold in folds:
        fitted = fit(
            settings,
            examples,
            fold.train,
            watch=fold.test,
            strangers=protocol != "random",
            on_epoch=teller(fold.name),
        )
        parts |= dict(zip(fold.test.tolist(), fitted.logits(examples, fold.test), strict=True))
        fold_names[fold.test] = fold.name
        curves.append(fitted.history)
    tested = np.flatnonzero(fold_names != "")
    logits = np.stack([parts[place] for place in tested.tolist()]).astype(np.float64)
    names = fold_names[tested].astype(str)
    report = make_report(examples, tested, logits, names, protocol, settings)
    report["curves"] = mean_curves(curves)
    return Evaluation(report, logits, tested, names)


def make_report(
    examples: Examples,
    tested: NDArray[np.intp],
    logits: NDArray[np.float64],
    folds: NDArray[np.str_],
    protocol: str,
    settings: TrainingSettings | OwnSettings,
) -> Report:
    """All figures of one protocol.

    Parameters
    ----------
    examples : Examples
    tested : np.ndarray of int, shape (n_tested,)
        Positions of the recordings that were tested; those of other emotions are left out here.
    logits : np.ndarray, shape (n_tested, n_outputs)
        Of the emotions first; each from a network that did not train on its recording.
    folds : np.ndarray of str, shape (n_tested,)
        Which fold tested it. With one fold, temperatures are fitted by leaving speakers out.
    protocol : {"random", "speakers", "corpora"}
    settings : TrainingSettings or OwnSettings

    Returns
    -------
    dict
        Plain JSON values: the data and the split in words, ``accuracy`` and ``uar`` with a 95%
        interval by speaker bootstrap, ``recall``, ``f1``, ``confusion``,
        ``classification_report``, ``calibration``, ``risk_coverage``, ``folds``, ``by_corpus`` and
        ``by_gender``.
    """
    # Whether ordinary speech is told from the emotions is another question: see
    # `ser_core.evaluation.served`.
    emotional = examples.labels[tested] >= 0
    tested, folds = tested[emotional], folds[emotional]
    logits = logits[emotional, : len(examples.emotions)]
    labels = examples.labels[tested]
    speakers = examples.speakers[tested]
    predicted = logits.argmax(axis=1)
    groups = folds if len(np.unique(folds)) > 1 else speakers
    probabilities = metrics.cross_fitted_probabilities(logits, labels, groups)

    def part(chosen: NDArray[np.bool_]) -> Figures:
        scored = metrics.score(
            labels[chosen], predicted[chosen], speakers[chosen], examples.emotions
        )
        calibration = metrics.calibration(probabilities[chosen], labels[chosen])
        return {**scored, "calibration": calibration}

    corpora = examples.corpora[tested]
    genders = examples.genders[tested]
    scores = metrics.score(labels, predicted, speakers, examples.emotions)
    return {
        "protocol": protocol,
        "description": PROTOCOLS[protocol],
        "corpora": sorted(set(corpora.tolist())),
        "chance": round(1 / len(examples.emotions), 4),
        "n_recordings": scores["n_recordings"],
        "n_speakers": scores["n_speakers"],
        "accuracy": scores["accuracy"],
        "uar": scores["uar"],
        "recall": scores["recall"],
        "f1": scores["f1"],
        "confusion": scores["confusion"],
        "classification_report": scores["classification_report"],
        "calibration": metrics.calibration(probabilities, labels),
        "risk_coverage": metrics.risk_coverage(probabilities, labels),
        "folds": [
            _of_fold(name, folds == name, labels, predicted, speakers, examples)
            for name in sorted(set(folds.tolist()))
        ],
        "by_corpus": {name: part(corpora == name) for name in sorted(set(corpora.tolist()))},
        "by_gender": {name: part(genders == name) for name in sorted(set(genders.tolist()) - {""})},
        "settings": settings.to_dict(),
    }


def _of_fold(
    name: str,
    inside: NDArray[np.bool_],
    labels: NDArray[np.intp],
    predicted: NDArray[np.intp],
    speakers: NDArray[np.str_],
    examples: Examples,
) -> FoldFigures:
    """One fold's figures."""
    confusion = metrics.speaker_confusions(
        labels[inside], predicted[inside], speakers[inside], len(examples.emotions)
    ).sum(axis=0)
    return {
        "name": name,
        "n_recordings": int(inside.sum()),
        "n_speakers": len(np.unique(speakers[inside])),
        "accuracy": round(float(metrics.accuracy(confusion)), 4),
        "uar": round(float(metrics.uar(confusion)), 4),
    }


def hold_out(examples: Examples, split: str, seed: int) -> Fold:
    """One fold to train and score on: a fifth, chosen by the seed."""
    folds = make_folds(examples, split, seed=seed)
    return folds[seed % len(folds)]
