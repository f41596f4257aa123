"""A linear network of somebody's own, over the numbers of a shipped model or on top of its answers.

Own recordings are few: what they can teach is one weight a number and class, and with a ridge on
them (`ser_core.training.own`) no more than they can bear. On top of a shipped model these weights
correct what that one says.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_core.inference.facts import HeadFacts

LEAST_SHARE = 1e-3
"""What a shipped model gives less than this says no more than that."""


@dataclass(frozen=True, eq=False)
class Head:
    """Weights of classes.

    Attributes
    ----------
    matrix : np.ndarray of float32, shape (n_features, n_classes)
        Over the scaled numbers that the shipped model's network is given.
    offset : np.ndarray of float32, shape (n_classes,)
    mixing : np.ndarray of float32, shape (n_shares, n_classes), optional
        Over what `log_shares` makes of the shipped model's answers; without it they count nothing.
    """

    matrix: NDArray[np.float32]
    offset: NDArray[np.float32]
    mixing: NDArray[np.float32] | None = None

    def __call__(
        self, scaled: NDArray[np.float32], logs: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Logits, shape (n, n_classes), of scaled numbers and, with a mixing, of `log_shares`."""
        logits = scaled @ self.matrix + self.offset
        if self.mixing is not None and logs is not None:
            logits = logits + logs @ self.mixing
        return np.asarray(logits, dtype=np.float32)

    @property
    def n_weights(self) -> int:
        """How many numbers it has."""
        mixing = 0 if self.mixing is None else self.mixing.size
        return int(self.matrix.size + self.offset.size + mixing)

    def to_dict(self) -> HeadFacts:
        """As plain JSON values."""
        facts: HeadFacts = {"matrix": _text(self.matrix), "offset": self.offset.tolist()}
        if self.mixing is not None:
            facts["mixing"] = _text(self.mixing)
        return facts

    @classmethod
    def from_dict(cls, facts: HeadFacts) -> Head:
        """Read back what `to_dict` gave; raises ValueError, TypeError or KeyError for else."""
        n_classes = len(facts["offset"])
        mixing = facts.get("mixing")
        return cls(
            _numbers(facts["matrix"], n_classes),
            np.array(facts["offset"], dtype=np.float32),
            None if mixing is None else _numbers(mixing, n_classes),
        )


def log_shares(shares: NDArray[Any]) -> NDArray[np.float32]:
    """What a head is told of a shipped model's answers.

    Parameters
    ----------
    shares : np.ndarray, shape (n, n_shares)
        Probabilities.
    """
    return np.asarray(np.log(np.maximum(shares, LEAST_SHARE)), dtype=np.float32)


def _text(values: NDArray[np.float32]) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")


def _numbers(text: str, n_columns: int) -> NDArray[np.float32]:
    values = np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")
    return np.array(values.reshape(-1, n_columns), dtype=np.float32)
