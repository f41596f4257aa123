"""Settings and examples in, a fitted network out; each epoch is told to a callback.

The scaler and early stopping see the training side only. What is *watched* (the strangers' curves)
is measured after each epoch and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from ser_core import mel_windows, networks
from ser_core.backend import keras
from ser_core.cnn_training import LIGHT, NOISY, fit_cnn
from ser_core.errors import SettingsError
from ser_core.examples import Examples
from ser_core.features import MAX_DEVIATION, feature_groups
from ser_core.functionals import n_functionals
from ser_core.settings import CnnSettings, TrainingSettings

Indices = NDArray[np.intp]
OnEpoch = Callable[[dict[str, float]], bool | None]
"""Told each epoch's figures; returning True stops the training there."""
ShouldStop = Callable[[], bool]
"""Asked after each batch; True ends the training there, and what was learned is kept."""

N_WATCHED = 320
"""Clips of each side on which the convolutional network's curves are measured: all would cost a
third of its training."""

_WINDOWS_AT_ONCE = 64


@dataclass(frozen=True)
class Scaler:
    """Mean and spread of each feature over the training recordings."""

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]

    @classmethod
    def fit(cls, inputs: NDArray[np.float32]) -> Scaler:
        """Measure on inputs of shape (n, n_features)."""
        spread = inputs.std(axis=0)
        return cls(inputs.mean(axis=0), np.where(spread > 1e-8, spread, 1.0).astype(np.float32))

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Standardise inputs of shape (..., n_features), and bound them to `MAX_DEVIATION`."""
        scaled = (inputs - self.mean) / self.scale
        return np.asarray(np.clip(scaled, -MAX_DEVIATION, MAX_DEVIATION), dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network with all it needs to judge.

    Attributes
    ----------
    over_features : keras.Model or None
    over_frames : list of keras.Model
        The convolutional networks; empty where there is none.
    cnn : CnnSettings
        Their shape.
    scaler : Scaler or None
        For the features.
    columns : np.ndarray of int or None
        Which of the features the network sees.
    history : list of dict
        ``epoch``, ``loss``, ``accuracy`` and, where strangers were watched, ``val_loss`` and
        ``val_accuracy``; all measured without dropout. Where there are networks of both kinds, of
        the convolutional ones, over at most `N_WATCHED` clips of each side.
    """

    over_features: keras.Model | None
    scaler: Scaler | None
    columns: Indices | None
    history: list[dict[str, float]]
    over_frames: list[keras.Model] = field(default_factory=list)
    cnn: CnnSettings = field(default_factory=CnnSettings)

    @cached_property
    def model(self) -> keras.Model:
        """The whole network."""
        if self.over_frames:
            return networks.side_by_side(self.over_features, self.over_frames)
        assert self.over_features is not None
        return self.over_features

    def for_serving(self) -> keras.Model:
        """The same network over windows of a fixed length, to be exported."""
        if not self.over_frames:
            return self.model
        fixed = []
        for member in self.over_frames:
            n_mels, n_classes = member.input["frames"].shape[-1], member.output_shape[-1]
            copy = networks.cnn(
                n_mels, n_classes, self.cnn, n_frames=mel_windows.WINDOW_FRAMES, name=member.name
            )
            copy.set_weights(member.get_weights())
            fixed.append(copy)
        return networks.side_by_side(self.over_features, fixed)

    def logits(self, examples: Examples, positions: Indices) -> NDArray[np.float32]:
        """Logits of some recordings, shape (n_positions, n_emotions)."""
        found = []
        if self.over_features is not None:
            assert self.scaler is not None and self.columns is not None
            inputs = self.scaler(examples.inputs[positions][:, self.columns])
            found.append(_logits(self.over_features, inputs))
        if self.over_frames:
            assert examples.frames is not None
            clips = [np.asarray(examples.frames[i], dtype=np.float32) for i in positions]
            members = [_logits_of_frames(member, clips) for member in self.over_frames]
            found.append(np.mean(members, axis=0))
        return np.asarray(np.mean(found, axis=0), dtype=np.float32)


def fit(
    settings: TrainingSettings,
    examples: Examples,
    train: Indices,
    *,
    watch: Indices | None = None,
    on_epoch: OnEpoch | None = None,
    should_stop: ShouldStop | None = None,
) -> Fitted:
    """Train a network.

    Parameters
    ----------
    settings : TrainingSettings
    examples : Examples
    train : np.ndarray of int
        Positions of the recordings to learn from.
    watch : np.ndarray of int, optional
        Positions of strangers whose loss and accuracy are measured after each epoch.
    on_epoch : callable, optional
    should_stop : callable, optional

    Returns
    -------
    Fitted
        The same for the same settings, examples and machine.

    Raises
    ------
    SettingsError
        Where early stopping asks for speakers that are not there.
    """
    architecture = settings.architecture
    if not architecture.frames:
        return _fit_mlp(settings, examples, train, watch, on_epoch, should_stop)
    heard = _fit_cnns(settings, examples, train, watch, on_epoch, should_stop)
    if not architecture.vector:
        return heard
    counted = _fit_mlp(settings, examples, train, None, None, should_stop)
    return replace(counted, history=heard.history, over_frames=heard.over_frames, cnn=heard.cnn)


def selected_columns(settings: TrainingSettings) -> Indices:
    """Positions of the features that the network sees."""
    if settings.architecture.vector != "classic":
        return np.arange(n_functionals())
    chosen, start = [], 0
    for group, count in feature_groups().items():
        if group in settings.feature_groups:
            chosen.append(np.arange(start, start + count))
        start += count
    return np.concatenate(chosen)


def _fit_mlp(
    settings: TrainingSettings,
    examples: Examples,
    train: Indices,
    watch: Indices | None,
    on_epoch: OnEpoch | None,
    should_stop: ShouldStop | None,
) -> Fitted:
    columns = selected_columns(settings)
    train = train[examples.labels[train] >= 0]
    held_back = None
    if settings.patience is not None:
        train, held_back = _hold_back_speakers(examples, train, settings.seed)
    inputs, labels = examples.inputs[train], examples.labels[train]
    corpora = examples.corpora[train]
    if settings.augmentation and examples.copies is not None:
        copies = examples.copies[train][:, : settings.augmentation]
        n_copies = copies.shape[1]
        inputs = np.concatenate([inputs, copies.reshape(-1, inputs.shape[1])])
        labels = np.concatenate([labels, np.repeat(labels, n_copies)])
        corpora = np.concatenate([corpora, np.repeat(corpora, n_copies)])
    inputs = inputs[:, columns]
    scaler = Scaler.fit(inputs)
    inputs = scaler(inputs)
    weights = _weights(settings, labels, corpora, len(examples.emotions))

    parts = {"": (inputs[: len(train)], labels[: len(train)])}
    if watch is not None:
        parts["val_"] = (scaler(examples.inputs[watch][:, columns]), examples.labels[watch])
    members, histories = [], []
    for number in range(settings.members):
        keras.utils.set_random_seed(settings.seed + number)
        model = networks.mlp(
            len(columns),
            len(examples.emotions),
            settings.layers,
            input_dropout=settings.input_dropout,
            name=f"mlp_{number + 1}",
        )
        follow = _Follow(parts, on_epoch)
        callbacks: list[keras.callbacks.Callback] = [follow]
        if should_stop is not None:
            callbacks.append(_StopWhenAsked(should_stop))
        if held_back is not None:
            aside = (scaler(examples.inputs[held_back][:, columns]), examples.labels[held_back])
            callbacks.append(_StopEarly(*aside, patience=settings.patience or 1))
        _compile(model, settings, len(inputs))
        model.fit(
            inputs,
            np.eye(len(examples.emotions), dtype=np.float32)[labels],
            sample_weight=weights,
            batch_size=settings.batch_size,
            epochs=settings.epochs,
            callbacks=callbacks,
            verbose=0,
        )
        members.append(networks.bare(model))
        histories.append(follow.history)
    return Fitted(networks.mean_of(members), scaler, columns, mean_curves(histories))


def _fit_cnns(
    settings: TrainingSettings,
    examples: Examples,
    train: Indices,
    watch: Indices | None,
    on_epoch: OnEpoch | None,
    should_stop: ShouldStop | None,
) -> Fitted:
    train = train[examples.labels[train] >= 0]
    assert examples.frames is not None
    frames = examples.frames
    chance = np.random.default_rng(settings.seed)
    parts = {}
    for prefix, side in {"": train, "val_": watch}.items():
        if side is not None:
            drawn = np.sort(chance.permutation(side)[:N_WATCHED])
            watched = [np.asarray(frames[i], dtype=np.float32) for i in drawn]
            parts[prefix] = (watched, examples.labels[drawn])
    clips, labels = list(frames[train]), examples.labels[train]
    corpora, speakers = examples.corpora[train], examples.speakers[train]
    others = examples.auxiliary
    if others is not None:
        # Only of people who are in training: whoever is tested stays a stranger.
        known = others.of_speakers(speakers)
        _, classes = np.unique(others.emotions, return_inverse=True)
        clips += list(others.frames[known])
        labels = np.concatenate([labels, len(examples.emotions) + classes[known]])
        corpora = np.concatenate([corpora, others.corpora[known]])
        speakers = np.concatenate([speakers, others.speakers[known]])
    members, histories = [], []
    for number in range(settings.cnn.members):
        history: list[dict[str, float]] = []

        def follow(
            model: keras.Model, epoch: int, history: list[dict[str, float]] = history
        ) -> bool | None:
            figures: dict[str, float] = {"epoch": epoch}
            for prefix, (watched, meant) in parts.items():
                logits = _logits_of_frames(model, watched)[:, : len(examples.emotions)]
                loss, accuracy = _loss_and_accuracy(logits, meant)
                figures |= {
                    f"{prefix}loss": round(loss, 5),
                    f"{prefix}accuracy": round(accuracy, 5),
                }
            history.append(figures)
            return on_epoch(figures) if on_epoch is not None else None

        members.append(
            fit_cnn(
                settings.cnn,
                clips,
                labels,
                corpora,
                speakers,
                len(examples.emotions),
                augmentation=NOISY if number % 2 else LIGHT,
                label_smoothing=settings.label_smoothing,
                weight_decay=settings.weight_decay,
                seed=settings.seed + number,
                on_epoch=follow,
                should_stop=should_stop,
            )
        )
        histories.append(history)
    return Fitted(None, None, None, mean_curves(histories), members, settings.cnn)


def _compile(model: keras.Model, settings: TrainingSettings, n_inputs: int) -> None:
    rate: Any = settings.learning_rate
    if settings.cosine:
        steps = settings.epochs * -(-n_inputs // settings.batch_size)
        rate = keras.optimizers.schedules.CosineDecay(rate, steps)
    if settings.weight_decay:
        optimiser = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay)
    else:
        optimiser = keras.optimizers.Adam(rate)
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=True, label_smoothing=settings.label_smoothing
    )
    model.compile(optimiser, loss)


def _weights(
    settings: TrainingSettings, labels: Indices, corpora: NDArray[np.str_], n_classes: int
) -> NDArray[np.float32] | None:
    """Weight of each recording, mean 1; None where all count alike."""
    if settings.balance:
        weights = np.empty(len(labels), dtype=np.float32)
        for corpus in np.unique(corpora):
            inside = corpora == corpus
            for label in range(n_classes):
                same = inside & (labels == label)
                weights[same] = np.sqrt(inside.sum()) / max(1, same.sum())
    elif settings.class_weights:
        counts = np.bincount(labels, minlength=n_classes).clip(1)
        weights = (1 / counts)[labels].astype(np.float32)
    else:
        return None
    return np.asarray(weights / weights.mean(), dtype=np.float32)


def mean_curves(curves: list[list[dict[str, float]]]) -> list[dict[str, float]]:
    """Mean of several histories, over the epochs that all of them reached."""
    shortest = min(len(curve) for curve in curves)
    return [
        {key: round(float(np.mean([curve[i][key] for curve in curves])), 5) for key in curves[0][i]}
        for i in range(shortest)
    ]


def _hold_back_speakers(examples: Examples, train: Indices, seed: int) -> tuple[Indices, Indices]:
    """Keep a fifth of the *training* speakers aside to decide when to stop."""
    speakers = np.unique(examples.speakers[train])
    if len(speakers) < 2:
        raise SettingsError(
            "one_speaker",
            "Early stopping keeps some training speakers aside, and there is only "
            f"{len(speakers)}. Train without it, or with more speakers.",
        )
    chosen = np.random.default_rng(seed).permutation(speakers)[: max(1, len(speakers) // 5)]
    aside = np.isin(examples.speakers[train], chosen)
    return train[~aside], train[aside]


def _logits(model: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    # One direct call: keras.predict costs 100 ms before it begins.
    return np.asarray(keras.ops.convert_to_numpy(model(inputs, training=False)))


def _logits_of_frames(
    model: keras.Model, clips: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Logits of clips of log-mel frames, judged in windows as serving does."""
    windows, masks, owners = mel_windows.cut(clips)
    parts = []
    for start in range(0, len(windows), _WINDOWS_AT_ONCE):
        span = slice(start, start + _WINDOWS_AT_ONCE)
        outputs = model.predict_on_batch({"frames": windows[span], "mask": masks[span]})
        parts.append(np.asarray(outputs))
    return mel_windows.join(np.concatenate(parts), owners)


def _loss_and_accuracy(logits: NDArray[np.float32], labels: Indices) -> tuple[float, float]:
    loss = -log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean()
    return float(loss), float((logits.argmax(axis=1) == labels).mean())


class _Follow(keras.callbacks.Callback):
    """Measures every part without dropout after each epoch and passes the figures on."""

    def __init__(
        self, parts: dict[str, tuple[NDArray[np.float32], Indices]], on_epoch: OnEpoch | None
    ) -> None:
        super().__init__()
        self.parts = parts
        self.tell = on_epoch
        self.history: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        figures: dict[str, float] = {"epoch": epoch + 1}
        for prefix, (inputs, labels) in self.parts.items():
            loss, accuracy = _loss_and_accuracy(_logits(self.model, inputs), labels)
            figures |= {f"{prefix}loss": round(loss, 5), f"{prefix}accuracy": round(accuracy, 5)}
        self.history.append(figures)
        if self.tell is not None and self.tell(figures):
            self.model.stop_training = True


class _StopWhenAsked(keras.callbacks.Callback):
    """Ends an epoch half-way: one epoch of a large network can take seconds."""

    def __init__(self, should_stop: ShouldStop) -> None:
        super().__init__()
        self.should_stop = should_stop

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        if self.should_stop():
            self.model.stop_training = True


class _StopEarly(keras.callbacks.Callback):
    """Stops when held-back training speakers gain no more, and brings back the best weights."""

    def __init__(self, inputs: NDArray[np.float32], labels: Indices, *, patience: int) -> None:
        super().__init__()
        self.inputs, self.labels, self.patience = inputs, labels, patience
        self.best_loss, self.waited = np.inf, 0
        self.best_weights: list[NDArray[np.float32]] | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        loss, _ = _loss_and_accuracy(_logits(self.model, self.inputs), self.labels)
        if loss < self.best_loss:
            self.best_loss, self.waited = loss, 0
            self.best_weights = self.model.get_weights()
        else:
            self.waited += 1
            if self.waited >= self.patience:
                self.model.stop_training = True

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
