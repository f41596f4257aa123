"""Labelled recordings as arrays: what training and evaluation work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ser_core.emotions import ORDINARY_KINDS
from ser_core.errors import SettingsError


@dataclass(frozen=True, eq=False)
class Examples:
    """Recordings with their labels; all arrays have one entry a recording.

    Attributes
    ----------
    inputs : np.ndarray of float32, shape (n, n_features)
        Features.
    labels : np.ndarray of int, shape (n,)
        Positions in `emotions`; -1 for another emotion.
    emotions : tuple of str
        Those that are told apart.
    kinds : np.ndarray of str, shape (n,)
        The emotion of each recording as its corpus names it, one of `ser_core.emotions`.
    speakers, genders, corpora, hashes, names : np.ndarray of str, shape (n,)
    copies : np.ndarray of float32, shape (n, n_copies, n_features), optional
        Features of augmented copies: used where their recording is in training, never in a test.
    """

    inputs: Any
    labels: NDArray[np.intp]
    emotions: tuple[str, ...]
    kinds: NDArray[np.str_]
    speakers: NDArray[np.str_]
    genders: NDArray[np.str_]
    corpora: NDArray[np.str_]
    hashes: NDArray[np.str_]
    names: NDArray[np.str_]
    copies: NDArray[np.float32] | None = field(default=None)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def outputs(self) -> NDArray[np.intp]:
        """What a network that hears all of them should answer, shape (n,).

        The position of an emotion; behind the emotions one place for ordinary speech, and one for
        what is neither.
        """
        ordinary = np.isin(self.kinds, ORDINARY_KINDS)
        others = np.where(ordinary, len(self.emotions), len(self.emotions) + 1)
        return np.where(self.labels >= 0, self.labels, others)

    def subset(self, positions: NDArray[np.intp]) -> Examples:
        """The examples at these positions, in this order; inputs must be an array."""
        parts: dict[str, Any] = {
            entry.name: value[positions] if isinstance(value, np.ndarray) else value
            for entry in fields(self)
            for value in (getattr(self, entry.name),)
        }
        return Examples(**parts)


def from_table(
    table: pd.DataFrame,
    inputs: Any,
    emotions: Sequence[str],
    copies: Any = None,
) -> Examples:
    """Join a manifest with the inputs of the same recordings.

    Parameters
    ----------
    table : pandas.DataFrame
        A manifest as `ser_core.data.tables.read` gives it, limited to what is to be learned from.
    inputs : sequence
        One entry a row.
    emotions : sequence of str
    copies : np.ndarray, optional
        Features of augmented copies.

    Raises
    ------
    SettingsError
        When an emotion has no recording.
    """
    order = {emotion: position for position, emotion in enumerate(emotions)}
    labels = np.array([order.get(name, -1) for name in table["emotion"]], dtype=np.intp)
    missing = [emotion for emotion, position in order.items() if not (labels == position).any()]
    if missing:
        raise SettingsError(
            "no_recordings",
            f"No recording of {', '.join(missing)} in {', '.join(sorted(set(table['corpus'])))}. "
            "Choose emotions that these corpora hold, or another corpus.",
        )

    def column(name: str) -> NDArray[np.str_]:
        return np.asarray(table[name].to_numpy(dtype=str))

    return Examples(
        inputs=inputs,
        labels=labels,
        emotions=tuple(emotions),
        kinds=column("emotion"),
        speakers=column("speaker"),
        genders=column("gender"),
        corpora=column("corpus"),
        hashes=column("sha256"),
        names=column("name"),
        copies=copies,
    )
