"""The kinds of network that there are: one table, without Keras.

Whoever needs to know something of a network asks its row; nobody compares names. Another kind is
one row here, one builder in `ser_core.networks` and its turn in `ser_core.training`.
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
    vector : str
        The feature set that its fully connected networks see: ``"classic"``, the 180 features of
        the tables, or ``"functionals"``, those of log-mel frames and pitch. Empty where it has no
        such networks.
    frames : bool
        Whether it has convolutional networks, over log-mel frames.
    recipe : mapping
        The settings that it is trained with unless told otherwise; docs/experiments.md says why.
    """

    name: str
    caption: str
    vector: str
    frames: bool
    recipe: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def needs_audio(self) -> bool:
        """Whether the committed tables are not enough to train it."""
        return self.frames or self.vector != "classic"


_PEOPLE = ("ravdess", "tess", "emodb", "cremad")
_FUNCTIONALS = MappingProxyType(
    {
        "corpora": _PEOPLE,
        "layers": {"hidden": (192, 96), "dropout": (0.5, 0.4)},
        "batch_size": 128,
        "epochs": 15,
        "augmentation": 8,
        "balance": True,
        "input_dropout": 0.1,
        "label_smoothing": 0.05,
        "weight_decay": 0.01,
        "cosine": True,
        "members": 3,
    }
)
_CNN = MappingProxyType({"corpora": _PEOPLE, "label_smoothing": 0.05, "weight_decay": 0.01})

ARCHITECTURES: dict[str, Architecture] = {
    row.name: row
    for row in (
        Architecture("mlp", "fully connected, over the 180 features", "classic", False),
        Architecture(
            "functionals",
            "fully connected, over the functionals of log-mel and pitch",
            "functionals",
            False,
            _FUNCTIONALS,
        ),
        Architecture("cnn", "convolutional, over log-mel frames", "", True, _CNN),
        Architecture("ensemble", "the last two side by side", "functionals", True, _FUNCTIONALS),
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
