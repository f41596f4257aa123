"""How good, how sure, and how far to trust the number. scikit-learn where it has it.

It and scipy are imported where they are used: pages count agreement, and have neither.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_core.inference.facts import Bin, Calibration, Interval, RiskPoint, Scores

N_RESAMPLES = 2_000
N_BINS = 10

Labels = NDArray[np.intp]
Floats = NDArray[np.float64]


def recalls(confusion: NDArray[Any]) -> Floats:
    """Recall of each class; shape (..., n_classes) from confusions (..., n_classes, n_classes)."""
    totals = confusion.sum(axis=-1)
    correct = np.diagonal(confusion, axis1=-2, axis2=-1)
    shares = np.divide(correct, totals, out=np.full(totals.shape, np.nan), where=totals > 0)
    return np.asarray(shares, dtype=np.float64)


def uar(confusion: NDArray[Any]) -> Any:
    """Unweighted average recall: the mean of the recalls of the classes that occur.

    Examples
    --------
    Rows are meant, columns heard. The frequent class does not outweigh the rare one:

    >>> confusion = np.array([[90, 10], [5, 5]])
    >>> float(uar(confusion)), round(float(accuracy(confusion)), 3)
    (0.7, 0.864)
    """
    return np.nanmean(recalls(confusion), axis=-1)


def accuracy(confusion: NDArray[Any]) -> Any:
    """Share of all decisions that are right."""
    correct = np.trace(confusion, axis1=-2, axis2=-1)
    return correct / confusion.sum(axis=(-2, -1))


def speaker_confusions(
    labels: Labels, predicted: Labels, speakers: NDArray[np.str_], n_classes: int
) -> NDArray[np.int64]:
    """One confusion matrix a speaker, shape (n_speakers, n_classes, n_classes)."""
    _, index = np.unique(speakers, return_inverse=True)
    counts = np.zeros((index.max() + 1, n_classes, n_classes), dtype=np.int64)
    np.add.at(counts, (index, labels, predicted), 1)
    return counts


def interval(statistic: Any, confusions: NDArray[np.int64], *, seed: int = 0) -> Interval:
    """Value and 95% interval of a statistic, by bootstrap over speakers.

    Parameters
    ----------
    statistic : callable
        From confusions (..., n_classes, n_classes) to values (...), e.g. `uar`.
    confusions : np.ndarray of int, shape (n_speakers, n_classes, n_classes)
    seed : int

    Returns
    -------
    dict
        ``value``, ``low``, ``high``.

    Notes
    -----
    Whole speakers are drawn with replacement (the cluster bootstrap), because clips of one voice
    are not independent. With one or two speakers the interval says little.
    """
    n_speakers = len(confusions)
    draws = np.random.default_rng(seed).multinomial(
        n_speakers, np.full(n_speakers, 1 / n_speakers), size=N_RESAMPLES
    )
    values = statistic(np.einsum("ds,sij->dij", draws, confusions))
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return {
        "value": round(float(statistic(confusions.sum(axis=0))), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }


def fit_temperature(logits: Floats, labels: Labels) -> float:
    """The temperature that makes logits the most truthful probabilities (Guo et al. 2017).

    Parameters
    ----------
    logits : np.ndarray, shape (n, n_classes)
        Of speakers that the network never heard.
    labels : np.ndarray of int, shape (n,)

    Returns
    -------
    float
        Between 0.2 and 20; logits are divided by it.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    def loss(log_temperature: float) -> float:
        likelihoods = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-likelihoods[np.arange(len(labels)), labels].mean())

    best = minimize_scalar(loss, bounds=(np.log(0.2), np.log(20.0)), method="bounded")
    return float(np.exp(best.x))


def cross_fitted_probabilities(logits: Floats, labels: Labels, groups: NDArray[np.str_]) -> Floats:
    """Probabilities of each group at the temperature fitted on all *other* groups.

    Parameters
    ----------
    logits : np.ndarray, shape (n, n_classes)
        Each from a network that did not train on its recording.
    labels : np.ndarray of int, shape (n,)
    groups : np.ndarray of str, shape (n,)
        Folds, or speakers where there is one fold.
    """
    from scipy.special import softmax

    probabilities = np.empty_like(logits, dtype=np.float64)
    for group in np.unique(groups):
        own = groups == group
        others = ~own if (~own).any() else own
        temperature = fit_temperature(logits[others], labels[others])
        probabilities[own] = softmax(logits[own] / temperature, axis=1)
    return probabilities


def calibration(probabilities: Floats, labels: Labels) -> Calibration:
    """Expected calibration error and reliability bins.

    Returns
    -------
    dict
        ``ece`` (Naeini et al. 2015, 10 equal bins of confidence) and ``bins``, each with ``low``,
        ``high``, ``confidence``, ``accuracy`` and ``count``.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, N_BINS + 1)
    which = np.clip(np.digitize(confidence, edges[1:-1]), 0, N_BINS - 1)
    bins: list[Bin] = []
    error = 0.0
    for number in range(N_BINS):
        inside = which == number
        if not inside.any():
            continue
        sure, correct = float(confidence[inside].mean()), float(right[inside].mean())
        error += inside.mean() * abs(sure - correct)
        bins.append(
            {
                "low": round(float(edges[number]), 2),
                "high": round(float(edges[number + 1]), 2),
                "confidence": round(sure, 4),
                "accuracy": round(correct, 4),
                "count": int(inside.sum()),
            }
        )
    return {"ece": round(float(error), 4), "bins": bins}


def risk_coverage(probabilities: Floats, labels: Labels) -> list[RiskPoint]:
    """Accuracy when only the surest share is answered, from 100% down to 10%.

    Returns
    -------
    list of dict
        ``coverage``, ``accuracy`` and the ``threshold`` of confidence that gives it.
    """
    confidence = probabilities.max(axis=1)
    order = np.argsort(-confidence, kind="stable")
    right = (probabilities.argmax(axis=1) == labels)[order]
    points: list[RiskPoint] = []
    for percent in range(100, 5, -5):
        kept = max(1, round(len(order) * percent / 100))
        points.append(
            {
                "coverage": percent / 100,
                "accuracy": round(float(right[:kept].mean()), 4),
                "threshold": round(float(confidence[order[kept - 1]]), 4),
            }
        )
    return points


def score(
    labels: Labels, predicted: Labels, speakers: NDArray[np.str_], emotions: tuple[str, ...]
) -> Scores:
    """All figures of one set of decisions that need no probabilities.

    Returns
    -------
    dict
        ``n_recordings``, ``n_speakers``, ``accuracy`` and ``uar`` with interval, ``recall`` and
        ``f1`` by emotion, ``confusion`` (rows: meant, columns: heard) and scikit-learn's
        ``classification_report``.
    """
    from sklearn.metrics import classification_report, confusion_matrix, f1_score

    every = list(range(len(emotions)))
    confusions = speaker_confusions(labels, predicted, speakers, len(emotions))
    confusion = confusion_matrix(labels, predicted, labels=every)
    f1 = f1_score(labels, predicted, labels=every, average=None, zero_division=0)
    return {
        "n_recordings": len(labels),
        "n_speakers": len(confusions),
        "accuracy": interval(accuracy, confusions),
        "uar": interval(uar, confusions),
        "recall": _by_emotion(emotions, recalls(confusion)),
        "f1": _by_emotion(emotions, f1),
        "confusion": confusion.tolist(),
        "classification_report": classification_report(
            labels, predicted, labels=every, target_names=list(emotions), digits=3, zero_division=0
        ),
    }


def _by_emotion(emotions: tuple[str, ...], values: Any) -> dict[str, float | None]:
    return {
        emotion: None if np.isnan(value) else round(float(value), 4)
        for emotion, value in zip(emotions, values, strict=True)
    }
