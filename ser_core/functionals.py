"""Functionals: how the log-mel spectrum and the pitch of a recording are spread over its time.

The classic 180 features are plain means. These are what the field calls functionals (Schuller et
al. 2013, ComParE): spreads, percentiles, covariances and modulation spectra of 64 log-mel bands,
and the course of the pitch. None depends on how loud the recording is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from ser_core import pitch
from ser_core.features import MelSettings, mel_power

N_CEPSTRA = 14
N_PITCH = 16
MODULATION_HZ = ((0.4, 2.0), (2.0, 4.0), (4.0, 7.0), (7.0, 12.0), (12.0, 31.0))
N_BAND_GROUPS = 8
PERCENTILES = (5, 25, 75, 95)
_MODULATION_FFT = 256
_SILENCE = 1e-10

Frames = NDArray[np.float32]


@dataclass(frozen=True)
class FunctionalSettings:
    """Settings of the functionals; written into every bundle that uses them.

    Attributes
    ----------
    mel : MelSettings
        Of the spectrum that they describe.
    floor_db : float
        Power this far below the loud frames is flattened, in dB.
    trim_db : float
        Leading and trailing frames this far below the loud frames are cut, in dB.
    trim_margin : int
        Frames kept on both sides of what trimming found.
    """

    mel: MelSettings = field(default_factory=MelSettings)
    floor_db: float = 65.0
    trim_db: float = 35.0
    trim_margin: int = 4


def log_mel_frames(
    signal: NDArray[np.float32], settings: FunctionalSettings | None = None
) -> Frames:
    """Trimmed log-mel frames; a gain adds one constant to all values.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    settings : FunctionalSettings, optional

    Returns
    -------
    np.ndarray of float32, shape (n_frames, n_mels)
        Natural logarithm of the mel power; zeros for digital silence.
    """
    settings = settings or FunctionalSettings()
    power = mel_power(signal, settings.mel)
    if power.max() < _SILENCE:
        return np.zeros_like(power)
    energy = power.sum(axis=1)
    loud = _loud(energy) * 10 ** (-settings.trim_db / 10)
    kept = np.flatnonzero(energy >= loud)
    start = max(0, int(kept[0]) - settings.trim_margin)
    power = power[start : int(kept[-1]) + 1 + settings.trim_margin]
    floor = _loud(power.max(axis=1)) * 10 ** (-settings.floor_db / 10)
    return np.asarray(np.log(np.maximum(power, floor)), dtype=np.float32)


def _loud(power: NDArray[np.float32]) -> Any:
    """The loudest twentieth: it is steadier than the maximum, which a click can set.

    The maximum stands for it where all else is digital silence.
    """
    return np.quantile(power, 0.95) or power.max()


def spectrum_functionals(frames: Frames) -> NDArray[np.float32]:
    """Functionals of log-mel frames.

    Parameters
    ----------
    frames : np.ndarray of float32, shape (n_frames, n_mels)
        Natural logarithm of mel power.

    Returns
    -------
    np.ndarray of float32
        In order: spread of each band, mean size of its frame-to-frame change, four percentiles
        about its mean; covariance of the cepstra (signed roots) and spread of their changes;
        modulation spectrum of eight groups of bands; loud minus soft frames of each band; mean of
        each band about the mean of all; log of the number of frames.
    """
    mean = frames.mean(axis=0)
    centred = frames - mean
    n_frames, n_mels = frames.shape
    steps = np.diff(centred, axis=0) if n_frames > 1 else np.zeros((1, n_mels), np.float32)
    percentiles = np.percentile(centred, PERCENTILES, axis=0).ravel()
    cepstra = scipy.fft.dct(centred, axis=1, norm="ortho")[:, :N_CEPSTRA]
    covariance = cepstra.T @ cepstra / max(1, n_frames - 1)
    covariance = covariance[np.triu_indices(N_CEPSTRA)]
    cepstral_steps = np.diff(cepstra, axis=0) if n_frames > 1 else np.zeros((1, N_CEPSTRA))
    level = frames.mean(axis=1)
    loud = level > np.quantile(level, 0.6)
    contrast = np.zeros(n_mels)
    if loud.any() and not loud.all():
        contrast = frames[loud].mean(axis=0) - frames[~loud].mean(axis=0)
    parts = [
        centred.std(axis=0),
        np.abs(steps).mean(axis=0),
        percentiles,
        np.sign(covariance) * np.sqrt(np.abs(covariance)),
        cepstral_steps.std(axis=0),
        _modulation(centred),
        contrast,
        mean - mean.mean(),
        np.array([np.log(n_frames)]),
    ]
    return np.concatenate(parts).astype(np.float32)


def pitch_functionals(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """Functionals of the pitch.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        At 16 kHz.

    Returns
    -------
    np.ndarray of float32, shape (16,)
        Pitch in octaves: median, 5th to 95th and 25th to 75th percentile range, top above median,
        standard deviation, slope a second, mean and median step; voiced share; mean and spread of
        the peaks' strength; voiced stretches a second; correlation of pitch and level; active
        share; spread of the level in dB; log of the active time.
    """
    tracked = pitch.track(signal)
    active, voiced = tracked.active, tracked.voiced
    voiced_share = voiced.sum() / max(1, active.sum())
    stretches = int(np.sum(np.diff(np.r_[0, voiced.astype(int)]) == 1))
    chosen = voiced if voiced.sum() >= 5 else active
    octaves = np.log2(tracked.hz[chosen])
    level = tracked.level_db
    q5, q25, q50, q75, q95 = np.percentile(octaves, [5, 25, 50, 75, 95])
    at = np.flatnonzero(chosen)
    seconds = (at - at.mean()) * pitch.HOP_LENGTH / 16_000
    slope = np.polyfit(seconds, octaves, 1)[0] if len(at) > 5 else 0.0
    steps = np.abs(np.diff(octaves)[np.diff(at) == 1])
    steps = steps[steps < 0.4]  # An octave's jump is the tracker's, not the voice's.
    active_s = max(0.1, active.sum() * pitch.HOP_LENGTH / 16_000)
    moves = octaves.std() > 1e-4 and level[chosen].std() > 1e-4
    values = [
        q50,
        q95 - q5,
        q75 - q25,
        q95 - q50,
        octaves.std(),
        slope,
        steps.mean() if len(steps) else 0.0,
        np.median(steps) if len(steps) else 0.0,
        voiced_share,
        tracked.strength[chosen].mean(),
        tracked.strength[chosen].std(),
        stretches / active_s,
        np.corrcoef(octaves, level[chosen])[0, 1] if moves else 0.0,
        active.mean(),
        level[active].std(),
        np.log(active_s),
    ]
    return np.array(values, dtype=np.float32)


def functionals(
    signal: NDArray[np.float32], settings: FunctionalSettings | None = None
) -> NDArray[np.float32]:
    """All functionals of a mono signal at 16 kHz: of the spectrum, then of the pitch."""
    frames = log_mel_frames(signal, settings)
    return np.concatenate([spectrum_functionals(frames), pitch_functionals(signal)])


def n_functionals(settings: FunctionalSettings | None = None) -> int:
    """How many there are: 688 with the default settings."""
    n_mels = (settings or FunctionalSettings()).mel.n_mels
    n_covariances = N_CEPSTRA * (N_CEPSTRA + 1) // 2
    n_modulations = N_BAND_GROUPS * len(MODULATION_HZ)
    spectrum = n_mels * (4 + len(PERCENTILES)) + n_covariances + N_CEPSTRA + n_modulations + 1
    return spectrum + N_PITCH


def _modulation(centred: Frames) -> NDArray[np.float64]:
    """Strength of slow and fast level changes in eight groups of bands, logarithmic."""
    groups = np.array_split(np.arange(centred.shape[1]), N_BAND_GROUPS)
    levels = np.stack([centred[:, group].mean(axis=1) for group in groups], axis=1)
    # A longer recording is cut to its first 4 s, as the transform's length says.
    levels = levels * np.hanning(len(levels))[:, np.newaxis]
    spectrum = np.abs(scipy.fft.rfft(levels, _MODULATION_FFT, axis=0)) / np.sqrt(len(levels))
    hz = scipy.fft.rfftfreq(_MODULATION_FFT, 0.016)
    rows = [spectrum[(hz >= low) & (hz < high)].mean(axis=0) for low, high in MODULATION_HZ]
    return np.asarray(np.log(np.stack(rows) + 1e-3).ravel())
