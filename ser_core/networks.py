"""The networks, in pure Keras 3 operations: they train on any Keras backend.

Each returns logits: the temperature that makes them probabilities is fitted after training, on
speakers that the network never heard.
"""

from __future__ import annotations

import keras

from ser_core.settings import NetworkSettings


def mlp(
    n_features: int,
    n_classes: int,
    settings: NetworkSettings,
    *,
    input_dropout: float = 0.0,
    name: str = "mlp",
) -> keras.Model:
    """Fully connected network over a vector of features.

    Parameters
    ----------
    n_features : int
        Length of the (scaled) feature vector.
    n_classes : int
        Number of emotions.
    settings : NetworkSettings
        Layer sizes and dropouts; 256-128-64 with 0.3/0.3/0.2 is the original recipe.
    input_dropout : float
        Share of the features that are hidden at each step.
    name : str

    Returns
    -------
    keras.Model
        From float32 (batch, n_features) to logits (batch, n_classes).
    """
    inputs = keras.Input((n_features,), name="features")
    x = keras.layers.Dropout(input_dropout)(inputs) if input_dropout else inputs
    for units, rate in zip(settings.hidden, settings.dropout, strict=True):
        x = keras.layers.Dense(units, activation="relu")(x)
        x = keras.layers.Dropout(rate)(x)
    return keras.Model(inputs, keras.layers.Dense(n_classes, name="logits")(x), name=name)


def mean_of(members: list[keras.Model]) -> keras.Model:
    """One network whose logits are the mean of its members'."""
    if len(members) == 1:
        return members[0]
    inputs = keras.Input(members[0].input_shape[1:], name="features")
    logits = keras.layers.Average(name="mean_logits")([member(inputs) for member in members])
    return keras.Model(inputs, logits, name="mean")
