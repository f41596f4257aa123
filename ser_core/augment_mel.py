"""Other rooms, microphones and voices, made from log-mel frames: used on training clips only.

Everything works on a whole batch of mel powers at once, so that an epoch costs seconds: linear
filtering, noise, babble and reverberation act on power, speed and vocal-tract length by
interpolation. Phase is not modelled; powers of independent sounds are taken to add up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.signal import lfilter

from ser_core import noises
from ser_core.noises import DB, Floats, smooth_curves

Integers = Any


@dataclass(frozen=True)
class MelAugmentation:
    """How often and how strongly training clips are changed.

    Parameters
    ----------
    clean : float
        Share of clips that keep their own room, microphone and voice.
    speed : float
        Largest relative change of tempo, either way.
    vocal_tract : float
        Largest relative change of the frequency axis, either way.
    colour, colour_db : float
        Share of clips given another frequency response, and its standard deviation in dB.
    band_limit : float
        Share of clips cut to a telephone's or a poor recorder's band.
    reverberation : float
        Share of clips placed in a room.
    rt60_s : tuple of float
        Shortest and longest reverberation time, in s.
    noise, babble : float
        Share of clips given coloured noise; share given other clips of the batch as a background.
    unsteady : float
        Share of the noises that are neither steady nor smooth in colour: rumble, hum, narrow
        bands; swelling, or in blows.
    margin_s : float
        Longest stretch of noise alone before and behind a clip that is given noise, in s: in
        noise nothing is left to trim by.
    snr_db : tuple of float
        Lowest and highest signal-to-noise ratio, in dB.
    floor_db : tuple of float
        Range of the floor below the loudest band, in dB.
    hop_s : float
        Time between two frames, in s.
    """

    clean: float = 0.1
    speed: float = 0.15
    vocal_tract: float = 0.10
    colour: float = 0.7
    colour_db: float = 5.0
    band_limit: float = 0.2
    reverberation: float = 0.3
    rt60_s: tuple[float, float] = (0.15, 0.9)
    noise: float = 0.4
    babble: float = 0.1
    unsteady: float = 0.0
    margin_s: float = 0.0
    snr_db: tuple[float, float] = (3.0, 30.0)
    floor_db: tuple[float, float] = (35.0, 65.0)
    hop_s: float = 0.016


def crop_and_stretch(
    mels: list[Floats], n_frames: int, rates: Floats, rng: np.random.Generator
) -> tuple[Floats, Integers]:
    """Random crops of clips at other tempos, padded to one length.

    Parameters
    ----------
    mels : list of np.ndarray, each of shape (frames, n_mels)
        Log-mel frames.
    n_frames : int
        Length of the crops.
    rates : np.ndarray, shape (batch,)
        Tempo of each clip; 1 leaves it alone.
    rng : np.random.Generator
        Draws where crops begin.

    Returns
    -------
    batch : np.ndarray, shape (batch, n_frames, n_mels)
        Crops, zero beyond their end, float32.
    lengths : np.ndarray, shape (batch,)
        Valid frames of each crop.
    """
    batch = np.zeros((len(mels), n_frames, mels[0].shape[1]), dtype=np.float32)
    lengths = np.empty(len(mels), dtype=np.int64)
    for i, (mel, rate) in enumerate(zip(mels, rates, strict=True)):
        available = max(1, int((len(mel) - 1) / rate))
        lengths[i] = min(n_frames, available)
        start = rng.uniform(0.0, available - lengths[i]) * rate
        position = start + np.arange(lengths[i]) * rate
        left = position.astype(np.int64)
        weight = (position - left).astype(np.float32)[:, None]
        right = np.minimum(left + 1, len(mel) - 1)
        batch[i, : lengths[i]] = mel[left] * (1.0 - weight) + mel[right] * weight
    return batch, lengths


def with_margins(
    mels: list[Floats], settings: MelAugmentation, rng: np.random.Generator
) -> tuple[list[Floats], Integers]:
    """Silence around some clips, to be filled with noise.

    Parameters
    ----------
    mels : list of np.ndarray, each of shape (frames, n_mels)
        Log-mel frames.
    settings : MelAugmentation
        How often noise is given, and how long the margins may be.
    rng : np.random.Generator

    Returns
    -------
    mels : list of np.ndarray, each of shape (more frames, n_mels)
    noisy : np.ndarray of int
        Positions of the clips that have margins, for `augment`.
    """
    noisy = np.flatnonzero(rng.random(len(mels)) < settings.noise)
    longest = round(settings.margin_s / settings.hop_s)
    mels = list(mels)
    for i in noisy:
        before, behind = rng.integers(0, longest + 1, size=2)
        mels[i] = np.pad(mels[i], ((before, behind), (0, 0)), constant_values=float(mels[i].min()))
    return mels, noisy


def augment(
    batch: Floats,
    lengths: Integers,
    settings: MelAugmentation,
    rng: np.random.Generator,
    *,
    noisy: Integers | None = None,
) -> Floats:
    """Put clips into other voices, microphones, rooms and noises.

    Parameters
    ----------
    batch : np.ndarray, shape (batch, frames, n_mels)
        Log-mel frames; zero beyond each clip's end.
    lengths : np.ndarray, shape (batch,)
        Valid frames of each clip.
    settings : MelAugmentation
        How often and how strongly.
    rng : np.random.Generator
        Source of all randomness.
    noisy : np.ndarray of int, optional
        Positions of the clips that get noise, where that was drawn before.

    Returns
    -------
    np.ndarray, shape (batch, frames, n_mels)
        Changed log-mel frames, float32; what lies beyond a clip's end is undefined.
    """
    n_clips, n_frames, n_mels = batch.shape
    changed = rng.random(n_clips) >= settings.clean

    def chosen(share: float) -> Floats:
        return np.flatnonzero(changed & (rng.random(n_clips) < share))

    out = batch.copy()
    warped = chosen(1.0)
    bank = _warps(n_mels, settings.vocal_tract)
    out[warped] = out[warped] @ bank[rng.integers(len(bank), size=len(warped))]

    valid = (np.arange(n_frames) < lengths[:, None])[:, :, None]
    power = np.exp(out) * valid
    roomy = chosen(settings.reverberation)
    power[roomy] = _reverberate(power[roomy], settings, rng)
    response = np.zeros((n_clips, n_mels), dtype=np.float32)
    coloured = chosen(settings.colour)
    response[coloured] = smooth_curves(len(coloured), n_mels, settings.colour_db, rng)
    limited = chosen(settings.band_limit)
    response[limited] += _band_limits(len(limited), n_mels, rng)
    power *= np.exp(DB * response)[:, None, :]
    level = power.sum(axis=(1, 2)) / (lengths * n_mels)

    def snr(n: int) -> Floats:
        return 10.0 ** (-rng.uniform(*settings.snr_db, size=n) / 10.0)

    noisy = chosen(settings.noise) if noisy is None else noisy
    noise = noises.mel_noise(
        len(noisy), n_frames, n_mels, rng, unsteady=settings.unsteady, hop_s=settings.hop_s
    )
    power[noisy] += noise * (level[noisy] * snr(len(noisy)))[:, None, None]
    if n_clips > 1:
        crowded = chosen(settings.babble)
        others = (crowded + rng.integers(1, n_clips, size=len(crowded))) % n_clips
        gain = level[crowded] / np.maximum(level[others], 1e-20) * snr(len(crowded))
        power[crowded] += power[others] * gain[:, None, None]

    depth = rng.uniform(*settings.floor_db, size=n_clips)
    depth[~changed] = settings.floor_db[1]
    loudest = np.quantile(power.max(axis=2), 0.95, axis=1)
    floor = np.maximum(loudest * 10.0 ** (-depth / 10.0), 1e-20)
    return np.log(np.maximum(power, floor[:, None, None])).astype(np.float32)


def mask_blocks(
    batch: Floats,
    lengths: Integers,
    rng: np.random.Generator,
    *,
    max_frames: int,
    max_bands: int,
) -> None:
    """Blank a random stretch of time and of frequency, in place (SpecAugment, Park et al. 2019).

    Parameters
    ----------
    batch : np.ndarray, shape (batch, frames, n_mels)
        Log-mel frames about each clip's mean spectrum, which is what 0 stands for.
    lengths : np.ndarray, shape (batch,)
        Valid frames of each clip.
    rng : np.random.Generator
        Source of all randomness.
    max_frames, max_bands : int
        The widest stretches; in time never more than a fifth of the clip.
    """
    n_clips, _, n_mels = batch.shape
    widths = rng.integers(0, np.minimum(max_frames, lengths // 5) + 1)
    starts = rng.integers(0, lengths - widths + 1)
    bands = rng.integers(0, max_bands + 1, size=n_clips)
    lows = rng.integers(0, n_mels - bands + 1)
    for i in range(n_clips):
        batch[i, starts[i] : starts[i] + widths[i]] = 0
        batch[i, :, lows[i] : lows[i] + bands[i]] = 0


@lru_cache(maxsize=4)
def _warps(n_mels: int, largest: float) -> Floats:
    """Matrices that stretch the frequency axis, shape (21, n_mels, n_mels).

    The mel scale is taken as logarithmic above a third of its bands and linear below, as is
    Slaney's: a stretch moves low bands in proportion, high ones by a constant.
    """
    bands = np.arange(n_mels)
    knee = n_mels / 3.0
    matrices = np.zeros((21, n_mels, n_mels), dtype=np.float32)
    for matrix, stretch in zip(matrices, np.linspace(-largest, largest, 21), strict=True):
        source = np.clip(bands + stretch * np.minimum(bands, knee), 0.0, n_mels - 1.0)
        left = np.minimum(source.astype(np.int64), n_mels - 2)
        matrix[left, bands] += 1.0 - (source - left)
        matrix[left + 1, bands] += source - left
    return matrices


def _band_limits(n: int, n_mels: int, rng: np.random.Generator) -> Floats:
    """Losses in dB outside a random band, shape (n, n_mels)."""
    bands = np.arange(n_mels)
    upper = rng.uniform(0.65, 1.0, size=(n, 1)) * n_mels
    lower = rng.uniform(-0.1, 0.1, size=(n, 1)) * n_mels
    slope = rng.uniform(3.0, 15.0, size=(n, 1))
    outside = np.maximum(bands - upper, 0.0) + np.maximum(lower - bands, 0.0)
    return -np.minimum(slope * outside, 60.0)


def _reverberate(power: Floats, settings: MelAugmentation, rng: np.random.Generator) -> Floats:
    """Add an exponentially decaying tail to each clip's power, shape as given."""
    wet = np.empty_like(power)
    for i, clip in enumerate(power):
        decay = 10.0 ** (-6.0 * settings.hop_s / rng.uniform(*settings.rt60_s))
        gain = 10.0 ** (rng.uniform(-12.0, 3.0) / 10.0) * (1.0 - decay)
        wet[i] = clip + gain * lfilter([0.0, 1.0], [1.0, -decay], clip, axis=0)
    return wet
