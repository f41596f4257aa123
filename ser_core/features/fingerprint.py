"""Which recordings are the same one, in whatever coding, at whatever level, cut or whole.

A digest knows a sound to the last bit; an MP3 of it is another sound. A fingerprint knows the
recording: of each moment it keeps how the bands of a telephone rise and fall against each other,
which neither coding nor level nor tone changes much, and the signs of that as a number of `N_BITS`
bits (Haitsma and Kalker 2002). Moments of one number point to the recordings and the shift to look
at; laid on each other at that shift, the rises decide.

Two takes of a sentence by one actor are no match: they are never alike moment by moment. A copy
that runs faster or higher is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE

N_BITS = 20
"""Of each moment's number."""

SAME = 0.8
"""Two recordings are one where their rises correlate by more than this: nearly all copies do, and
of 14,000 recordings of five corpora one pair of takes (docs/evaluation.md)."""

SHORTEST_S = 0.5
"""What two recordings must have in common, in seconds."""

# At half the rate, where a telephone's band is whole.
_RATE = SAMPLE_RATE // 2
_HOP, _WINDOW = 128, 1024
_HOP_S = _HOP / _RATE
_BAND_HZ = (250.0, 3_300.0)
# Frames over which a rise is taken, and the most that one counts for.
_STEP, _MOST_DB = 4, 12.0
# Quieter than the loudest moment by more than this, a moment is the room's and not the voice's;
# within a moment, a band a little more.
_RANGE_DB, _BAND_RANGE_DB = 35.0, 50.0
# Of a moment's bits the least certain: each of them is tried both ways.
_UNCERTAIN = 3
# So many recordings hold a common moment that it points nowhere; so few that agree, by chance.
_COMMON, _FEWEST_VOTES, _CANDIDATES = 400, 3, 8
_LEAST_FRAMES = 20
# More frames than any recording has.
_FAR = 1 << 20


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What a recording is known by.

    Attributes
    ----------
    rises : np.ndarray of float32, shape (n_frames, N_BITS)
        By how many dB each band rises against its neighbour, 16 ms a frame.
    loud : np.ndarray of bool, shape (n_frames,)
        Where something is heard.
    """

    rises: NDArray[np.float32] = field(repr=False)
    loud: NDArray[np.bool_] = field(repr=False)


@dataclass(frozen=True)
class Match:
    """Where a recording is found again.

    Attributes
    ----------
    index : int
        Position of the other recording in the catalogue.
    likeness : float
        Correlation of the rises of the two, above `SAME`.
    overlap_s : float
        How long the two lie on each other, in seconds.
    """

    index: int
    likeness: float
    overlap_s: float


def fingerprint(signal: NDArray[np.float32]) -> Fingerprint:
    """What a recording is known by.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        Mono at 16 kHz.
    """
    lowered = signal[: len(signal) // 2 * 2].reshape(-1, 2).mean(axis=1)
    padded = np.pad(lowered, (0, max(0, _WINDOW - len(lowered))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    power = np.empty((len(frames), N_BITS + 1), dtype=np.float32)
    for start in range(0, len(frames), 512):
        spectrum = np.fft.rfft(frames[start : start + 512] * _HANN)
        power[start : start + 512] = (spectrum.real**2 + spectrum.imag**2) @ _BANDS
    level = power.sum(axis=1)
    floor = level.max() * 10 ** (-_BAND_RANGE_DB / 10) / N_BITS
    steps = np.diff(10 * np.log10(np.maximum(power, max(floor, 1e-12))), axis=1)
    rises = np.zeros_like(steps)
    rises[_STEP:] = np.clip(steps[_STEP:] - steps[:-_STEP], -_MOST_DB, _MOST_DB)
    loud = level > level.max() * 10 ** (-_RANGE_DB / 10)
    loud[:_STEP] = False
    return Fingerprint(rises, loud)


class Catalogue:
    """Recordings to find others among.

    Parameters
    ----------
    prints : sequence of Fingerprint
    """

    def __init__(self, prints: Sequence[Fingerprint]) -> None:
        self._prints = prints
        places = [np.flatnonzero(each.loud) for each in prints]
        numbers = _joined(
            [_numbers(each.rises[at]) for each, at in zip(prints, places, strict=True)]
        )
        owners = np.repeat(np.arange(len(prints)), [len(at) for at in places])
        order = np.argsort(numbers, kind="stable")
        self._numbers = numbers[order]
        self._owners, self._places = owners[order], _joined(places)[order]

    def find(self, other: Fingerprint) -> list[Match]:
        """The recordings of the catalogue that another one is, or is a part of; likest first."""
        found: dict[int, Match] = {}
        for index, shift in self._candidates(other):
            match = self._compare(other, index, shift)
            if match.likeness > max(SAME, found[index].likeness if index in found else 0.0):
                found[index] = match
        return sorted(found.values(), key=lambda match: -match.likeness)

    def _candidates(self, other: Fingerprint) -> list[tuple[int, int]]:
        """Recordings, and the shift in frames at which most moments have one number."""
        moments = np.flatnonzero(other.loud)
        tried = _variants(other.rises[moments]).ravel()
        first = np.searchsorted(self._numbers, tried, side="left")
        counts = np.searchsorted(self._numbers, tried, side="right") - first
        counts[counts > _COMMON] = 0
        begins = np.cumsum(counts) - counts
        hits = np.arange(counts.sum()) + np.repeat(first - begins, counts)
        asked = np.repeat(np.repeat(moments, 2**_UNCERTAIN), counts)
        keys, votes = np.unique(
            self._owners[hits] * 2 * _FAR + (self._places[hits] - asked + _FAR), return_counts=True
        )
        # The true shift may lie between two frames: neighbouring ones vote together.
        beside = np.flatnonzero(np.diff(keys) == 1)
        both = votes.copy()
        both[beside] += votes[beside + 1]
        best = np.argsort(-both, kind="stable")[:_CANDIDATES]
        return [
            (int(key) // (2 * _FAR), int(key) % (2 * _FAR) - _FAR)
            for key in keys[best[both[best] >= _FEWEST_VOTES]]
        ]

    def _compare(self, other: Fingerprint, index: int, shift: int) -> Match:
        """The best of a shift and its neighbours."""
        mine = self._prints[index]
        best = Match(index, 0.0, 0.0)
        for at in (shift - 1, shift, shift + 1):
            start, stop = max(0, -at), min(len(other.loud), len(mine.loud) - at)
            if (stop - start) * _HOP_S < SHORTEST_S:
                continue
            # Where both are heard: noise fills the pauses of one alone.
            loud = other.loud[start:stop] & mine.loud[start + at : stop + at]
            if loud.sum() < _LEAST_FRAMES:
                continue
            likeness = _correlation(
                other.rises[start:stop][loud], mine.rises[start + at : stop + at][loud]
            )
            if likeness > best.likeness:
                best = Match(index, likeness, (stop - start) * _HOP_S)
        return best


def _correlation(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    one, other = first - first.mean(axis=0), second - second.mean(axis=0)
    both = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / both if both > 0 else 0.0


def _numbers(rises: NDArray[np.float32]) -> NDArray[np.int64]:
    return np.asarray((rises > 0) @ _WEIGHTS)


def _variants(rises: NDArray[np.float32]) -> NDArray[np.int64]:
    """The number of each moment, and those with its least certain bits turned; (n, variants)."""
    weak = _WEIGHTS[np.argsort(np.abs(rises), axis=1)[:, :_UNCERTAIN]]
    turned = np.arange(2**_UNCERTAIN)[:, np.newaxis] >> np.arange(_UNCERTAIN) & 1
    return np.asarray(_numbers(rises)[:, np.newaxis] ^ (weak @ turned.T))


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def _bands() -> NDArray[np.float32]:
    """Bands of equal width on a logarithmic scale, side by side; shape (n_bins, n_bands)."""
    edges = np.geomspace(*_BAND_HZ, N_BITS + 2)
    bins = np.fft.rfftfreq(_WINDOW, 1 / _RATE)[:, np.newaxis]
    return np.asarray((bins >= edges[:-1]) & (bins < edges[1:]), dtype=np.float32)


_BANDS = _bands()
_HANN = np.hanning(_WINDOW).astype(np.float32)
_WEIGHTS = 2 ** np.arange(N_BITS, dtype=np.int64)
