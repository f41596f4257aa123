"""A linear network from somebody's own recordings: numbers and labels in, a `Head` out, in no time.

Twenty clips cannot bear more than one weight a number and class, and even these only under a ridge:
of all weights that fit, the smallest. On top of a shipped model the ridge pulls towards what that
one says, so the more clips there are, the more theirs count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import svd
from scipy.optimize import minimize
from scipy.special import log_softmax

from ser_core.inference.head import Head

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]

_MOST_STEPS = 300
_NOTHING = 1e-6
_CURVATURE = 0.03


@dataclass(frozen=True)
class OwnSettings:
    """How a network of somebody's own recordings is trained.

    Attributes
    ----------
    own : str
        What the recordings are called.
    on_top : bool
        Whether it corrects the shipped model, or learns from these recordings alone.
    ridge : float
        How strongly the weights over numbers are held to nothing; from 30 to 300 it hardly matters
        (docs/experiments.md).
    mixing_ridge : float
        How strongly those over the shipped model's answers are held to what these mean.
    seed : int
        Decides splits where nobody says who speaks, and the draws of the learning curve.
    """

    own: str
    on_top: bool = True
    ridge: float = 100.0
    mixing_ridge: float = 10.0
    seed: int = 0

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, eq=False)
class Material:
    """What networks are trained on, turned so that a training takes milliseconds.

    Attributes
    ----------
    places : np.ndarray of float64, shape (n, n_directions)
        The scaled numbers in the directions in which they differ at all: all distances are kept, so
        a ridge finds the same weights in fewer numbers.
    directions : np.ndarray of float64, shape (n_directions, n_features)
    logs : np.ndarray of float64, shape (n, n_shares), optional
        Of the shipped model's answers (`ser_core.inference.head.log_shares`), less their mean.
    centre : np.ndarray of float64, shape (n_shares,), optional
        That mean.
    prior : np.ndarray of float64, shape (n_shares, n_classes), optional
        Which class each answer of the shipped model means.
    labels : np.ndarray of int, shape (n,)
    n_classes : int
    """

    places: Floats
    directions: Floats
    labels: Indices
    n_classes: int
    logs: Floats | None = None
    centre: Floats | None = None
    prior: Floats | None = None

    @classmethod
    def of(
        cls,
        scaled: NDArray[np.float32],
        labels: Indices,
        n_classes: int,
        *,
        logs: NDArray[np.float32] | None = None,
        prior: Floats | None = None,
    ) -> Material:
        """Turn scaled numbers of shape (n, n_features)."""
        left, sizes, right = svd(scaled.astype(np.float64), full_matrices=False)
        there = sizes > _NOTHING * sizes[0]
        material = cls(left[:, there] * sizes[there], right[there], labels, n_classes)
        if logs is None:
            return material
        centre = logs.mean(axis=0, dtype=np.float64)
        return replace(material, logs=logs - centre, centre=centre, prior=prior)


@dataclass(frozen=True, eq=False)
class Weights:
    """A trained network in the material's directions."""

    places: Floats
    offset: Floats
    mixing: Floats | None

    def logits(self, material: Material, rows: Indices) -> Floats:
        """Logits of some recordings, shape (n_rows, n_classes)."""
        logits = material.places[rows] @ self.places + self.offset
        if self.mixing is not None and material.logs is not None:
            logits = logits + material.logs[rows] @ self.mixing
        return np.asarray(logits)

    def head(self, material: Material) -> Head:
        """The same over the scaled numbers and the shipped model's answers as they are."""
        offset, mixing = self.offset, self.mixing
        if mixing is not None and material.centre is not None:
            offset = offset - material.centre @ mixing
        return Head(
            (material.directions.T @ self.places).astype(np.float32),
            offset.astype(np.float32),
            None if mixing is None else mixing.astype(np.float32),
        )


def fit(settings: OwnSettings, material: Material, rows: Indices) -> Weights:
    """Train on some recordings, all classes counting alike.

    Parameters
    ----------
    settings : OwnSettings
        On top only where the material has the shipped model's answers.
    material : Material
    rows : np.ndarray of int
        Positions of the recordings to learn from.

    Returns
    -------
    Weights
    """
    inputs, ridge, start = _laid_out(settings, material, rows)
    labels, n_classes = material.labels[rows], material.n_classes
    counts = np.bincount(labels, minlength=n_classes).clip(1)
    weights = (len(rows) / n_classes / counts)[labels]
    wanted = np.eye(n_classes)[labels]
    shape = start.shape
    # About as steep in every direction: a third of the steps.
    step = 1 / np.sqrt(ridge + _CURVATURE * (inputs**2).sum(axis=0)[:, None])

    def loss(flat: Floats) -> tuple[float, Floats]:
        moved = step * flat.reshape(shape)
        logs = log_softmax(inputs @ (start + moved), axis=1)
        slope = inputs.T @ ((np.exp(logs) - wanted) * weights[:, None]) + ridge * moved
        value = -(weights[:, None] * wanted * logs).sum() + (ridge * moved**2).sum() / 2
        return float(value), (step * slope).ravel()

    found = minimize(
        loss, np.zeros(start.size), jac=True, method="L-BFGS-B", options={"maxiter": _MOST_STEPS}
    )
    whole = start + step * found.x.reshape(shape)
    n_directions = material.places.shape[1]
    return Weights(
        whole[:n_directions],
        whole[-1],
        whole[n_directions:-1] if len(whole) > n_directions + 1 else None,
    )


def _laid_out(
    settings: OwnSettings, material: Material, rows: Indices
) -> tuple[Floats, Floats, Floats]:
    """Inputs, the ridge of each, and the weights that it pulls towards; the last is the offset."""
    parts = [material.places[rows]]
    ridges = [np.full(parts[0].shape[1], settings.ridge)]
    starts = [np.zeros((parts[0].shape[1], material.n_classes))]
    if settings.on_top and material.logs is not None and material.prior is not None:
        parts.append(material.logs[rows])
        ridges.append(np.full(len(material.prior), settings.mixing_ridge))
        starts.append(material.prior)
    parts.append(np.ones((len(rows), 1)))
    ridges.append(np.full(1, _NOTHING))
    starts.append(np.zeros((1, material.n_classes)))
    return np.hstack(parts), np.concatenate(ridges)[:, None], np.vstack(starts)


def prior(answers: Sequence[str], meanings: Sequence[str | None]) -> Floats:
    """Which class each answer of a shipped model means.

    Parameters
    ----------
    answers : sequence of str
        Of the shipped model; behind them it may have one share more, of what is none of them.
    meanings : sequence of str or None
        The answer that each class should be given; None where there is none.

    Returns
    -------
    np.ndarray of float64, shape (n_answers + 1, n_classes)
        A class without an answer is what the share of *none of them* means, if any class has one.
    """
    table = np.zeros((len(answers) + 1, len(meanings)))
    if any(meanings):
        for column, meant in enumerate(meanings):
            table[answers.index(meant) if meant in answers else len(answers), column] = 1.0
    return table
