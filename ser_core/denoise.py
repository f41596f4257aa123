"""Steady background noise out of a recording, by spectral gating (noisereduce).

Off by default: it helps the ear and did not help the models (docs/experiments.md).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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

    cleaned = noisereduce.reduce_noise(y=signal, sr=sampling_rate, stationary=True, n_jobs=1)
    return np.nan_to_num(np.asarray(cleaned, dtype=np.float32))
