"""All that decides what a training makes: frozen, bounded, written into the bundle.

Each setting is declared once, here, with `ser_core.training.declared.setting`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from ser_core import architectures
from ser_core.architectures import ARCHITECTURES, Architecture
from ser_core.emotions import ALL_EMOTIONS, EMOTIONS
from ser_core.errors import SettingsError
from ser_core.language import gettext as _
from ser_core.training import declared
from ser_core.training.declared import setting

FEATURE_GROUPS = ("mfcc", "chroma", "mel")
MAX_LAYERS = 6
MAX_EPOCHS = 300


@dataclass(frozen=True)
class NetworkSettings:
    """Sizes of the fully connected network: as many dropouts as layers."""

    hidden: tuple[int, ...] = setting(
        (256, 128, 64),
        "units of a layer",
        "units of each hidden layer of the fully connected network",
        flag="--hidden",
        label="Layers",
        low=1,
        high=512,
        shown=True,
    )
    dropout: tuple[float, ...] = setting(
        (0.3, 0.3, 0.2),
        "dropout",
        "dropout behind each hidden layer",
        flag="--dropout",
        low=0,
        high=0.9,
        shown=True,
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "hidden", tuple(int(units) for units in self.hidden))
        object.__setattr__(self, "dropout", tuple(float(rate) for rate in self.dropout))
        if len(self.hidden) != len(self.dropout):
            raise SettingsError(
                "layers",
                _(
                    "There are {hidden} layer sizes and {dropout} dropouts; give one dropout "
                    "for each layer."
                ).format(hidden=len(self.hidden), dropout=len(self.dropout)),
            )
        if len(self.hidden) > MAX_LAYERS:
            raise SettingsError(
                "layers",
                _("{hidden} hidden layers; at most {max_layers} are trained.").format(
                    hidden=len(self.hidden), max_layers=MAX_LAYERS
                ),
            )
        declared.check(self)


@dataclass(frozen=True)
class TrainingSettings:
    """How a network is trained."""

    network: str = setting(
        "mlp",
        "network",
        "; ".join(f"{row.name}: {row.caption}" for row in ARCHITECTURES.values()),
        choices=ARCHITECTURES.keys(),
        shown=True,
    )
    emotions: tuple[str, ...] = setting(
        EMOTIONS,
        "emotions",
        "the emotions to tell apart, in order",
        choices=ALL_EMOTIONS,
        at_least=2,
        shown=True,
    )
    corpora: tuple[str, ...] = setting(
        ("ravdess",), "corpora", "the corpora to learn from", shown=True
    )
    layers: NetworkSettings = field(default_factory=NetworkSettings)
    feature_groups: tuple[str, ...] = setting(
        FEATURE_GROUPS,
        "feature groups",
        "which of the 180 features the mlp sees: of mfcc, chroma, mel",
        flag="--features",
        label="Features",
        choices=FEATURE_GROUPS,
        shown=True,
    )
    learning_rate: float = setting(1e-3, "learning rate", "of Adam", low=1e-6, high=1, shown=True)
    batch_size: int = setting(32, "batch size", "recordings to a step", low=4, high=512, shown=True)
    epochs: int = setting(
        100, "epochs", "rounds over all recordings", low=1, high=MAX_EPOCHS, shown=True
    )
    patience: int | None = setting(
        None,
        "patience",
        "stop when the loss of held-out training speakers has not fallen for this many epochs, and "
        "keep the best; none trains all epochs",
        low=1,
        high=MAX_EPOCHS,
    )
    keep_best: bool = setting(
        False,
        "keep the best epoch",
        "keep the weights of the epoch in which the loss of held-out training speakers was lowest, "
        "instead of the last epoch's",
        label="Best epoch kept",
        shown=True,
    )
    class_weights: bool = setting(
        False, "class weights", "weigh each emotion by the inverse of its frequency", shown=True
    )
    augmentation: int = setting(
        0,
        "augmented copies",
        "augmented copies of a recording; they need the audio",
        low=0,
        high=20,
    )
    balance: bool = setting(
        False,
        "balance",
        "weigh recordings so that in each corpus all emotions count alike, and a corpus counts by "
        "its size to the power 0.9",
    )
    input_dropout: float = setting(
        0.0, "input dropout", "share of the features that are hidden at each step", low=0, high=0.9
    )
    label_smoothing: float = setting(
        0.0, "label smoothing", "share of each label spread over all emotions", low=0, high=0.5
    )
    weight_decay: float = setting(0.0, "weight decay", "of AdamW", low=0, high=1)
    cosine: bool = setting(False, "cosine", "let the learning rate fall to zero along a cosine")
    members: int = setting(
        1,
        "members",
        "fully connected networks trained with different seeds whose logits are averaged",
        low=1,
        high=10,
    )
    seed: int = setting(
        0, "seed", "decides the first weights and the split", low=0, high=2**31 - 1, shown=True
    )

    def __post_init__(self) -> None:
        architectures.get(self.network)
        for name in ("emotions", "corpora", "feature_groups"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if isinstance(self.layers, Mapping):
            object.__setattr__(self, "layers", NetworkSettings(**self.layers))
        if not isinstance(self.layers, NetworkSettings):
            raise SettingsError(
                "bad_value", f"The layers are {self.layers!r}; expected sizes and dropouts."
            )
        if not self.corpora:
            raise SettingsError("corpora", _("No corpus was chosen; choose at least one."))
        declared.check(self)

    @property
    def architecture(self) -> Architecture:
        """What its network is made of."""
        return architectures.get(self.network)

    @property
    def n_epochs(self) -> int:
        """How many epochs a training tells of."""
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
            raise SettingsError(
                "unknown_setting",
                _("There is no setting {unknown}.").format(unknown=", ".join(unknown)),
            )
        try:
            return cls(**values)
        except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
            raise SettingsError(
                "bad_value",
                _("A setting has a value of the wrong kind; expected numbers and names."),
            ) from error


def recipe(network: str, **changes: Any) -> TrainingSettings:
    """Settings of a network's recipe, with changes.

    Raises
    ------
    SettingsError
        For an unknown network, or a value out of bounds.

    Examples
    --------
    >>> recipe("mlp", epochs=5).layers.hidden
    (256, 128, 64)
    >>> recipe("mlp", epochs=0)
    Traceback (most recent call last):
    ser_core.errors.SettingsError: The epochs is 0; it must lie between 1 and 300.
    """
    return TrainingSettings(**{"network": network, **architectures.get(network).recipe, **changes})
