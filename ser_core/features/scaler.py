"""How features are standardised: by the mean and spread of a training's recordings, and bounded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_DEVIATION = 5.0
"""A standardised feature counts for at most this many standard deviations: one that a strange
microphone pushes far outside what training knew must not decide alone."""


@dataclass(frozen=True, eq=False)
class Scaler:
    """Mean and spread of each feature over the training recordings.

    Attributes
    ----------
    mean, scale : np.ndarray of float32, shape (n_features,)
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]

    @classmethod
    def fit(cls, inputs: NDArray[np.float32]) -> Scaler:
        """Measure on inputs of shape (n, n_features)."""
        spread = inputs.std(axis=0)
        return cls(inputs.mean(axis=0), np.where(spread > 1e-8, spread, 1.0).astype(np.float32))

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Standardise inputs of shape (..., n_features), and bound them to `MAX_DEVIATION`."""
        # In place: of a large corpus each further copy takes what a training may not have.
        scaled = np.asarray(inputs - self.mean, dtype=np.float32)
        scaled /= self.scale
        return np.clip(scaled, -MAX_DEVIATION, MAX_DEVIATION, out=scaled)
