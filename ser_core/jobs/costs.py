"""What a training will take, known before it starts, and what is too much."""

from __future__ import annotations

import functools
import math
import statistics
import time

import numpy as np

from ser_core import figures
from ser_core.corpora import get
from ser_core.data import encoder_tables, tables
from ser_core.errors import SettingsError
from ser_core.features import encoder
from ser_core.features.classic import feature_groups
from ser_core.jobs.files import SPLITS
from ser_core.language import gettext as _
from ser_core.training.settings import TrainingSettings

TIME_LIMIT_S = 120.0
"""Seconds of processor time after which a training is ended."""

WALL_PER_PROCESSOR_S = 2.5
"""A training that is starved by others ends some time, too: its place is needed."""

MEMORY_LIMIT_MB = 1024
"""Resident memory beyond which a training is ended; TensorFlow alone takes some 660."""

MOST_WEIGHTS = 1_000_000
"""Of a network: the largest over all recordings then took 989 MB, below `MEMORY_LIMIT_MB`."""

MOST_ENCODED = 4_500
"""Recordings through the speech encoder: each takes 31 KB, beside 855 MB; 5,407 took 1,023 MB."""

LONGEST_S = 100.0
"""An estimate above this is refused: what is left up to `TIME_LIMIT_S` is the estimate's error."""

# Least squares over twelve trainings (1,500 to 1,400,000 weights, 767 and 5,056 recordings, batches
# of 8 to 256) on one core of a shared server; benchmarks/visitors_while_training.py says how far
# off the estimate is elsewhere. In seconds: what an epoch costs, each batch, each weight and
# recording, each weight and batch.
_EPOCH_S = 0.06
_BATCH_S = 1.5e-3
_WEIGHT_AND_RECORDING_S = 1.6e-10
_WEIGHT_AND_BATCH_S = 8e-9
# Importing TensorFlow; building, tracing; then scoring and writing the bundle.
_WAKING_S = 7.0
_BEFORE_S = 2.0
_LAYER_S = 0.4
_AFTER_S = 3.0
# What `slowness` takes where an estimate is right.
_REFERENCE_S = 3.6e-3


def n_weights(settings: TrainingSettings) -> int:
    """Weights and biases of the network."""
    if settings.architecture.vector == "encoder":
        n_inputs = encoder.N_FEATURES
    else:
        groups = feature_groups()
        n_inputs = sum(groups[name] for name in settings.feature_groups)
    n_classes = len(settings.emotions)
    if settings.architecture.hears_all:
        n_classes = len(set(_emotions(settings.corpora)))
    return settings.architecture.n_weights(n_inputs, settings.layers.hidden, n_classes)


def n_recordings(settings: TrainingSettings) -> int:
    """How many recordings of the committed tables a training would use.

    Raises
    ------
    CorpusError
        For a corpus without a table, or whose table holds no features.
    """
    if settings.architecture.vector == "encoder":
        encoder_tables.check(settings.corpora)
    else:
        for corpus in settings.corpora:
            if tables.info(corpus).features is None:
                # Its message says why and what to do instead.
                tables.read([corpus])
    emotions = _emotions(settings.corpora)
    if settings.architecture.hears_all:
        return len(emotions)
    return sum(emotion in settings.emotions for emotion in emotions)


@functools.lru_cache(maxsize=64)
def _emotions(corpora: tuple[str, ...]) -> tuple[str, ...]:
    """The emotion of each recording in the committed tables of corpora."""
    return tuple(tables.read(corpora, features=False)["emotion"])


def epoch_seconds(settings: TrainingSettings, n_recordings: int) -> float:
    """Seconds of one epoch on one core.

    Parameters
    ----------
    settings : TrainingSettings
    n_recordings : int
        Of which four fifths are trained on and all are measured.
    """
    weights = n_weights(settings)
    batches = math.ceil(0.8 * n_recordings / settings.batch_size)
    return (
        _EPOCH_S
        + _BATCH_S * batches
        + _WEIGHT_AND_RECORDING_S * weights * n_recordings
        + _WEIGHT_AND_BATCH_S * weights * batches
    )


def seconds(settings: TrainingSettings, n_recordings: int, *, awake: bool = False) -> float:
    """Seconds from pressing Train to the scores, on one core.

    Parameters
    ----------
    settings : TrainingSettings
    n_recordings : int
    awake : bool
        Whether a process waits that has imported TensorFlow.
    """
    return (
        (0.0 if awake else _WAKING_S)
        + _BEFORE_S
        + _LAYER_S * len(settings.layers.hidden)
        + settings.epochs * epoch_seconds(settings, n_recordings)
        + _AFTER_S
    )


@functools.cache
def slowness() -> float:
    """How many times slower this machine is now than the one that the estimates were made on."""
    took = []
    for _turn in range(5):
        began = time.perf_counter()
        values = np.arange(1.0, 50_001.0)
        for _step in range(20):
            values = np.sqrt(values * 1.01 + 1.0)
        sum(number * number for number in range(40_000))
        took.append(time.perf_counter() - began)
    return statistics.median(took) / _REFERENCE_S


def bundle_bytes(settings: TrainingSettings) -> int:
    """About what a training leaves on the disk, rather more: two networks and its reports."""
    return 12 * n_weights(settings) + 2_000_000


def refuse(settings: TrainingSettings, n_recordings: int) -> None:
    """Raise `SettingsError` where a training would take too much, saying what to lower.

    Parameters
    ----------
    settings : TrainingSettings
    n_recordings : int

    Raises
    ------
    SettingsError
        With code ``too_large`` or ``too_long``.
    """
    if n_weights(settings) > MOST_WEIGHTS:
        raise SettingsError(
            "too_large",
            _(
                "This network has {weights} weights, and at most {most} are trained here. Make the "
                "layers smaller, or fewer."
            ).format(
                weights=figures.number(n_weights(settings)), most=figures.number(MOST_WEIGHTS)
            ),
        )
    if settings.architecture.vector == "encoder" and n_recordings > MOST_ENCODED:
        raise SettingsError(
            "too_large",
            _(
                "The speech encoder's numbers of {clips} clips take more memory than a training "
                "has here; at most {most} clips are trained. Choose fewer corpora."
            ).format(clips=figures.number(n_recordings), most=figures.number(MOST_ENCODED)),
        )
    estimate = seconds(settings, n_recordings)
    if estimate <= LONGEST_S:
        return
    left = LONGEST_S - (estimate - settings.epochs * epoch_seconds(settings, n_recordings))
    fitting = int(left / epoch_seconds(settings, n_recordings))
    if fitting >= 5:
        remedy = _(
            "Lower the epochs to {epochs}, raise the batch size, or make the layers smaller."
        ).format(epochs=fitting)
    else:
        remedy = _("Raise the batch size, make the layers smaller, or choose fewer recordings.")
    told = _("This would take about {seconds} s, and at most {most} s are trained here.").format(
        seconds=figures.number(estimate), most=figures.number(LONGEST_S)
    )
    raise SettingsError("too_long", f"{told} {remedy}")


def refuse_kind(settings: TrainingSettings, split: str) -> None:
    """Raise where a training is of a kind that is not done here, whatever its size.

    Raises
    ------
    SettingsError
        With code ``unknown_name``, ``too_many`` or ``needs_audio``.
    CorpusError
        For a corpus that there is not.
    """
    if split not in SPLITS:
        raise SettingsError(
            "unknown_name",
            _("There is no split {split!r}; there are {splits}.").format(
                split=split, splits=", ".join(SPLITS)
            ),
        )
    if settings.members > 1:
        raise SettingsError(
            "too_many", _("One network is trained at a time here: set members to 1.")
        )
    if settings.augmentation:
        raise SettingsError(
            "needs_audio",
            _(
                "Augmented copies are made from the recordings, and there are only tables here. "
                "Set the copies to 0."
            ),
        )
    for corpus in settings.corpora:
        get(corpus)
