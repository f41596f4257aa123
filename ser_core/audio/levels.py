"""How loud a signal is, frame by frame, and which frames are loud for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FRAME_S = 0.02
# Speech lies this far below the loudest frames at most.
_ACTIVE_RANGE_DB = 30.0


def frame_levels(signal: NDArray[np.float32], sampling_rate: int) -> NDArray[np.float64]:
    """Level of each 20 ms frame, relative to full scale in dB, shape (n_frames,)."""
    length = int(FRAME_S * sampling_rate)
    n_frames = max(1, len(signal) // length)
    frames = np.resize(signal, (n_frames, length)).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + 1e-12), dtype=np.float64)


def active_frames(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Frames within 30 dB of the loud ones (95th percentile), shape as `levels`."""
    return levels > np.percentile(levels, 95) - _ACTIVE_RANGE_DB
