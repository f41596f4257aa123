"""Windows of a recording, pooled from one pass of the speech encoder.

Windows overlap six-fold; cut out and encoded one by one, each moment would be heard six times. Here
the log-mel spectrogram of the recording is computed once, and each of its stretches of speech is
brought to one level. The encoder hears them in pieces, each with its surroundings, and what it says
of them is summed between the edges of the windows, so that the mean and the deviation of any window
are a matter of adding up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE
from ser_core.audio.levels import frame_levels
from ser_core.features import encoder
from ser_core.speech.activity import HOP_S, Speech

PIECE_S = 2.5
"""Longest piece in seconds: a short sentence. What the encoder says of a moment depends on how far
it lies from the beginning of what it hears, and training knew clips of some three seconds; with
pieces of seven seconds a tenth fewer windows are judged rightly (docs/experiments.md)."""

CONTEXT_S = 0.25
"""What a piece of a longer stretch is heard with before and behind it, in seconds."""

PAUSE_S = 0.5
"""A pause of this length ends a stretch of speech."""

# In the encoder's frames, of which each is two of its log-mel frames.
_FRAME_S = encoder.FRAME_HOP_S
_FRAME = round(encoder.FRAME_HOP_S * SAMPLE_RATE)
_MELS = _FRAME // encoder.HOP
_PIECE, _CONTEXT, _PAUSE, _MARGIN, _TAIL = (
    round(seconds / encoder.FRAME_HOP_S)
    for seconds in (PIECE_S, CONTEXT_S, PAUSE_S, encoder.MARGIN_S, encoder.TAIL_S)
)


def features(
    signal: NDArray[np.float32],
    windows: Sequence[tuple[int, int]],
    speech: Speech,
    network: encoder.Encoder,
) -> NDArray[np.float32]:
    """What the speech encoder makes of each window of a recording; see `in_turn`.

    Returns
    -------
    np.ndarray of float32, shape (n_windows, 1536)
    """
    found = np.empty((len(windows), encoder.N_FEATURES), dtype=np.float32)
    told = 0
    for rows in in_turn(signal, windows, speech, network):
        found[told : told + len(rows)] = rows
        told += len(rows)
    return found


def in_turn(
    signal: NDArray[np.float32],
    windows: Sequence[tuple[int, int]],
    speech: Speech,
    network: encoder.Encoder,
    *,
    progress: Callable[[float], None] | None = None,
) -> Iterator[NDArray[np.float32]]:
    """What the speech encoder makes of each window of a recording, as far as it has heard.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        Mono at 16 kHz, of any length.
    windows : sequence of (int, int)
        First sample of each, and the one behind its last; in order of time.
    speech : Speech
        Of the whole recording.
    network : Encoder
    progress : callable, optional
        Told the share done, 0 to 1.

    Yields
    ------
    np.ndarray of float32, shape (n_rows, 1536)
        Of the next windows, as `ser_core.features.encoder.features` gives it of a clip, over the
        frames with speech.
    """
    logs, level = _logs(signal)
    loud = encoder.standing_out(level)
    n_frames = -(-len(logs) // _MELS)
    bounds = np.clip(np.rint(np.asarray(windows) / _FRAME).astype(int), 0, n_frames)
    pieces = _pieces(logs, level, loud, speech)
    sums = _Sums(bounds, len(pieces))
    for done, (start, stop, stretch) in enumerate(pieces, start=1):
        first = max(stretch.first, start - _CONTEXT)
        last = min(stretch.last, stop + _CONTEXT)
        mel = _with_tail(logs[first * _MELS : last * _MELS] + stretch.gain)
        values = network.frames(encoder.scaled(mel, stretch.loudest))
        sums.add(start, values[start - first : stop - first], _sum(values[-_TAIL:]))
        if progress is not None:
            progress(done / len(pieces))
        if done < len(pieces):
            yield from sums.ready(pieces[done][0])
    yield from sums.ready(n_frames)


class _Sums:
    """Sums of what the encoder says between the edges of windows: a window is a difference of two.

    Parameters
    ----------
    bounds : np.ndarray of int, shape (n_windows, 2)
        In frames.
    n_pieces : int
        How many pieces are to be added.
    """

    def __init__(self, bounds: NDArray[np.int_], n_pieces: int) -> None:
        self._edges = np.unique(bounds)
        self._windows = np.searchsorted(self._edges, bounds)
        self._sums = np.zeros((len(self._edges) + 1, encoder.N_FEATURES))
        self._counts = np.zeros(len(self._edges) + 1)
        self._tails = np.zeros((n_pieces + 1, encoder.N_FEATURES))
        # From which edge on a piece's tail is the latest; of those to come, from none.
        self._tails_from = np.full(n_pieces + 1, len(self._sums))
        self._tails_from[0] = 0
        self._n_pieces = self._n_summed = self._n_told = 0

    def add(self, start: int, values: NDArray[np.float32], tail: NDArray[np.float64]) -> None:
        """Add a piece: its first frame, what the encoder says of each, and of the silence behind.

        Pieces come in order of time.
        """
        frames = np.arange(start, start + len(values))
        bins = np.searchsorted(self._edges, frames, side="right")
        firsts = np.flatnonzero(np.diff(bins, prepend=-1))
        for begin, end in pairwise([*firsts.tolist(), len(values)]):
            self._sums[bins[begin]] += _sum(values[begin:end])
        self._counts += np.bincount(bins, minlength=len(self._counts))
        self._n_pieces += 1
        self._tails[self._n_pieces], self._tails_from[self._n_pieces] = tail, bins[0]

    def ready(self, frame: int) -> Iterator[NDArray[np.float32]]:
        """Mean and deviation of the next windows, where nothing before a frame is to come."""
        n_complete = int(np.searchsorted(self._edges, frame, side="right"))
        for values in (self._sums, self._counts):
            begun = values[self._n_summed : n_complete]
            np.cumsum(begun, axis=0, out=begun)
        self._n_summed = max(self._n_summed, n_complete - 1)
        rows = []
        for start, stop in self._windows[self._n_told :]:
            if stop >= n_complete:
                break
            tail = self._tails[np.searchsorted(self._tails_from, stop, side="right") - 1]
            total = self._sums[stop] - self._sums[start] + tail
            means, squares = np.split(total / (self._counts[stop] - self._counts[start] + _TAIL), 2)
            deviations = np.sqrt(np.maximum(squares - np.square(means), 0.0))
            rows.append(np.concatenate([means, deviations]).astype(np.float32))
        self._n_told += len(rows)
        if rows:
            yield np.stack(rows)


class _Stretch(NamedTuple):
    """A stretch of speech, between pauses.

    At the encoder's level by itself, as each clip of training was: whoever speaks nearer to the
    microphone, before or after, changes nothing.
    """

    first: int
    """Its first frame, and the one behind its last."""
    last: int
    gain: np.float32
    """What brings its logarithms to the level."""
    loudest: float
    """Of them, there."""


def _pieces(
    logs: NDArray[np.float32], level: NDArray[np.float64], loud: NDArray[np.bool_], speech: Speech
) -> list[tuple[int, int, _Stretch]]:
    """Pieces of the stretches of speech: start, stop (in frames), and the stretch."""
    pieces = []
    n_frames = -(-len(logs) // _MELS)
    standing = np.flatnonzero(loud)
    for members in np.split(standing, np.flatnonzero(np.diff(standing) > _PAUSE) + 1):
        first, last = int(members[0]), int(members[-1]) + 1
        inside = slice(round(first * _FRAME_S / HOP_S), round(last * _FRAME_S / HOP_S) + 1)
        if speech.active[inside].any():
            low, high = max(0, first - _MARGIN), min(n_frames, last + _MARGIN)
            own = level[low:high]
            power = np.mean(10 ** (own[encoder.standing_out(own)] / 10))
            gain = np.float32(2 * np.log10(encoder.LEVEL_RMS) - np.log10(power))
            loudest = float(logs[low * _MELS : high * _MELS].max() + gain)
            stretch = _Stretch(low, high, gain, loudest)
            marks = np.linspace(low, high, -(-(high - low) // _PIECE) + 1).round().astype(int)
            pieces += [(start, stop, stretch) for start, stop in pairwise(marks.tolist())]
    return pieces


def _with_tail(logs: NDArray[np.float32]) -> NDArray[np.float32]:
    """With the silence behind it that the encoder knows from the clips that it was used on."""
    return np.pad(logs, ((0, _TAIL * _MELS), (0, 0)), constant_values=-np.inf)


def _sum(frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """Sums over time of frames, and of their squares."""
    values = np.asarray(frames, dtype=np.float64)
    return np.concatenate([values.sum(axis=0), np.square(values).sum(axis=0)])


def _logs(signal: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Logarithms of the mel power of the recording, and its levels; frames of 10 and of 20 ms."""
    # Ten seconds at once bound the memory; the filter rings for less than half a second.
    context, size = 25 * _FRAME, 500 * _FRAME
    logs = np.empty((len(signal) // encoder.HOP, encoder.N_MELS), dtype=np.float32)
    levels = []
    for start in range(0, len(signal), size):
        stop = min(len(signal), start + size)
        first = max(0, start - context)
        passed = encoder.high_pass(signal[first : stop + context])
        inside = slice(start // encoder.HOP, -(-stop // encoder.HOP))
        part = encoder.mel_logs(passed)[(start - first) // encoder.HOP :]
        logs[inside] = part[: len(logs[inside])]
        levels.append(frame_levels(passed[start - first : stop - first], SAMPLE_RATE))
    return logs, np.concatenate(levels)
