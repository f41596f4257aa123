"""What is done to training recordings only: another room, microphone and line, another day.

Never applied to a recording that is tested on, and never at serving time.
"""

from __future__ import annotations

import io

import numpy as np
import soundfile as sf
import soxr
from numpy.typing import NDArray
from scipy.signal import fftconvolve

from ser_core.audio import SAMPLE_RATE
from ser_core.data.noises import mixed, with_noise

Signal = NDArray[np.float32]

# How often each is done, in the order in which it is.
VOICE, ROOM, MICROPHONE, NOISE, HUM, OVERDRIVEN = 0.5, 0.5, 0.6, 0.7, 0.2, 0.1
BAND, CODEC = 0.2, 0.15

RATE = (0.9, 1.12)
"""Factor on duration: tempo and pitch change together."""
REVERBERATION_S = (0.15, 0.8)
DIRECT_DB = (-3.0, 12.0)
"""Power of the direct sound over that of the room."""
DELAY_S = (0.001, 0.01)
"""Time from the direct sound to the room's first answer."""
SNR_DB = (0.0, 30.0)
UNSTEADY = 0.5
MOTOR_HZ = (30.0, 300.0)
MOST_PARTIALS = 40


def degrade(signal: Signal, rng: np.random.Generator) -> Signal:
    """One copy of a recording as another room, microphone and line would give it.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        Mono at 16 kHz.
    rng : np.random.Generator

    Returns
    -------
    np.ndarray of float32, shape (n_changed,)
        Longer or shorter by up to an eighth, and by a room's echo. Its level is arbitrary.
    """
    if rng.random() < VOICE:
        changed = soxr.resample(signal, SAMPLE_RATE, int(SAMPLE_RATE * rng.uniform(*RATE)))
        signal = changed.astype(np.float32)
    if rng.random() < ROOM:
        signal = in_a_room(signal, rng)
    if rng.random() < MICROPHONE:
        signal = through_a_microphone(signal, rng)
    if rng.random() < NOISE:
        signal = with_noise(signal, rng.uniform(*SNR_DB), rng, unsteady=UNSTEADY)
    if rng.random() < HUM:
        signal = with_hum(signal, rng)
    if rng.random() < OVERDRIVEN:
        top = np.quantile(np.abs(signal), rng.uniform(0.97, 0.999))
        signal = np.clip(signal, -top, top)
    line = rng.random()
    if line < BAND:
        signal = over_a_narrow_line(signal, rng)
    elif line < BAND + CODEC:
        signal = through_a_codec(signal, rng)
    return np.ascontiguousarray(signal, dtype=np.float32)


def in_a_room(signal: Signal, rng: np.random.Generator) -> Signal:
    """Convolve with noise that dies away, behind the direct sound."""
    reverberation = rng.uniform(*REVERBERATION_S)
    n = int(reverberation * SAMPLE_RATE)
    seconds = np.arange(n) / SAMPLE_RATE
    response = rng.standard_normal(n) * 10 ** (-3 * seconds / reverberation)
    response /= np.sqrt((response**2).sum())
    response *= 10 ** (-rng.uniform(*DIRECT_DB) / 20)
    response[: int(rng.uniform(*DELAY_S) * SAMPLE_RATE)] = 0
    response[0] = 1
    return np.asarray(fftconvolve(signal, response)[: len(signal) + n // 3], dtype=np.float32)


def through_a_microphone(signal: Signal, rng: np.random.Generator) -> Signal:
    """Filter with a random smooth response, its low frequencies more finely drawn."""
    steps = np.cumsum(rng.normal(0, 1, 6))
    places = np.linspace(0, 1, 129) ** 0.5
    gain_db = np.interp(places, np.linspace(0, 1, 6), steps - steps.mean()) * rng.uniform(0.5, 4)
    response = np.fft.irfft(10 ** (gain_db / 20))
    response = np.roll(response, len(response) // 2) * np.hanning(len(response))
    return np.asarray(fftconvolve(signal, response, "same"), dtype=np.float32)


def with_hum(signal: Signal, rng: np.random.Generator) -> Signal:
    """Add the mains or a motor, with few partials or many, steady or swelling."""
    seconds = np.arange(len(signal)) / SAMPLE_RATE
    if rng.random() < 0.5:
        fundamental = float(rng.choice([50, 60]))
    else:
        fundamental = float(np.exp(rng.uniform(*np.log(MOTOR_HZ))))
    n_partials = min(int(rng.integers(3, MOST_PARTIALS)), int(SAMPLE_RATE / 2 / fundamental) - 1)
    fall = rng.uniform(0, 1.5)
    hum = np.zeros(len(signal))
    for partial in range(1, n_partials + 1):
        height = rng.uniform(0, 1) / partial**fall
        phase = rng.uniform(0, 2 * np.pi)
        hum += height * np.sin(2 * np.pi * fundamental * partial * seconds + phase)
    if rng.random() < UNSTEADY:
        swell = np.sin(2 * np.pi * rng.uniform(0.3, 8) * seconds + rng.uniform(0, 2 * np.pi))
        hum *= 1 + rng.uniform(0.2, 0.9) * swell
    return mixed(signal, hum, rng.uniform(*SNR_DB), SAMPLE_RATE)


def over_a_narrow_line(signal: Signal, rng: np.random.Generator) -> Signal:
    """Keep what a telephone keeps, or an old headset."""
    if rng.random() < 0.5:
        low, high = rng.uniform(100, 350), rng.uniform(3_000, 4_000)
    else:
        low, high = rng.uniform(0, 80), rng.uniform(4_000, 7_500)
    spectrum = np.fft.rfft(signal)
    hertz = np.arange(len(spectrum)) * SAMPLE_RATE / len(signal)
    # Bounded: further away it is nothing, and the exponential would overflow.
    rise = np.exp(np.minimum(-(hertz - low) / 20, 80.0))
    fall = np.exp(np.minimum((hertz - high) / 60, 80.0))
    passed = np.fft.irfft(spectrum / ((1 + rise) * (1 + fall)), len(signal))
    return np.asarray(passed, dtype=np.float32)


def through_a_codec(signal: Signal, rng: np.random.Generator) -> Signal:
    """Write as Opus or MP3 at a low rate, and read again."""
    halved = signal / (np.abs(signal).max() + 1e-9) * 0.5
    file = io.BytesIO()
    if rng.integers(2) == 0:
        coding = {"format": "OGG", "subtype": "OPUS"}
        tightness = rng.uniform(0.6, 1)
    else:
        coding = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "CONSTANT"}
        tightness = rng.uniform(0.5, 0.95)
    sf.write(file, halved, SAMPLE_RATE, compression_level=float(tightness), **coding)
    file.seek(0)
    return np.asarray(sf.read(file, dtype="float32")[0], dtype=np.float32)
