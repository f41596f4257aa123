"""How far a recording lies from those that a network learned from.

A network is as sure of itself in a room that it never heard as in one that it knows, and more often
wrong. The distance to the nearest of its corpora tells the two apart, and lets it doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

N_DIRECTIONS = 64
"""Directions of largest spread in which distance is measured."""

_RIDGE = 1e-2


@dataclass(frozen=True, eq=False)
class Novelty:
    """A distance to the nearest corpus (Mahalanobis, in the directions of largest spread).

    Attributes
    ----------
    matrix : np.ndarray of float32, shape (n_features, n_directions)
        Turns scaled features into coordinates in which the spread within a corpus is one.
    offset : np.ndarray of float32, shape (n_directions,)
        Added to them.
    centres : np.ndarray of float32, shape (n_corpora, n_directions)
    """

    matrix: NDArray[np.float32]
    offset: NDArray[np.float32]
    centres: NDArray[np.float32]

    @classmethod
    def fit(cls, inputs: NDArray[np.float32], corpora: NDArray[np.str_]) -> Novelty:
        """Measure on the recordings of a training.

        Parameters
        ----------
        inputs : np.ndarray of float32, shape (n, n_features)
            Scaled.
        corpora : np.ndarray of str, shape (n,)
        """
        mean = inputs.mean(axis=0, dtype=np.float64)
        _, spreads, directions = np.linalg.svd(
            np.cov((inputs - mean).T.astype(np.float64)), hermitian=True
        )
        n = max(1, min(N_DIRECTIONS, inputs.shape[1], len(inputs) // 8))
        whitening = directions[:n].T / np.sqrt(spreads[:n] + _RIDGE)
        places = (inputs - mean) @ whitening
        names = np.unique(corpora)
        centres = np.stack([places[corpora == name].mean(axis=0) for name in names])
        within = places - centres[np.searchsorted(names, corpora)]
        spread = within.T @ within / len(within) + _RIDGE * np.eye(n)
        rotation = np.linalg.cholesky(np.linalg.inv(spread))
        matrix = whitening @ rotation
        return cls(
            matrix.astype(np.float32),
            (-mean @ matrix).astype(np.float32),
            (centres @ rotation).astype(np.float32),
        )
