"""Pitch, level and colour of a sound, frame by frame: what speech is told by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE
from ser_core.audio.compiled import irfft, rfft

HOP_S = 0.016
"""Step from frame to frame, in seconds."""

HOP = round(HOP_S * SAMPLE_RATE)
"""The same in samples."""

VOICED = 0.55
"""A frame is voiced from this autocorrelation on, relative to that of a perfect period."""

# Long enough for four periods of the lowest voice.
_FRAME = 1024
_N_FFT = 1280
_FRAMES_AT_ONCE = 32
# Matrices of more rows are multiplied by several threads, wherever nobody forbids it; these then
# wait for one another for longer than the product takes.
_STACK = 4
_LOWEST_HZ, _HIGHEST_HZ = 75.0, 500.0
# Samples of a frame before the hop in whose middle it lies.
_BEFORE = (_FRAME - HOP) // 2

AT_EDGE = -(-_BEFORE // HOP)
"""How many frames at either end of a stretch reach beyond it."""

Measured: TypeAlias = "tuple[NDArray[Any], ...]"
"""What `measure` gives: arrays with a row a frame."""


@dataclass(frozen=True, eq=False)
class Voicing:
    """Pitch and colour of a sound, frame by frame (every `HOP_S` seconds, 64 ms long).

    Attributes
    ----------
    harmonicity : np.ndarray of float32, shape (n_frames,)
        Height of the autocorrelation's peak between 75 and 500 Hz; 1 for a perfect period.
    pitch_hz : np.ndarray of float64, shape (n_frames,)
        Where that peak lies; means something only where the harmonicity is high.
    level_db : np.ndarray of float64, shape (n_frames,)
        Level above 60 Hz, relative to an arbitrary but fixed loudness.
    bands_db : np.ndarray of float32, shape (n_frames, 18)
        Level in bands from 100 to 6,500 Hz.
    centroid_hz : np.ndarray of float64, shape (n_frames,)
        Centre of gravity of the magnitude spectrum.
    """

    harmonicity: NDArray[np.float32] = field(repr=False)
    pitch_hz: NDArray[np.float64] = field(repr=False)
    level_db: NDArray[np.float64] = field(repr=False)
    bands_db: NDArray[np.float32] = field(repr=False)
    centroid_hz: NDArray[np.float64] = field(repr=False)


def analyse(signal: NDArray[np.float32]) -> Voicing:
    """Measure pitch and colour, frame by frame.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        Mono at 16 kHz.

    Returns
    -------
    Voicing
        With ``max(1, n_samples // 256)`` frames.

    Notes
    -----
    Autocorrelation of the windowed frame over that of its window, after Boersma (1993), of the
    spectrum between 60 and 4,000 Hz.
    """
    n_frames = max(1, len(signal) // HOP)
    return voicing(measure(frames_of(signal, 0, n_frames, 0, len(signal))))


def frames_of(
    signal: NDArray[np.float32], first: int, last: int, begin: int, end: int
) -> NDArray[np.float32]:
    """Frames from the first to before the last, of the samples from begin to end; else zero."""
    start = first * HOP - _BEFORE
    stop = (last - 1) * HOP - _BEFORE + _FRAME
    heard = signal[max(start, begin) : min(stop, end)]
    padded = np.zeros(stop - start, dtype=np.float32)
    at = max(start, begin) - start
    padded[at : at + len(heard)] = heard
    return np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::HOP]


def measure(frames: NDArray[np.float32]) -> Measured:
    """Measure frames of `frames_of`, any number of them."""
    # A few at once: what fits into the processor's cache takes half of the time.
    rows = min(-(-len(frames) // _STACK) * _STACK, _FRAMES_AT_ONCE)
    room = np.zeros((rows, _N_FFT), dtype=np.float32)
    return joined_up(
        [
            _analyse_frames(frames[start : start + _FRAMES_AT_ONCE], room)
            for start in range(0, len(frames), _FRAMES_AT_ONCE)
        ]
    )


def joined_up(parts: Sequence[Measured]) -> Measured:
    """What was measured of adjoining stretches, as of one."""
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def voicing(measured: Measured) -> Voicing:
    """What was measured, on the scales that it is judged on."""
    height, pitch_hz, total, bands, centroid_hz, loudest = measured
    return Voicing(
        harmonicity=height,
        pitch_hz=pitch_hz,
        level_db=10 * np.log10(total.astype(np.float64) + 1e-20),
        bands_db=10 * np.log10(bands + 1e-8 * loudest.max() + 1e-20),
        centroid_hz=centroid_hz,
    )


def _analyse_frames(frames: NDArray[np.float32], room: NDArray[np.float32]) -> Measured:
    """Of each frame: harmonicity, pitch, power, power in bands, centroid, the loudest bin.

    The room is for as many windowed frames and up to a whole stack, and zero behind them.
    """
    n_frames = len(frames)
    windowed = room[:n_frames, :_FRAME]
    np.subtract(frames, frames.mean(axis=1, keepdims=True), out=windowed)
    windowed *= _WINDOW
    spectrum = rfft(room[: -(-n_frames // _STACK) * _STACK])
    power = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    power[:, :_HEARD_FROM] = 0.0

    stacks = power.reshape(-1, _STACK, power.shape[1])
    periods, sums, weighed = (
        product.reshape(len(power), -1)[:n_frames]
        for product in (
            stacks[:, :, _HEARD_FROM:_PITCHED_TO] @ _PERIODS,
            stacks @ _BANDS,
            np.sqrt(stacks) @ _CENTROID,
        )
    )
    periods = periods[:, 1:] / (periods[:, :1] + 1e-20)
    rows = np.arange(n_frames)
    place = 1 + periods[:, 1:-1].argmax(axis=1)
    before, height, after = (periods[rows, place + step] for step in (-1, 0, 1))
    lag = _LAGS[1 + place]
    curve = before - 2 * height + after
    # The peak of the parabola through three neighbours: between the samples.
    shift = np.where(curve < -1e-9, 0.5 * (before - after) / np.minimum(curve, -1e-9), 0.0)

    return (
        height.astype(np.float32),
        SAMPLE_RATE / (lag + np.clip(shift, -0.5, 0.5)).astype(np.float64),
        sums[:, -1],
        sums[:, :-1],
        weighed[:, 0].astype(np.float64) / (weighed[:, 1] + 1e-20),
        power[:n_frames].max(axis=1),
    )


_WINDOW = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
FRAME_GAIN = float(np.square(_WINDOW).sum()) * _N_FFT / 2
"""Sum over half the power spectrum of a frame whose mean square is one (Parseval)."""

_FREQUENCIES = np.fft.rfftfreq(_N_FFT, 1 / SAMPLE_RATE).astype(np.float32)
_HEARD_FROM, _PITCHED_TO = np.searchsorted(_FREQUENCIES, (60.1, 4_000.0)).tolist()
# Delays at which the autocorrelation is wanted: none, then those of a voice and their neighbours.
_LAGS = np.r_[0, int(SAMPLE_RATE / _HIGHEST_HZ) - 1 : int(SAMPLE_RATE / _LOWEST_HZ) + 2]


def _periods() -> NDArray[np.float32]:
    """What makes of a power spectrum its autocorrelation over that of the window.

    A matrix: an inverse transform would give all delays, and takes twice the time.
    """
    padded = np.pad(_WINDOW.astype(np.float64), (0, _N_FFT - _FRAME))
    own = irfft(np.abs(rfft(padded)) ** 2 + 0j, _N_FFT)
    bins = np.arange(_HEARD_FROM, _PITCHED_TO)
    wave = np.cos(2 * np.pi / _N_FFT * np.outer(bins, _LAGS))
    return np.asarray(wave / (own[_LAGS] / own[0]), dtype=np.float32)


_PERIODS = _periods()
_EDGES = np.geomspace(100, 6_500, 19)
# The bands, and behind them the whole; the centre of gravity's two sums.
_BANDS = np.array(
    [
        *((_FREQUENCIES >= low) & (_FREQUENCIES < high) for low, high in pairwise(_EDGES)),
        np.ones(len(_FREQUENCIES)),
    ],
    dtype=np.float32,
).T.copy()
_CENTROID = np.stack([_FREQUENCIES, np.ones_like(_FREQUENCIES)], axis=1)
