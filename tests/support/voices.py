"""Sounds for the tests of what hears: made-up voices, and what is no voice at all."""

from __future__ import annotations

import io
from functools import cache

import av
import numpy as np
import soundfile
import soxr
from av.stream import Disposition

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


def tracks(
    name: str,
    codec: str,
    *sounds: np.ndarray,
    rate: int = 48_000,
    default: int | None = None,
    options: dict[str, str] | None = None,
    codec_options: dict[str, str] | None = None,
) -> bytes:
    """A container with a track for each sound, of shape (n_samples,) or (n_samples, n_channels)."""
    file = io.BytesIO()
    with av.open(file, "w", format=name, container_options=options or {}) as output:
        streams = []
        for place, sound in enumerate(sounds):
            channels = 1 if sound.ndim == 1 else sound.shape[1]
            layout = f"{channels} channels" if "pcm" in codec else _LAYOUTS[channels]
            stream = output.add_stream(codec, rate=rate, layout=layout)
            stream.codec_context.options = codec_options or {}
            if codec == "libopus" and channels > 2:
                stream.codec_context.options = {"mapping_family": "255"}
            if codec.startswith("wma"):
                stream.bit_rate = 96_000
            if default is not None:
                stream.disposition = Disposition.default if place == default else 0
            streams.append(stream)
        for stream, sound in zip(streams, sounds, strict=True):
            packed = np.ascontiguousarray(np.clip(sound, -1, 1) * 32_767, dtype=np.int16)
            for at in range(0, len(packed), 4_096):
                frame = av.AudioFrame.from_ndarray(
                    packed[at : at + 4_096].reshape(1, -1),
                    format="s16",
                    layout=stream.codec_context.layout.name,
                )
                frame.sample_rate, frame.pts = rate, at
                output.mux(stream.encode(frame))
            output.mux(stream.encode())
    return file.getvalue()


def g723(sound: np.ndarray) -> bytes:
    """A sound at 8 kHz in bare frames of G.723.1."""
    context, rate = av.CodecContext.create("g723_1", "w"), 8_000
    context.rate, context.layout, context.format = rate, "mono", "s16"
    context.bit_rate = 6_300
    context.open()
    packed = np.ascontiguousarray(np.clip(sound, -1, 1) * 32_767, dtype=np.int16)
    size = context.frame_size or 4_096
    found = b""
    for at in range(0, len(packed) // size * size, size):
        frame = av.AudioFrame.from_ndarray(packed[at : at + size].reshape(1, -1), "s16", "mono")
        frame.sample_rate, frame.pts = rate, at
        found += b"".join(bytes(packet) for packet in context.encode(frame))
    return found + b"".join(bytes(packet) for packet in context.encode(None))


_LAYOUTS = {
    **{1: "mono", 2: "stereo", 6: "5.1", 7: "6.1", 8: "7.1", 16: "hexadecagonal"},
    **{count: f"{count} channels" for count in (10, 12, 24)},
}


def at_rate(signal: np.ndarray, rate: int = 48_000) -> np.ndarray:
    """A signal of 16 kHz at another rate."""
    return soxr.resample(signal, SAMPLE_RATE, rate)
