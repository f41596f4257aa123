"""From a network's logits to an answer, and to "not sure" where it may not give one.

Served verdicts and the reports about them are decided here, so that a report says what people get.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

NOT_SURE = "not_sure"
"""The verdict where no answer is likely enough."""

NOVEL_FROM = 1.2
"""Novelty up to which a sound is as those that the network learned from (most of these: 0.6 to
1.2)."""

NO_SPEECH = "no_speech"
"""The verdict where nobody speaks."""


@dataclass(frozen=True)
class Decision:
    """How a model's logits become answers.

    A network gives a logit for each emotion; one that knows ordinary speech gives two more:
    *ordinary*, and *neither* (what is neither ordinary nor one of the emotions). Behind them it
    says how far the sound lies from all that it learned from (`ser_core.training.novelty`).

    Attributes
    ----------
    temperature : float
        By which the logits are divided.
    threshold : float
        The share that an emotion must have to be said.
    ordinary_bias : float
        Added to the logit of *ordinary*, before the temperature.
    ordinary_threshold : float or None
        The share that *ordinary* must have to be said; None for a network that knows the emotions
        only.
    doubt : float
        By how much the temperature rises with the novelty of a sound: for each whole step beyond
        `NOVEL_FROM`, this share of itself.
    coverage : float
        The share of the clips with one of the emotions that the threshold was chosen to answer.
    served : mapping
        How the verdicts hold that people are given, by protocol (`ser_core.evaluation.protocols`).
    """

    temperature: float
    threshold: float
    ordinary_bias: float = 0.0
    ordinary_threshold: float | None = None
    doubt: float = 0.0
    coverage: float | None = None
    served: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Decision:
        """Read the ``decision`` of a ``bundle.json``.

        Raises
        ------
        KeyError, TypeError, ValueError
            For values that are no decision.
        """
        ordinary = values.get("ordinary_threshold")
        return cls(
            temperature=float(values["temperature"]),
            threshold=float(values["threshold"]),
            ordinary_bias=float(values.get("ordinary_bias", 0.0)),
            ordinary_threshold=None if ordinary is None else float(ordinary),
            doubt=float(values.get("doubt", 0.0)),
            coverage=values.get("coverage"),
            served=values.get("served", {}),
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values; what does not apply is left out."""
        values = asdict(self)
        if not self.knows_ordinary:
            del values["ordinary_bias"], values["ordinary_threshold"], values["doubt"]
        return {name: value for name, value in values.items() if value not in (None, {})}

    @property
    def knows_ordinary(self) -> bool:
        """Whether the network has logits for *ordinary* and *neither*."""
        return self.ordinary_threshold is not None

    def shares(self, logits: NDArray[Any]) -> NDArray[np.float64]:
        """Calibrated probabilities of all that the network tells apart.

        Parameters
        ----------
        logits : np.ndarray, shape (n, n_outputs)
            Of the emotions; then, where it knows them, of *ordinary* and of *neither*, and the
            novelty.

        Returns
        -------
        np.ndarray of float64, shape (n, n_classes)
            Each row sums to 1.
        """
        scores = np.array(logits, dtype=np.float64)
        if not self.knows_ordinary:
            return np.asarray(softmax(scores / self.temperature, axis=1))
        scores, novelty = scores[:, :-1], scores[:, -1:]
        scores[:, -2] += self.ordinary_bias
        beyond = np.maximum(0.0, novelty - NOVEL_FROM)
        return np.asarray(softmax(scores / (self.temperature * (1 + self.doubt * beyond)), axis=1))

    def told(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """The probabilities of the answers alone: without *neither*, each row sums to 1 again."""
        if not self.knows_ordinary:
            return shares
        answers = shares[:, :-1]
        return np.asarray(answers / answers.sum(axis=1, keepdims=True))

    def answers(self, shares: NDArray[np.float64]) -> NDArray[np.intp]:
        """What is answered, row by row.

        Parameters
        ----------
        shares : np.ndarray of float64, shape (n, n_classes)
            From `shares`, or means of such rows.

        Returns
        -------
        np.ndarray of int, shape (n,)
            Position of an emotion, or of *ordinary* behind the emotions; -1 for "not sure".
        """
        emotions = shares[:, :-2] if self.knows_ordinary else shares
        best, strongest = emotions.argmax(axis=1), emotions.max(axis=1)
        said = strongest >= self.threshold
        if self.ordinary_threshold is None:
            return np.where(said, best, -1)
        ordinary, neither = shares[:, -2], shares[:, -1]
        even = (ordinary > strongest) & (ordinary > neither)
        even &= ordinary >= self.ordinary_threshold
        return np.where(said & (strongest > ordinary), best, np.where(even, emotions.shape[1], -1))
