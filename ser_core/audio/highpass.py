"""Takes away what lies below any voice: mains hum, a constant, wind, a desk that is bumped."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ser_core.audio.clip import SAMPLE_RATE

CUTOFF_HZ = 80.0
"""Half of the amplitude passes here; 60 dB less of 50 Hz, a quarter of a dB less of 100 Hz."""

# 64 ms, odd, so that nothing is delayed by half a sample.
_TAPS = 1_025
_BLOCK = 1 << 16


def highpass(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """A signal at 16 kHz without what lies below 80 Hz, not delayed, shape as `signal`."""
    half = _TAPS // 2
    response = _response()
    # Mirrored, an end is no step; a constant stays one and is taken away whole.
    padded = np.pad(signal, half, mode="reflect" if len(signal) > half else "edge")
    passed = np.empty_like(signal)
    step = _BLOCK - _TAPS + 1
    for at in range(0, len(signal), step):
        spectrum = np.fft.rfft(padded[at : at + _BLOCK], _BLOCK) * response
        block = np.fft.irfft(spectrum, _BLOCK)[_TAPS - 1 :]
        passed[at : at + step] = block[: len(passed) - at]
    return passed


@cache
def _response() -> NDArray[np.complex128]:
    """Of an impulse less a windowed sine cardinal, which is what passes below."""
    place = np.arange(_TAPS) - _TAPS // 2
    below = np.sinc(2 * CUTOFF_HZ / SAMPLE_RATE * place) * np.hamming(_TAPS)
    taps = -below / below.sum()
    taps[_TAPS // 2] += 1.0
    return np.fft.rfft(taps, _BLOCK)
