"""Where in a recording somebody speaks, and whether anybody does.

Four things that any voice does and that noise, tones, hums, claps and plain music do not do all at
once: it has a pitch, the pitch glides, the spectrum changes from sound to sound, and the level
rises and falls. Each is measured without regard to gain. A sung line passes; a whisper, which has
no pitch, does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE, Clip
from ser_core.language import gettext_noop as N_
from ser_core.speech.voicing import (
    AT_EDGE,
    FRAME_GAIN,
    HOP,
    VOICED,
    Measured,
    Voicing,
    frames_of,
    joined_up,
    measure,
    voicing,
)
from ser_core.speech.voicing import HOP_S as HOP_S

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


# Verdict, timeline and explanation of a recording ask for the same.
_known: WeakKeyDictionary[Clip, Speech] = WeakKeyDictionary()


def find_speech(clip: Clip) -> Speech:
    """Find the speech of a recording, once.

    Parameters
    ----------
    clip : Clip

    Returns
    -------
    Speech
        The same whatever the recording's level. Memory is bounded by nine seconds' worth of frames,
        whatever the duration.

    Examples
    --------
    >>> from ser_core import audio
    >>> from ser_core.data import sounds
    >>> [find_speech(audio.load(sounds.make(name))).is_speech for name in ("raised", "melody")]
    [True, False]
    """
    found = _known.get(clip)
    if found is None:
        found = _known[clip] = _find(clip.signal)
    return found


def _find(signal: NDArray[np.float32]) -> Speech:
    active = np.zeros(max(1, len(signal) // HOP), dtype=bool)
    loudest = _loudest(signal)
    reasons = []
    for start, heard in pieces(signal, len(active)):
        found, reason = _judge(heard, loudest)
        if reason:
            reasons.append((float(heard.level_db.max()), reason))
        else:
            active[start : start + len(found)] |= _joined(found)
    is_speech = bool(active.any())
    return Speech(
        active=active,
        share=float(active.mean()),
        seconds=float(active.sum() * HOP_S),
        is_speech=is_speech,
        # The loudest piece says best what the recording is of.
        reason="" if is_speech else max(reasons)[1],
    )


def pieces(signal: NDArray[np.float32], n_frames: int) -> Iterator[tuple[int, Voicing]]:
    """First frame of each piece of a recording, and what is measured in it, heard for itself."""
    halves: dict[int, Measured] = {}
    for start in range(0, max(1, n_frames - (_PIECE - _PIECE_HOP)), _PIECE_HOP):
        # A rest shorter than a hop goes to the last piece.
        stop = n_frames if start + _PIECE + _PIECE_HOP > n_frames else start + _PIECE
        inside = start * HOP, stop * HOP
        if start == 0 and stop == n_frames:
            yield start, voicing(measure(frames_of(signal, start, stop, *inside)))
            return
        # Pieces overlap by half, and no frame is measured twice, but for those at the edges: they
        # hear nothing of what lies beyond.
        halves = {
            first: halves.get(first)
            or measure(
                frames_of(signal, first, min(first + _PIECE_HOP, n_frames), 0, n_frames * HOP)
            )
            for first in range(start, stop, _PIECE_HOP)
        }
        begin = measure(frames_of(signal, start, start + AT_EDGE, *inside))
        end = measure(frames_of(signal, stop - AT_EDGE, stop, *inside))
        whole = joined_up(list(halves.values()))
        middle = tuple(part[AT_EDGE : stop - start - AT_EDGE] for part in whole)
        yield start, voicing(joined_up([begin, middle, end]))
        if stop == n_frames:
            return


def _judge(heard: Voicing, loudest: float) -> tuple[NDArray[np.bool_], str]:
    """The frames that stand out of the background, and why they are not speech if they are not."""
    level = heard.level_db
    top, floor = np.percentile(level, (95, 10))
    active = (level > top - _RANGE_DB) & (level > loudest - _FAR_DB)
    if top - floor > 6:
        active &= level > floor + min(6.0, (top - floor) / 2)
    voiced = active & (heard.harmonicity > VOICED)
    if voiced.sum() < _MIN_VOICED_FRAMES:
        return active, N_(
            "nothing in it has the pitch of a voice; noise, claps and whispers have none"
        )
    semitones = 12 * np.log2(heard.pitch_hz / 100)
    steps = np.abs(np.diff(semitones))[voiced[1:] & voiced[:-1]]
    steps = steps[steps < _MAX_STEP_ST]
    if (
        len(steps) < _MIN_STEPS
        or (steps > _GLIDE_ST).mean() < _MIN_GLIDE_SHARE
        or np.median(steps) < _MIN_GLIDE_ST
    ):
        return active, N_(
            "its pitch stands still or jumps, as in a tone, a hum or music; a voice glides"
        )
    colour = heard.bands_db - heard.bands_db.mean(axis=1, keepdims=True)
    # Averaged over 80 ms, in which a noise's chance is lost and a vowel is not.
    edges = np.pad(colour, ((2, 2), (0, 0)), mode="edge")
    colour = np.mean([edges[offset : offset + len(colour)] for offset in range(5)], axis=0)
    if (
        colour[active].std(axis=0).mean() < _MIN_SPECTRAL_CHANGE_DB
        or np.maximum(level, top - _RANGE_DB)[active].std() < _MIN_LEVEL_CHANGE_DB
    ):
        return active, N_("it sounds the same throughout; speech changes from sound to sound")
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
    return float(10 * np.log10(mean * FRAME_GAIN + 1e-20))
