"""Is this recording good enough to judge? Plain-word warnings, each with its number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from ser_core import figures
from ser_core.audio import SAMPLE_RATE, Clip, QualityWarning
from ser_core.audio.compiled import rfft
from ser_core.audio.levels import active_frames
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.speech.activity import HOP_S, Speech, find_speech

# Each bound was set by counting over the corpora, whose clips are to pass: tests/test_quality.py.
QUIET_DBFS = -50.0
CLIPPED_SHARE = 0.001
SILENCE_SHARE = 0.8
SHORT_S = 0.8
NOISY_SNR_DB = 10.0
TREBLE_DB = -43.0
# A telephone ends at 3.4 kHz, its 8 kHz sampling at 4.0; the slopes are left out.
TREBLE_HZ = 4_500.0
# With less than this between the words, the quietest frames stand for the background.
_MIN_PAUSE_S = 0.3
_FRAMES_AT_ONCE = 32
_BLOCK = 1 << 18


@dataclass(frozen=True)
class Measures:
    """What the quality check measures.

    Attributes
    ----------
    speech : Speech
        Where somebody speaks; where nobody does, the measures below take the loud frames for it.
    level_dbfs : float
        Root-mean-square level of the speech, in dB relative to full scale.
    peak_dbfs : float
        Largest sample, in dB relative to full scale.
    clipped_share : float
        Share of the samples that sit at full scale.
    snr_db : float
        Level of the speech over that of what is heard between it, in dB.
    treble_db : float
        Level of the speech above 4.5 kHz relative to that below, each at its loudest, in dB.
    """

    speech: Speech
    level_dbfs: float
    peak_dbfs: float
    clipped_share: float
    snr_db: float
    treble_db: float


def measure(clip: Clip) -> Measures:
    """Measure speech, level, clipping, noise and bandwidth of a recording."""
    speech = find_speech(clip)
    hop = round(HOP_S * clip.sampling_rate)
    low, treble = _band_powers(clip.signal, hop)
    power = low + treble
    active = speech.active[: len(power)]
    if not active.any():
        active = active_frames(10 * np.log10(power))
    voice, background = power[active].mean(), _background(power, active)
    peak = max(clip.peak, float(_reach(clip.signal)))
    loud, loud_treble = (np.percentile(band[active], 95) for band in (low, treble))
    return Measures(
        speech=speech,
        level_dbfs=float(10 * np.log10(voice)),
        peak_dbfs=float(20 * np.log10(peak + 1e-9)),
        # Flat tops: neighbours that both stand at the largest value, close to full scale.
        clipped_share=_flat_tops(clip.signal, peak),
        # The voice's frames hold the background, too.
        snr_db=float(10 * np.log10(max(voice - background, 0.01 * background) / background)),
        treble_db=float(10 * np.log10(loud_treble / loud)),
    )


def _band_powers(
    signal: NDArray[np.float32], hop: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean square of each frame of `hop` samples below and above `TREBLE_HZ`, shape (n_frames,)."""
    n_frames = max(1, len(signal) // hop)
    short = len(signal) < hop
    frames = np.resize(signal, hop) if short else signal[: n_frames * hop]
    frames = frames.reshape(n_frames, hop)
    # The spectrum of two frames about each: a sharp edge would leak into the treble.
    window = _window(2 * hop)
    room = np.zeros((_FRAMES_AT_ONCE + 1) * hop, dtype=np.float32)
    pairs = np.lib.stride_tricks.sliding_window_view(room, 2 * hop)[::hop]
    samples = frames.ravel()
    treble = _treble(2 * hop)
    whole, high = np.empty(n_frames), np.empty(n_frames)
    # Block by block: ten minutes at double precision would take 77 MB.
    for start in range(0, n_frames, _FRAMES_AT_ONCE):
        block = slice(start, start + _FRAMES_AT_ONCE)
        whole[block] = np.square(frames[block], dtype=np.float64).mean(axis=1) + 1e-14
        first = start * hop - hop // 2
        heard = samples[max(0, first) : first + len(room)]
        at = max(0, -first)
        room[:at], room[at + len(heard) :] = 0.0, 0.0
        room[at : at + len(heard)] = heard
        spectrum = rfft(pairs[: len(frames[block])] * window)
        power = np.square(spectrum.real)
        power += np.square(spectrum.imag)
        high[block] = power @ treble
    # Parseval: the sum over half the spectrum, brought to the mean square of the frames.
    high = high / (hop * float(np.square(window).sum())) + 1e-14
    return np.maximum(whole - high, 1e-14), high


@cache
def _treble(length: int) -> NDArray[np.float32]:
    """Power gain of each bin: a Butterworth high-pass of order 10, as one would filter with."""
    hz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE)
    gain = 1 / (1 + (TREBLE_HZ / np.maximum(hz, 1.0)) ** 20)
    return np.asarray(gain, dtype=np.float32)


@cache
def _window(length: int) -> NDArray[np.float32]:
    """A Hann window."""
    return np.asarray(np.hanning(length + 1)[:-1], dtype=np.float32)


def _background(power: NDArray[np.float64], active: NDArray[np.bool_]) -> float:
    pauses = power[~active]
    if len(pauses) * HOP_S >= _MIN_PAUSE_S:
        # The median: a click or a breath between the words is not the background.
        return float(np.median(pauses))
    return float(np.sort(power)[: max(1, len(power) // 10)].mean())


def _reach(signal: NDArray[np.float32]) -> np.float32:
    """The largest absolute sample, without a copy of them all."""
    return np.float32(max(signal.max(), -signal.min()))


def _flat_tops(signal: NDArray[np.float32], peak: float) -> float:
    if peak < 0.89:
        return 0.0
    near = 0.985 * _reach(signal)
    count = 0
    # Block by block, and the sample behind each: truth values of ten minutes would be 40 MB.
    for start in range(0, len(signal) - 1, _BLOCK):
        block = signal[start : start + _BLOCK + 1]
        top = (block >= near) | (block <= -near)
        count += int(np.count_nonzero(top[1:] & top[:-1]))
    return count / max(1, len(signal) - 1)


def check(clip: Clip) -> tuple[QualityWarning, ...]:
    """Warn of what makes a recording hard to judge.

    Parameters
    ----------
    clip : Clip

    Returns
    -------
    tuple of QualityWarning
        Empty for a good recording. Codes: ``no_speech``, ``too_short``, ``mostly_silence``,
        ``too_quiet``, ``clipped``, ``noisy``, ``band_limited``.
    """
    return warnings_of(measure(clip), clip.duration_s)


_NOBODY = N_("No speech heard: {reason}. Say a whole sentence aloud, close to the microphone.")
_SPEECH = N_("Only {seconds} s of speech: a whole sentence, two seconds or more, tells far more.")
_SOUND = N_("Only {seconds} s of sound: a whole sentence, two seconds or more, tells far more.")


def _only(seconds: float, of: str) -> str:
    return _(of).format(seconds=figures.number(seconds, 1))


def warnings_of(found: Measures, duration_s: float) -> tuple[QualityWarning, ...]:
    """The warnings that follow from the measures of a recording."""
    speech = found.speech
    faults: list[tuple[str, bool, str]] = [
        (
            "no_speech",
            not speech.is_speech,
            _(_NOBODY).format(reason=_(speech.reason) if speech.reason else ""),
        ),
        (
            "too_short",
            duration_s < SHORT_S or (speech.is_speech and speech.seconds < SHORT_S / 2),
            _only(speech.seconds, _SPEECH) if speech.is_speech else _only(duration_s, _SOUND),
        ),
        (
            "mostly_silence",
            speech.is_speech and speech.share < 1 - SILENCE_SHARE,
            _("Nobody speaks in {percent} of the recording: trim it, or speak for longer.").format(
                percent=figures.percent(100 * (1 - speech.share))
            ),
        ),
        (
            "too_quiet",
            found.level_dbfs < QUIET_DBFS,
            # Rounded away from the limit: a number that is warned of never reads as a good one.
            _(
                "Very quiet ({decibels} dB below full scale; {limit} or less is good): move closer "
                "to the microphone or turn it up."
            ).format(decibels=math.ceil(-found.level_dbfs), limit=figures.number(-QUIET_DBFS)),
        ),
        (
            "clipped",
            found.clipped_share > CLIPPED_SHARE,
            _(
                "Overdriven ({percent} of the samples are cut off at the top): move away from the "
                "microphone or turn it down."
            ).format(percent=figures.percent(100 * found.clipped_share, 1)),
        ),
        (
            "noisy",
            # A short word has no pause in which the background could be heard.
            speech.is_speech and duration_s >= SHORT_S and found.snr_db < NOISY_SNR_DB,
            _(
                "Noisy (the voice stands {decibels} dB above the background; {limit} or more is "
                "good): find a quieter place or move closer to the microphone."
            ).format(decibels=max(0, math.floor(found.snr_db)), limit=figures.number(NOISY_SNR_DB)),
        ),
        (
            "band_limited",
            speech.is_speech and found.treble_db < TREBLE_DB,
            _(
                "Dull, as over a telephone (what lies above {limit} kHz is {decibels} dB weaker "
                "than the rest): record with the device's own microphone rather than a call or a "
                "wireless headset."
            ).format(
                limit=figures.number(TREBLE_HZ / 1000, 1),
                decibels=figures.number(-found.treble_db),
            ),
        ),
    ]
    return tuple(QualityWarning(code, message) for code, is_found, message in faults if is_found)
