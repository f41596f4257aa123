"""What the high-pass takes away, and what it leaves."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.audio import SAMPLE_RATE
from ser_core.audio.highpass import highpass
from tests.support.voices import voice


def tone(hertz: float, seconds: float = 6.0) -> np.ndarray:
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    return (0.3 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def inside(signal: np.ndarray) -> np.ndarray:
    return signal[2_000:-2_000]


@pytest.mark.parametrize("below", [tone(50), tone(30), np.full(96_000, 0.2, dtype=np.float32)])
def test_hum_and_a_constant_are_taken_away(below: np.ndarray) -> None:
    passed = highpass(voice(6.0) + below)
    assert np.abs(inside(highpass(below))).max() < 1e-3
    assert np.abs(inside(passed - highpass(voice(6.0)))).max() < 1e-3


@pytest.mark.parametrize("hertz", [110.0, 200.0, 1_000.0, 7_000.0])
def test_a_voice_is_left_as_it_is_and_not_delayed(hertz: float) -> None:
    np.testing.assert_allclose(inside(highpass(tone(hertz))), inside(tone(hertz)), atol=2e-3)


@pytest.mark.parametrize("length", [1, 100, 512, 513, 64_512, 64_513, 200_000])
def test_any_length_keeps_its_length_and_no_seam_is_heard(length: int) -> None:
    sound = np.resize(tone(440.0, 10.0), length)
    passed = highpass(sound)
    assert passed.shape == (length,)
    assert passed.dtype == np.float32
    if length > 4_000:
        np.testing.assert_allclose(inside(passed), inside(sound), atol=2e-3)
