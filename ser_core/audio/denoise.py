"""Steady background noise out of a recording, by spectral gating (noisereduce).

Off by default: it helps the ear and did not help the models (docs/experiments.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# In samples. From 600,000 on noisereduce keeps its result in a temporary file, and a voice must not
# reach the disk.
_BLOCK, _OVERLAP = 500_000, 30_000


def reduce_noise(signal: NDArray[np.float32], sampling_rate: int) -> NDArray[np.float32]:
    """Reduce steady noise.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    sampling_rate : int
        In Hz.

    Returns
    -------
    np.ndarray of float32, shape (n_samples,)

    Notes
    -----
    Stationary spectral gating of Sainburg et al. (2020), noisereduce 3.
    """
    # Imported here: most visitors never ask for it.
    import noisereduce

    cleaned = []
    for start in range(0, len(signal), _BLOCK):
        before = min(start, _OVERLAP)
        piece = noisereduce.reduce_noise(
            y=signal[start - before : start + _BLOCK + _OVERLAP],
            sr=sampling_rate,
            y_noise=signal[:_BLOCK],
            stationary=True,
            n_jobs=1,
        )
        cleaned.append(piece[before : before + _BLOCK])
    return np.nan_to_num(np.concatenate(cleaned, dtype=np.float32))
