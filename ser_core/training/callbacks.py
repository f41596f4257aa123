"""What is measured, told and asked while a network learns."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from ser_core.training.backend import keras
from ser_core.training.best import best_epoch
from ser_core.training.classes import Classes, Indices

OnEpoch = Callable[[dict[str, float]], bool | None]
"""Told each epoch's figures; returning True stops the training there."""

ShouldStop = Callable[[], bool]
"""Asked after each batch; True ends the training there, and what was learned is kept."""


def logits_of(model: keras.Model, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Logits of scaled inputs, without dropout."""
    # One direct call: keras.predict costs 100 ms before it begins.
    return np.asarray(keras.ops.convert_to_numpy(model(inputs, training=False)))


def loss_and_accuracy(logits: NDArray[np.float32], labels: Indices) -> tuple[float, float]:
    """Mean cross-entropy, and the share that is right."""
    loss = -log_softmax(logits, axis=1)[np.arange(len(labels)), labels].mean()
    return float(loss), float((logits.argmax(axis=1) == labels).mean())


class Follow(keras.callbacks.Callback):
    """Measures every part without dropout after each epoch and passes the figures on."""

    def __init__(
        self,
        parts: dict[str, tuple[NDArray[np.float32], Indices]],
        classes: Classes,
        on_epoch: OnEpoch | None,
    ) -> None:
        super().__init__()
        self.parts, self.classes = parts, classes
        self.tell = on_epoch
        self.history: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Measure and tell."""
        figures: dict[str, float] = {"epoch": epoch + 1}
        for prefix, (inputs, labels) in self.parts.items():
            logits = self.classes.fold(logits_of(self.model, inputs))
            loss, accuracy = loss_and_accuracy(logits, labels)
            figures |= {f"{prefix}loss": round(loss, 5), f"{prefix}accuracy": round(accuracy, 5)}
        self.history.append(figures)
        if self.tell is not None and self.tell(figures):
            self.model.stop_training = True


class StopWhenAsked(keras.callbacks.Callback):
    """Ends an epoch half-way: one epoch of a large network can take seconds."""

    def __init__(self, should_stop: ShouldStop) -> None:
        super().__init__()
        self.should_stop = should_stop

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Ask."""
        if self.should_stop():
            self.model.stop_training = True


class KeepBest(keras.callbacks.Callback):
    """Brings back the weights of the epoch that is best by those kept aside; may stop early.

    Parameters
    ----------
    follow : Follow
        Measures them, earlier in each epoch's end.
    patience : int or None
        Epochs without a better one after which the training stops; None trains all.
    """

    def __init__(self, follow: Follow, *, patience: int | None) -> None:
        super().__init__()
        self.follow, self.patience = follow, patience
        self.best_weights: list[NDArray[np.float32]] | None = None

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Remember the best, and stop where it has not been better for long enough."""
        waited = epoch + 1 - best_epoch(self.follow.history)
        if waited == 0:
            self.best_weights = self.model.get_weights()
        elif self.patience is not None and waited >= self.patience:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Bring back the best weights."""
        if self.best_weights is not None:
            self.model.set_weights(self.best_weights)
