"""Temperature and threshold of "not sure"."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ser_core.evaluation import COVERAGE, Evaluation, fit_decision
from ser_core.examples import Examples

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


def decide(*parts: tuple[Evaluation, np.ndarray]) -> dict[str, Any]:
    labels = np.concatenate([labels for _, labels in parts])
    speakers = np.array([f"speaker {number % 8}" for number in range(len(labels))])
    examples = Examples(np.zeros((len(labels), 1)), labels, EMOTIONS, *[speakers] * 5)
    return fit_decision([evaluation for evaluation, _ in parts], examples)


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.0])
def test_one_protocol_gets_its_own_temperature(heat: float) -> None:
    decision = decide(believed("speakers", heat, 0))
    assert decision["temperature"] == pytest.approx(heat, rel=0.1)
    assert decision["served"]["speakers"]["ece"] < 0.03
    assert decision["served"]["speakers"]["coverage"] == pytest.approx(COVERAGE, abs=0.02)


def test_two_protocols_share_one_that_is_fair_to_both() -> None:
    decision = decide(believed("speakers", 1.0, 0), believed("corpora", 1.8, 1))
    assert 1.0 < decision["temperature"] < 1.8
    errors = {name: part["ece"] for name, part in decision["served"].items()}
    assert errors["speakers"] < 0.05 and errors["corpora"] < 0.12
    # The unseen speakers, of whom more is asked, are the better calibrated.
    assert errors["speakers"] < errors["corpora"]
