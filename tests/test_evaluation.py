"""Temperature and threshold of "not sure"."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.data.examples import Examples
from ser_core.evaluation.protocols import Evaluation
from ser_core.evaluation.served import COVERAGE, fit_decision
from ser_core.inference.decision import Decision

pytestmark = pytest.mark.slow

EMOTIONS = ("angry", "fearful", "happy", "sad")
N = 4_000


def believed(protocol: str, heat: float, seed: int) -> tuple[Evaluation, np.ndarray]:
    """Logits that are `heat` times too sure of themselves, over eight speakers."""
    rng = np.random.default_rng(seed)
    honest = rng.normal(0, 1.2, (N, 4))
    chances = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    labels = (chances.cumsum(axis=1) > rng.random((N, 1))).argmax(axis=1)
    tested = np.arange(N) + seed * N
    return Evaluation({"protocol": protocol}, heat * honest, tested, np.full(N, "one")), labels


def decide(*parts: tuple[Evaluation, np.ndarray]) -> Decision:
    labels = np.concatenate([labels for _, labels in parts])
    speakers = np.array([f"speaker {number % 8}" for number in range(len(labels))])
    examples = Examples(np.zeros((len(labels), 1)), labels, EMOTIONS, *[speakers] * 6)
    return fit_decision([evaluation for evaluation, _ in parts], examples, knows_ordinary=False)


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.0])
def test_one_protocol_gets_its_own_temperature(heat: float) -> None:
    decision = decide(believed("speakers", heat, 0))
    assert decision.temperature == pytest.approx(heat, rel=0.1)
    assert decision.served["speakers"]["ece"] < 0.03
    assert decision.served["speakers"]["coverage"] == pytest.approx(COVERAGE[False], abs=0.02)


def test_two_protocols_share_one_that_is_fair_to_both() -> None:
    decision = decide(believed("speakers", 1.0, 0), believed("corpora", 1.8, 1))
    assert 1.0 < decision.temperature < 1.8
    errors = {name: part["ece"] for name, part in decision.served.items()}
    assert errors["speakers"] < 0.06 and errors["corpora"] < 0.12
    # The unseen speakers, of whom more is asked, are the better calibrated.
    assert errors["speakers"] < errors["corpora"]


def heard(
    protocol: str, seed: int, *, shift: float = 0.0, n: int = 1_000
) -> tuple[Evaluation, np.ndarray]:
    """Logits of emotions, ordinary speech and others, and the novelty.

    `shift` makes the network shy of calling speech ordinary, and the sound strange.
    """
    rng = np.random.default_rng(seed)
    outputs = rng.integers(0, 6, n)
    logits = rng.normal(0, 1.0, (n, 6))
    logits[np.arange(n), outputs] += 3.0
    logits[:, 4] -= shift
    logits = np.column_stack([logits, np.full(n, 1.0 + shift)])
    tested = np.arange(n) + seed * n
    return Evaluation({"protocol": protocol}, logits, tested, np.full(n, "one")), outputs


def decide_all(
    *parts: tuple[Evaluation, np.ndarray], corpora: tuple[str, ...] = ("here",)
) -> Decision:
    """The decision of a network that knows ordinary speech; `corpora` in turn, row by row."""
    outputs = np.concatenate([labels for _, labels in parts])
    speakers = np.array([f"speaker {number % 8}" for number in range(len(outputs))])
    kinds = np.array([*EMOTIONS, "neutral", "disgust"])[outputs]
    labels = np.where(outputs < 4, outputs, -1)
    corpus = np.array(corpora)[np.arange(len(labels)) % len(corpora)]
    inputs = np.zeros((len(labels), 1))
    examples = Examples(
        inputs, labels, EMOTIONS, kinds, speakers, speakers, corpus, speakers, speakers
    )
    return fit_decision([one for one, _ in parts], examples, knows_ordinary=True)


def test_ordinary_speech_is_seldom_given_an_emotion_while_most_emotions_are_named() -> None:
    found = decide_all(heard("speakers", 0), heard("corpora", 1, shift=3.0))
    for protocol, most in (("speakers", 0.10), ("corpora", 0.25)):
        held = found.served[protocol]
        assert held["coverage"] >= 0.65
        assert held["ordinary"]["emotion"] <= most
        for kind in ("ordinary", "neither"):
            shares = [held[kind][name] for name in ("emotion", "ordinary", "not_sure")]
            assert sum(shares) == pytest.approx(1, abs=0.01)


def test_a_strange_room_is_doubted_and_still_answered() -> None:
    """What is told there is evener; the threshold falls with it, or nothing would be answered."""
    decision = Decision(1.0, 0.6, 0.0, 0.0, doubt=2.0, leniency=2.0)
    scores = np.array([1.5, 0.0, 0.0, 0.0, 0.0, 0.0])
    known, strange = decision.shares(np.array([[*scores, 0.8], [*scores, 1.4]]))
    assert decision.answers(np.stack([known, strange])).tolist() == [-1, 0]
    told = decision.told(np.stack([known, strange]))
    assert told.sum(axis=1) == pytest.approx(1.0)
    assert told[0].argmax() == told[1].argmax() == 0 and told[0, 0] > told[1, 0] + 0.05
    # Beyond what can be measured, a greater distance changes nothing.
    far = decision.told(decision.shares(np.array([[*scores, 1.5], [*scores, 40.0]])))
    assert far[0] == pytest.approx(far[1])


def test_a_decision_is_chosen_on_the_languages_that_it_is_offered_in() -> None:
    parts = [heard("speakers", 0, n=1_200), heard("corpora", 1, shift=1.0, n=1_200)]
    mixed = decide_all(*parts, corpora=("ravdess", "nemo"))
    for held in mixed.served.values():
        assert held["corpora"] == ["ravdess"]
        assert set(held["by_corpus"]) == {"nemo", "ravdess"}
        assert held["coverage"] == held["by_corpus"]["ravdess"]["coverage"]
        assert held["ordinary"]["emotion"] == held["ordinary"]["by_corpus"]["ravdess"]["emotion"]
    # Without any of them, it is chosen on what there is.
    elsewhere = decide_all(*parts, corpora=("banglaser", "nemo"))
    assert elsewhere.served["speakers"]["corpora"] == ["banglaser", "nemo"]
