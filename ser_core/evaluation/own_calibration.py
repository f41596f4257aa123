"""A shipped model's doubt, fitted to somebody's own recordings: nothing is trained.

Twenty clips say next to nothing about each of a network's weights, and enough about two numbers:
by how much its percentages are off here, and from which share on its answers can be given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ser_core.data.label_words import answer
from ser_core.data.own_sounds import Heard
from ser_core.errors import CorpusError
from ser_core.evaluation import metrics
from ser_core.evaluation.own_scores import folds_of
from ser_core.inference.decision import Decision
from ser_core.inference.facts import CalibratedFacts, Locally
from ser_core.inference.predictor import Model
from ser_core.language import gettext as _

WANTED = 0.8
"""The share of its answers that should be right."""

_TEMPERATURES = np.geomspace(0.25, 4.0, 41)
"""By which the shipped temperature is multiplied."""

_DOUBT_OF_CHANGE = 0.5
"""How far the logarithm of that may well be from nothing: few clips leave the temperature alone."""

_THRESHOLDS = np.arange(0.3, 0.9901, 0.01)

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class _Clips:
    """Own clips that a model has an answer for."""

    logits: NDArray[np.float64]
    wanted: Indices
    speakers: NDArray[np.str_]
    n_emotions: int
    n_answers: int

    def only(self, rows: Indices) -> _Clips:
        return replace(
            self, logits=self.logits[rows], wanted=self.wanted[rows], speakers=self.speakers[rows]
        )


def calibrate(heard: Heard, model: Model) -> tuple[Decision, CalibratedFacts]:
    """Fit a model's temperature and threshold to own recordings.

    Parameters
    ----------
    heard : Heard
        By the same model.
    model : Model

    Returns
    -------
    Decision
        The shipped one with another temperature, where that makes its percentages truer for clips
        that it was not fitted to, and another threshold.
    dict
        How the answers hold here, before and after; after, each clip is judged by a decision that
        was fitted without its speaker.

    Raises
    ------
    CorpusError
        With code ``no_answers`` where fewer than two of the model's answers are among the labels.
    """
    answers = answers_of(heard, model)
    examples = heard.examples()
    rows = np.flatnonzero(np.isin(examples.kinds, list(answers)))
    names = list(model.answers)
    clips = _Clips(
        heard.logits.astype(np.float64)[rows],
        np.array([names.index(answers[kind]) for kind in examples.kinds[rows]], dtype=np.intp),
        examples.speakers[rows],
        len(model.emotions),
        len(names),
    )
    folds = folds_of(examples, knows_speakers=heard.own.has_strangers, seed=0)[1]
    places = [np.flatnonzero(np.isin(rows, fold.test)) for fold in folds]
    tests = [place for place in places if 0 < len(place) < len(rows)]
    truer = _likelihood(clips, _each(clips, tests, model.decision, warm=True)) > _likelihood(
        clips, [(np.arange(len(rows)), model.decision)]
    )
    decision = _fit(clips, model.decision, warm=truer)
    facts: CalibratedFacts = {
        "name": heard.own.name,
        "base": model.id,
        "answers": answers,
        "n_recordings": len(rows),
        "n_speakers": len(heard.own.speakers),
        "n_seen": int(heard.seen[rows].sum()),
        "before": _held(clips, [(np.arange(len(rows)), model.decision)], model.decision),
        "after": _held(clips, _each(clips, tests, model.decision, warm=truer), decision),
    }
    return decision, facts


def answers_of(heard: Heard, model: Model) -> dict[str, str]:
    """The answer of a model that each label means, where it has one."""
    meant = {name: name if name in model.answers else answer(name) for name in heard.classes}
    answers = {name: said for name, said in meant.items() if said in model.answers}
    if len(set(answers.values())) < 2:
        raise CorpusError(
            "no_answers",
            _(
                "The model {name!r} answers {answers}, and fewer than two of these are among "
                "the labels {classes}. Name yours by these words, or train on your "
                "recordings: train --own."
            ).format(
                name=model.name, answers=", ".join(model.answers), classes=", ".join(heard.classes)
            ),
        )
    return {name: str(said) for name, said in answers.items()}


def _each(
    clips: _Clips, tests: list[Indices], shipped: Decision, *, warm: bool
) -> list[tuple[Indices, Decision]]:
    """Clips with a decision that was fitted without them."""
    everybody = np.arange(len(clips.wanted))
    return [
        (test, _fit(clips.only(np.setdiff1d(everybody, test)), shipped, warm=warm))
        for test in tests
    ]


def _fit(clips: _Clips, shipped: Decision, *, warm: bool) -> Decision:
    decision = shipped
    if warm:
        decision = max(
            (
                replace(shipped, temperature=shipped.temperature * factor)
                for factor in _TEMPERATURES
            ),
            key=lambda one: (
                _likelihood(clips, [(np.arange(len(clips.wanted)), one)])
                - (np.log(one.temperature / shipped.temperature) / _DOUBT_OF_CHANGE) ** 2 / 2
            ),
        )
    return replace(decision, threshold=_threshold(clips, decision))


def _threshold(clips: _Clips, decision: Decision) -> float:
    """The lowest share from which on answers are right often enough.

    Counted as if two more clips had been answered, one of them rightly, so that a lucky handful
    does not decide; where no threshold is good enough, the best.
    """
    shares = decision.shares(clips.logits)
    best, found = -1.0, decision.threshold
    for threshold in _THRESHOLDS:
        said = replace(decision, threshold=float(threshold)).answers(shares)
        given = (said >= 0) & (said < clips.n_emotions)
        right = (int((said == clips.wanted)[given].sum()) + 1) / (int(given.sum()) + 2)
        if right >= WANTED:
            return float(threshold)
        if right > best:
            best, found = right, float(threshold)
    return found


def _likelihood(clips: _Clips, parts: list[tuple[Indices, Decision]]) -> float:
    """How likely decisions hold what was meant, as a logarithm, summed."""
    total = 0.0
    for rows, decision in parts:
        told = decision.told(decision.shares(clips.logits[rows]))
        total += float(
            np.log(np.maximum(told[np.arange(len(rows)), clips.wanted[rows]], 1e-6)).sum()
        )
    return total


def _held(clips: _Clips, parts: list[tuple[Indices, Decision]], final: Decision) -> Locally:
    """How the answers hold."""
    rows = np.concatenate([each for each, _ in parts])
    shares = [decision.shares(clips.logits[each]) for each, decision in parts]
    told = np.concatenate(
        [decision.told(one) for one, (_, decision) in zip(shares, parts, strict=True)]
    )
    said = np.concatenate(
        [decision.answers(one) for one, (_, decision) in zip(shares, parts, strict=True)]
    )
    wanted, speakers = clips.wanted[rows], clips.speakers[rows]
    confusions = metrics.speaker_confusions(wanted, told.argmax(axis=1), speakers, clips.n_answers)
    answered = said >= 0
    return {
        "temperature": round(final.temperature, 4),
        "threshold": round(final.threshold, 4),
        "accuracy": metrics.interval(metrics.accuracy, confusions),
        "uar": metrics.interval(metrics.uar, confusions),
        "coverage": round(float(answered.mean()), 4),
        "accuracy_of_answers": round(float((said == wanted)[answered].mean()), 4)
        if answered.any()
        else None,
        "ece": float(metrics.calibration(told, wanted)["ece"]),
    }
