"""Settings and examples in, a fitted network out; each epoch is told to a callback.

The scaler and early stopping see the training side only. What is *watched* (the strangers' curves)
is measured after each epoch and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ser_core.data.examples import Examples
from ser_core.errors import SettingsError
from ser_core.features.classic import feature_groups
from ser_core.features.scaler import Scaler
from ser_core.training import networks
from ser_core.training.backend import keras
from ser_core.training.callbacks import (
    Follow,
    KeepBest,
    OnEpoch,
    ShouldStop,
    StopWhenAsked,
    logits_of,
)
from ser_core.training.classes import Classes, Indices
from ser_core.training.novelty import Novelty
from ser_core.training.settings import TrainingSettings

CORPUS_POWER = 0.9
"""A corpus counts by its size to this power: by the square root, CREMA-D lost a point."""
EXCHANGED = 0.5
"""Share of the copies, or of the recordings where there are none, that are moved towards another
voice."""


@dataclass(frozen=True, eq=False)
class Fitted:
    """A trained network with all it needs to judge.

    Attributes
    ----------
    model : keras.Model
        From scaled features to one logit an output (`Examples.outputs`); behind them the novelty,
        where it hears all emotions.
    scaler : Scaler
    columns : np.ndarray of int
        Which of the features the network sees.
    history : list of dict
        ``epoch``, ``loss``, ``accuracy`` and, where strangers were watched, ``val_loss`` and
        ``val_accuracy``; where somebody was kept aside to choose the epoch, ``aside_loss`` and
        ``aside_accuracy``, too; all measured without dropout, and the mean of the members.
    """

    model: keras.Model
    scaler: Scaler
    columns: Indices
    history: list[dict[str, float]]

    def logits(self, examples: Examples, positions: Indices) -> NDArray[np.float32]:
        """Logits of some recordings, shape (n_positions, n_outputs)."""
        inputs = self.scaler(examples.inputs[positions][:, self.columns])
        return logits_of(self.model, inputs)


def fit(
    settings: TrainingSettings,
    examples: Examples,
    train: Indices,
    *,
    watch: Indices | None = None,
    strangers: bool = True,
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
    strangers : bool
        Whether those who are kept aside to choose the epoch are people that it does not learn from;
        else clips, for where everybody that is tested is to be known.
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
    columns = selected_columns(settings, examples)
    held_back = None
    if settings.keep_best or settings.patience is not None:
        hold_back = _hold_back_speakers if strangers else _hold_back_clips
        train, held_back = hold_back(examples, train, settings.seed)
    classes = Classes.of(settings, examples, train)
    taught = _taught(settings, examples, train, classes, columns)

    def scaled(positions: Indices) -> tuple[NDArray[np.float32], Indices]:
        inputs = taught.scaler(examples.inputs[positions][:, columns])
        return inputs, examples.outputs[positions]

    parts = {"": scaled(train)}
    if watch is not None:
        parts["val_"] = scaled(watch)
    if held_back is not None:
        parts["aside_"] = scaled(held_back)
    members, histories = [], []
    for number in range(settings.members):
        keras.utils.set_random_seed(settings.seed + number)
        model = networks.builder(settings.architecture)(
            len(columns),
            len(classes.names),
            settings.layers,
            input_dropout=settings.input_dropout,
            name=f"mlp_{number + 1}",
        )
        follow = Follow(parts, classes, on_epoch)
        callbacks: list[keras.callbacks.Callback] = [follow]
        if should_stop is not None:
            callbacks.append(StopWhenAsked(should_stop))
        if held_back is not None:
            callbacks.append(KeepBest(follow, patience=settings.patience))
        _compile(model, settings, len(taught.inputs))
        model.fit(
            taught.inputs,
            np.eye(len(classes.names), dtype=np.float32)[taught.labels],
            sample_weight=taught.weights,
            batch_size=settings.batch_size,
            epochs=settings.epochs,
            callbacks=callbacks,
            verbose=0,
        )
        members.append(networks.bare(model))
        histories.append(follow.history)
    model = classes.joined(networks.mean_of(members))
    if settings.architecture.hears_all:
        novelty = Novelty.fit(parts[""][0], examples.corpora[train])
        model = networks.with_novelty(model, novelty)
    return Fitted(model, taught.scaler, columns, mean_curves(histories))


def selected_columns(settings: TrainingSettings, examples: Examples) -> Indices:
    """Positions of the features that the network sees."""
    if settings.architecture.vector != "classic":
        return np.arange(examples.inputs.shape[1])
    chosen, start = [], 0
    for group, count in feature_groups().items():
        if group in settings.feature_groups:
            chosen.append(np.arange(start, start + count))
        start += count
    return np.concatenate(chosen)


class _Taught(NamedTuple):
    """What a network is taught: recordings and, behind them, their copies."""

    inputs: NDArray[np.float32]
    labels: Indices
    weights: NDArray[np.float32] | None
    scaler: Scaler


def _taught(
    settings: TrainingSettings,
    examples: Examples,
    train: Indices,
    classes: Classes,
    columns: Indices,
) -> _Taught:
    places = np.arange(len(train))
    inputs = np.asarray(examples.inputs[train], dtype=np.float32)
    if settings.augmentation and examples.copies is not None:
        copies = np.asarray(examples.copies[train][:, : settings.augmentation], dtype=np.float32)
        places = np.concatenate([places, np.repeat(places, copies.shape[1])])
        inputs = np.concatenate([inputs, copies.reshape(-1, inputs.shape[1])])
    # Even where it takes all of them: their order in memory decides how means are added up, and so
    # whether a shipped report comes out again to the last digit.
    inputs = inputs[:, columns]
    scaler = Scaler.fit(inputs)
    inputs = scaler(inputs)
    labels = classes.labels(examples, train)
    if settings.architecture.hears_all:
        rng = np.random.default_rng(settings.seed)
        speakers, corpora = examples.speakers[train], examples.corpora[train]
        exchange_voices(inputs, places, labels, speakers, corpora, rng)
    labels = labels[places]
    weights = _weights(settings, labels, examples.corpora[train][places], len(classes.names))
    return _Taught(inputs, labels, weights, scaler)


def exchange_voices(
    inputs: NDArray[np.float32],
    places: Indices,
    labels: Indices,
    speakers: NDArray[np.str_],
    corpora: NDArray[np.str_],
    rng: np.random.Generator,
) -> None:
    """Move some copies, or recordings where there are none, towards other voices, in place.

    What makes a voice that voice, and a room that room, is much the same in all of its
    recordings: the difference of two voices' means turns one into the other and leaves the emotion
    as it is (in the manner of MixStyle, Zhou et al. 2021).

    Parameters
    ----------
    inputs : np.ndarray of float32, shape (n_rows, n_features)
        Scaled; the first ``len(labels)`` are the recordings themselves.
    places : np.ndarray of int, shape (n_rows,)
        Which recording each row is of.
    labels : np.ndarray of int, shape (n,)
    speakers, corpora : np.ndarray of str, shape (n,)
    rng : np.random.Generator
    """
    names, voice = np.unique(speakers, return_inverse=True)
    # Over the means of the emotions: a voice of which more anger is there is not angrier.
    means = np.stack(
        [
            np.mean(
                [inputs[rows[labels[rows] == label]].mean(axis=0) for label in set(labels[rows])],
                axis=0,
            )
            for rows in (np.flatnonzero(voice == number) for number in range(len(names)))
        ]
    )
    corpus_of = dict(zip(speakers.tolist(), corpora.tolist(), strict=True))
    of_corpus = [
        np.array([number for number, name in enumerate(names) if corpus_of[name] == corpus])
        for corpus in np.unique(corpora)
    ]
    # The recordings themselves stay as people will bring them.
    first = len(labels) if len(inputs) > len(labels) else 0
    moved = first + np.flatnonzero(rng.random(len(inputs) - first) < EXCHANGED)
    # A corpus first, so that the many voices of one do not leave out the few of another.
    chosen = rng.integers(0, len(of_corpus), len(moved))
    towards = np.array([rng.choice(of_corpus[corpus]) for corpus in chosen])
    way = rng.random(len(moved)).astype(np.float32)[:, None]
    inputs[moved] += way * (means[towards] - means[voice[places[moved]]])


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
                weights[same] = inside.sum() ** CORPUS_POWER / max(1, same.sum())
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
    """Keep a fifth of the *training* speakers aside to choose the epoch."""
    speakers = np.unique(examples.speakers[train])
    if len(speakers) < 2:
        raise SettingsError(
            "one_speaker",
            "To choose an epoch, some training speakers are kept aside, and there is only "
            f"{len(speakers)}. Train without it, or with more speakers.",
        )
    chosen = np.random.default_rng(seed).permutation(speakers)[: max(1, len(speakers) // 5)]
    aside = np.isin(examples.speakers[train], chosen)
    return train[~aside], train[aside]


def _hold_back_clips(examples: Examples, train: Indices, seed: int) -> tuple[Indices, Indices]:
    """Keep a fifth of the training recordings aside, of whomever they are."""
    order = np.random.default_rng(seed).permutation(train)
    cut = max(1, len(train) // 5)
    return np.sort(order[cut:]), np.sort(order[:cut])
