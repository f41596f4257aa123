"""Models whose verdicts follow a rule, so that what is built on them can be checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

import numpy as np

from ser_core import learned
from ser_core.predictor import Model


class Ruled(Model):
    """A model of two emotions whose share of the first is a rule's."""

    def __init__(self, rule: Callable[[np.ndarray], float], threshold: float = 0.6) -> None:
        self.name = "ruled"
        self.info = {"title": "Ruled"}
        self.emotions = ("angry", "sad")
        self.threshold = threshold
        self._rule = rule
        self._learned = learned.unpack("")
        self._windows = WeakKeyDictionary()

    def judge_all(self, signals: Sequence[np.ndarray]) -> np.ndarray:
        shares = np.clip([self._rule(signal) for signal in signals], 0.01, 0.99)
        return np.stack([shares, 1 - shares], axis=1)


def band_share(low_hz: float, high_hz: float) -> Callable[[np.ndarray], float]:
    """Share of the energy that lies in a band."""

    def rule(signal: np.ndarray) -> float:
        power = np.abs(np.fft.rfft(signal)) ** 2
        hertz = np.fft.rfftfreq(len(signal), 1 / 16_000)
        return power[(hertz >= low_hz) & (hertz < high_hz)].sum() / (power.sum() + 1e-12)

    return rule
