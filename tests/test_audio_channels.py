"""What is done, and said, where the channels of a recording do not hold the same."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from ser_core import audio, load_model
from ser_core.audio import SAMPLE_RATE
from tests.support.voices import at_rate, encoded, tracks, voice

ONE, TWO = voice(6.0), voice(6.0, speaker=2)
ROOM = 0.001 * np.random.default_rng(1).normal(size=(len(ONE), 2)).astype(np.float32)
HUM = 0.2 * np.sin(2 * np.pi * 50 * np.arange(len(ONE)) / SAMPLE_RATE).astype(np.float32)


def beside(*channels: np.ndarray) -> np.ndarray:
    return np.stack(channels, axis=1)


def turns() -> np.ndarray:
    """A call: one speaks, then the other, each on a channel."""
    gap = np.zeros_like(ONE)
    return beside(np.concatenate([ONE, gap]), np.concatenate([gap, TWO]))


def quick_turns() -> np.ndarray:
    second = np.arange(len(ONE)) // SAMPLE_RATE % 2 == 0
    return beside(ONE * second, TWO * ~second)


def delayed(signal: np.ndarray, samples: int) -> np.ndarray:
    return np.concatenate([np.zeros(samples, dtype=np.float32), signal[:-samples]])


def roomy(signal: np.ndarray, seed: int) -> np.ndarray:
    """As a microphone hears it in a small room: a decaying tail of its own."""
    chance = np.random.default_rng(seed)
    tail = chance.normal(size=3_000) * np.exp(-np.arange(3_000) / 600) * 0.08
    tail[0] = 1.0
    return np.convolve(signal, tail)[: len(signal)].astype(np.float32)


def codes(content: bytes) -> list[str]:
    return [warning.code for warning in audio.load(content).warnings]


OPPOSITE = {
    "exactly": beside(ONE, -ONE),
    "at another level": beside(ONE, -0.5 * ONE),
    "with noise of its own": beside(ONE, -ONE) + 5 * ROOM,
    "with a hum on both": beside(ONE + HUM, -ONE + HUM),
    "with a constant": beside(ONE + 0.1, -ONE + 0.1),
    "on four channels": beside(ONE, -ONE, ONE, -ONE),
}


@pytest.mark.parametrize("sound", OPPOSITE.values(), ids=OPPOSITE)
def test_a_voice_in_opposite_phase_is_heard_from_one_channel(sound: np.ndarray) -> None:
    clip = audio.load(encoded(sound, subtype="FLOAT"))
    assert [warning.code for warning in clip.warnings] == ["opposite_phase"]
    assert any(np.array_equal(clip.signal, channel) for channel in sound.T)
    assert clip.source_channels == sound.shape[1]


@pytest.mark.parametrize(
    "content",
    [
        encoded(at_rate(beside(ONE, -ONE), 44_100), 44_100, format="MP3"),
        encoded(at_rate(beside(ONE, -ONE)), 48_000, format="OGG", subtype="OPUS"),
        tracks("ipod", "aac", at_rate(beside(ONE, -ONE))),
        tracks("webm", "libopus", at_rate(beside(ONE, -ONE))),
    ],
    ids=["MP3", "Opus", "M4A", "WebM"],
)
def test_opposite_phase_survives_a_codec(content: bytes) -> None:
    clip = audio.load(content)
    assert [warning.code for warning in clip.warnings] == ["opposite_phase"]
    heard, expected = (np.abs(np.fft.rfft(s, 2**17))[: 2**14] for s in (clip.signal, ONE))
    assert np.corrcoef(heard, expected)[0, 1] > 0.9
    verdict = load_model().predict_clip(clip)
    assert verdict.heard_speech
    assert "opposite_phase" in verdict.to_dict()["warnings"]


DIFFERENT = {
    "in turns": turns(),
    "in quick turns": quick_turns(),
    "in turns, with noise": turns() + 5 * np.resize(ROOM, (2 * len(ONE), 2)),
    "both at once": beside(ONE, TWO),
    "in turns, one of them weaker": turns() * np.array([1.0, 0.3], dtype=np.float32),
    "in turns, heard through": turns() + 0.1 * turns()[:, ::-1],
    "in turns, one of them twice": np.hstack([turns(), turns()[:, :1]]),
    "in turns, between silent channels": np.hstack([turns(), np.zeros_like(turns())]),
}


@pytest.mark.parametrize("sound", DIFFERENT.values(), ids=DIFFERENT)
def test_channels_that_hold_different_people_are_told(sound: np.ndarray) -> None:
    clip = audio.load(encoded(sound))
    assert [warning.code for warning in clip.warnings] == ["channels_differ"]
    assert "file of its own" in clip.warnings[0].message
    np.testing.assert_allclose(clip.signal, sound.mean(axis=1), atol=1e-4)


ALIKE = {
    "the same": beside(ONE, ONE),
    "one channel only": beside(ONE, np.zeros_like(ONE)),
    "one channel and noise": beside(ONE, np.zeros_like(ONE)) + ROOM,
    "panned": beside(ONE, 0.2 * ONE),
    "two microphones apart": beside(ONE, 0.8 * delayed(ONE, 15)),
    "two microphones in a room": beside(roomy(ONE, 1), roomy(delayed(ONE, 20), 2)),
    "with noise": beside(ONE, ONE) + 5 * ROOM,
    "a panned voice that moves": beside(ONE, ONE)
    * beside(np.linspace(1, 0.5, len(ONE)), np.linspace(0.5, 1, len(ONE))).astype(np.float32),
    "a short word": beside(ONE, ONE)[8_000:16_000],
    "eight channels": np.repeat(ONE[:, None], 8, axis=1),
}


@pytest.mark.parametrize("sound", ALIKE.values(), ids=ALIKE)
def test_one_voice_on_all_channels_is_no_fault(sound: np.ndarray) -> None:
    assert codes(encoded(sound)) == []
    resampled = soxr.resample(sound, SAMPLE_RATE, 44_100)
    assert codes(encoded(resampled, 44_100)) == []


def test_stereo_recordings_of_the_corpora_are_no_fault(ser_clips) -> None:
    stereo = [
        clip
        for path in sorted(ser_clips.glob("*.wav"))
        if (clip := audio.load(path)).source_channels == 2
    ]
    assert stereo
    assert all(clip.warnings == () for clip in stereo)
