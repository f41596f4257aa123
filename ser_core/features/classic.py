"""A signal in, numbers out: the 180 classic features, or log-mel frames.

Training and serving both call this module and nothing else. It needs numpy and scipy only: the mel
and chroma filters are constants, made once by librosa and kept in ``filterbanks.npz``, so that the
serving process never imports librosa (and with it numba and LLVM, some 200 MB).

The usual recipe calls ``librosa.feature.mfcc``, ``chroma_stft`` and ``melspectrogram`` in turn,
which computes the spectrum three times and spends most of its time estimating the tuning. Here one
power spectrum serves all three, with ``tuning=0.0``; the tests hold the result equal to librosa's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE
from ser_core.audio.compiled import dct, rfft
from ser_core.audio.levels import active_frames, frame_levels
from ser_core.errors import SettingsError

FILTERBANKS = Path(__file__).with_name("filterbanks.npz")

# As librosa.power_to_db: the smallest power that counts, and the range kept below the loudest.
_AMIN = 1e-10
_TOP_DB = 80.0

Signal = NDArray[np.float32]
Frames = NDArray[np.float32]


@dataclass(frozen=True)
class FeatureSettings:
    """Settings of the 180 features; written into every bundle that uses them.

    Attributes
    ----------
    sampling_rate : int
        In Hz.
    n_fft, hop_length : int
        Length and step of the spectrum's frames, in samples (Hann window, centred, zero-padded).
    n_mfcc, n_chroma, n_mels : int
        How many of each; 40 + 12 + 128 = 180.
    level_dbfs : float or None
        The root-mean-square level of the active speech is brought to this many dB relative to full
        scale first; None leaves the level as it is.
    noise_reduction : bool
        Whether steady background noise is removed first.
    """

    sampling_rate: int = SAMPLE_RATE
    n_fft: int = 1024
    hop_length: int = 256
    n_mfcc: int = 40
    n_chroma: int = 12
    n_mels: int = 128
    level_dbfs: float | None = -23.0
    noise_reduction: bool = False


@dataclass(frozen=True)
class MelSettings:
    """Settings of mel spectrograms.

    Attributes
    ----------
    sampling_rate : int
        In Hz.
    n_fft, hop_length : int
        Length and step of the frames, in samples.
    n_mels : int
        Number of bands.
    fmin, fmax : float
        Edges of the lowest and the highest band, in Hz.
    """

    sampling_rate: int = SAMPLE_RATE
    n_fft: int = 512
    hop_length: int = 256
    n_mels: int = 64
    fmin: float = 50.0
    fmax: float = 7600.0


def feature_names(settings: FeatureSettings | None = None) -> tuple[str, ...]:
    """Names of the features, in the order of `extract`: ``mfcc_1`` ..., ``chroma_1``, ``mel_1``."""
    settings = settings or FeatureSettings()
    return tuple(
        f"{group}_{number + 1}"
        for group, count in feature_groups(settings).items()
        for number in range(count)
    )


def feature_groups(settings: FeatureSettings | None = None) -> dict[str, int]:
    """How many features of each group, in the order of `extract`."""
    settings = settings or FeatureSettings()
    return {"mfcc": settings.n_mfcc, "chroma": settings.n_chroma, "mel": settings.n_mels}


def extract(signal: Signal, settings: FeatureSettings | None = None) -> NDArray[np.float32]:
    """Compute the 180 features: time means of MFCCs, chroma and mel bands in dB.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        Mono, at ``settings.sampling_rate``.
    settings : FeatureSettings, optional

    Returns
    -------
    np.ndarray of float32, shape (n_mfcc + n_chroma + n_mels,)
        Equal to the means over time of ``librosa.feature.mfcc``, ``chroma_stft(tuning=0.0)`` and
        ``power_to_db(melspectrogram)`` with the same settings.

    Notes
    -----
    The mel bands are in dB: as plain power, a few loud frames of the lowest bands decide their
    means, and both splits score worse once the level is normalised (docs/experiments.md).

    MFCC: Davis and Mermelstein (1980); chroma: Ellis (2007), both as in librosa 0.11.
    """
    settings = settings or FeatureSettings()
    signal = prepare(signal, settings)
    # Double precision from here, so that the result is the same to the last bit of its 32, whatever
    # the processor: training from recordings then repeats what the tables gave.
    power = power_spectrogram(signal, settings.n_fft, settings.hop_length).astype(np.float64)
    mel = mel_filters(settings.sampling_rate, settings.n_fft, settings.n_mels) @ power
    mel = _power_to_db(mel)
    cepstra = dct(mel)[: settings.n_mfcc]
    chroma = _chroma_filters(settings.sampling_rate, settings.n_fft, settings.n_chroma) @ power
    peaks = chroma.max(axis=0)
    # A frame of silence has no strongest pitch class; librosa leaves it as it is, too.
    chroma = chroma / np.where(peaks < np.finfo(np.float32).tiny, 1.0, peaks)
    parts = [part.mean(axis=1) for part in (cepstra, chroma, mel)]
    return np.concatenate(parts).astype(np.float32)


def prepare(signal: Signal, settings: FeatureSettings) -> Signal:
    """Reduce noise and bring the speech to one level, as the settings say."""
    if settings.noise_reduction:
        from ser_core.audio.denoise import reduce_noise

        signal = reduce_noise(signal, settings.sampling_rate)
    if settings.level_dbfs is not None:
        signal = normalise_level(signal, settings.sampling_rate, settings.level_dbfs)
    return signal


def normalise_level(signal: Signal, sampling_rate: int, level_dbfs: float = -23.0) -> Signal:
    """Scale a signal so that its active frames have a given root-mean-square level.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    sampling_rate : int
        In Hz.
    level_dbfs : float
        The wanted level in dB relative to full scale. Peaks may exceed full scale: the result is
        for analysis, not for listening.

    Returns
    -------
    np.ndarray of float32, shape (n_samples,)
        Digital silence is returned as it is.
    """
    levels = frame_levels(signal, sampling_rate)
    power = 10 ** (levels[active_frames(levels)] / 10)
    found = 10 * np.log10(power.mean()) if len(power) else -np.inf
    if found < -110:
        return signal
    return np.asarray(signal * np.float32(10 ** ((level_dbfs - found) / 20)), dtype=np.float32)


def power_spectrogram(signal: Signal, n_fft: int, hop_length: int) -> Frames:
    """Power spectrum of centred, zero-padded Hann frames.

    Returns
    -------
    np.ndarray of float32, shape (n_fft // 2 + 1, 1 + n_samples // hop_length)
        Equal to ``np.abs(librosa.stft(signal, n_fft=n_fft, hop_length=hop_length)) ** 2``.
    """
    padded = np.pad(np.asarray(signal, dtype=np.float32), n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_length]
    spectrum = rfft(frames * _hann(n_fft))
    return np.ascontiguousarray((spectrum.real**2 + spectrum.imag**2).T)


def mel_power(signal: Signal, settings: MelSettings | None = None) -> Frames:
    """Mel power spectrogram, shape (n_frames, n_mels)."""
    settings = settings or MelSettings()
    filters = mel_filters(
        settings.sampling_rate, settings.n_fft, settings.n_mels, settings.fmin, settings.fmax
    )
    power = power_spectrogram(signal, settings.n_fft, settings.hop_length)
    return np.ascontiguousarray((filters @ power).T)


def log_mel(
    signal: Signal, settings: MelSettings | None = None, *, top_db: float = _TOP_DB
) -> Frames:
    """Log-mel spectrogram, for pictures.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    settings : MelSettings, optional
    top_db : float
        Range kept below the loudest band, in dB.

    Returns
    -------
    np.ndarray of float32, shape (n_frames, n_mels)
        In dB relative to the loudest band: 0 at most, ``-top_db`` at least.
    """
    decibels = _power_to_db(mel_power(signal, settings), top_db)
    return np.asarray(decibels - decibels.max(), dtype=np.float32)


def mel_centres(settings: MelSettings | None = None) -> NDArray[np.float64]:
    """Centre frequency of each mel band in Hz, shape (n_mels,)."""
    settings = settings or MelSettings()
    filters = mel_filters(
        settings.sampling_rate, settings.n_fft, settings.n_mels, settings.fmin, settings.fmax
    )
    bins = np.linspace(0, settings.sampling_rate / 2, filters.shape[1])
    return np.asarray((filters * bins).sum(axis=1) / filters.sum(axis=1), dtype=np.float64)


def _power_to_db(power: NDArray[Any], top_db: float = _TOP_DB) -> NDArray[Any]:
    decibels = 10.0 * np.log10(np.maximum(_AMIN, power))
    return np.asarray(np.maximum(decibels, decibels.max() - top_db))


@cache
def _hann(n_fft: int) -> Signal:
    # Periodic, as for any spectrum of overlapping frames.
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)).astype(np.float32)


@cache
def _stored_filters() -> dict[str, NDArray[np.float32]]:
    with np.load(FILTERBANKS, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


@cache
def mel_filters(
    sampling_rate: int, n_fft: int, n_mels: int, fmin: float = 0.0, fmax: float | None = None
) -> NDArray[np.float32]:
    """One of the stored mel filter banks, shape (n_mels, n_fft // 2 + 1)."""
    top = sampling_rate / 2 if fmax is None else fmax
    return _filters(f"mel-{sampling_rate}-{n_fft}-{n_mels}-{fmin:g}-{top:g}")


@cache
def _chroma_filters(sampling_rate: int, n_fft: int, n_chroma: int) -> NDArray[np.float32]:
    return _filters(f"chroma-{sampling_rate}-{n_fft}-{n_chroma}")


def _filters(name: str) -> NDArray[np.float32]:
    try:
        return _stored_filters()[name]
    except KeyError as error:
        raise SettingsError(
            "unknown_filters",
            f"There is no filter bank {name!r} in {FILTERBANKS.name}. Add it to "
            "ser_core/features/filterbanks.py and run `python -m ser_core.features.filterbanks`.",
        ) from error
