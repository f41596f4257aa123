"""All that decides what a training makes: frozen, bounded, written into the bundle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ser_core.emotions import ALL_EMOTIONS, EMOTIONS
from ser_core.errors import SettingsError

NETWORKS = ("mlp", "functionals", "cnn", "ensemble")
CORPORA_WITH_PEOPLE = ("ravdess", "tess", "emodb", "cremad")
FEATURE_GROUPS = ("mfcc", "chroma", "mel")
MAX_LAYERS = 6
MAX_UNITS = 512
MAX_EPOCHS = 300


@dataclass(frozen=True)
class NetworkSettings:
    """Sizes of the fully connected network.

    Attributes
    ----------
    hidden : tuple of int
        Units of each hidden layer.
    dropout : tuple of float
        Dropout behind each hidden layer, as many as layers.
    """

    hidden: tuple[int, ...] = (256, 128, 64)
    dropout: tuple[float, ...] = (0.3, 0.3, 0.2)

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(int(units) for units in self.hidden))
        object.__setattr__(self, "dropout", tuple(float(rate) for rate in self.dropout))
        if len(self.hidden) != len(self.dropout):
            raise SettingsError(
                "layers",
                f"There are {len(self.hidden)} layer sizes and {len(self.dropout)} dropouts; give "
                "one dropout for each layer.",
            )
        if len(self.hidden) > MAX_LAYERS:
            raise SettingsError(
                "layers", f"{len(self.hidden)} hidden layers; at most {MAX_LAYERS} are trained."
            )
        for units in self.hidden:
            _within("units of a layer", units, 1, MAX_UNITS)
        for rate in self.dropout:
            _within("dropout", rate, 0.0, 0.9)


@dataclass(frozen=True)
class CnnSettings:
    """Shape and training of the convolutional network.

    Attributes
    ----------
    filters : tuple of int
        Filters of its four convolutions.
    recurrent_units : int
        Units of the recurrent layer, in each direction.
    dropout : float
        Before the recurrent layer and before the logits.
    epochs : int
    clips_per_epoch : int
        Clips drawn in an epoch.
    batch_size : int
    learning_rate : float
        Its peak.
    mixup : float
        Share of clips mixed with another clip and its label (Zhang et al. 2018).
    auxiliary : float
        Share of clips drawn from other emotions than those that are told apart: they only help the
        network to learn to hear.
    members : int
        Networks trained with different seeds whose logits are averaged: each second one in more
        and other noise (`ser_core.cnn_training.NOISY`).
    """

    filters: tuple[int, ...] = (16, 32, 64, 96)
    recurrent_units: int = 56
    dropout: float = 0.2
    epochs: int = 24
    clips_per_epoch: int = 3200
    batch_size: int = 32
    learning_rate: float = 3e-3
    mixup: float = 0.1
    auxiliary: float = 0.3
    members: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "filters", tuple(int(count) for count in self.filters))
        if len(self.filters) != 4:
            raise SettingsError(
                "layers", f"{len(self.filters)} convolutions were given; the network has 4."
            )
        for count in self.filters:
            _within("filters of a convolution", count, 1, 256)
        _within("recurrent units", self.recurrent_units, 1, 256)
        _within("dropout", self.dropout, 0.0, 0.9)
        _within("epochs", self.epochs, 1, MAX_EPOCHS)
        _within("batch size", self.batch_size, 4, 512)
        _within("clips of an epoch", self.clips_per_epoch, self.batch_size, 100_000)
        _within("learning rate", self.learning_rate, 1e-6, 1.0)
        _within("mixup", self.mixup, 0.0, 1.0)
        _within("auxiliary share", self.auxiliary, 0.0, 0.9)
        _within("members", self.members, 1, 10)


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained.

    Attributes
    ----------
    network : {"mlp", "functionals", "cnn", "ensemble"}
        The network over the 180 features; the one over the functionals of log-mel and pitch; the
        convolutional one over log-mel frames; the last two side by side.
    emotions : tuple of str
        The emotions to tell apart, in order.
    corpora : tuple of str
        The corpora to learn from.
    layers : NetworkSettings
        Sizes of the ``mlp``.
    feature_groups : tuple of str
        Which of the 180 features the ``mlp`` sees.
    learning_rate : float
        Of Adam.
    batch_size : int
    epochs : int
    patience : int or None
        Stop when the loss of held-out *training* speakers has not fallen for this many epochs, and
        keep the best; None trains all epochs.
    class_weights : bool
        Weigh each emotion by the inverse of its frequency.
    augmentation : int
        Augmented copies of each training recording (needs the audio).
    balance : bool
        Weigh recordings so that in each corpus all emotions count alike, and a corpus counts by
        the square root of its size.
    input_dropout, label_smoothing, weight_decay : float
    cosine : bool
        Let the learning rate fall to zero along a cosine.
    members : int
        Fully connected networks trained with different seeds whose logits are averaged.
    cnn : CnnSettings
        Of the convolutional network.
    seed : int
    """

    network: str = "mlp"
    emotions: tuple[str, ...] = EMOTIONS
    corpora: tuple[str, ...] = ("ravdess",)
    layers: NetworkSettings = field(default_factory=NetworkSettings)
    feature_groups: tuple[str, ...] = FEATURE_GROUPS
    learning_rate: float = 1e-3
    batch_size: int = 32
    epochs: int = 100
    patience: int | None = None
    class_weights: bool = False
    augmentation: int = 0
    balance: bool = False
    input_dropout: float = 0.0
    label_smoothing: float = 0.0
    weight_decay: float = 0.0
    cosine: bool = False
    members: int = 1
    cnn: CnnSettings = field(default_factory=CnnSettings)
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("emotions", "corpora", "feature_groups"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if isinstance(self.layers, Mapping):
            object.__setattr__(self, "layers", NetworkSettings(**self.layers))
        if isinstance(self.cnn, Mapping):
            object.__setattr__(self, "cnn", CnnSettings(**self.cnn))
        _known("network", (self.network,), NETWORKS, at_least=1)
        _known("emotions", self.emotions, ALL_EMOTIONS, at_least=2)
        _known("feature groups", self.feature_groups, FEATURE_GROUPS, at_least=1)
        if not self.corpora:
            raise SettingsError("corpora", "No corpus was chosen; choose at least one.")
        _within("learning rate", self.learning_rate, 1e-6, 1.0)
        _within("batch size", self.batch_size, 4, 512)
        _within("epochs", self.epochs, 1, MAX_EPOCHS)
        _within("augmented copies", self.augmentation, 0, 20)
        _within("input dropout", self.input_dropout, 0.0, 0.9)
        _within("label smoothing", self.label_smoothing, 0.0, 0.5)
        _within("weight decay", self.weight_decay, 0.0, 1.0)
        _within("members", self.members, 1, 10)
        _within("seed", self.seed, 0, 2**31 - 1)
        if self.patience is not None:
            _within("patience", self.patience, 1, MAX_EPOCHS)

    @property
    def n_epochs(self) -> int:
        """How many epochs a training tells of."""
        if self.network in ("cnn", "ensemble"):
            return self.cnn.epochs * self.cnn.members
        return self.epochs * self.members

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainingSettings:
        """Read back what `to_dict` gave; unknown keys are refused.

        Raises
        ------
        SettingsError
            For a key that is not a setting, or a value out of bounds.
        """
        unknown = sorted(set(values) - {entry.name for entry in fields(cls)})
        if unknown:
            raise SettingsError("unknown_setting", f"There is no setting {', '.join(unknown)}.")
        try:
            return cls(**values)
        except (TypeError, ValueError) as error:
            raise SettingsError(
                "bad_value", "A setting has a value of the wrong kind; expected numbers and names."
            ) from error


def _within(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise SettingsError(
            "out_of_bounds", f"The {name} is {value:g}; it must lie between {low:g} and {high:g}."
        )


def _known(name: str, values: tuple[str, ...], known: tuple[str, ...], *, at_least: int) -> None:
    unknown = [value for value in values if value not in known]
    if unknown or len(set(values)) < max(at_least, len(values)):
        raise SettingsError(
            "unknown_name",
            f"The {name} given: {', '.join(map(str, values)) or 'none'}. Expected at least "
            f"{at_least}, each once, of {', '.join(known)}.",
        )


_FUNCTIONALS: dict[str, Any] = {
    "corpora": CORPORA_WITH_PEOPLE,
    "layers": NetworkSettings((192, 96), (0.5, 0.4)),
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
RECIPES: dict[str, dict[str, Any]] = {
    "mlp": {},
    "functionals": _FUNCTIONALS,
    "cnn": {"corpora": CORPORA_WITH_PEOPLE, "label_smoothing": 0.05, "weight_decay": 0.01},
    "ensemble": _FUNCTIONALS,
}
"""What each network is trained with unless told otherwise; docs/experiments.md says why."""


def recipe(network: str, **changes: Any) -> TrainingSettings:
    """Settings of a network's recipe, with changes.

    Raises
    ------
    SettingsError
        For an unknown network, or a value out of bounds.
    """
    _known("network", (network,), NETWORKS, at_least=1)
    return TrainingSettings(**({"network": network} | RECIPES[network] | changes))
