"""Labelled recordings as arrays: what training and evaluation work on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ser_core.errors import SettingsError


@dataclass(frozen=True, eq=False)
class Auxiliary:
    """Recordings of other emotions: they help a network to learn to hear, and are never judged.

    Attributes
    ----------
    frames : np.ndarray of object, shape (n,)
        Log-mel frames, float16 of shape (n_frames, n_mels).
    emotions, speakers, corpora, hashes : np.ndarray of str, shape (n,)
    """

    frames: NDArray[np.object_]
    emotions: NDArray[np.str_]
    speakers: NDArray[np.str_]
    corpora: NDArray[np.str_]
    hashes: NDArray[np.str_]

    def of_speakers(self, speakers: NDArray[np.str_]) -> NDArray[np.bool_]:
        """Which of them these speakers spoke, shape (n,)."""
        return np.isin(self.speakers, speakers)


@dataclass(frozen=True, eq=False)
class Examples:
    """Recordings with their labels; all arrays have one entry a recording.

    Attributes
    ----------
    inputs : np.ndarray of float32, shape (n, n_features)
        Features.
    labels : np.ndarray of int, shape (n,)
        Positions in `emotions`; -1 for another emotion, heard in training only.
    emotions : tuple of str
    speakers, genders, corpora, hashes, names : np.ndarray of str, shape (n,)
    copies : np.ndarray of float32, shape (n, n_copies, n_features), optional
        Features of augmented copies: used where their recording is in training, never in a test.
    frames : np.ndarray of object, shape (n,), optional
        Log-mel frames of each recording, float16 of shape (n_frames, n_mels).
    auxiliary : Auxiliary, optional
        Heard in training where their speaker is; nobody who is tested is heard in them.
    """

    inputs: Any
    labels: NDArray[np.intp]
    emotions: tuple[str, ...]
    speakers: NDArray[np.str_]
    genders: NDArray[np.str_]
    corpora: NDArray[np.str_]
    hashes: NDArray[np.str_]
    names: NDArray[np.str_]
    copies: NDArray[np.float32] | None = field(default=None)
    frames: NDArray[np.object_] | None = field(default=None)
    auxiliary: Auxiliary | None = field(default=None)

    def __len__(self) -> int:
        return len(self.labels)

    def heard_in_training(self, train: NDArray[np.intp]) -> list[str]:
        """Digests of all sounds that a training on these positions hears."""
        heard: list[str] = self.hashes[train].tolist()
        if self.auxiliary is not None:
            known = self.auxiliary.of_speakers(self.speakers[train])
            heard += self.auxiliary.hashes[known].tolist()
        return heard

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
    frames: Any = None,
    auxiliary: Auxiliary | None = None,
) -> Examples:
    """Join a manifest with the inputs of the same recordings.

    Parameters
    ----------
    table : pandas.DataFrame
        A manifest as `ser_core.tables.read` gives it, already limited to `emotions`.
    inputs : sequence
        One entry a row.
    emotions : sequence of str
    copies : np.ndarray, optional
        Features of augmented copies.
    frames : np.ndarray of object, optional
        Log-mel frames.
    auxiliary : Auxiliary, optional

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
        speakers=column("speaker"),
        genders=column("gender"),
        corpora=column("corpus"),
        hashes=column("sha256"),
        names=column("name"),
        copies=copies,
        frames=frames,
        auxiliary=auxiliary,
    )
