"""The features: equal to librosa's, whatever the signal, at any gain."""

from __future__ import annotations

from pathlib import Path

import librosa
import numpy as np
import pytest

from ser_core import audio
from ser_core.features import classic, filterbanks
from ser_core.features.classic import FeatureSettings, MelSettings
from ser_core.speech import pitch

RATE = 16_000


def voice_like(seconds: float, seed: int = 0) -> np.ndarray:
    """Pulses with a moving pitch, and some noise."""
    rng = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    pitch_hz = 150 + 40 * np.sin(2 * np.pi * 1.3 * time)
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE
    buzz = sum(np.sin(n * phase) / n for n in range(1, 20))
    syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 4 * time)
    return (0.1 * buzz * syllables + 0.003 * rng.standard_normal(len(time))).astype(np.float32)


SIGNALS = {
    "voice": voice_like(2.0),
    "half a second": voice_like(0.5, seed=1),
    "noise": np.random.default_rng(2).standard_normal(RATE).astype(np.float32) * 0.1,
    "tone": np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE).astype(np.float32) * 0.5,
    "half silent": np.r_[voice_like(1.0), np.zeros(RATE)].astype(np.float32),
}


def by_librosa(signal: np.ndarray, settings: FeatureSettings) -> np.ndarray:
    common = {"y": signal, "sr": RATE, "n_fft": settings.n_fft, "hop_length": settings.hop_length}
    mel = librosa.feature.melspectrogram(**common, n_mels=settings.n_mels)
    parts = (
        librosa.feature.mfcc(**common, n_mfcc=settings.n_mfcc, n_mels=settings.n_mels),
        librosa.feature.chroma_stft(**common, n_chroma=settings.n_chroma, tuning=0.0),
        librosa.power_to_db(mel),
    )
    return np.concatenate([part.mean(axis=1) for part in parts])


@pytest.mark.slow
@pytest.mark.parametrize("name", SIGNALS)
def test_the_180_features_equal_librosas(name: str) -> None:
    settings = FeatureSettings()
    prepared = classic.prepare(SIGNALS[name], settings)
    np.testing.assert_allclose(
        classic.extract(SIGNALS[name], settings),
        by_librosa(prepared, settings),
        rtol=1e-4,
        atol=1e-4,
    )


@pytest.mark.slow
def test_real_speech_equals_librosas(ser_clips: Path) -> None:
    settings = FeatureSettings()
    signal = audio.load(ser_clips / "03-01-05-02-01-01-08.wav").signal
    expected = by_librosa(classic.prepare(signal, settings), settings)
    np.testing.assert_allclose(classic.extract(signal), expected, rtol=1e-4, atol=1e-4)


def test_names_and_groups_cover_the_vector() -> None:
    assert classic.feature_groups() == {"mfcc": 40, "chroma": 12, "mel": 128}
    names = classic.feature_names()
    assert len(names) == len(set(names)) == 180 == len(classic.extract(SIGNALS["voice"]))
    assert (names[0], names[40], names[52]) == ("mfcc_1", "chroma_1", "mel_1")


@pytest.mark.slow
def test_the_stored_filters_are_librosas() -> None:
    stored = np.load(classic.FILTERBANKS, allow_pickle=False)
    made = filterbanks.make()
    assert set(stored.files) == set(made)
    for name, bank in made.items():
        np.testing.assert_allclose(stored[name], bank, atol=1e-7)


@pytest.mark.slow
def test_the_power_spectrum_is_librosas() -> None:
    expected = np.abs(librosa.stft(SIGNALS["voice"], n_fft=512, hop_length=256)) ** 2
    found = classic.power_spectrogram(SIGNALS["voice"], 512, 256)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)


def test_unknown_settings_are_refused_in_words() -> None:
    with pytest.raises(classic.SettingsError, match="filter bank"):
        classic.mel_power(SIGNALS["voice"], MelSettings(n_mels=17))


@pytest.mark.parametrize("gain_db", [-12, -6, 6, 12])
def test_gain_changes_nothing(gain_db: float) -> None:
    signal = SIGNALS["voice"]
    louder = signal * np.float32(10 ** (gain_db / 20))
    found, expected = classic.extract(louder), classic.extract(signal)
    np.testing.assert_allclose(found, expected, rtol=2e-3, atol=2e-3)


def test_the_picture_is_relative_to_its_loudest_point() -> None:
    picture = classic.log_mel(SIGNALS["voice"], MelSettings(), top_db=60)
    assert picture.shape == (1 + len(SIGNALS["voice"]) // 256, 64)
    assert picture.max() == 0 and picture.min() >= -60
    centres = classic.mel_centres(MelSettings())
    assert len(centres) == 64 and (np.diff(centres) > 0).all()


@pytest.mark.parametrize("hz", [90.0, 140.0, 220.0, 330.0])
def test_the_pitch_of_a_buzz_is_found(hz: float) -> None:
    time = np.arange(RATE) / RATE
    buzz = sum(np.sin(2 * np.pi * n * hz * time) / n for n in range(1, 12))
    tracked = pitch.track(np.asarray(buzz, dtype=np.float32) * 0.1)
    assert np.median(tracked.hz[tracked.voiced]) == pytest.approx(hz, rel=0.03)
    assert tracked.voiced.mean() > 0.9


def test_noise_has_no_pitch() -> None:
    assert pitch.track(SIGNALS["noise"]).voiced.mean() < 0.05
