"""How far a recording lies from those that a network learned from.

A network is as sure of itself in a room that it never heard as in one that it knows, and more often
wrong. The distance to the nearest of its corpora tells the two apart, and lets it doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

N_DIRECTIONS = 64
"""Directions of largest spread in which distance is measured."""

_RIDGE = 1e-2
_ROWS = 1024


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
        # Some rows at a time in double precision: all at once take more than a training may.
        mean = inputs.mean(axis=0, dtype=np.float64)
        spread = np.zeros((len(mean), len(mean)))
        for start in range(0, len(inputs), _ROWS):
            some = inputs[start : start + _ROWS] - mean
            spread += some.T @ some
        n = max(1, min(N_DIRECTIONS, len(mean), len(inputs) // 8))
        spreads, directions = eigh(
            spread / max(1, len(inputs) - 1), subset_by_index=(len(mean) - n, len(mean) - 1)
        )
        whitening = directions / np.sqrt(spreads + _RIDGE)
        places = np.concatenate(
            [
                (inputs[start : start + _ROWS] - mean) @ whitening
                for start in range(0, len(inputs), _ROWS)
            ]
        )
        names = np.unique(corpora)
        centres = np.stack([places[corpora == name].mean(axis=0) for name in names])
        within = places - centres[np.searchsorted(names, corpora)]
        inside = within.T @ within / len(within) + _RIDGE * np.eye(n)
        rotation = np.linalg.cholesky(np.linalg.inv(inside))
        matrix = whitening @ rotation
        return cls(
            matrix.astype(np.float32),
            (-mean @ matrix).astype(np.float32),
            (centres @ rotation).astype(np.float32),
        )
