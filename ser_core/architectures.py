"""The kinds of network that there are: one table, without Keras.

Whoever needs to know something of a network asks its row; nobody compares names. Another kind is
one row here, with its recipe, and one builder in `ser_core.training.networks.BUILDERS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from ser_core.errors import SettingsError


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
    recipe : mapping
        The settings that it is trained with unless told otherwise; docs/experiments.md says why.
    """

    name: str
    caption: str
    sees: str
    about: str
    vector: str
    hears_all: bool
    recipe: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


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
            "fully connected, over the 180 features",
            "The original 180 features",
            "Means over time of MFCCs, chroma and mel bands: they know the speaker best.",
            vector="classic",
            hears_all=False,
        ),
        Architecture(
            "encoder",
            "fully connected, over the speech encoder's numbers",
            "The speech encoder's numbers",
            "1,536 numbers of a network that has learned to write down speech.",
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
