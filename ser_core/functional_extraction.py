"""Log-mel frames of many recordings, and functionals of them and of augmented copies, in parallel.

Both are kept between runs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from ser_core import audio
from ser_core.augment_mel import MelAugmentation, augment, crop_and_stretch
from ser_core.functionals import (
    FunctionalSettings,
    functionals,
    log_mel_frames,
    pitch_functionals,
    spectrum_functionals,
)
from ser_core.noises import with_noise

AUGMENTATION = MelAugmentation(noise=0.0)
NOISY, UNSTEADY, SNR_DB = 0.5, 0.5, (0.0, 30.0)
"""Share of the copies with a noise, share of the noises that are not steady, and how loud."""
LONGEST_FRAMES = 320
_CHOICES = (asdict(AUGMENTATION), NOISY, UNSTEADY, SNR_DB)
_BATCH = 32
_CHUNK = 128


def extract_functionals(
    paths: Sequence[Path],
    speakers: NDArray[np.str_],
    n_copies: int,
    *,
    seed: int,
    cache: Path,
    progress: bool = False,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Functionals of recordings and of augmented copies of them.

    Parameters
    ----------
    paths : sequence of Path
    speakers : np.ndarray of str, shape (n,)
        A copy may have another recording of the *same* speaker as a background, and of nobody
        else: a stranger's voice must not reach training that way.
    n_copies : int
    seed : int
    cache : Path
        Folder in which the result is kept; the same question is answered from there.
    progress : bool

    Returns
    -------
    inputs : np.ndarray of float32, shape (n, n_functionals)
    copies : np.ndarray of float32, shape (n, n_copies, n_functionals)
        Noise is added to the sound itself, so that a copy is trimmed and its pitch is found as in
        a noisy recording; all else is done to the spectrum, and the pitch is as it was.
    """
    stored = cache / f"functionals-{_digest(paths, *_CHOICES, n_copies, seed)}.npz"
    if stored.is_file():
        with np.load(stored, allow_pickle=False) as arrays:
            return arrays["inputs"], arrays["copies"]
    chunks = []
    for speaker in dict.fromkeys(speakers.tolist()):
        own = np.flatnonzero(speakers == speaker)
        chunks += [own[start : start + _CHUNK] for start in range(0, len(own), _CHUNK)]
    work = partial(_extract_chunk, n_copies=n_copies, seed=seed)
    # Spawned, not forked: TensorFlow may have threads by now.
    with ProcessPoolExecutor(
        mp_context=get_context("spawn"), initializer=threadpool_limits, initargs=(1,)
    ) as pool:
        jobs = pool.map(work, [[paths[i] for i in chunk] for chunk in chunks])
        results = list(
            tqdm(jobs, total=len(chunks), unit="batch", disable=None if progress else True)
        )
    order = np.argsort(np.concatenate(chunks))
    inputs = np.concatenate([inputs for inputs, _ in results])[order]
    copies = np.concatenate([copies for _, copies in results])[order]
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = stored.with_suffix(".unfinished.npz")
    np.savez(unfinished, inputs=inputs, copies=copies)
    unfinished.replace(stored)
    return inputs, copies


def extract_frames(
    paths: Sequence[Path], *, cache: Path, progress: bool = False
) -> NDArray[np.object_]:
    """Log-mel frames of recordings.

    Parameters
    ----------
    paths : sequence of Path
    cache : Path
        Folder in which the result is kept; the same question is answered from there.
    progress : bool

    Returns
    -------
    np.ndarray of object, shape (n,)
        Each float16 of shape (n_frames, n_mels).
    """
    stored = cache / f"frames-{_digest(paths)}.npz"
    if stored.is_file():
        with np.load(stored, allow_pickle=False) as arrays:
            return _split(arrays["frames"], arrays["lengths"])
    chunks = [paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK)]
    with ProcessPoolExecutor(
        mp_context=get_context("spawn"), initializer=threadpool_limits, initargs=(1,)
    ) as pool:
        jobs = pool.map(_frames_of_chunk, chunks)
        results = list(
            tqdm(jobs, total=len(chunks), unit="batch", disable=None if progress else True)
        )
    found = [frames for chunk in results for frames in chunk]
    lengths = np.array([len(frames) for frames in found])
    joined = np.concatenate(found)
    cache.mkdir(parents=True, exist_ok=True)
    unfinished = stored.with_suffix(".unfinished.npz")
    np.savez(unfinished, frames=joined, lengths=lengths)
    unfinished.replace(stored)
    return _split(joined, lengths)


def _split(joined: NDArray[np.float16], lengths: NDArray[np.intp]) -> NDArray[np.object_]:
    parts = np.empty(len(lengths), dtype=object)
    parts[:] = np.split(joined, np.cumsum(lengths)[:-1])
    return parts


def _frames_of_chunk(paths: Sequence[Path]) -> list[NDArray[np.float16]]:
    return [log_mel_frames(audio.load(path).signal).astype(np.float16) for path in paths]


def _extract_chunk(
    paths: Sequence[Path], *, n_copies: int, seed: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    settings = FunctionalSettings()
    signals = [audio.load(path).signal for path in paths]
    frames = [log_mel_frames(signal, settings) for signal in signals]
    pitches = np.stack([pitch_functionals(signal) for signal in signals])
    spectra = np.stack([spectrum_functionals(mel) for mel in frames])
    inputs = np.concatenate([spectra, pitches], axis=1)
    # The chunk's own name seeds it, so that the result does not hang on who else is there.
    name = int(hashlib.sha256(paths[0].stem.encode()).hexdigest()[:8], 16)
    rng = np.random.default_rng([seed, name])
    copies = np.empty((len(paths), n_copies, inputs.shape[1]), dtype=np.float32)
    for copy in range(n_copies):
        heard, pitched = list(frames), pitches.copy()
        for i in np.flatnonzero(rng.random(len(paths)) < NOISY):
            noisy = with_noise(signals[i], rng.uniform(*SNR_DB), rng, unsteady=UNSTEADY)
            heard[i], pitched[i] = log_mel_frames(noisy, settings), pitch_functionals(noisy)
        lengths = np.array([len(mel) for mel in heard])
        rates = 1 + rng.uniform(-1, 1, len(paths)) * AUGMENTATION.speed
        by_length = np.argsort(lengths / rates, kind="stable")
        for start in range(0, len(by_length), _BATCH):
            chosen = by_length[start : start + _BATCH]
            longest = min(LONGEST_FRAMES, int(max((lengths[chosen] - 1) / rates[chosen])))
            batch, kept = crop_and_stretch(
                [heard[i] for i in chosen], max(2, longest), rates[chosen], rng
            )
            changed = augment(batch, kept, AUGMENTATION, rng)
            for row, i in enumerate(chosen):
                spectrum = spectrum_functionals(changed[row, : kept[row]])
                copies[i, copy] = np.concatenate([spectrum, pitched[i]])
    return inputs, copies


def _digest(paths: Sequence[Path], *choices: Any) -> str:
    """Changes with the recordings, the settings and what the code makes of a fixed noise."""
    noise = np.random.default_rng(0).standard_normal(8_000).astype(np.float32)
    content = json.dumps(
        [
            [(path.name, path.stat().st_size) for path in paths],
            asdict(FunctionalSettings()),
            [round(float(value), 3) for value in functionals(noise)],
            *choices,
        ]
    )
    return hashlib.sha256(content.encode()).hexdigest()[:16]
