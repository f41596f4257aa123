"""Temperature and threshold of "not sure"."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.data.examples import Examples
from ser_core.evaluation.protocols import Evaluation
from ser_core.evaluation.served import COVERAGE, fit_decision
from ser_core.inference.decision import Decision

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


def heard(protocol: str, seed: int, *, shift: float = 0.0) -> tuple[Evaluation, np.ndarray]:
    """Logits of emotions, ordinary speech and others, and the novelty.

    `shift` makes the network shy of calling speech ordinary.
    """
    n = 1_000
    rng = np.random.default_rng(seed)
    outputs = rng.integers(0, 6, n)
    logits = rng.normal(0, 1.0, (n, 6))
    logits[np.arange(n), outputs] += 3.0
    logits[:, 4] -= shift
    logits = np.column_stack([logits, np.full(n, 1.0 + shift)])
    tested = np.arange(n) + seed * n
    return Evaluation({"protocol": protocol}, logits, tested, np.full(n, "one")), outputs


def test_ordinary_speech_is_seldom_given_an_emotion_while_most_emotions_are_named() -> None:
    parts = [heard("speakers", 0), heard("corpora", 1, shift=3.0)]
    outputs = np.concatenate([labels for _, labels in parts])
    speakers = np.array([f"speaker {number % 8}" for number in range(len(outputs))])
    kinds = np.array([*EMOTIONS, "neutral", "disgust"])[outputs]
    labels = np.where(outputs < 4, outputs, -1)
    examples = Examples(np.zeros((len(labels), 1)), labels, EMOTIONS, kinds, *[speakers] * 5)
    found = fit_decision([one for one, _ in parts], examples, knows_ordinary=True)
    for protocol, most in (("speakers", 0.10), ("corpora", 0.25)):
        held = found.served[protocol]
        assert held["coverage"] >= 0.65
        assert held["ordinary"]["emotion"] <= most
        for kind in ("ordinary", "neither"):
            shares = [held[kind][name] for name in ("emotion", "ordinary", "not_sure")]
            assert sum(shares) == pytest.approx(1, abs=0.01)
