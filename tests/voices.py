"""Sounds for the tests of what hears: made-up voices, and what is no voice at all."""

from __future__ import annotations

import io
from functools import cache

import av
import numpy as np
import soundfile

from ser_core.audio import SAMPLE_RATE, Clip
from ser_core.corpora import synthetic


@cache
def _generated() -> list:
    return synthetic.generate()


def voice(seconds: float = 3.0, speaker: int = 1) -> np.ndarray:
    """A made-up voice that speaks, with half a second of a quiet room at both ends."""
    sounds = [
        signal
        for recording, signal in _generated()
        if recording.speaker == f"synthetic-{speaker:02d}" and recording.emotion in ("happy", "sad")
    ]
    spoken = np.concatenate(sounds)[: int((seconds - 1.0) * SAMPLE_RATE)]
    room = 10 ** (-60 / 20) * np.random.default_rng(0).normal(size=(2, SAMPLE_RATE // 2))
    return np.concatenate([room[0], spoken, room[1]]).astype(np.float32)


def clip(signal: np.ndarray) -> Clip:
    """A signal as `audio.load` gives it."""
    signal = np.asarray(signal, dtype=np.float32)
    return Clip(signal=signal, peak=float(np.abs(signal).max()))


def encoded(signal: np.ndarray, rate: int = SAMPLE_RATE, **options: str) -> bytes:
    """A sound file's content."""
    file = io.BytesIO()
    soundfile.write(file, signal, rate, **({"format": "WAV"} | options))
    return file.getvalue()


def container(
    name: str, codec: str | None, seconds: float = 2.0, *, picture: bool = False
) -> bytes:
    """A video's or a phone's file: a glide in a coding, with a picture or without."""
    file = io.BytesIO()
    rate = 48_000
    with av.open(file, "w", format=name) as output:
        # All streams first: the header is written with the first packet.
        if picture:
            video = output.add_stream("mpeg4", rate=5)
            video.width, video.height = 32, 32
        if codec is not None:
            sound = output.add_stream(codec, rate=rate, layout="mono")
        if picture:
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), dtype=np.uint8))
            frame.pts = 0
            output.mux(video.encode(frame))
            output.mux(video.encode())
        if codec is not None:
            time = np.arange(int(seconds * rate)) / rate
            glide = 0.3 * np.sin(2 * np.pi * (200 * time + 50 * time**2))
            samples = (glide * 32_767).astype(np.int16)[np.newaxis]
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate = rate
            output.mux(sound.encode(frame))
            output.mux(sound.encode())
    return file.getvalue()


def not_speech() -> dict[str, np.ndarray]:
    """Sounds in which nobody speaks, by name; four seconds each."""
    chance = np.random.default_rng(0)
    count = 4 * SAMPLE_RATE
    time = np.arange(count) / SAMPLE_RATE
    white = chance.normal(size=count)

    def coloured(slope: float) -> np.ndarray:
        spectrum = np.fft.rfft(chance.normal(size=count))
        spectrum[1:] /= np.maximum(np.arange(1, len(spectrum)), 20) ** slope
        return np.fft.irfft(spectrum, count)

    def tones(frequencies: list[float], harmonics: int, decay: float) -> np.ndarray:
        note = time[: SAMPLE_RATE // 2]
        sound = sum(
            np.sin(2 * np.pi * frequency * number * note) / number
            for frequency in frequencies
            for number in range(1, harmonics + 1)
        )
        return sound * np.exp(-decay * note)

    chords = [[220, 277, 330], [196, 247, 294], [175, 220, 262], [220, 262, 330]] * 2
    melody = [220, 262, 330, 294, 247, 196, 220, 330]
    bursts = np.zeros(count)
    for start in np.cumsum(chance.uniform(0.2, 0.6, 6)):
        at = int(start * SAMPLE_RATE)
        bursts[at : at + 1_000] += chance.normal(size=1_000) * np.exp(-np.arange(1_000) / 200)
    room = 0.003 * coloured(1.0) / coloured(1.0).std() + 0.001 * white
    beats = (np.sin(2 * np.pi * 2 * time) > 0) * 1.0
    return {
        "tone": np.sin(2 * np.pi * 220 * time),
        "high tone in noise": np.sin(2 * np.pi * 1_000 * time) + 0.01 * white,
        "beeps": np.sin(2 * np.pi * 440 * time) * beats,
        "siren": np.sin(2 * np.pi * np.cumsum(700 + 300 * np.sin(np.pi * time)) / SAMPLE_RATE),
        "mains hum": sum(np.sin(2 * np.pi * 50 * k * time + k) / k for k in range(1, 20)),
        "chords, struck": np.concatenate([tones(chord, 6, 3.0) for chord in chords]),
        "chords, held": np.concatenate([tones(chord, 8, 0.3) for chord in chords]),
        "melody": np.concatenate([tones([note], 6, 2.0) for note in melody]),
        "white noise": white,
        "pink noise": coloured(0.5),
        "brown noise": coloured(1.0),
        "noise in beats": white * (0.1 + beats),
        "room": room + 0.0015 * np.sin(2 * np.pi * 50 * time),
        "claps": bursts + 1e-4 * white,
    }
