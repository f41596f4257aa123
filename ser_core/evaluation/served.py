"""What people are given: temperature, bias and thresholds, and how the answers then hold.

All of it is chosen for people that the network does not know, and where several corpora are left
out in turn, for rooms that it does not know: the worst protocol weighs most. In what is reported,
each recording is judged by a decision that was fitted without its own speakers.

It is chosen on, and promised for, the languages that the model is offered in (`LANGUAGES`). Corpora
of others help to learn; how the answers hold on them is reported beside, corpus by corpus.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ser_core.corpora import CORPORA
from ser_core.data.examples import Examples
from ser_core.evaluation import metrics
from ser_core.evaluation.protocols import Evaluation
from ser_core.inference.decision import Decision, beyond
from ser_core.inference.facts import Answered, Calibration, Given, Served

LANGUAGES = ("en", "de")
"""Those that a decision is chosen on, where the corpora hold any of them (ISO 639)."""

COVERAGE = {False: 0.75, True: 0.67}
"""The share of the emotions' clips that a model answers; on the rest it says that it is not sure.
One that knows ordinary speech is stricter: a little more than the 65% that it must answer."""

ACCEPTED_ECE = {"speakers": 0.03, "corpora": 0.06, "random": 0.03}
"""How far off the percentages may be, by protocol: of a corpus never heard less is asked."""

ACCEPTED_EMOTION = {"speakers": 0.10, "corpora": 0.25, "random": 0.10}
"""The share of ordinary speech that may be given an emotion, by protocol."""

_TEMPERATURES = np.geomspace(0.4, 3.0, 31)
_DOUBTS = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
_LENIENCIES = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0)
_BIASES = np.arange(0.0, 4.01, 0.25)


@dataclass(frozen=True, eq=False)
class _Pool:
    """Recordings that were judged by networks that did not know their speakers."""

    logits: NDArray[np.float64]
    outputs: NDArray[np.intp]
    corpora: NDArray[np.str_]
    speakers: NDArray[np.str_]
    groups: NDArray[np.str_]
    protocol: str

    def only(self, rows: NDArray[np.bool_]) -> _Pool:
        return replace(
            self,
            logits=self.logits[rows],
            outputs=self.outputs[rows],
            corpora=self.corpora[rows],
            speakers=self.speakers[rows],
            groups=self.groups[rows],
        )

    def by_corpus(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        for name in sorted(set(self.corpora.tolist())):
            yield name, self.corpora == name


def fit_decision(
    evaluations: Sequence[Evaluation], examples: Examples, *, knows_ordinary: bool
) -> Decision:
    """Choose how logits become answers.

    Parameters
    ----------
    evaluations : sequence of Evaluation
        Of unseen speakers, and of unseen corpora where there are several.
    examples : Examples
    knows_ordinary : bool
        Whether the network has outputs for *ordinary* and *neither*.

    Returns
    -------
    Decision
        With ``served`` by protocol: ``corpora``, those of `LANGUAGES`; of these ``ece`` and
        ``bins`` of the probabilities as they are told, the ``coverage`` that the threshold leaves
        and the ``accuracy`` there; where ordinary speech is known also ``ordinary`` and
        ``neither``, the shares of such recordings that are answered with an emotion, called
        ordinary, and left unsure. Shares and accuracy in all are means over corpora, so that none
        speaks for the others; ``by_corpus`` has each, those of other languages, too.
    """
    pools = [_pool(one, examples) for one in evaluations]
    n_emotions = len(examples.emotions)
    chosen_from = _chosen_from(pools)
    decision = _fit(chosen_from, n_emotions, knows_ordinary)
    served = {}
    for pool in pools:
        told, answers = [], np.empty(len(pool.outputs), dtype=np.intp)
        for group in np.unique(pool.groups):
            own = pool.groups == group
            strangers = [~np.isin(one.speakers, pool.speakers[own]) for one in chosen_from]
            fitted = decision
            if not all(rows.all() for rows in strangers):
                others = [one.only(rows) for one, rows in zip(chosen_from, strangers, strict=True)]
                others = [one for one in others if len(one.outputs)] or chosen_from
                fitted = _fit(others, n_emotions, knows_ordinary)
            shares = fitted.shares(pool.logits[own])
            answers[own] = fitted.answers(shares)
            told.append((np.flatnonzero(own), fitted.told(shares)))
        rows = np.argsort(np.concatenate([own for own, _ in told]))
        shown = np.concatenate([part for _, part in told])[rows]
        served[pool.protocol] = _held(pool, shown, answers, n_emotions)
    return replace(decision, served=served)


def _pool(one: Evaluation, examples: Examples) -> _Pool:
    speakers = examples.speakers[one.tested]
    several = len(set(one.folds.tolist())) > 1
    return _Pool(
        one.logits,
        examples.outputs[one.tested],
        examples.corpora[one.tested],
        speakers,
        one.folds if several else speakers,
        one.report["protocol"],
    )


def _offered(corpora: NDArray[np.str_]) -> NDArray[np.bool_]:
    """Which recordings are of corpora in the languages that a decision is chosen on."""
    names = sorted(set(corpora.tolist()))
    offered = [name for name in names if name in CORPORA and CORPORA[name].LANGUAGE in LANGUAGES]
    return np.isin(corpora, offered or names)


def _chosen_from(pools: Sequence[_Pool]) -> list[_Pool]:
    return [pool.only(_offered(pool.corpora)) for pool in pools]


def _fit(pools: Sequence[_Pool], n_emotions: int, knows_ordinary: bool) -> Decision:
    if not knows_ordinary:
        return _fit_emotions(pools)
    best, found = np.inf, None
    for bias in _BIASES:
        decision = _with_threshold(Decision(1.0, 0.0, float(bias), 0.0), pools, n_emotions)
        cost = max(
            _given_emotion(decision, pool, n_emotions) / ACCEPTED_EMOTION[pool.protocol]
            for pool in pools
        )
        # Where it costs nothing more, the smaller bias: it calls fewer emotions ordinary.
        if cost < best - 1e-3:
            best, found = cost, decision
        if best <= _ENOUGH:
            break
    assert found is not None
    decision = min(
        (
            replace(found, temperature=float(temperature), doubt=doubt)
            for temperature in _TEMPERATURES
            for doubt in _DOUBTS
        ),
        key=lambda one: _miscalibration(one, pools),
    )
    return _with_threshold(decision, pools, n_emotions)


# A little below what is accepted: a larger bias on "ordinary" costs calibration in strange rooms
# (docs/experiments.md), and the rest is left to recognise emotions.
_ENOUGH = 0.95


def _fit_emotions(pools: Sequence[_Pool]) -> Decision:
    logits = np.concatenate([pool.logits for pool in pools])
    labels = np.concatenate([pool.outputs for pool in pools])
    if len(pools) == 1:
        temperature = metrics.fit_temperature(logits, labels)
    else:
        temperature = min(
            map(float, _TEMPERATURES), key=lambda one: _miscalibration(Decision(one, 0.0), pools)
        )
    decision = Decision(temperature, 0.0, coverage=COVERAGE[False])
    confidence = decision.shares(logits).max(axis=1)
    return replace(decision, threshold=float(np.quantile(confidence, 1 - COVERAGE[False])))


def _with_threshold(decision: Decision, pools: Sequence[_Pool], n_emotions: int) -> Decision:
    """The highest threshold at which, in each protocol, a mean corpus has enough answered.

    One leniency is chosen with it: that at which the protocols want most nearly the same one.
    """
    best, found = np.inf, decision
    shares = [decision.shares(pool.logits) for pool in pools]
    for leniency in _LENIENCIES:
        wanted = [
            _threshold(one, leniency, pool, n_emotions)
            for one, pool in zip(shares, pools, strict=True)
        ]
        apart = max(wanted) - min(wanted)
        if apart < best:
            best, found = apart, replace(decision, threshold=min(wanted), leniency=leniency)
    return found


def _threshold(shares: NDArray[np.float64], leniency: float, pool: _Pool, n_emotions: int) -> float:
    strongest = shares[:, :n_emotions].max(axis=1)
    # An emotion that is less likely than ordinary speech is never said.
    strongest = np.where(shares[:, n_emotions] >= strongest, 0.0, strongest)
    strongest *= 1 + leniency * beyond(shares[:, -1])
    parts = [
        np.sort(strongest[rows & (pool.outputs < n_emotions)])
        for _, rows in pool.by_corpus()
        if (rows & (pool.outputs < n_emotions)).any()
    ]
    low, high = 0.0, 1.0
    for _ in range(20):
        middle = (low + high) / 2
        answered = [1 - np.searchsorted(part, middle) / len(part) for part in parts]
        low, high = (middle, high) if np.mean(answered) >= COVERAGE[True] else (low, middle)
    return low


def _given_emotion(decision: Decision, pool: _Pool, n_emotions: int) -> float:
    answers = decision.answers(decision.shares(pool.logits))
    shares = [
        np.mean((answers[rows] >= 0) & (answers[rows] < n_emotions))
        for _, inside in pool.by_corpus()
        for rows in (inside & (pool.outputs == n_emotions),)
        if rows.any()
    ]
    return float(np.mean(shares)) if shares else 0.0


def _miscalibration(decision: Decision, pools: Sequence[_Pool]) -> float:
    """The larger of the calibration errors, each over what is accepted."""
    errors = [
        float(_calibration(pool, decision.told(decision.shares(pool.logits)))["ece"])
        / ACCEPTED_ECE[pool.protocol]
        for pool in pools
    ]
    return max(errors)


def _calibration(
    pool: _Pool, told: NDArray[np.float64], rows: NDArray[np.bool_] | None = None
) -> Calibration:
    """Calibration of what is told about recordings of which something can be told."""
    known = pool.outputs < told.shape[1]
    if rows is not None:
        known &= rows
    return metrics.calibration(told[known], pool.outputs[known])


def _held(
    pool: _Pool, told: NDArray[np.float64], answers: NDArray[np.intp], n_emotions: int
) -> Served:
    """How the answers hold that people are given."""
    offered = _offered(pool.corpora)
    means_of = sorted(set(pool.corpora[offered].tolist()))
    said = (answers >= 0) & (answers < n_emotions)
    right = answers == pool.outputs
    by_corpus: dict[str, Answered] = {
        name: {
            "coverage": _share(said[rows]),
            "accuracy": _share(right[rows & said]) if (rows & said).any() else None,
            "ece": _calibration(pool, told, inside)["ece"],
        }
        for name, inside in pool.by_corpus()
        for rows in (inside & (pool.outputs < n_emotions),)
        if rows.any()
    }
    counted = [by_corpus[name] for name in means_of if name in by_corpus]
    calibration = _calibration(pool, told, offered)
    right_in = [one["accuracy"] for one in counted if one["accuracy"] is not None]
    held: Served = {
        "corpora": means_of,
        "ece": calibration["ece"],
        "bins": calibration["bins"],
        "coverage": _mean([one["coverage"] for one in counted]) if counted else 0.0,
        "accuracy": _mean(right_in) if right_in else None,
        "by_corpus": by_corpus,
    }
    if ordinary := _given(pool, answers, n_emotions, n_emotions):
        held["ordinary"] = ordinary
    if neither := _given(pool, answers, n_emotions, n_emotions + 1):
        held["neither"] = neither
    return held


def _given(pool: _Pool, answers: NDArray[np.intp], n_emotions: int, output: int) -> Given | None:
    """What is said of voices that have none of the emotions; None where no such voice counts."""
    parts: dict[str, Given] = {
        name: {
            "n_recordings": int(rows.sum()),
            "emotion": _share((answers[rows] >= 0) & (answers[rows] < n_emotions)),
            "ordinary": _share(answers[rows] == n_emotions),
            "not_sure": _share(answers[rows] < 0),
        }
        for name, inside in pool.by_corpus()
        for rows in (inside & (pool.outputs == output),)
        if rows.any()
    }
    offered = _offered(pool.corpora)
    counted = [parts[name] for name in sorted(set(pool.corpora[offered].tolist())) if name in parts]
    if not counted:
        return None
    return {
        "n_recordings": int((offered & (pool.outputs == output)).sum()),
        "emotion": _mean([one["emotion"] for one in counted]),
        "ordinary": _mean([one["ordinary"] for one in counted]),
        "not_sure": _mean([one["not_sure"] for one in counted]),
        "by_corpus": parts,
    }


def _share(rows: NDArray[np.bool_]) -> float:
    return round(float(rows.mean()), 4)


def _mean(shares: Sequence[float]) -> float:
    return round(float(np.mean(shares)), 4)
