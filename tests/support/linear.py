"""An architecture of the tests' own, as somebody adds one: a builder, a count, a row."""

from __future__ import annotations

from collections.abc import Sequence

from ser_core.architectures import Architecture
from ser_core.training.backend import keras
from ser_core.training.settings import NetworkSettings


def build(
    n_features: int, n_classes: int, settings: NetworkSettings, *, input_dropout: float, name: str
) -> keras.Model:
    """No hidden layer at all, whatever the settings say of them."""
    inputs = keras.Input((n_features,), name="features")
    return keras.Model(inputs, keras.layers.Dense(n_classes, name="logits")(inputs), name=name)


def weights(n_features: int, hidden: Sequence[int], n_outputs: int) -> int:
    return (n_features + 1) * n_outputs


ROW = Architecture(
    "linear",
    "one layer, over the 180 features",
    "The 180 features, weighed",
    "As little as a network can be.",
    vector="classic",
    hears_all=False,
    builder=f"{__name__}:build",
    weights=f"{__name__}:weights",
    recipe={"epochs": 5},
)
