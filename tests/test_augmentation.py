"""What training recordings are put through."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.audio import SAMPLE_RATE
from ser_core.augment_mel import MelAugmentation, augment, with_margins
from ser_core.noises import mel_noise, with_noise

UNTOUCHED = MelAugmentation(
    clean=0.0, vocal_tract=0.0, colour=0.0, band_limit=0.0, reverberation=0.0, noise=0.0, babble=0.0
)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def clips(rng: np.random.Generator) -> list[np.ndarray]:
    return [rng.normal(size=(n, 64)).astype(np.float32) for n in (60, 90, 120)]


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


def test_clips_that_get_noise_get_margins(
    clips: list[np.ndarray], rng: np.random.Generator
) -> None:
    settings = MelAugmentation(noise=0.5, margin_s=1.0)
    for _ in range(20):
        wider, noisy = with_margins(clips, settings, rng)
        for i, (clip, wide) in enumerate(zip(clips, wider, strict=True)):
            if i not in noisy:
                np.testing.assert_array_equal(wide, clip)
            longest = len(clip) + 2 * round(1.0 / settings.hop_s)
            assert len(clip) <= len(wide) <= longest


def test_noise_is_added_where_it_was_said_to_be(
    clips: list[np.ndarray], rng: np.random.Generator
) -> None:
    batch = np.zeros((3, 120, 64), dtype=np.float32)
    lengths = np.array([len(clip) for clip in clips])
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    changed = augment(batch, lengths, UNTOUCHED, rng, noisy=np.array([1]))
    moved = [
        np.abs(changed[i, :n] - batch[i, :n]).max() > 0.1 for i, n in enumerate(lengths.tolist())
    ]
    assert moved == [False, True, False]
