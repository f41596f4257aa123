"""Noises made for training: of every colour, steady, swelling or in blows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import istft, lfilter, stft

from ser_core.audio.levels import active_frames, frame_levels
from ser_core.features.classic import MelSettings, mel_centres

Floats = Any
"""Arrays; their shapes stand in the docstrings, their precision follows what is given."""

DB = float(np.log(10.0)) / 10.0
"""Natural log-power units in one decibel."""


def mel_noise(
    n: int,
    n_frames: int,
    n_mels: int,
    rng: np.random.Generator,
    *,
    unsteady: float = 0.0,
    hop_s: float = 0.016,
) -> Floats:
    """Noises as mel power.

    Parameters
    ----------
    n, n_frames, n_mels : int
    rng : np.random.Generator
    unsteady : float
        Share of them with a steep colour, and share that come and go.
    hop_s : float
        Time between two frames, in s.

    Returns
    -------
    np.ndarray of float32, shape (n, n_frames, n_mels)
        Of mean power 1.
    """
    tilt = rng.uniform(-25.0, 5.0, size=(n, 1)) * np.linspace(0.0, 1.0, n_mels)
    colour_db = smooth_curves(n, n_mels, 5.0, rng) + tilt
    table = _flicker(n_mels)
    rows = rng.integers(0, len(table), size=(n, 1)) + np.arange(n_frames)
    noise = table[rows % len(table)]
    if unsteady:
        steep = rng.random(n) < unsteady
        colour_db[steep] += _steep_colours(int(steep.sum()), n_mels, rng)
        loudness = np.ones((n, n_frames))
        moving = np.flatnonzero(rng.random(n) < unsteady)
        for i in moving:
            make = _swelling if rng.random() < 0.5 else _blows
            loudness[i] = make(n_frames, hop_s, rng)
        noise = noise * loudness.astype(np.float32)[:, :, None]
    colour = np.exp(DB * colour_db).astype(np.float32)
    colour /= colour.mean(axis=1, keepdims=True)
    return noise * colour[:, None, :]


def with_noise(
    signal: NDArray[np.float32],
    snr_db: float,
    rng: np.random.Generator,
    *,
    unsteady: float,
    settings: MelSettings | None = None,
) -> NDArray[np.float32]:
    """Add a noise to a recording.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    snr_db : float
        Power of its loud frames over that of the noise, in dB.
    rng : np.random.Generator
    unsteady : float
        As for `mel_noise`, of which this is the sound.
    settings : MelSettings, optional

    Returns
    -------
    np.ndarray of float32, shape (n_samples,)
    """
    settings = settings or MelSettings()
    rate, hop = settings.sampling_rate, settings.hop_length
    white = rng.standard_normal(len(signal) + settings.n_fft)
    _, _, spectrum = stft(white, rate, nperseg=settings.n_fft, noverlap=settings.n_fft - hop)
    power = mel_noise(
        1, spectrum.shape[1], settings.n_mels, rng, unsteady=unsteady, hop_s=hop / rate
    )[0]
    gains = (np.sqrt(power) @ _between_bands(settings)).T
    _, noise = istft(spectrum * gains, rate, nperseg=settings.n_fft, noverlap=settings.n_fft - hop)
    return mixed(signal, noise[: len(signal)], snr_db, rate)


def mixed(
    signal: NDArray[np.float32], noise: NDArray[Any], snr_db: float, sampling_rate: int
) -> NDArray[np.float32]:
    """A recording and a noise of the same length, this far below its loud frames, in dB."""
    levels = frame_levels(signal, sampling_rate)
    speech = np.mean(10 ** (levels[active_frames(levels)] / 10))
    gain = np.sqrt(speech / (np.mean(noise**2) + 1e-20) * 10 ** (-snr_db / 10))
    return np.asarray(signal + gain * noise, dtype=np.float32)


@lru_cache(maxsize=2)
def _between_bands(settings: MelSettings) -> Floats:
    """Linear interpolation from mel bands to the bins of a spectrum, shape (n_mels, n_bins)."""
    hz = np.linspace(0, settings.sampling_rate / 2, settings.n_fft // 2 + 1)
    centres = mel_centres(settings)
    return np.stack([np.interp(hz, centres, band) for band in np.eye(settings.n_mels)])


def smooth_curves(n: int, n_mels: int, deviation_db: float, rng: np.random.Generator) -> Floats:
    """Random smooth frequency responses in dB, shape (n, n_mels): falling cosine series."""
    orders = np.arange(1, 6)
    basis = np.cos(np.pi * orders[:, None] * (np.arange(n_mels) + 0.5) / n_mels)
    weights = rng.normal(size=(n, len(orders))) / orders
    scale = deviation_db / np.sqrt(np.sum(1.0 / orders**2) / 2.0)
    return (weights * scale * rng.uniform(0.3, 1.0, size=(n, 1))) @ basis


@lru_cache(maxsize=2)
def _flicker(n_mels: int) -> Floats:
    """How stationary noise varies from frame to frame, shape (4096, n_mels), mean 1.

    A band of ``k`` bins has the spread of a mean of ``k`` exponential variables; high mel bands
    hold more bins and are steadier.
    """
    bins = 1.5 + 4.5 * np.linspace(0.0, 1.0, n_mels) ** 2
    return np.random.default_rng(0).gamma(bins, 1.0 / bins, (4096, n_mels)).astype(np.float32)


def _steep_colours(n: int, n_mels: int, rng: np.random.Generator) -> Floats:
    """Gains in dB of rumbles, hisses, narrow bands and hums, shape (n, n_mels)."""
    bands = np.arange(n_mels)
    corner = rng.uniform(0.0, 1.0, size=(n, 1)) ** 2 * n_mels
    slope = rng.uniform(0.5, 5.0, size=(n, 1))
    shapes = [
        -slope * np.maximum(bands - corner, 0.0),
        -slope * np.maximum(n_mels - corner - bands, 0.0),
        -slope * np.abs(bands - corner),
        # The partials of a hum fall into some bands and miss others.
        rng.normal(0.0, 8.0, size=(n, n_mels)) - slope * np.maximum(bands - corner, 0.0) / 3,
    ]
    kind = rng.choice(len(shapes), size=n, p=[0.4, 0.1, 0.2, 0.3])
    return np.maximum(np.stack(shapes)[kind, np.arange(n)], -50.0)


def _swelling(n_frames: int, hop_s: float, rng: np.random.Generator) -> Floats:
    """Power of something that comes and goes, mean 1, shape (n_frames,)."""
    period = 0.25 * (n_frames * hop_s * 8.0) ** rng.random()
    phase = 2.0 * np.pi * (np.arange(n_frames) * hop_s / period + rng.random())
    power = 10.0 ** (rng.uniform(0.3, 2.0) * np.sin(phase))
    return power / power.mean()


def _blows(n_frames: int, hop_s: float, rng: np.random.Generator) -> Floats:
    """Power of blows that ring on, over a softer bed, mean 1, shape (n_frames,)."""
    struck = rng.random(n_frames) < rng.uniform(1.0, 8.0) * hop_s
    struck[rng.integers(n_frames)] = True
    decay = 10.0 ** (-6.0 * hop_s / rng.uniform(0.05, 0.8))
    blows = lfilter([1.0], [1.0, -decay], struck * rng.uniform(0.2, 1.0, n_frames))
    power = blows / blows.mean() + 10.0 ** rng.uniform(-3.0, -0.5)
    return power / power.mean()
