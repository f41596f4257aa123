"""The kinds of network that there are: one table, without Keras.

Whoever needs to know something of a network asks its row; nobody compares names. Another kind is
one row here, with its recipe and the name of its builder. Only the name: the builder brings Keras,
which whoever reads this table need not have.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

from ser_core.errors import SettingsError
from ser_core.language import gettext_noop as N_


@dataclass(frozen=True)
class Architecture:
    """A kind of network.

    Attributes
    ----------
    name : str
        As in settings, in bundles and behind ``--network``.
    caption : str
        What it is, for people, without a capital.
    sees : str
        What it sees, as a choice on Retrain.
    about : str
        What that is, in a sentence below it.
    vector : str
        The feature set that it sees: ``"classic"``, the 180 features, or ``"encoder"``, the 1,536
        numbers of the speech encoder.
    hears_all : bool
        Whether it learns from every emotion of the corpora, and so can answer *ordinary*, or from
        those that are to be told apart alone.
    builder : str
        What builds it, as ``module:name``: a `ser_core.training.networks.Builder`.
    weights : str
        What counts its weights without building it, as ``module:name``; see `fully_connected`.
    recipe : mapping
        The settings that it is trained with unless told otherwise; docs/experiments.md says why.
    """

    name: str
    caption: str
    sees: str
    about: str
    vector: str
    hears_all: bool
    builder: str = "ser_core.training.networks:mlp"
    weights: str = "ser_core.architectures:fully_connected"
    recipe: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    def n_weights(self, n_features: int, hidden: Sequence[int], n_outputs: int) -> int:
        """Weights and biases of a network of this kind; see `fully_connected`."""
        count: int = named(self.weights)(n_features, hidden, n_outputs)
        return count

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, for a process that may not know it yet."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        return values | {"recipe": dict(self.recipe)}


def named(place: str) -> Any:
    """What a row names, as ``module:name``; imported only now."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)


def fully_connected(n_features: int, hidden: Sequence[int], n_outputs: int) -> int:
    """Weights and biases of layers that are each connected to the whole of the one before.

    Parameters
    ----------
    n_features : int
    hidden : sequence of int
        Units of each hidden layer.
    n_outputs : int

    Examples
    --------
    >>> fully_connected(180, (10,), 4)
    1854
    """
    return sum(
        (before + 1) * after
        for before, after in itertools.pairwise((n_features, *hidden, n_outputs))
    )


_ENCODER = MappingProxyType(
    {
        "corpora": ("ravdess", "tess", "emodb", "cremad", "nemo", "banglaser"),
        "layers": {"hidden": (384, 128), "dropout": (0.5, 0.3)},
        "batch_size": 256,
        "epochs": 15,
        "augmentation": 4,
        "balance": True,
        "input_dropout": 0.1,
        "label_smoothing": 0.05,
        "weight_decay": 0.01,
        "cosine": True,
        "members": 3,
    }
)

ARCHITECTURES: dict[str, Architecture] = {
    row.name: row
    for row in (
        Architecture(
            "mlp",
            N_("fully connected, over the 180 features"),
            N_("The original 180 features"),
            N_("Means over time of MFCCs, chroma and mel bands: they know the speaker best."),
            vector="classic",
            hears_all=False,
        ),
        Architecture(
            "encoder",
            N_("fully connected, over the speech encoder's numbers"),
            N_("The speech encoder's numbers"),
            N_("1,536 numbers of a network that has learned to write down speech."),
            vector="encoder",
            hears_all=True,
            recipe=_ENCODER,
        ),
    )
}


def get(name: str) -> Architecture:
    """The architecture of a name.

    Raises
    ------
    SettingsError
        With code ``unknown_name``.
    """
    try:
        return ARCHITECTURES[name]
    except (KeyError, TypeError):
        raise SettingsError(
            "unknown_name",
            f"There is no network {name!r}; the networks are {', '.join(ARCHITECTURES)}.",
        ) from None
