"""The networks, in pure Keras 3 operations: they train on any Keras backend.

Each returns logits: the temperature that makes them probabilities is fitted after training, on
speakers that the network never heard.
"""

from __future__ import annotations

import keras

from ser_core.settings import NetworkSettings


def mlp(n_features: int, n_classes: int, settings: NetworkSettings) -> keras.Model:
    """Fully connected network over the 180 features.

    Parameters
    ----------
    n_features : int
        Length of the (scaled) feature vector.
    n_classes : int
        Number of emotions.
    settings : NetworkSettings
        Layer sizes and dropouts; 256-128-64 with 0.3/0.3/0.2 is the original recipe.

    Returns
    -------
    keras.Model
        From float32 (batch, n_features) to logits (batch, n_classes).
    """
    inputs = keras.Input((n_features,), name="features")
    x = inputs
    for units, rate in zip(settings.hidden, settings.dropout, strict=True):
        x = keras.layers.Dense(units, activation="relu")(x)
        x = keras.layers.Dropout(rate)(x)
    return keras.Model(inputs, keras.layers.Dense(n_classes, name="logits")(x), name="mlp")
