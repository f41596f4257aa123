"""Where in a recording somebody speaks, and whether anybody does.

Four things that any voice does and that noise, tones, hums, claps and plain music do not do all at
once: it has a pitch, the pitch glides, the spectrum changes from sound to sound, and the level
rises and falls. Each is measured without regard to gain. A sung line passes; a whisper, which has
no pitch, does not.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE, Clip
from ser_core.audio.compiled import irfft, rfft

HOP_S = 0.016
"""Step from frame to frame, in seconds."""

_HOP = round(HOP_S * SAMPLE_RATE)
# Long enough for four periods of the lowest voice.
_FRAME = 1024
_N_FFT = 1280
_FRAMES_AT_ONCE = 32
_LOWEST_HZ, _HIGHEST_HZ = 75.0, 500.0

# A frame is voiced from this autocorrelation on, relative to that of a perfect period.
VOICED = 0.55

# Each bound lies between the corpora's clips and what is not speech: tests/test_speech.py.
_MIN_VOICED_FRAMES = 8
_MIN_STEPS = 2
_GLIDE_ST = 0.08
_MIN_GLIDE_SHARE = 0.22
_MIN_GLIDE_ST = 0.04
_MIN_SPECTRAL_CHANGE_DB = 2.0
_MIN_LEVEL_CHANGE_DB = 1.2
# A step of the pitch within one sound of a voice; more is a jump from sound to sound.
_MAX_STEP_ST = 1.5

# Long recordings are judged piece by piece, each with its surroundings: music, then a voice.
_PIECE_S, _PIECE_HOP_S = 6.0, 3.0
# What lies this far below the loudest is not the person who recorded it.
_RANGE_DB = 30.0
_FAR_DB = 40.0

_PIECE = round(_PIECE_S / HOP_S)
_PIECE_HOP = round(_PIECE_HOP_S / HOP_S)


@dataclass(frozen=True, eq=False)
class Speech:
    """Where somebody speaks.

    Attributes
    ----------
    active : np.ndarray of bool, shape (n_frames,)
        Whether a frame of `HOP_S` seconds holds speech; all False where there is no speech.
    share : float
        Share of the frames that are active.
    seconds : float
        Duration of the active frames.
    is_speech : bool
        False for a tone, music, noise, claps or silence.
    reason : str
        What was heard instead of speech, in plain words; empty where there is speech.
    """

    active: NDArray[np.bool_] = field(repr=False)
    share: float
    seconds: float
    is_speech: bool
    reason: str


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


def find_speech(clip: Clip) -> Speech:
    """Find the speech of a recording.

    Parameters
    ----------
    clip : Clip

    Returns
    -------
    Speech
        The same whatever the recording's level. Memory is bounded by six seconds' worth of frames,
        whatever the duration.

    Examples
    --------
    >>> from ser_core import audio
    >>> from ser_core.data import sounds
    >>> [find_speech(audio.load(sounds.make(name))).is_speech for name in ("raised", "melody")]
    [True, False]
    """
    n_frames = max(1, len(clip.signal) // _HOP)
    active = np.zeros(n_frames, dtype=bool)
    loudest = _loudest(clip.signal)
    reasons = []
    for start in range(0, max(1, n_frames - (_PIECE - _PIECE_HOP)), _PIECE_HOP):
        # A rest shorter than a hop goes to the last piece.
        stop = n_frames if start + _PIECE + _PIECE_HOP > n_frames else start + _PIECE
        voicing = analyse(clip.signal[start * _HOP : stop * _HOP])
        found, reason = _judge(voicing, loudest)
        if reason:
            reasons.append((float(voicing.level_db.max()), reason))
        else:
            active[start:stop] |= _joined(found)[: stop - start]
        if stop == n_frames:
            break
    is_speech = bool(active.any())
    return Speech(
        active=active,
        share=float(active.mean()),
        seconds=float(active.sum() * HOP_S),
        is_speech=is_speech,
        # The loudest piece says best what the recording is of.
        reason="" if is_speech else max(reasons)[1],
    )


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
    padded = np.pad(signal, (_FRAME // 2, _FRAME // 2 + _HOP))
    n_frames = max(1, len(signal) // _HOP)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[_HOP // 2 :: _HOP][:n_frames]
    # A few at once: what fits into the processor's cache takes half of the time.
    room = np.zeros((_FRAMES_AT_ONCE, _N_FFT), dtype=np.float32)
    parts = [
        _analyse_frames(frames[start : start + _FRAMES_AT_ONCE], room)
        for start in range(0, n_frames, _FRAMES_AT_ONCE)
    ]
    height, pitch_hz, total, bands, centroid_hz, loudest = (
        np.concatenate(part) for part in zip(*parts, strict=True)
    )
    return Voicing(
        harmonicity=height,
        pitch_hz=pitch_hz,
        level_db=10 * np.log10(total.astype(np.float64) + 1e-20),
        bands_db=10 * np.log10(bands + 1e-8 * loudest.max() + 1e-20),
        centroid_hz=centroid_hz,
    )


def _analyse_frames(
    frames: NDArray[np.float32], room: NDArray[np.float32]
) -> tuple[NDArray[Any], ...]:
    """Of each frame: harmonicity, pitch, power, power in bands, centroid; and the loudest bin.

    The room is for as many windowed frames, and zero behind them.
    """
    windowed = room[: len(frames), :_FRAME]
    np.subtract(frames, frames.mean(axis=1, keepdims=True), out=windowed)
    windowed *= _WINDOW
    spectrum = rfft(room[: len(frames)])
    power = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    power[:, :_HEARD_FROM] = 0.0

    periods = power[:, _HEARD_FROM:_PITCHED_TO] @ _PERIODS
    periods = periods[:, 1:] / (periods[:, :1] + 1e-20)
    rows = np.arange(len(frames))
    place = 1 + periods[:, 1:-1].argmax(axis=1)
    before, height, after = (periods[rows, place + step] for step in (-1, 0, 1))
    lag = _LAGS[1 + place]
    curve = before - 2 * height + after
    # The peak of the parabola through three neighbours: between the samples.
    shift = np.where(curve < -1e-9, 0.5 * (before - after) / np.minimum(curve, -1e-9), 0.0)

    sums = power @ _BANDS
    weighed = np.sqrt(power) @ _CENTROID
    return (
        height.astype(np.float32),
        SAMPLE_RATE / (lag + np.clip(shift, -0.5, 0.5)).astype(np.float64),
        sums[:, -1],
        sums[:, :-1],
        weighed[:, 0].astype(np.float64) / (weighed[:, 1] + 1e-20),
        power.max(keepdims=True)[0],
    )


def _judge(voicing: Voicing, loudest: float) -> tuple[NDArray[np.bool_], str]:
    """The frames that stand out of the background, and why they are not speech if they are not."""
    level = voicing.level_db
    top, floor = np.percentile(level, (95, 10))
    active = (level > top - _RANGE_DB) & (level > loudest - _FAR_DB)
    if top - floor > 6:
        active &= level > floor + min(6.0, (top - floor) / 2)
    voiced = active & (voicing.harmonicity > VOICED)
    if voiced.sum() < _MIN_VOICED_FRAMES:
        return active, (
            "nothing in it has the pitch of a voice; noise, claps and whispers have none"
        )
    semitones = 12 * np.log2(voicing.pitch_hz / 100)
    steps = np.abs(np.diff(semitones))[voiced[1:] & voiced[:-1]]
    steps = steps[steps < _MAX_STEP_ST]
    if (
        len(steps) < _MIN_STEPS
        or (steps > _GLIDE_ST).mean() < _MIN_GLIDE_SHARE
        or np.median(steps) < _MIN_GLIDE_ST
    ):
        return active, (
            "its pitch stands still or jumps, as in a tone, a hum or music; a voice glides"
        )
    colour = voicing.bands_db - voicing.bands_db.mean(axis=1, keepdims=True)
    # Averaged over 80 ms, in which a noise's chance is lost and a vowel is not.
    edges = np.pad(colour, ((2, 2), (0, 0)), mode="edge")
    colour = np.mean([edges[offset : offset + len(colour)] for offset in range(5)], axis=0)
    if (
        colour[active].std(axis=0).mean() < _MIN_SPECTRAL_CHANGE_DB
        or np.maximum(level, top - _RANGE_DB)[active].std() < _MIN_LEVEL_CHANGE_DB
    ):
        return active, "it sounds the same throughout; speech changes from sound to sound"
    return active, ""


def _joined(active: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without gaps of less than 0.2 s, within which a word has its stops."""
    reach = round(0.1 / HOP_S)
    spread = np.convolve(np.pad(active, reach), np.ones(2 * reach + 1), "full") > 0.5
    # Grown at both ends by the reach, then shrunk again.
    shrunk = np.convolve(spread, np.ones(2 * reach + 1), "valid") > 2 * reach + 0.5
    return np.asarray(shrunk[reach : reach + len(active)])


def _loudest(signal: NDArray[np.float32]) -> float:
    """Level of the loudest second or so, on the scale of `Voicing.level_db`."""
    length = min(len(signal), SAMPLE_RATE)
    seconds = signal[: len(signal) // length * length].reshape(-1, length)
    # One by one: ten minutes at double precision would take 77 MB.
    mean = max(np.square(second, dtype=float).mean() for second in seconds)
    return float(10 * np.log10(mean * _FRAME_GAIN + 1e-20))


_WINDOW = np.hanning(_FRAME + 1)[:-1].astype(np.float32)
# Sum over half the power spectrum of a frame whose mean square is one (Parseval).
_FRAME_GAIN = float(np.square(_WINDOW).sum()) * _N_FFT / 2
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
