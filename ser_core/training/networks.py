"""The networks, in pure Keras 3 operations: they train on any Keras backend.

Each returns logits: the temperature that makes them probabilities is fitted after training, on
speakers that the network never heard.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from ser_core.architectures import Architecture, named
from ser_core.training.backend import keras
from ser_core.training.novelty import Novelty
from ser_core.training.settings import NetworkSettings

layers, ops = keras.layers, keras.ops


class Builder(Protocol):
    """Builds an untrained network; `mlp` says of what and to what."""

    def __call__(
        self,
        n_features: int,
        n_classes: int,
        settings: NetworkSettings,
        *,
        input_dropout: float,
        name: str,
    ) -> keras.Model:
        """Build one."""


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
    x = layers.Dropout(input_dropout)(inputs) if input_dropout else inputs
    for units, rate in zip(settings.hidden, settings.dropout, strict=True):
        x = layers.Dense(units, activation="relu")(x)
        x = layers.Dropout(rate)(x)
    return keras.Model(inputs, layers.Dense(n_classes, name="logits")(x), name=name)


def builder(architecture: Architecture) -> Builder:
    """What builds the networks of a row of `ser_core.architectures`."""
    found: Builder = named(architecture.builder)
    return found


def bare(model: keras.Model) -> keras.Model:
    """The same network without its optimiser, whose moments would triple a saved file."""
    copy = type(model).from_config(model.get_config())
    copy.set_weights(model.get_weights())
    return copy


def mean_of(members: list[keras.Model]) -> keras.Model:
    """One network whose logits are the mean of its members', all over the same features."""
    if len(members) == 1:
        return members[0]
    inputs = keras.Input(members[0].input_shape[1:], name="features")
    logits = layers.Average(name="mean_logits")([member(inputs) for member in members])
    return keras.Model(inputs, logits, name="mean")


def folded(model: keras.Model, groups: Sequence[Sequence[int]]) -> keras.Model:
    """The network with classes joined: a group's logit is that of any of its members.

    Parameters
    ----------
    model : keras.Model
        From features to logits (batch, n_classes).
    groups : sequence of sequence of int
        The classes of each group; an empty one is never likely.

    Returns
    -------
    keras.Model
        To logits (batch, n_groups): for each group the logarithm of the summed exponentials, so
        that the softmax of the groups is the sum of the softmax of their members.
    """
    n_classes = model.output_shape[-1]
    members = np.zeros((n_classes, len(groups)), dtype=np.float32)
    for column, group in enumerate(groups):
        members[list(group), column] = 1.0
    join = layers.Dense(len(groups), use_bias=False, trainable=False, name="join")
    inputs = keras.Input(model.input_shape[1:], name="features")
    logits = model(inputs)
    # The highest is taken out first and given back: exponentials of large logits overflow.
    highest = ops.max(logits, axis=-1, keepdims=True)
    summed = join(ops.exp(logits - highest))
    outputs = ops.log(summed + _NEVER) + highest
    network = keras.Model(inputs, outputs, name="folded")
    join.set_weights([members])
    return network


_NEVER = 1e-9


def with_novelty(model: keras.Model, novelty: Novelty) -> keras.Model:
    """The network with one more output: the squared distance to the nearest corpus.

    Parameters
    ----------
    model : keras.Model
        From features to logits (batch, n_outputs).
    novelty : Novelty

    Returns
    -------
    keras.Model
        To (batch, n_outputs + 1); the last is about 1 for what is like the training recordings.
    """
    n_corpora, n = novelty.centres.shape
    place = layers.Dense(n, trainable=False, name="place")
    # |p - c|^2 is |p|^2 - 2 p c + |c|^2.
    nearness = layers.Dense(n_corpora, trainable=False, name="nearness")
    inputs = keras.Input(model.input_shape[1:], name="features")
    at = place(inputs)
    distances = ops.sum(ops.square(at), axis=-1, keepdims=True) + nearness(at)
    nearest = ops.min(distances, axis=-1, keepdims=True) / n
    network = keras.Model(
        inputs, ops.concatenate([model(inputs), nearest], axis=-1), name="with_novelty"
    )
    place.set_weights([novelty.matrix, novelty.offset])
    squares = np.square(novelty.centres).sum(axis=1)
    nearness.set_weights([-2 * novelty.centres.T, squares])
    return network
