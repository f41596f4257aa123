"""The networks, in pure Keras 3 operations: they train on any Keras backend.

Each returns logits: the temperature that makes them probabilities is fitted after training, on
speakers that the network never heard.
"""

from __future__ import annotations

from ser_core.backend import keras
from ser_core.settings import CnnSettings, NetworkSettings

layers, ops = keras.layers, keras.ops


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


def cnn(
    n_mels: int,
    n_classes: int,
    settings: CnnSettings,
    *,
    n_frames: int | None = None,
    name: str = "cnn",
) -> keras.Model:
    """Convolutional network over log-mel frames.

    Strided convolutions turn frames into steps of 64 ms, a recurrent layer reads them both ways,
    and an attentive mean and deviation over time (Okabe et al. 2018) make one vector of the clip.

    Parameters
    ----------
    n_mels : int
        Mel bands.
    n_classes : int
        Number of emotions.
    settings : CnnSettings
        Filters, units and dropout.
    n_frames : int, optional
        A fixed length of the input, for export: the recurrent layers are then unrolled. The same
        weights fit both forms.
    name : str

    Returns
    -------
    keras.Model
        Inputs ``frames`` (batch, n_frames, n_mels), natural log-mel power about the clip's mean
        spectrum, and ``mask`` (batch, n_frames), 1 where there is a clip and 0 in the padding
        behind it; to logits (batch, n_classes). The number of frames must be a multiple of 4.
    """
    frames = keras.Input((n_frames, n_mels), name="frames")
    mask = keras.Input((n_frames,), name="mask")

    # 0.3 brings the deviations of log-mel power to about one.
    x = 0.3 * frames * ops.expand_dims(mask, -1)
    x = layers.Reshape((-1 if n_frames is None else n_frames, n_mels, 1), name="image")(x)
    n_bands, n_steps = n_mels, n_frames
    for number, (n_filters, along_time) in enumerate(
        zip(settings.filters, _STEPS_IN_TIME, strict=True), start=1
    ):
        x = layers.Conv2D(
            n_filters,
            5 if number == 1 else 3,
            strides=(along_time, 2),
            padding="same",
            use_bias=False,
            name=f"conv{number}",
        )(x)
        x = layers.BatchNormalization(momentum=0.98, name=f"norm{number}")(x)
        x = layers.Activation("relu", name=f"relu{number}")(x)
        n_bands = -(-n_bands // 2)
        n_steps = None if n_steps is None else -(-n_steps // along_time)
    width = settings.filters[-1]
    x = layers.Reshape((-1 if n_steps is None else n_steps, n_bands * width), name="steps")(x)
    x = layers.Dense(width, use_bias=False, name="mix")(x)
    x = layers.BatchNormalization(momentum=0.98, name="mix_norm")(x)
    x = layers.Activation("relu", name="mix_relu")(x)
    x = layers.Dropout(settings.dropout, name="drop_steps")(x)

    # Not layers.Bidirectional: unrolled and masked, it starts its backward half in the padding.
    unroll = n_frames is not None
    units = settings.recurrent_units
    forward = layers.GRU(units, name="forward", return_sequences=True, unroll=unroll)
    backward = layers.GRU(
        units, name="backward", return_sequences=True, unroll=unroll, go_backwards=True
    )
    heard = mask[:, ::FRAMES_PER_STEP] > 0.5
    x = ops.concatenate(
        [forward(x, mask=heard), ops.flip(backward(x, mask=heard), axis=1)], axis=-1
    )

    scores = layers.Dense(64, activation="tanh", name="attention_hidden")(x)
    scores = layers.Dense(1, name="attention")(scores)
    weights = ops.softmax(ops.where(ops.expand_dims(heard, -1), scores, -1e4), axis=1)
    mean = ops.sum(weights * x, axis=1, keepdims=True)
    variance = ops.sum(weights * ops.square(x - mean), axis=1)
    pooled = ops.concatenate([mean[:, 0], ops.sqrt(ops.maximum(variance, 1e-4))], axis=-1)
    pooled = layers.Dropout(settings.dropout, name="drop_pooled")(pooled)
    logits = layers.Dense(n_classes, name="logits")(pooled)
    return keras.Model({"frames": frames, "mask": mask}, logits, name=name)


_STEPS_IN_TIME = (2, 2, 1, 1)
FRAMES_PER_STEP = 4
"""Frames that one step of the recurrent layers covers."""


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


def side_by_side(over_features: keras.Model | None, over_frames: list[keras.Model]) -> keras.Model:
    """One network of both kinds.

    Parameters
    ----------
    over_features : keras.Model or None
        From features to logits.
    over_frames : list of keras.Model
        From frames and mask to logits, all of the same shape.

    Returns
    -------
    keras.Model
        Its logits are the mean of the networks over frames, or, with one over features, of their
        mean and that: each kind counts one half. Inputs by name.
    """
    shape = over_frames[0].input["frames"].shape
    frames = keras.Input(shape[1:], name="frames")
    mask = keras.Input(shape[1:2], name="mask")
    inputs = {"frames": frames, "mask": mask}
    logits = [member(inputs) for member in over_frames]
    mean = layers.Average(name="mean_cnn")(logits) if len(logits) > 1 else logits[0]
    if over_features is not None:
        features = keras.Input(over_features.input_shape[1:], name="features")
        inputs = {"features": features, **inputs}
        mean = layers.Average(name="mean_kinds")([mean, over_features(features)])
    return keras.Model(inputs, mean, name="side_by_side")
