"""What the channels of a recording have to do with each other, block by block.

Two things go wrong where channels are simply averaged. A voice in opposite phase on left and right
cancels, and what is left is judged. And where each channel holds somebody else, as in recorded
calls, two people are judged as one.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

FRAME_S = 0.1
# Only what carries a voice is compared: hum is the same on all channels, hiss on none.
_BAND_HZ = (150.0, 3_400.0)
# Power of the sum over the sum of powers: 1 for strangers, the number of channels for twins,
# 0 for opposites.
_OPPOSITE_RATIO = 0.5
# Each of two channels leads by this much in at least this share of the frames with sound ...
_LEAD_DB, _LEAD_SHARE = 10.0, 0.15
# ... or the two have neither their waves nor their loudness over time in common.
_CORRELATION, _ENVELOPE_CORRELATION = 0.3, 0.5
# Frames this far below the loud ones hold no sound, and channels this far below the loudest no one.
_ACTIVE_DB, _PRESENT_DB = 30.0, 25.0
_MIN_ACTIVE_S = 1.0
# Of a film's or a meeting's channels only these, the loudest, are compared.
_MOST_COMPARED = 6


class Channels:
    """Takes blocks of two or more channels; keeps a matrix and a level a channel and 0.1 s.

    Parameters
    ----------
    rate : int
        In Hz.
    count : int
        Number of channels.
    """

    def __init__(self, rate: int, count: int) -> None:
        # Averaged down to about 8 kHz: enough for the band, and a sixth of the work.
        self._step = max(1, rate // 8_000)
        self._length = max(1, int(rate / self._step * FRAME_S))
        frequencies = np.fft.rfftfreq(self._length, self._step / rate)
        self._band = (frequencies >= _BAND_HZ[0]) & (frequencies <= _BAND_HZ[1])
        self._rest = np.zeros((0, count), dtype=np.float32)
        self._shared = np.zeros((count, count))
        self._powers: list[NDArray[np.float64]] = []

    def add(self, block: NDArray[np.float32]) -> None:
        """Take a block of shape (n_samples, n_channels)."""
        block = np.concatenate([self._rest, block])
        frames = len(block) // (self._step * self._length)
        used = frames * self._step * self._length
        self._rest = block[used:]
        if not frames:
            return
        shape = (frames, self._length, self._step, block.shape[1])
        lowered = block[:used].reshape(shape).mean(axis=2, dtype=np.float64)
        spectra = np.fft.rfft(lowered, axis=1)[:, self._band]
        flat = spectra.reshape(-1, block.shape[1])
        self._shared += (flat.conj().T @ flat).real
        self._powers.append((spectra.real**2 + spectra.imag**2).sum(axis=1))

    def to_keep(self) -> int | None:
        """The loudest channel where the channels cancel each other out, else None."""
        powers = np.diag(self._shared)
        if powers.sum() > 0 and self._shared.sum() < _OPPOSITE_RATIO * powers.sum():
            return int(powers.argmax())
        return None

    def differ(self) -> bool:
        """Whether two of the loudest channels hold different sounds, such as a party each."""
        whole = np.diag(self._shared)
        loudest = [
            int(channel)
            for channel in np.argsort(-whole)[:_MOST_COMPARED]
            if whole[channel] >= whole.max() * 10 ** (-_PRESENT_DB / 10)
        ]
        return any(self._differ(*pair) for pair in combinations(loudest, 2))

    def _differ(self, first: int, second: int) -> bool:
        powers = np.concatenate(self._powers or [np.zeros((0, len(self._shared)))])
        levels = 10 * np.log10(powers[:, [first, second]] + 1e-12)
        if len(levels) * FRAME_S < _MIN_ACTIVE_S:
            return False
        floor = np.percentile(levels.max(axis=1), 95) - _ACTIVE_DB
        levels = np.maximum(levels[levels.max(axis=1) > floor], floor)
        if len(levels) * FRAME_S < _MIN_ACTIVE_S:
            return False
        lead = levels[:, 0] - levels[:, 1]
        shares = (lead > _LEAD_DB).mean(), (lead < -_LEAD_DB).mean()
        if min(shares) >= _LEAD_SHARE:
            return True
        both = self._shared[first, first] * self._shared[second, second]
        alike = abs(self._shared[first, second]) / np.sqrt(both)
        return bool(alike < _CORRELATION and _together(levels) < _ENVELOPE_CORRELATION)


def _together(levels: NDArray[np.float64]) -> float:
    """Correlation of two channels' levels over time; 1 where neither changes."""
    spread = levels.std(axis=0)
    if spread.min() < 1.0:
        return 1.0
    centred = levels - levels.mean(axis=0)
    return float((centred[:, 0] * centred[:, 1]).mean() / spread.prod())
