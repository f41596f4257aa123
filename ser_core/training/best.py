"""Which epoch of a training is kept: without Keras, for whoever shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence


def best_epoch(history: Sequence[Mapping[str, float]]) -> int:
    """The first epoch in which the loss of those kept aside was lowest.

    Those kept aside are training speakers that it does not learn from; nobody of the test.

    Parameters
    ----------
    history : sequence of mapping
        With ``aside_loss``; see `ser_core.training.fitting.Fitted`.

    Examples
    --------
    >>> best_epoch([{"epoch": 1, "aside_loss": 0.9}, {"epoch": 2, "aside_loss": 0.7}])
    2
    """
    # By its place, and whatever stands there: a file may hold any history.
    losses = [point.get("aside_loss", math.inf) for point in history]
    return losses.index(min(losses)) + 1


def kept_epoch(history: Sequence[Mapping[str, float]]) -> int | None:
    """The epoch whose weights are kept where somebody chose it; None where it is the last."""
    if not history or "aside_loss" not in history[0]:
        return None
    return best_epoch(history)
