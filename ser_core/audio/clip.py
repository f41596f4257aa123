"""What a decoded recording is, and the bounds that every recording keeps."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 16_000
"""Every signal in Undertone has this rate, in Hz."""

MAX_BYTES = 25 * 1024 * 1024
"""Largest file that is heard, in bytes; one of exactly this size is."""

MAX_DURATION_S = 60.0
"""Longest recording that is heard unless asked otherwise, in seconds."""

LONG_DURATION_S = 600.0
"""Longest that the app and the command line hear, in seconds."""

MIN_DURATION_S = 0.25
MAX_PEAK = 1e10
"""Largest sample that is heard: more than 32-bit whole numbers that were never scaled hold."""

MAX_CHANNELS = 32
# A copy of ten minutes would be 38 MB.
_BLOCK = 1_000_000


@dataclass(frozen=True)
class QualityWarning:
    """Something about a recording that makes its verdict less sure.

    Attributes
    ----------
    code : str
        Stable name of the fault.
    message : str
        What was found or measured and what to do, in plain words.
    """

    code: str
    message: str


@dataclass(frozen=True, eq=False)
class Clip:
    """A decoded recording.

    Attributes
    ----------
    signal : np.ndarray of float32, shape (n_samples,)
        Mono samples, as recorded (not level-normalised), full scale at 1.0.
    sampling_rate : int
        In Hz; always `SAMPLE_RATE`.
    source_format : str
        Container and coding of the file, e.g. ``"WAV PCM_16"``.
    source_rate : int
        Sampling rate of the file in Hz.
    source_channels : int
        Channels of the file, before the downmix.
    peak : float
        Largest absolute sample of the file over all channels, before downmix and resampling:
        clipping shows here and is smeared by both.
    warnings : tuple of QualityWarning
        What the decoding had to choose or could not tell apart: ``other_tracks``,
        ``breaks_off``, ``cut_off``, ``opposite_phase``, ``channels_differ``.
    """

    signal: NDArray[np.float32] = field(repr=False)
    sampling_rate: int = SAMPLE_RATE
    source_format: str = "array"
    source_rate: int = SAMPLE_RATE
    source_channels: int = 1
    peak: float = 0.0
    warnings: tuple[QualityWarning, ...] = ()

    @property
    def duration_s(self) -> float:
        """Duration in seconds."""
        return len(self.signal) / self.sampling_rate


def digest(signal: NDArray[np.float32]) -> str:
    """SHA-256 of a sound: of its samples at 16 kHz, mono, as 16-bit little-endian integers.

    Files that hold the same sound have the same digest, whatever their container and name. For a
    lossless 16 kHz mono file it is the digest of the samples in the file.

    Examples
    --------
    >>> digest(np.zeros(16_000, dtype=np.float32))[:12]
    '0c92bddb4e96'
    """
    found = hashlib.sha256()
    for start in range(0, len(signal), _BLOCK):
        block = np.rint(signal[start : start + _BLOCK] * 32768.0)
        found.update(np.clip(block, -32768, 32767).astype("<i2").tobytes())
    return found.hexdigest()
