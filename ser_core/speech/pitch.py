"""Pitch by autocorrelation, frame by frame.

Boersma (1993): the autocorrelation of the windowed frame over that of the window, with a small
price on low candidates so that an octave below is not mistaken for the pitch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE
from ser_core.audio.compiled import irfft, rfft

HOP_LENGTH = 256
FRAME_LENGTH = 640
"""40 ms: three periods of the lowest voice."""
LOWEST_HZ, HIGHEST_HZ = 75.0, 500.0
VOICED = 0.5
"""A frame whose autocorrelation peak reaches this is voiced."""

_N_FFT = 1024  # at least a frame and the longest lag, so that nothing wraps around
_OCTAVE_COST = 0.06
_ACTIVE_DB = 30.0


@dataclass(frozen=True, eq=False)
class Pitch:
    """Pitch of each 16 ms frame; arrays have shape (n_frames,).

    Attributes
    ----------
    hz : np.ndarray of float32
        The best candidate, voiced or not.
    strength : np.ndarray of float32
        Height of its autocorrelation peak: 1 for a perfectly periodic frame.
    level_db : np.ndarray of float32
        Level of the frame relative to full scale, in dB.
    active : np.ndarray of bool
        Within 30 dB of the loud frames.
    """

    hz: NDArray[np.float32]
    strength: NDArray[np.float32]
    level_db: NDArray[np.float32]
    active: NDArray[np.bool_]

    @property
    def voiced(self) -> NDArray[np.bool_]:
        """Active frames with a clear pitch."""
        return self.active & (self.strength > VOICED)


def track(signal: NDArray[np.float32]) -> Pitch:
    """Find the pitch of a mono signal at 16 kHz.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)

    Returns
    -------
    Pitch
        One frame every `HOP_LENGTH` samples. The same at any gain, but for ``level_db``.
    """
    if len(signal) < FRAME_LENGTH + HOP_LENGTH:
        signal = np.pad(signal, (0, FRAME_LENGTH + HOP_LENGTH - len(signal)))
    frames = np.lib.stride_tricks.sliding_window_view(signal, FRAME_LENGTH)[::HOP_LENGTH]
    frames = (frames - frames.mean(axis=1, keepdims=True)).astype(np.float32)
    level = 10 * np.log10((frames**2).mean(axis=1) + 1e-12)
    shortest = int(SAMPLE_RATE / HIGHEST_HZ)
    longest = int(SAMPLE_RATE / LOWEST_HZ) + 1
    correlation = _autocorrelation(frames * _window())[:, :longest]
    correlation /= correlation[:, :1] + 1e-12
    correlation /= _window_correlation()[:longest]
    lags = np.arange(shortest, longest)
    candidates = correlation[:, shortest:] - _OCTAVE_COST * np.log2(lags / shortest)
    best = candidates.argmax(axis=1)
    return Pitch(
        hz=(SAMPLE_RATE / lags[best]).astype(np.float32),
        strength=correlation[np.arange(len(best)), shortest + best].astype(np.float32),
        level_db=level.astype(np.float32),
        active=level > np.percentile(level, 95) - _ACTIVE_DB,
    )


def _autocorrelation(frames: NDArray[np.float32]) -> NDArray[np.float32]:
    spectrum = rfft(np.pad(frames, ((0, 0), (0, _N_FFT - frames.shape[1]))))
    power = spectrum.real**2 + spectrum.imag**2
    return irfft(power + 0j, _N_FFT)[:, :FRAME_LENGTH]


@cache
def _window() -> NDArray[np.float32]:
    return np.hanning(FRAME_LENGTH).astype(np.float32)


@cache
def _window_correlation() -> NDArray[np.float32]:
    correlation = _autocorrelation(_window()[np.newaxis])[0]
    return np.asarray(correlation / correlation[0], dtype=np.float32)
