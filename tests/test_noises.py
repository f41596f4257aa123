"""Noises that training recordings are put in."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.audio import SAMPLE_RATE
from ser_core.data.noises import mel_noise, with_noise


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("unsteady", [0.0, 1.0])
def test_noise_has_mean_power_one(rng: np.random.Generator, unsteady: float) -> None:
    noise = mel_noise(40, 150, 64, rng, unsteady=unsteady)
    assert noise.shape == (40, 150, 64)
    assert (noise >= 0).all()
    assert noise.mean() == pytest.approx(1.0, abs=0.2)


def test_only_unsteady_noise_comes_and_goes(rng: np.random.Generator) -> None:
    spreads = []
    for unsteady in (0.0, 1.0):
        level = np.log(mel_noise(40, 150, 64, rng, unsteady=unsteady).mean(axis=2))
        spreads.append(np.median(level.std(axis=1)))
    assert spreads[1] > 3 * spreads[0]


@pytest.mark.parametrize("snr_db", [0.0, 10.0, 30.0])
@pytest.mark.parametrize("unsteady", [0.0, 1.0])
def test_noise_is_as_loud_as_asked(
    rng: np.random.Generator, snr_db: float, unsteady: float
) -> None:
    voice = rng.normal(scale=0.1, size=2 * SAMPLE_RATE).astype(np.float32)
    silence = np.zeros(SAMPLE_RATE, dtype=np.float32)
    signal = np.concatenate([silence, voice, silence])
    noise = with_noise(signal, snr_db, rng, unsteady=unsteady) - signal
    # Against the voice, not against the whole with its silences.
    assert 10 * np.log10(voice.var() / noise.var()) == pytest.approx(snr_db, abs=0.2)
