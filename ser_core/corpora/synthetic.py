"""Synthetic: voice-like sounds made by a formula, so that everything runs without recordings.

Eight made-up speakers, four emotions, six takes each: 192 sounds of one to two seconds at 16 kHz.
A train of glottal pulses with a pitch contour drives a chain of formant resonators, syllable by
syllable (source and filter, after Fant 1960 and Klatt 1980). An "emotion" is a handful of numbers
(pitch, its range, rate, level, brightness, breath), set after the commonplaces of the literature
(Scherer 2003) and blurred from take to take; a "speaker" is a pitch, a vocal tract's length and
habits of their own, so that unseen ones are harder here, too.

Nobody spoke and nothing was felt: a score on these sounds tests the machinery. It is no evidence
of anything about people, and it is called synthetic wherever it is shown.

A file name such as ``synthetic-03-angry-05`` is speaker, emotion and take.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE
from ser_core.corpora import _shared
from ser_core.corpora._shared import Recording, Remote
from ser_core.emotions import EMOTIONS

NAME = "synthetic"
TITLE = "Synthetic"
DESCRIPTION = "Eight made-up voices, computed by a formula: no evidence of anything about people."
LICENCE = "CC0 1.0"
SOURCE = "Computed by ser_core.corpora.synthetic"
BIBTEX = ""
REMOTES: tuple[Remote, ...] = ()
ACCESS = "Computed on the spot; nothing is downloaded."
LANGUAGE = "zxx"  # ISO 639: no linguistic content
SHARE_FEATURES = True

N_SPEAKERS = 8
N_TAKES = 6
EXPECTED_RECORDINGS = N_SPEAKERS * len(EMOTIONS) * N_TAKES
SPEAKER_GROUPS = {
    f"voices {first} {first + 1}": (f"synthetic-{first:02d}", f"synthetic-{first + 1:02d}")
    for first in range(1, N_SPEAKERS, 2)
}

FILE_NAME = re.compile(
    rf"synthetic-(?P<speaker>\d\d)-(?P<emotion>{'|'.join(EMOTIONS)})-(?P<take>\d\d)"
)
LEFT_OUT: dict[str, re.Pattern[str]] = {}


@dataclass(frozen=True)
class _Manner:
    """How an emotion sounds here."""

    pitch: float  # times the speaker's own pitch
    pitch_range: float  # swing of the contour, in semitones
    rate: float  # syllables a second
    level_db: float  # relative to full scale
    tilt: float  # pole of the source's low-pass: near 1 is dull, near 0 bright
    breath: float  # share of noise in the source
    tremor: float  # depth of a 6 Hz wobble of the pitch, in semitones


_MANNERS = {
    "angry": _Manner(1.25, 5.0, 5.2, -17.0, 0.55, 0.02, 0.1),
    "fearful": _Manner(1.55, 3.0, 5.8, -24.0, 0.75, 0.12, 0.8),
    "happy": _Manner(1.40, 8.0, 4.8, -20.0, 0.70, 0.04, 0.1),
    "sad": _Manner(0.92, 1.5, 3.2, -29.0, 0.92, 0.08, 0.2),
}

# The first four formants in Hz of five vowels of an adult male voice (after Klatt 1980), and their
# bandwidths.
_VOWELS = np.array(
    [
        (700, 1220, 2600, 3300),
        (480, 1720, 2520, 3300),
        (310, 2020, 2960, 3300),
        (540, 1100, 2300, 3300),
        (350, 1250, 2200, 3300),
    ],
    dtype=np.float64,
)
_BANDWIDTHS = np.array([80.0, 100.0, 140.0, 220.0])


def generate(seed: int = 0) -> list[tuple[Recording, NDArray[np.float32]]]:
    """Make the sounds.

    Parameters
    ----------
    seed : int
        The same seed gives the same sounds.

    Returns
    -------
    list of (Recording, np.ndarray of float32, shape (n_samples,))
        Sorted by name; mono at 16 kHz. The recordings' paths are the file names that `write` uses.
    """
    names = (
        f"synthetic-{speaker:02d}-{emotion}-{take:02d}"
        for speaker in range(1, N_SPEAKERS + 1)
        for emotion in EMOTIONS
        for take in range(1, N_TAKES + 1)
    )
    return [speak(name, seed) for name in names]


def speak(name: str, seed: int = 0) -> tuple[Recording, NDArray[np.float32]]:
    """Make one of the sounds.

    Parameters
    ----------
    name : str
        Such as ``synthetic-03-angry-05``.
    seed : int

    Returns
    -------
    Recording
    np.ndarray of float32, shape (n_samples,)
        Mono at 16 kHz.
    """
    recording = parse(Path(f"{name}.wav"))
    assert recording is not None
    speaker, take = int(name[10:12]), int(name[-2:])
    voice = np.random.default_rng((seed, speaker))
    chance = np.random.default_rng((seed, speaker, EMOTIONS.index(recording.emotion), take))
    female = recording.gender == "female"
    return recording, _speak(_MANNERS[recording.emotion], female, voice, chance)


def write(root: str | Path, seed: int = 0) -> list[Recording]:
    """Make the sounds and write them as 16-bit WAV files below ``root/synthetic``."""
    folder = Path(root) / NAME
    folder.mkdir(parents=True, exist_ok=True)
    for recording, signal in generate(seed):
        soundfile.write(folder / recording.path, signal, SAMPLE_RATE, subtype="PCM_16")
    return find(folder)


def parse(path: Path) -> Recording | None:
    """Read what a file's name says; None if it is not a synthetic sound."""
    match = FILE_NAME.fullmatch(path.stem)
    if match is None:
        return None
    return Recording(
        corpus=NAME,
        name=path.stem,
        path=path,
        speaker=f"synthetic-{match['speaker']}",
        gender="male" if int(match["speaker"]) % 2 else "female",
        emotion=match["emotion"],
        intensity=None,
        statement=None,
        language=LANGUAGE,
    )


def find(root: str | Path) -> list[Recording]:
    """Find the sounds under a folder, each once, sorted by name."""
    return _shared.find(root, parse)


def _speak(
    manner: _Manner, female: bool, voice: np.random.Generator, chance: np.random.Generator
) -> NDArray[np.float32]:
    """One sound: `voice` draws what the speaker is like, `chance` what this take is like."""
    # Here, because the registry is imported wherever corpora are named and this costs 20 MB.
    from scipy.signal import lfilter

    own_pitch = voice.uniform(180, 230) if female else voice.uniform(95, 135)
    tract = voice.uniform(1.12, 1.22) if female else voice.uniform(0.94, 1.06)
    habits = voice.normal(size=5)

    pitch = own_pitch * manner.pitch * 2 ** (chance.normal(scale=1.2) / 12)
    swing = manner.pitch_range * np.exp(0.2 * habits[0] + chance.normal(scale=0.25))
    rate = manner.rate * np.exp(0.1 * habits[1] + chance.normal(scale=0.08))
    level_db = manner.level_db + 2.0 * habits[2] + chance.normal(scale=2.0)
    tilt = np.clip(manner.tilt + 0.04 * habits[3] + chance.normal(scale=0.03), 0.3, 0.96)
    breath = manner.breath * np.exp(0.3 * habits[4] + chance.normal(scale=0.2))

    n_syllables = int(chance.integers(6, 9))
    syllable = int(SAMPLE_RATE / rate)
    n_samples = n_syllables * syllable
    seconds = np.arange(n_samples) / SAMPLE_RATE

    # Pitch falls over the phrase and rises on some syllables, and no two periods are quite alike.
    accents = np.repeat(chance.uniform(-1, 1, n_syllables), syllable)
    accents = lfilter([0.002], [1, -0.998], accents)
    semitones = (
        swing * (accents + 0.5 - seconds / seconds[-1])
        + manner.tremor * np.sin(2 * np.pi * 6 * seconds)
        + 0.15 * lfilter([0.05], [1, -0.95], chance.normal(size=n_samples))
    )
    cycles = np.cumsum(pitch * 2 ** (semitones / 12)) / SAMPLE_RATE
    opening = (cycles % 1.0) / 0.6
    # A raised-cosine glottal pulse that is open for 60% of the period; its slope is what is heard.
    flow = np.where(opening < 1, 0.5 - 0.5 * np.cos(2 * np.pi * opening), 0.0)
    source = np.diff(flow, prepend=0.0)
    source /= np.abs(source).max()
    source = lfilter([1 - tilt], [1, -tilt], source + breath * chance.normal(size=n_samples))

    syllables = []
    state = np.zeros((len(_BANDWIDTHS), 2))
    for number, vowel in enumerate(chance.integers(0, len(_VOWELS), n_syllables)):
        sound = source[number * syllable : (number + 1) * syllable]
        for index, frequency in enumerate(_VOWELS[vowel] * tract):
            radius = np.exp(-np.pi * _BANDWIDTHS[index] / SAMPLE_RATE)
            angle = 2 * np.pi * frequency / SAMPLE_RATE
            poles = [1.0, -2 * radius * np.cos(angle), radius**2]
            # Unit gain at 0 Hz, and the state carried over, so that vowels join without a click.
            sound, state[index] = lfilter([sum(poles)], poles, sound, zi=state[index])
        syllables.append(sound * np.hanning(syllable) ** 0.5)
    signal = np.concatenate(syllables)

    signal *= 10 ** (level_db / 20) / np.sqrt(np.mean(signal**2))
    signal += 10 ** (-60 / 20) * chance.normal(size=n_samples)  # the noise of a quiet room
    # Loud takes would pass full scale at their peaks: bend them as an overdriven microphone does.
    return np.asarray(np.tanh(signal), dtype=np.float32)
