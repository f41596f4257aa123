"""Decode many recordings in parallel: duration, digest of the sound and, if asked, features."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ser_core import audio
from ser_core.errors import AudioError
from ser_core.features import classic as features
from ser_core.features.classic import FeatureSettings


@dataclass(frozen=True, eq=False)
class Measurement:
    """What decoding a file told.

    Attributes
    ----------
    path : Path
    duration_s : float
        In seconds; 0 if it could not be decoded.
    sha256 : str
        `ser_core.audio.digest` of the sound; empty if it could not be decoded.
    features : np.ndarray of float32, shape (n_features,), or None
        None if none were asked for or the file could not be decoded.
    error : AudioError or None
        Why the file could not be decoded.
    """

    path: Path
    duration_s: float
    sha256: str
    features: NDArray[np.float32] | None
    error: AudioError | None

    @property
    def outcome(self) -> str | AudioError:
        """The digest, or why there is none."""
        return self.error or self.sha256


def measure(path: Path, settings: FeatureSettings | None = None) -> Measurement:
    """Decode one file; compute its features if settings are given."""
    try:
        clip = audio.load(path)
    except AudioError as error:
        return Measurement(path, 0.0, "", None, error)
    values = None if settings is None else features.extract(clip.signal, settings)
    return Measurement(path, clip.duration_s, audio.digest(clip.signal), values, None)


def measure_batches(
    batches: Sequence[Sequence[Path]],
    settings: FeatureSettings | None = None,
    *,
    workers: int | None = None,
) -> Iterator[list[Measurement]]:
    """Decode batches of files in parallel processes; yield each batch's results in order.

    Parameters
    ----------
    batches : sequence of sequence of Path
    settings : FeatureSettings, optional
        Compute features too.
    workers : int, optional
        Number of processes; as many as there are processors unless given. 1 works in this process.
    """
    workers = min(workers or os.cpu_count() or 1, len(batches))
    if workers <= 1:
        for batch in batches:
            yield _measure_batch(batch, settings)
        return
    # Spawned, not forked: a fork of a process with threads (numpy's, Streamlit's) can hang.
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _start_worker)
    try:
        yield from pool.map(_measure_batch, batches, [settings] * len(batches))
    finally:
        pool.shutdown(cancel_futures=True)


def _measure_batch(batch: Sequence[Path], settings: FeatureSettings | None) -> list[Measurement]:
    return [measure(path, settings) for path in batch]


def _start_worker() -> None:
    # Every process has one processor: threads of the matrix products would only get in the way.
    threadpool_limits(1)
