"""The hum of the mains and of machines that run on it is taken away; nothing else is."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.audio import SAMPLE_RATE
from ser_core.features import encoder, passages
from ser_core.speech.activity import find_speech
from tests.support.voices import clip, voice


def hum(n: int, mains: float, *, swelling: bool = False) -> np.ndarray:
    """Thirty partials of arbitrary heights, rms 1."""
    rng = np.random.default_rng(3)
    time = np.arange(n) / SAMPLE_RATE
    sound = sum(
        rng.uniform(0.2, 1) * np.sin(2 * np.pi * mains * partial * time + rng.uniform(0, 6))
        for partial in range(1, 31)
    )
    if swelling:
        sound = sound * (1 + 0.7 * np.sin(2 * np.pi * 1.3 * time))
    return np.asarray(sound / np.sqrt(np.mean(sound**2)))


def within(signal: np.ndarray, snr_db: float, noise: np.ndarray) -> np.ndarray:
    loud = np.sqrt(np.mean(signal**2)) * 10 ** (-snr_db / 20)
    return np.asarray(signal + loud * noise, dtype=np.float32)


def moved(found: np.ndarray, usual: np.ndarray) -> float:
    """How far numbers moved, of how far another voice lies away."""
    away = np.abs(encoder.features(voice(4.0, speaker=2)) - encoder.features(voice(4.0))).mean()
    return float(np.abs(found - usual).mean() / away)


@pytest.mark.parametrize(
    ("mains", "swelling"), [(50.0, False), (60.0, False), (50.0, True), (49.96, False)]
)
def test_a_hum_changes_little_where_it_used_to_change_much(mains: float, swelling: bool) -> None:
    spoken = voice(4.0)
    heard = within(spoken, 10, hum(len(spoken), mains, swelling=swelling))
    usual = encoder.features(spoken)
    kept = moved(encoder.features(heard, keep_hum=True), usual)
    # The made-up voice moves as little as a hum does: more of it is taken away than of a person's.
    assert moved(encoder.features(heard), usual) < 0.65 * kept


def test_in_a_long_recording_too() -> None:
    spoken = np.tile(voice(4.0), 6)
    heard = clip(within(spoken, 10, hum(len(spoken), 50.0)))
    sentence = heard.signal[: 4 * SAMPLE_RATE]
    kept = moved(encoder.features(sentence, keep_hum=True), encoder.features(voice(4.0)))
    windows = [(at, at + 4 * SAMPLE_RATE) for at in range(0, len(spoken), 4 * SAMPLE_RATE)]
    network = encoder.load()
    quiet = clip(spoken)
    usual = passages.features(quiet.signal, windows, find_speech(quiet), network)
    found = passages.features(heard.signal, windows, find_speech(quiet), network)
    assert moved(found, usual) < 0.65 * kept


def sung(hertz: float) -> np.ndarray:
    time = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    room = 1e-3 * np.random.default_rng(0).normal(size=len(time))
    partials = range(1, int(7_000 / hertz))
    return sum(np.sin(2 * np.pi * hertz * k * time) / k for k in partials) + room


QUIET = {
    "a voice": voice(4.0),
    "another": voice(3.0, speaker=2),
    "a note held an octave above the mains": sung(100.0),
    "a note held two octaves above": sung(200.0),
    "noise": np.random.default_rng(0).normal(size=3 * SAMPLE_RATE),
    "silence": np.zeros(SAMPLE_RATE),
    "half a hum's length": hum(4_000, 50.0),
}


@pytest.mark.parametrize("name", QUIET)
def test_what_is_no_hum_stays_as_it_is(name: str) -> None:
    signal = QUIET[name].astype(np.float32)
    np.testing.assert_array_equal(
        encoder.high_pass(signal), encoder.high_pass(signal, keep_hum=True)
    )
