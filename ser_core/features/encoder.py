"""The speech encoder: a stretch of sound in, 384 numbers each 20 ms out.

It is the beginning of OpenAI's Whisper tiny.en (Radford et al. 2022; MIT): its log-mel spectrogram,
its two convolutions and the first two of its four blocks, as one LiteRT network with 8-bit weights
(`ser_core.features.encoder_conversion` makes it). The middle of that encoder says most about how
something is said; its end knows more about words (``docs/experiments.md``).

The front end is Whisper's own, to the sample; what comes before it is ours and makes the numbers
independent of level, of hum and of the silence around the speech.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_core.assets import registry
from ser_core.audio import SAMPLE_RATE, hum
from ser_core.audio.compiled import Sparse, good_size, irfft, rfft
from ser_core.audio.levels import FRAME_S, frame_levels
from ser_core.features.classic import MelSettings, mel_filters

Signal = NDArray[np.float32]
Frames = NDArray[np.float32]

# Whisper's log-mel spectrogram (openai/whisper, audio.py).
N_FFT = 400
HOP = 160
N_MELS = 80
WHISPER_MEL = MelSettings(n_fft=N_FFT, hop_length=HOP, n_mels=N_MELS, fmin=0.0, fmax=8_000.0)
_FLOOR_LOG10 = -10.0
_RANGE_LOG10 = 8.0
_FRAMES_AT_ONCE = 48

# Its encoder.
N_STATE = 384
FRAME_HOP_S = 2 * HOP / SAMPLE_RATE
"""Time between two of the encoder's frames, in seconds: its second convolution halves the rate."""

BLOCKS = (1, 2)
"""The blocks whose frames are kept, in the order of the network's outputs."""

MAX_S = 8.0
"""Longest stretch that is heard at once, in seconds: attention grows with its square."""

MAX_FRAMES = 820
"""Longest log-mel spectrogram the network takes, in its 10 ms frames: `MAX_S` and a tail."""

FOLDER = "encoder"
NETWORK = "encoder.tflite"
"""Where the network lies among the shipped models."""

# What we do to a sound before it.
LEVEL_RMS = 0.07
LOUD_FRAMES = 8
"""The loudest frames, of 20 ms, by which the others are judged: no silence changes which."""
TRIM_DB = 35.0
"""What lies further below the loud frames, at either end, is cut off."""
ROOM_DB = 6.0
"""And what lies no further than this above the quietest tenth of the frames."""
DEAD_DB = 60.0
"""Frames further below the loud ones are no room but silence that was put there."""
KEEP_DB = 15.0
"""But nothing that comes this near to the loud ones."""
MARGIN_S = 0.2
TAIL_S = 0.2
HIGH_PASS_HZ = (60.0, 90.0)
"""Below the first nothing passes, above the second everything."""
HUM_S = 0.5
"""No hum is looked for in less: a voice holds one note for so long."""
EDGE_S = 0.1
FADE_S = 0.06

N_FEATURES = 2 * N_STATE * len(BLOCKS)
"""Mean and standard deviation over time of each number behind each block."""


@dataclass(frozen=True)
class Prepared:
    """A stretch of sound as the encoder is given it.

    Attributes
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        High-passed, trimmed, at one level, with a little silence behind.
    start_s : float
        Where it begins in the original, in seconds.
    """

    signal: Signal
    start_s: float


def prepare(signal: Signal, *, keep_hum: bool = False) -> Prepared:
    """Bring a sound to what the encoder expects, whatever its level, hum and surrounding silence.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        Mono at 16 kHz.
    keep_hum : bool
        As of `high_pass`.

    Returns
    -------
    Prepared
    """
    passed = high_pass(signal, keep_hum=keep_hum)
    levels = frame_levels(passed, SAMPLE_RATE)
    active = np.flatnonzero(standing_out(levels))
    frame = int(FRAME_S * SAMPLE_RATE)
    margin = int(MARGIN_S * SAMPLE_RATE)
    start = max(0, int(active[0]) * frame - margin)
    stop = (int(active[-1]) + 1) * frame + margin
    rms = np.sqrt(np.mean(10 ** (levels[active] / 10)))
    part = passed[start:stop] * np.float32(LEVEL_RMS / rms)
    tail = np.zeros(int(TAIL_S * SAMPLE_RATE), dtype=np.float32)
    return Prepared(np.concatenate([part, tail]), start / SAMPLE_RATE)


def standing_out(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Frames whose level stands out of silence and of the room; shape as `levels`, in dB."""
    loud = np.sort(levels)[-LOUD_FRAMES:].mean()
    room = np.percentile(levels[levels > loud - DEAD_DB], 10)
    room = min(room + ROOM_DB, loud - KEEP_DB)
    return np.asarray(levels > max(loud - TRIM_DB, room))


def features(signal: Signal, *, keep_hum: bool = False) -> NDArray[np.float32]:
    """What the default model's network is given of a recording.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        Mono at 16 kHz. What lies beyond `MAX_S` of its speech is not heard.
    keep_hum : bool
        As of `high_pass`.

    Returns
    -------
    np.ndarray of float32, shape (1536,)
        As `pool` gives it.
    """
    heard = prepare(signal, keep_hum=keep_hum).signal[: int(MAX_S * SAMPLE_RATE)]
    return pool(load().frames(log_mel(heard)))


def high_pass(signal: Signal, *, keep_hum: bool = False) -> Signal:
    """Take away rumble, hum and a constant offset; what a voice holds stays as it is.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
    keep_hum : bool
        Whether overtones of the mains stay, as they do in what a network learns from: a hum that
        is not recognised must not be new to it.

    Returns
    -------
    np.ndarray of float32, shape (n_samples,)
        Without delay: the gain rises from 0 at 60 Hz to 1 at 90 Hz. Faded in and out.
    """
    # Mirrored at both ends and faded: cut off hard, an offset or a hum leaves a click there that
    # is louder than the speech.
    edge = int(EDGE_S * SAMPLE_RATE)
    mirrored = np.pad(signal, edge, mode="reflect")
    n = good_size(len(mirrored))
    spectrum = rfft(np.pad(mirrored, (0, n - len(mirrored))))
    if not keep_hum and len(signal) >= HUM_S * SAMPLE_RATE:
        hum.take_out(spectrum, SAMPLE_RATE / n)
    low, high = HIGH_PASS_HZ
    hz = np.arange(int(high * n / SAMPLE_RATE) + 1) * (SAMPLE_RATE / n)
    rise = np.clip((hz - low) / (high - low), 0.0, 1.0)
    spectrum[: len(hz)] *= np.sin(0.5 * np.pi * rise) ** 2
    passed = irfft(spectrum, n)[edge : edge + len(signal)]
    fade = min(int(FADE_S * SAMPLE_RATE), len(passed) // 2)
    ramp = np.sin(np.linspace(0.0, 0.5 * np.pi, fade)) ** 2
    passed[:fade] *= ramp
    passed[len(passed) - fade :] *= ramp[::-1]
    return np.asarray(passed, dtype=np.float32)


def log_mel(signal: Signal) -> Frames:
    """Whisper's log-mel spectrogram.

    Parameters
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        More than half a window (200 samples).

    Returns
    -------
    np.ndarray of float32, shape (n_samples // 160, 80)
    """
    logs = mel_logs(signal)
    return scaled(logs, float(logs.max()))


def mel_logs(signal: Signal) -> Frames:
    """Logarithms to the base of ten of the mel power; shape and frames as of `log_mel`."""
    padded = np.pad(signal, N_FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP][: len(signal) // HOP]
    mel = np.empty((len(frames), N_MELS), dtype=np.float32)
    # A few at once: what fits into the processor's cache takes half of the time.
    for start in range(0, len(frames), _FRAMES_AT_ONCE):
        some = slice(start, start + _FRAMES_AT_ONCE)
        spectrum = rfft(frames[some] * _window())
        power = np.square(spectrum.real)
        power += np.square(spectrum.imag)
        # Sparse: a twelfth of the work, and one order of adding up whatever the processor.
        mel[some] = (_filters() @ power.T).T
    return np.log10(np.maximum(mel, np.finfo(np.float32).tiny))


def scaled(logs: Frames, loudest: float) -> Frames:
    """What the network is given: `mel_logs` above a floor, brought near one."""
    floor = np.float32(max(_FLOOR_LOG10, loudest - _RANGE_LOG10))
    return np.ascontiguousarray((np.maximum(logs, floor) + 4.0) / 4.0, dtype=np.float32)


def pool(frames: NDArray[Any]) -> NDArray[np.float32]:
    """Mean and standard deviation over time.

    Parameters
    ----------
    frames : np.ndarray, shape (n_frames, 768)

    Returns
    -------
    np.ndarray of float32, shape (1536,)
        The means behind block 1, behind block 2, then the deviations behind both.
    """
    frames = np.asarray(frames, dtype=np.float32)
    return np.concatenate([frames.mean(axis=0), frames.std(axis=0)])


class Encoder:
    """The network, ready to run; one call at a time, safe to share between threads.

    Parameters
    ----------
    tflite : bytes
    """

    def __init__(self, tflite: bytes) -> None:
        try:
            from ai_edge_litert.interpreter import Interpreter
        except ImportError:  # No wheel for this platform: TensorFlow carries the same interpreter.
            from tensorflow.lite import Interpreter

        self._interpreter = Interpreter(model_content=tflite, num_threads=1)
        self._lock = threading.Lock()
        self._length = 0
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [
            entry["index"]
            for entry in sorted(self._interpreter.get_output_details(), key=lambda e: e["name"])
        ]

    def frames(self, mel: Frames) -> Frames:
        """Encode a log-mel spectrogram.

        Parameters
        ----------
        mel : np.ndarray of float32, shape (n_mel_frames, 80)
            At most `MAX_FRAMES`.

        Returns
        -------
        np.ndarray of float32, shape (ceil(n_mel_frames / 2), 768)
            The numbers behind block 1, then those behind block 2.

        Raises
        ------
        ValueError
            If it is longer.
        """
        if len(mel) > MAX_FRAMES:
            raise ValueError(f"{len(mel)} log-mel frames; the encoder takes {MAX_FRAMES} at most")
        with self._lock:
            if len(mel) != self._length:
                self._interpreter.resize_tensor_input(self._input, mel.shape)
                self._interpreter.allocate_tensors()
                self._length = len(mel)
            self._interpreter.set_tensor(self._input, mel)
            self._interpreter.invoke()
            return np.concatenate(
                [self._interpreter.get_tensor(index) for index in self._outputs], axis=1
            )


@cache
def load(models: Path = registry.MODELS) -> Encoder:
    """The shipped encoder, read once in a process.

    Parameters
    ----------
    models : Path

    Raises
    ------
    BundleError
        With code ``changed_bundle`` or ``no_registry``.
    """
    folder = models / FOLDER
    registry.check(folder, registry.of_encoder(models), "speech encoder")
    return Encoder((folder / NETWORK).read_bytes())


@cache
def _window() -> Signal:
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(N_FFT) / N_FFT), dtype=np.float32)


@cache
def _filters() -> Sparse:
    settings = WHISPER_MEL
    bank = mel_filters(SAMPLE_RATE, N_FFT, N_MELS, settings.fmin, settings.fmax)
    return Sparse(bank)
