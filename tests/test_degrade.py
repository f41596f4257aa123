"""What is done to training recordings: each step does what it says, to any sound."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.data import degrade
from tests.support.voices import voice

RATE = 16_000


@pytest.fixture(scope="module")
def spoken():
    return voice(3.0)


def rng(seed):
    return np.random.default_rng(seed)


def power_between(signal, low, high):
    power = np.abs(np.fft.rfft(signal)) ** 2
    hertz = np.arange(len(power)) * RATE / len(signal)
    return power[(hertz >= low) & (hertz < high)].sum()


def test_a_copy_hangs_on_its_generator_alone(spoken):
    copies = [degrade.degrade(spoken, rng(seed)) for seed in (1, 1, 2)]
    assert np.array_equal(copies[0], copies[1])
    assert not np.array_equal(copies[0], copies[2])


@pytest.mark.slow
def test_the_recording_itself_stays_as_it_is(spoken):
    before = spoken.copy()
    for seed in range(20):
        degrade.degrade(spoken, rng(seed))
    assert np.array_equal(spoken, before)


SOUNDS = {
    "a voice": voice(3.0),
    "a quarter of a second": voice(3.0)[8_000:12_000],
    "silence": np.zeros(RATE, dtype=np.float32),
    "a click": np.eye(1, RATE, 9_000, dtype=np.float32)[0],
    "very soft": voice(3.0) * np.float32(1e-6),
    "never scaled": voice(3.0) * np.float32(1e6),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SOUNDS)
def test_any_sound_can_be_degraded(name):
    signal = SOUNDS[name]
    for seed in range(40):
        copy = degrade.degrade(signal, rng(seed))
        assert copy.dtype == np.float32
        assert np.isfinite(copy).all()
        assert 0.85 * len(signal) < len(copy) < 1.15 * len(signal) + RATE / 2


@pytest.mark.slow
def test_most_copies_differ_from_the_recording_and_from_each_other(spoken):
    copies = [degrade.degrade(spoken, rng(seed)) for seed in range(30)]
    same = sum(np.array_equal(copy, spoken) for copy in copies)
    assert same <= 2
    assert len({copy.tobytes() for copy in copies}) >= 28


def test_a_room_rings_on(spoken):
    said = np.concatenate([spoken[8_000:16_000], np.zeros(8_000)]).astype(np.float32)
    for seed in range(5):
        heard = degrade.in_a_room(said, rng(seed))
        assert np.abs(heard[8_200:10_000]).max() > 1e-3 * np.abs(heard).max()


def test_a_microphone_colours_the_sound_without_delay(spoken):
    for seed in range(5):
        heard = degrade.through_a_microphone(spoken, rng(seed))
        assert len(heard) == len(spoken)
        lags = np.arange(-20, 21)
        likeness = [np.dot(np.roll(heard, lag), spoken) for lag in lags]
        assert abs(lags[int(np.argmax(likeness))]) <= 1


def test_a_hum_is_a_few_steady_lines(spoken):
    for seed in range(20):
        added = degrade.with_hum(spoken, rng(seed)) - spoken
        power = np.sort(np.abs(np.fft.rfft(added * np.hanning(len(added)))) ** 2)
        # Some forty partials, each with a line on both sides where it swells.
        assert power[-len(power) // 20 :].sum() > 0.95 * power.sum()


def test_a_narrow_line_keeps_the_middle_and_loses_the_ends():
    noise = rng(0).normal(size=RATE).astype(np.float32)
    for seed in range(10):
        heard = degrade.over_a_narrow_line(noise, rng(seed))
        assert power_between(heard, 7_900, 8_000) < 0.01 * power_between(noise, 7_900, 8_000)
        kept = power_between(heard, 1_000, 2_000) / power_between(noise, 1_000, 2_000)
        assert kept == pytest.approx(1.0, abs=0.01)


def test_a_codec_keeps_what_is_said(spoken):
    for seed in range(6):
        heard = degrade.through_a_codec(spoken, rng(seed))
        assert len(heard) == pytest.approx(len(spoken), abs=0.1 * RATE)
        n = 1 << 17
        products = np.fft.rfft(heard, n) * np.conj(np.fft.rfft(spoken, n))
        likeness = np.fft.irfft(products).max()
        assert likeness / (np.linalg.norm(heard) * np.linalg.norm(spoken)) > 0.8
        assert not np.array_equal(heard, spoken)
