"""Which moments and which pitch bands carried a verdict, by occlusion.

The spectrogram is cut into cells of a moment and a pitch band. Each is hidden in turn (brought down
to the background of its own band, and the sound put together again), and the model listens once
more: what lowers the verdict most when it is hidden carried it most (Zeiler and Fergus 2014). It
asks nothing of the network, so that it serves every model, and
`ser_core.evaluation.faithfulness` checks that it is so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray

from ser_core import assets, figures
from ser_core.assets import datafiles
from ser_core.audio import SAMPLE_RATE, Clip
from ser_core.audio.compiled import irfft, rfft
from ser_core.inference.facts import Interval
from ser_core.inference.predictor import Model
from ser_core.inference.windows import LONG_S
from ser_core.language import gettext as _
from ser_core.speech.activity import HOP_S, find_speech

CHECKS = assets.DATA / "faithfulness.json"
"""What `ser_core.evaluation.faithfulness.check` found about each shipped model."""

BANDS_HZ = (0.0, 300.0, 800.0, 2_000.0, 4_000.0, 8_000.0)
"""Edges of the pitch bands: voice, first and second formants, brightness, hiss."""

MOMENT_S = 0.3
"""Length of a moment in seconds, about a syllable; longer where there is more speech."""

MAX_MOMENTS = 8

HELD_SHARE = 0.6
"""The marked cells hold this share of the positive importance."""

_N_FFT, _HOP = 512, 128
# The background of a band: what is exceeded nine tenths of the time.
_FLOOR_QUANTILE = 0.1


class Check(TypedDict):
    """What `CHECKS` says of a model; each share with its interval over clips."""

    n_clips: int
    marked: Interval
    random: Interval
    difference: Interval
    larger_share: float
    hidden_share: float
    corpora: NotRequired[list[str]]
    n_speakers: NotRequired[int]
    seed: NotRequired[int]
    command: NotRequired[str]


@dataclass(frozen=True, eq=False)
class Explanation:
    """What carried a verdict, over a grid of moments and pitch bands.

    Attributes
    ----------
    emotion : str
        The answer that is explained: an emotion, or ``ordinary``.
    times_s : np.ndarray of float64, shape (n_times + 1,)
        Edges of the moments in seconds; what comes before and after the speech is one each.
    bands_hz : np.ndarray of float64, shape (n_bands + 1,)
        Edges of the bands in Hz.
    importance : np.ndarray of float64, shape (n_times, n_bands)
        How much hiding a cell lowers the log-odds of the emotion; negative where it raises them, 0
        where nobody speaks.
    marked : np.ndarray of bool, shape (n_times, n_bands)
        The fewest cells that hold most of the positive importance.
    sentence : str
        The same in plain words.
    """

    emotion: str
    times_s: NDArray[np.float64] = field(repr=False)
    bands_hz: NDArray[np.float64] = field(repr=False)
    importance: NDArray[np.float64] = field(repr=False)
    marked: NDArray[np.bool_] = field(repr=False)
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "emotion": self.emotion,
            "times_s": self.times_s.tolist(),
            "bands_hz": self.bands_hz.tolist(),
            "importance": self.importance.tolist(),
            "marked": self.marked.tolist(),
            "sentence": self.sentence,
        }


def explain(model: Model, clip: Clip, emotion: str | None = None) -> Explanation:
    """Find what carried a verdict.

    Parameters
    ----------
    model : Model
    clip : Clip
        Of one longer than six seconds, the stretch that sounds most like the emotion is explained.
    emotion : str, optional
        Of the model's answers; without it, the most likely one.

    Returns
    -------
    Explanation
    """
    speech = find_speech(clip)
    first_s = 0.0
    signal = clip.signal
    # What is neither an emotion nor ordinary comes behind the answers, and is none.
    n_answers = len(model.answers)
    if clip.duration_s > LONG_S:
        index = None if emotion is None else model.answers.index(emotion)
        if speech.is_speech:
            windows = model.judge_windows(clip, speech)
            index = int(windows.mean()[:n_answers].argmax()) if index is None else index
            best = int((windows.shares[:, index] * windows.speech_s).argmax())
            first_s = windows.centres_s[best] - LONG_S / 2
        first_s = float(np.clip(first_s, 0.0, clip.duration_s - LONG_S))
        start = round(first_s * SAMPLE_RATE)
        signal = signal[start : start + round(LONG_S * SAMPLE_RATE)]
        emotion = None if index is None else model.answers[index]
    before = model.judge(signal)
    index = int(before[:n_answers].argmax()) if emotion is None else model.answers.index(emotion)

    active = speech.active[round(first_s / HOP_S) :][: round(len(signal) / SAMPLE_RATE / HOP_S)]
    edges_s, silent = _moments(active, len(signal) / SAMPLE_RATE)
    occlusion = Occlusion(signal, edges_s)
    importance = np.zeros((len(edges_s) - 1, len(BANDS_HZ) - 1))
    for time in np.flatnonzero(~silent):
        hidden = []
        for band in range(importance.shape[1]):
            cell = np.zeros(importance.shape, dtype=bool)
            cell[time, band] = True
            hidden.append(occlusion.hide(cell))
        for band, after in enumerate(model.judge_all(hidden)):
            importance[time, band] = _log_odds(before[index]) - _log_odds(after[index])
    marked = _fewest(importance)
    times_s = edges_s + first_s
    return Explanation(
        emotion=model.answers[index],
        times_s=times_s,
        bands_hz=np.array(BANDS_HZ),
        importance=importance,
        marked=marked,
        sentence=_sentence(times_s, np.where(marked, importance, 0.0)),
    )


def checks(path: Path = CHECKS) -> dict[str, Check]:
    """What was found, by the model's name; empty where nothing was checked yet."""
    return datafiles.read_json(path) if path.exists() else {}


class Occlusion:
    """A sound whose cells can be hidden.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    edges_s : np.ndarray of float64, shape (n_times + 1,)
        Edges of the moments, in seconds.
    """

    def __init__(self, signal: NDArray[np.float32], edges_s: NDArray[np.float64]) -> None:
        self._signal = signal
        padded = np.pad(signal, (_N_FFT, _N_FFT + -len(signal) % _HOP))
        frames = np.lib.stride_tricks.sliding_window_view(padded, _N_FFT)[::_HOP]
        spectrum = rfft(frames * _WINDOW)
        magnitude = np.abs(spectrum)
        floor = np.asarray(np.quantile(magnitude, _FLOOR_QUANTILE, axis=0))
        # What goes when a cell is hidden: all that stands above the background.
        self._excess = spectrum * np.maximum(0.0, 1 - floor / np.maximum(magnitude, 1e-12))
        middles_s = (np.arange(len(frames)) * _HOP - _N_FFT / 2) / SAMPLE_RATE
        self._time_of_frame = np.searchsorted(edges_s[1:-1], middles_s, side="right")
        frequencies = np.fft.rfftfreq(_N_FFT, 1 / SAMPLE_RATE)
        self._band_of_bin = np.searchsorted(BANDS_HZ[1:-1], frequencies, side="right")

    def hide(self, cells: NDArray[np.bool_]) -> NDArray[np.float32]:
        """The sound without some cells, shape as the sound's; `cells` is (n_times, n_bands)."""
        touched = np.flatnonzero(np.asarray(cells.any(axis=1))[self._time_of_frame])
        signal = self._signal.copy()
        if len(touched) == 0:
            return signal
        first, last = int(touched[0]), int(touched[-1]) + 1
        hidden = cells[self._time_of_frame[first:last]][:, self._band_of_bin]
        excess = irfft(self._excess[first:last] * hidden, _N_FFT) * _WINDOW
        away = np.zeros((last - first - 1) * _HOP + _N_FFT)
        # Windows of four hops: each quarter of all frames is one row of the overlap.
        for quarter in range(_N_FFT // _HOP):
            part = excess[:, quarter * _HOP : (quarter + 1) * _HOP]
            away[quarter * _HOP : quarter * _HOP + part.size] += part.ravel()
        start = first * _HOP - _N_FFT
        into = slice(max(0, start), min(len(signal), start + len(away)))
        signal[into] -= away[into.start - start : into.stop - start]
        return signal


# Root of a periodic Hann window over the root of its sum at four-fold overlap: analysis and
# synthesis together give the sound back.
_WINDOW = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_N_FFT) / _N_FFT)).astype(np.float32)
_WINDOW /= np.float32(np.sqrt(_N_FFT / _HOP / 2))


def _moments(
    active: NDArray[np.bool_], duration_s: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Edges of the moments in seconds, and which of them hold no speech."""
    spoken = np.flatnonzero(active)
    start_s, stop_s = 0.0, duration_s
    if len(spoken):
        start_s, stop_s = spoken[0] * HOP_S, min(duration_s, (spoken[-1] + 1) * HOP_S)
    count = int(np.clip(round((stop_s - start_s) / MOMENT_S), 1, MAX_MOMENTS))
    inner = np.linspace(start_s, stop_s, count + 1)
    silent = np.array(
        [bool(len(spoken)) and not _speaks(active, *pair) for pair in pairwise(inner)]
    )
    # The rest at both ends, unless it is too short to be seen.
    if start_s > 0.05:
        inner, silent = np.append(0.0, inner), np.append(True, silent)
    if duration_s - stop_s > 0.05:
        inner, silent = np.append(inner, duration_s), np.append(silent, True)
    inner[0], inner[-1] = 0.0, duration_s
    return inner, silent


def _speaks(active: NDArray[np.bool_], start_s: float, stop_s: float) -> bool:
    return bool(active[int(start_s / HOP_S) : int(np.ceil(stop_s / HOP_S))].any())


def _log_odds(probability: float) -> float:
    probability = float(np.clip(probability, 1e-6, 1 - 1e-6))
    return float(np.log(probability / (1 - probability)))


def _fewest(importance: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The fewest cells that hold `HELD_SHARE` of what is positive."""
    gains = np.maximum(importance, 0.0).ravel()
    order = np.argsort(-gains, kind="stable")
    held = np.cumsum(gains[order])
    marked = np.zeros(gains.shape, dtype=bool)
    if held[-1] > 0:
        marked[order[: int(np.searchsorted(held, HELD_SHARE * held[-1])) + 1]] = True
    return marked.reshape(importance.shape)


def _sentence(times_s: NDArray[np.float64], gains: NDArray[np.float64]) -> str:
    if not gains.any():
        return _("No single part carried it: hiding any one of them changed little or nothing.")
    start, stop = _shortest_run(gains.sum(axis=1))
    low, high = _shortest_run(gains.sum(axis=0))
    return _("Carried mostly by {start} to {stop} s and {bands}.").format(
        start=figures.number(times_s[start], 1),
        stop=figures.number(times_s[stop], 1),
        bands=_band_words(BANDS_HZ[low], BANDS_HZ[high]),
    )


def _shortest_run(gains: NDArray[np.float64]) -> tuple[int, int]:
    """The shortest run that holds most of the gains, as start and stop; the best of its length."""
    total = np.concatenate([[0.0], np.cumsum(gains)])
    for length in range(1, len(gains) + 1):
        held = total[length:] - total[:-length]
        start = int(held.argmax())
        if held[start] >= HELD_SHARE * total[-1]:
            return start, start + length
    return 0, len(gains)


def _band_words(low_hz: float, high_hz: float) -> str:
    if low_hz == BANDS_HZ[0] and high_hz == BANDS_HZ[-1]:
        return _("all pitch bands alike")
    if low_hz == BANDS_HZ[0]:
        said = (
            _("the deep bands below {limit}") if high_hz <= 1_000 else _("the bands below {limit}")
        )
        return said.format(limit=_hertz(high_hz))
    if high_hz == BANDS_HZ[-1]:
        said = (
            _("the bright bands above {limit}") if low_hz >= 2_000 else _("the bands above {limit}")
        )
        return said.format(limit=_hertz(low_hz))
    return _("the bands from {low} to {high}").format(low=_hertz(low_hz), high=_hertz(high_hz))


def _hertz(frequency: float) -> str:
    if frequency < 1_000:
        return f"{figures.number(frequency)} Hz"
    kilo = frequency / 1_000
    return f"{figures.number(kilo, 0 if kilo == round(kilo) else 1)} kHz"
