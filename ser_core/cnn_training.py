"""Fitting the convolutional network: clips drawn, augmented and mixed anew in each epoch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_core import networks
from ser_core.augment_mel import (
    MelAugmentation,
    augment,
    crop_and_stretch,
    mask_blocks,
    with_margins,
)
from ser_core.backend import keras
from ser_core.settings import CnnSettings

LIGHT = MelAugmentation(clean=0.3, noise=0.5, babble=0.15, snr_db=(3.0, 25.0))
"""Three in ten clips are left as they are: heavier changes underfitted (docs/experiments.md)."""
NOISY = MelAugmentation(
    clean=0.2, noise=0.6, babble=0.15, unsteady=0.6, margin_s=1.2, snr_db=(0.0, 25.0)
)
"""For a member that has heard all kinds of noise, beside one that has heard clearer voices."""

_CROP_FRAMES = 176
_MASK_FRAMES, _MASK_BANDS = 16, 8
_CLIPS_TO_A_SHUFFLE = 8

Labels = NDArray[np.intp]
OnCnnEpoch = Callable[[keras.Model, int], bool | None]
"""Told the network and the number of the epoch; returning True stops there."""


def fit_cnn(
    settings: CnnSettings,
    clips: Sequence[NDArray[Any]],
    labels: Labels,
    corpora: NDArray[np.str_],
    speakers: NDArray[np.str_],
    n_emotions: int,
    *,
    augmentation: MelAugmentation,
    label_smoothing: float,
    weight_decay: float,
    seed: int,
    on_epoch: OnCnnEpoch | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> keras.Model:
    """Train one network.

    Parameters
    ----------
    settings : CnnSettings
    clips : sequence of np.ndarray, each of shape (n_frames, n_mels)
        Log-mel frames of the training clips.
    labels : np.ndarray of int, shape (n,)
        Class of each clip; those from `n_emotions` on are auxiliary.
    corpora, speakers : np.ndarray of str, shape (n,)
    n_emotions : int
        How many are told apart.
    augmentation : MelAugmentation
    label_smoothing, weight_decay : float
    seed : int
        Of weights, order and augmentation.
    on_epoch : callable, optional
    should_stop : callable, optional
        Asked after each batch.

    Returns
    -------
    keras.Model
        With the running average of its weights, and an output for each emotion only.
    """
    keras.utils.set_random_seed(seed)
    n_classes = max(n_emotions, int(labels.max()) + 1)
    batches = _Batches(
        settings,
        augmentation,
        clips,
        labels,
        corpora,
        speakers,
        n_emotions,
        n_classes,
        label_smoothing,
        seed,
    )
    n_mels = clips[0].shape[1]
    model = networks.cnn(n_mels, n_classes, settings, name=f"cnn_{seed}")
    optimiser = _optimiser(settings, weight_decay)
    loss = keras.losses.CategoricalCrossentropy(from_logits=True)
    model.compile(optimiser, loss)
    stopped = False
    for epoch in range(1, settings.epochs + 1):
        for inputs, targets in batches.epoch():
            model.train_on_batch(inputs, targets)
            if should_stop is not None and should_stop():
                stopped = True
                break
        if (on_epoch is not None and on_epoch(model, epoch)) or stopped:
            break
    optimiser.finalize_variable_values(model.trainable_variables)
    weights = model.get_weights()
    weights[-2:] = [weights[-2][:, :n_emotions], weights[-1][:n_emotions]]
    kept = networks.cnn(n_mels, n_emotions, settings, name=model.name)
    kept.set_weights(weights)
    return kept


def _optimiser(settings: CnnSettings, weight_decay: float) -> keras.optimizers.Optimizer:
    """AdamW; the rate rises over a tenth of the training, then falls to zero along a cosine."""
    steps = settings.epochs * (settings.clips_per_epoch // settings.batch_size)
    warm_up = max(1, steps // 10)
    schedule = keras.optimizers.schedules.CosineDecay(
        settings.learning_rate / 20,
        max(1, steps - warm_up),
        warmup_target=settings.learning_rate,
        warmup_steps=warm_up,
    )
    optimiser = keras.optimizers.AdamW(
        schedule,
        weight_decay=weight_decay,
        global_clipnorm=2.0,
        use_ema=True,
        ema_momentum=0.99,
    )
    optimiser.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimiser


class _Batches:
    """The training clips, drawn and changed anew in each epoch."""

    def __init__(
        self,
        settings: CnnSettings,
        augmentation: MelAugmentation,
        clips: Sequence[NDArray[Any]],
        labels: Labels,
        corpora: NDArray[np.str_],
        speakers: NDArray[np.str_],
        n_emotions: int,
        n_classes: int,
        smoothing: float,
        seed: int,
    ) -> None:
        self.settings = settings
        self.augmentation = augmentation
        self.clips = [np.asarray(clip, dtype=np.float32) for clip in clips]
        self.lengths = np.array([len(clip) for clip in self.clips])
        self.labels = labels
        self.chances = _chances(labels, corpora, speakers, n_emotions, settings.auxiliary)
        self.targets = np.eye(n_classes, dtype=np.float32) * (1 - smoothing) + smoothing / n_classes
        self.rng = np.random.default_rng(seed)

    def epoch(self) -> Iterator[tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]]:
        """Batches of clips of about the same length, in random order."""
        size = self.settings.batch_size
        n_batches = self.settings.clips_per_epoch // size
        order = self.rng.choice(len(self.clips), n_batches * size, p=self.chances)
        batches: list[Labels] = []
        groups = max(1, n_batches // _CLIPS_TO_A_SHUFFLE)
        for part in np.array_split(order.reshape(n_batches, size), groups):
            by_length = part.ravel()[np.argsort(self.lengths[part.ravel()], kind="stable")]
            batches.extend(by_length.reshape(part.shape))
        self.rng.shuffle(batches)
        for batch in batches:
            yield self._make(batch)

    def _make(self, chosen: Labels) -> tuple[dict[str, NDArray[np.float32]], NDArray[np.float32]]:
        rng = self.rng
        clips, noisy = [self.clips[i] for i in chosen], None
        if self.augmentation.margin_s:
            clips, noisy = with_margins(clips, self.augmentation, rng)
        rates = 1 + rng.uniform(-1, 1, len(chosen)) * self.augmentation.speed
        rates[rng.random(len(chosen)) < self.augmentation.clean] = 1
        longest = int(np.max([len(clip) for clip in clips] / rates))
        n_frames = min(_CROP_FRAMES, -(-longest // 16) * 16)
        cut, lengths = crop_and_stretch(clips, n_frames, rates, rng)
        frames = augment(cut, lengths, self.augmentation, rng, noisy=noisy)
        mask = (np.arange(n_frames) < lengths[:, np.newaxis]).astype(np.float32)
        means = np.einsum("btm,bt->bm", frames, mask) / mask.sum(axis=1, keepdims=True)
        # A padded frame says nothing: it counts as the mean in a mixture.
        frames = (frames - means[:, np.newaxis]) * mask[:, :, np.newaxis]
        mask_blocks(frames, lengths, rng, max_frames=_MASK_FRAMES, max_bands=_MASK_BANDS)

        targets = self.targets[self.labels[chosen]]
        mixed = rng.random(len(chosen)) < self.settings.mixup
        share = np.where(mixed, rng.beta(0.4, 0.4, len(chosen)), 0.0)
        share = np.minimum(share, 1 - share).astype(np.float32)
        partner = rng.permutation(len(chosen))
        frames = frames + share[:, None, None] * (frames[partner] - frames)
        targets = targets + share[:, None] * (targets[partner] - targets)
        mask = np.where(mixed[:, None], np.maximum(mask, mask[partner]), mask)
        return {"frames": frames, "mask": mask}, targets


def _chances(
    labels: Labels,
    corpora: NDArray[np.str_],
    speakers: NDArray[np.str_],
    n_emotions: int,
    auxiliary: float,
) -> NDArray[np.float64]:
    """Chance of each clip to be drawn.

    A corpus counts by the fourth root of its clips times its speakers, so that neither the largest
    nor the one with two speakers drowns the others; within it, emotions count alike, and the
    auxiliary ones together as much as their share says.
    """
    chances = np.zeros(len(labels))
    told_apart = labels < n_emotions
    for corpus in np.unique(corpora):
        inside = corpora == corpus
        clips = int((inside & told_apart).sum())
        weight = (clips * len(np.unique(speakers[inside]))) ** 0.25
        for group, share in ((told_apart, 1 - auxiliary), (~told_apart, auxiliary)):
            present = np.unique(labels[inside & group])
            for label in present:
                same = inside & (labels == label)
                chances[same] = weight * share / len(present) / same.sum()
    return np.asarray(chances / chances.sum())
