"""Spectrograms to look at, of recordings of any length, in bounded memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ser_core.features.classic import MelSettings, mel_power

_BLOCK_S = 20
_RANGE_DB = 80.0


def log_mel(
    signal: NDArray[np.float32], settings: MelSettings | None = None
) -> NDArray[np.float32]:
    """Log-mel spectrogram, made block by block.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    settings : MelSettings, optional

    Returns
    -------
    np.ndarray of float32, shape (n_frames, n_mels)
        In dB relative to the loudest band: 0 at most, -80 at least. Ten minutes need some 10 MB,
        and 10 MB more while they are made.
    """
    settings = settings or MelSettings()
    hop = settings.hop_length
    block = _BLOCK_S * settings.sampling_rate // hop * hop
    parts = []
    for start in range(0, len(signal), block):
        # Whole frames beyond both edges, so that blocks join without a seam.
        before = min(start, 2 * hop)
        piece = mel_power(signal[start - before : start + block + 2 * hop], settings)
        frames = min(block, len(signal) - start) // hop
        last = start + block >= len(signal)
        parts.append(piece[before // hop : before // hop + frames + last])
    power = np.concatenate(parts)
    decibels = 10 * np.log10(np.maximum(power, 1e-10))
    return np.asarray(np.maximum(decibels - decibels.max(), -_RANGE_DB), dtype=np.float32)
