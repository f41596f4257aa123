"""Sounds to try without a voice, made by a formula: nobody spoke, and nothing was felt.

Each is a few phrases of a made-up voice of `ser_core.corpora.synthetic` with pauses between them,
or no voice at all. They are called synthetic wherever they are shown: what a model makes of them is
no evidence of anything about people.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
import soundfile
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE
from ser_core.corpora import synthetic
from ser_core.language import gettext_noop as N_

_PAUSE_S = 0.35


@dataclass(frozen=True)
class Sound:
    """A sound that can be made.

    Attributes
    ----------
    name : str
        Short and stable.
    title : str
        What it is like, for people.
    phrases : tuple of (int, str, int)
        Voice, manner and take of each phrase; empty for a melody without a voice.
    """

    name: str
    title: str
    phrases: tuple[tuple[int, str, int], ...]


SOUNDS: tuple[Sound, ...] = (
    Sound("raised", N_("A raised voice"), ((3, "angry", 1), (3, "angry", 4))),
    Sound("trembling", N_("A trembling voice"), ((2, "fearful", 2), (2, "fearful", 3))),
    Sound("lively", N_("A lively voice"), ((6, "happy", 1), (6, "happy", 2))),
    Sound("slow", N_("A slow, quiet voice"), ((5, "sad", 3), (5, "sad", 4))),
    Sound(
        "two",
        N_("Two voices in turn"),
        (
            (1, "angry", 1),
            (1, "angry", 2),
            (4, "sad", 1),
            (4, "sad", 2),
            (1, "happy", 5),
            (4, "fearful", 1),
            (4, "fearful", 2),
        ),
    ),
    Sound("melody", N_("A melody, no voice"), ()),
)
"""What there is to try, in the order of the page."""


def make(name: str) -> bytes:
    """Make a sound.

    Parameters
    ----------
    name : str
        Of one of `SOUNDS`.

    Returns
    -------
    bytes
        A WAV file, mono at 16 kHz, 16 bits; the same every time.

    Raises
    ------
    KeyError
        For a name that is not there.
    """
    phrases = {sound.name: sound.phrases for sound in SOUNDS}[name]
    pause = _room(_PAUSE_S)
    parts = [pause]
    for voice, manner, take in phrases:
        _, signal = synthetic.speak(f"synthetic-{voice:02d}-{manner}-{take:02d}")
        # A little breath, without which the voice would have no treble.
        breath = np.random.default_rng(take).normal(1, 0.08, len(signal)).astype(np.float32)
        parts += [signal * breath, pause]
    if not phrases:
        parts.append(_melody())
    file = io.BytesIO()
    soundfile.write(file, np.concatenate(parts), SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _room(seconds: float) -> NDArray[np.float32]:
    noise = np.random.default_rng(0).normal(0, 1e-3, int(seconds * SAMPLE_RATE))
    return noise.astype(np.float32)


def _melody() -> NDArray[np.float32]:
    """Eight plucked notes of a scale."""
    seconds = np.arange(int(0.4 * SAMPLE_RATE)) / SAMPLE_RATE
    notes = [
        np.exp(-5 * seconds) * np.sin(2 * np.pi * 261.63 * 2 ** (step / 12) * seconds)
        for step in (0, 4, 7, 12, 11, 7, 4, 0)
    ]
    return (0.4 * np.concatenate(notes)).astype(np.float32)
