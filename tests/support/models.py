"""Models whose verdicts follow a rule, so that what is built on them can be checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ser_core.inference.bundle import Bundle
from ser_core.inference.predictor import Model
from ser_core.inference.runners import Runner

Rule = Callable[[np.ndarray], float]


class _Rules(Runner):
    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = rules

    def features(self, signals: Sequence[np.ndarray]) -> np.ndarray:
        return np.array([[rule(signal) for rule in self._rules] for signal in signals])

    def judge(self, features: np.ndarray) -> np.ndarray:
        shares = features
        rest = np.maximum(0.01, 1 - shares.sum(axis=1, keepdims=True))
        logits = np.log(
            np.concatenate([np.maximum(shares[:, :1], 0.01), rest, shares[:, 1:]], axis=1)
        )
        # One that knows ordinary speech says how far a sound lies from its training, too.
        return logits if len(self._rules) == 1 else np.column_stack([logits, np.ones(len(logits))])


class Ruled(Model):
    """A model of two emotions whose share of the first is a rule's.

    With a second and a third rule it knows ordinary speech: they give the shares of *ordinary* and
    of *neither*.
    """

    def __init__(self, *rules: Rule, threshold: float = 0.6) -> None:
        decision = {"temperature": 1.0, "threshold": threshold}
        if len(rules) > 1:
            decision["ordinary_threshold"] = threshold
        info = {"title": "Ruled", "emotions": ["angry", "sad"], "decision": decision, "learned": ""}
        super().__init__(Bundle("ruled", info, b""), _Rules(rules))


def band_share(low_hz: float, high_hz: float) -> Callable[[np.ndarray], float]:
    """Share of the energy that lies in a band."""

    def rule(signal: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(signal)) ** 2
        hertz = np.fft.rfftfreq(len(signal), 1 / 16_000)
        return power[(hertz >= low_hz) & (hertz < high_hz)].sum() / (power.sum() + 1e-12)

    return rule
