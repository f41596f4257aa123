"""From a network's logits to an answer, and to "not sure" where it may not give one.

Served verdicts and the reports about them are decided here, so that a report says what people get.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ser_core.inference.facts import DecisionFacts, Served

NOT_SURE = "not_sure"
"""The verdict where no answer is likely enough."""

NOVEL_FROM, NOVEL_TO = 1.0, 1.5
"""Novelty up to which a sound is as those that the network learned from (most of these: 0.6 to
1.2), and from where on it makes no more difference: such distances tell nothing any more."""

COLDEST = 1e-3
"""The least temperature that makes sense; the most is as far above 1."""

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
        By how much the temperature of what is told rises with the novelty of a sound: for each
        whole step `beyond`, this share of itself.
    leniency : float
        By how much the threshold falls with the novelty: it is divided by one and this much for
        each whole step `beyond`. In a strange room every share is smaller.
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
    leniency: float = 0.0
    coverage: float | None = None
    served: Mapping[str, Served] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, values: DecisionFacts) -> Decision:
        """Read the ``decision`` of a ``bundle.json``.

        Raises
        ------
        KeyError, TypeError, ValueError
            For values that are no decision.
        """
        if not COLDEST <= values["temperature"] <= 1 / COLDEST:
            raise ValueError(values["temperature"])
        ordinary = values.get("ordinary_threshold")
        return cls(
            temperature=float(values["temperature"]),
            threshold=float(values["threshold"]),
            ordinary_bias=float(values.get("ordinary_bias", 0.0)),
            ordinary_threshold=None if ordinary is None else float(ordinary),
            doubt=float(values.get("doubt", 0.0)),
            leniency=float(values.get("leniency", 0.0)),
            coverage=values.get("coverage"),
            served=values.get("served", {}),
        )

    def to_dict(self) -> DecisionFacts:
        """As plain JSON values; what does not apply is left out."""
        values = asdict(self)
        if not self.knows_ordinary:
            for name in ("ordinary_bias", "ordinary_threshold", "doubt", "leniency"):
                del values[name]
        kept = {name: value for name, value in values.items() if value not in (None, {})}
        return cast(DecisionFacts, kept)

    @property
    def knows_ordinary(self) -> bool:
        """Whether the network has logits for *ordinary* and *neither*."""
        return self.ordinary_threshold is not None

    def shares(self, logits: NDArray[Any]) -> NDArray[np.float64]:
        """Probabilities of all that the network tells apart.

        Parameters
        ----------
        logits : np.ndarray, shape (n, n_outputs)
            Of the emotions; then, where it knows them, of *ordinary* and of *neither*, and the
            novelty.

        Returns
        -------
        np.ndarray of float64, shape (n, n_outputs)
            The probabilities of each row sum to 1; where there is a novelty, it stays behind them.
        """
        scores = np.array(logits, dtype=np.float64)
        if not self.knows_ordinary:
            return np.asarray(_softmax(scores / self.temperature))
        scores[:, -3] += self.ordinary_bias
        scores[:, :-1] = _softmax(scores[:, :-1] / self.temperature)
        return scores

    def probabilities(self, logits: NDArray[Any]) -> NDArray[np.float64]:
        """`shares` without the novelty: each row sums to 1."""
        shares = self.shares(logits)
        return shares[:, :-1] if self.knows_ordinary else shares

    def told(self, shares: NDArray[np.float64]) -> NDArray[np.float64]:
        """What people are told: calibrated probabilities of the answers alone.

        Parameters
        ----------
        shares : np.ndarray of float64, shape (n, n_outputs)
            From `shares`, or means of such rows.

        Returns
        -------
        np.ndarray of float64, shape (n, n_answers)
            Without *neither*, and the evener the further a sound lies from what the network
            learned from; each row sums to 1.
        """
        if not self.knows_ordinary:
            return shares
        answers = shares[:, :-2] ** (1 / (1 + self.doubt * beyond(shares[:, -1:])))
        return np.asarray(answers / answers.sum(axis=1, keepdims=True))

    def answers(self, shares: NDArray[np.float64]) -> NDArray[np.intp]:
        """What is answered, row by row.

        Parameters
        ----------
        shares : np.ndarray of float64, shape (n, n_outputs)
            From `shares`, or means of such rows.

        Returns
        -------
        np.ndarray of int, shape (n,)
            Position of an emotion, or of *ordinary* behind the emotions; -1 for "not sure".
        """
        emotions = shares[:, :-3] if self.knows_ordinary else shares
        best, strongest = emotions.argmax(axis=1), emotions.max(axis=1)
        if self.ordinary_threshold is None:
            return np.where(strongest >= self.threshold, best, -1)
        ordinary, neither, novelty = shares[:, -3], shares[:, -2], shares[:, -1]
        said = strongest >= self.threshold / (1 + self.leniency * beyond(novelty))
        even = (ordinary > strongest) & (ordinary > neither)
        even &= ordinary >= self.ordinary_threshold
        return np.where(said & (strongest > ordinary), best, np.where(even, emotions.shape[1], -1))


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    # scipy.special's own takes longer to import than all the rest to hear a recording.
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def beyond(novelty: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far sounds lie beyond what the network learned from: 0 to `NOVEL_TO` - `NOVEL_FROM`."""
    return np.asarray(np.clip(novelty, NOVEL_FROM, NOVEL_TO) - NOVEL_FROM)
