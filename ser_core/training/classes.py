"""What a network is taught to tell apart, and how that becomes what it says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from ser_core.data.examples import Examples
from ser_core.emotions import ALL_EMOTIONS
from ser_core.training import networks
from ser_core.training.backend import keras
from ser_core.training.settings import TrainingSettings

Indices = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Classes:
    """What a network is taught to tell apart, and which of its outputs each belongs to.

    A network that hears all emotions learns each by its own name, since calm and bored voices are
    not alike; what it says of them is joined afterwards.
    """

    names: tuple[str, ...]
    groups: tuple[tuple[int, ...], ...] | None

    @classmethod
    def of(cls, settings: TrainingSettings, examples: Examples, train: Indices) -> Classes:
        """Of the recordings that are learned from."""
        if not settings.architecture.hears_all:
            return cls(examples.emotions, None)
        kinds, outputs = examples.kinds[train], examples.outputs[train]
        heard = set(kinds.tolist())
        names = tuple(name for name in ALL_EMOTIONS if name in heard)
        output_of = [int(outputs[kinds == name][0]) for name in names]
        return cls(
            names,
            tuple(
                tuple(place for place, output in enumerate(output_of) if output == wanted)
                for wanted in range(len(examples.emotions) + 2)
            ),
        )

    def labels(self, examples: Examples, positions: Indices) -> Indices:
        """Positions in `names`."""
        order = {name: place for place, name in enumerate(self.names)}
        return np.array([order[kind] for kind in examples.kinds[positions]], dtype=np.intp)

    def joined(self, model: keras.Model) -> keras.Model:
        """The network with one logit an output."""
        return model if self.groups is None else networks.folded(model, self.groups)

    def fold(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        """The same of logits that are there already."""
        if self.groups is None:
            return logits
        columns = [
            logsumexp(logits[:, list(group)], axis=1) if group else np.full(len(logits), -20.0)
            for group in self.groups
        ]
        return np.stack(columns, axis=1).astype(np.float32)
