"""What is done to training recordings only: noise, gain, small changes of pitch and tempo.

Never applied to a recording that is tested on, and never at serving time.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ser_core import audio
from ser_core.features.classic import FeatureSettings, extract

SNR_DB = (10.0, 35.0)
GAIN_DB = (-9.0, 9.0)
SEMITONES = (-1.5, 1.5)
TEMPO = (0.88, 1.14)


def augment(
    signal: NDArray[np.float32], sampling_rate: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Change a recording as another room, another day and another breath might.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    sampling_rate : int
        In Hz.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of float32, shape (n_changed,)
        Tempo within `TEMPO`, pitch within `SEMITONES`, white noise at `SNR_DB`, gain in `GAIN_DB`.
    """
    from librosa import effects  # type: ignore[attr-defined]  # loaded lazily

    changed = effects.time_stretch(signal, rate=rng.uniform(*TEMPO))
    changed = effects.pitch_shift(changed, sr=sampling_rate, n_steps=rng.uniform(*SEMITONES))
    level = np.sqrt(np.mean(changed**2))
    noise = rng.standard_normal(len(changed)) * level * 10 ** (-rng.uniform(*SNR_DB) / 20)
    gain = 10 ** (rng.uniform(*GAIN_DB) / 20)
    return np.asarray((changed + noise) * gain, dtype=np.float32)


def augmented_features(
    paths: Sequence[Path], n_copies: int, settings: FeatureSettings, *, seed: int
) -> NDArray[np.float32]:
    """Features of augmented copies of recordings.

    Parameters
    ----------
    paths : sequence of Path
    n_copies : int
    settings : FeatureSettings
    seed : int
        The copies of a recording depend on it and on the recording's position only.

    Returns
    -------
    np.ndarray of float32, shape (n_recordings, n_copies, n_features)
    """
    work = partial(_copies, n_copies=n_copies, settings=settings, seed=seed)
    # Spawned, not forked: TensorFlow may have threads by now.
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        return np.stack(list(pool.map(work, range(len(paths)), paths, chunksize=16)))


def _copies(
    position: int, path: Path, *, n_copies: int, settings: FeatureSettings, seed: int
) -> NDArray[np.float32]:
    clip = audio.load(path)
    rng = np.random.default_rng([seed, position])
    return np.stack(
        [extract(augment(clip.signal, clip.sampling_rate, rng), settings) for _ in range(n_copies)]
    )
