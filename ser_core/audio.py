"""Bytes or a path in, a `Clip` out: mono, float32, 16 kHz, or a refusal that says why.

libsndfile (through soundfile) decodes by content and not by name. The header is read first and the
caps are applied to it, so that an hour of silence in a 180 kB FLAC never reaches memory.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from ser_core.errors import AudioError

SAMPLE_RATE = 16_000
"""Every signal in Undertone has this rate, in Hz."""

MAX_BYTES = 25 * 1024 * 1024
MAX_DURATION_S = 60.0
MIN_DURATION_S = 0.25
MAX_CHANNELS = 32

FORMATS = "WAV, FLAC, OGG, MP3 or AIFF"

# A header may announce this much more than the file holds before we call it cut off: MP3 encoders
# round the length up to whole frames of 1152 samples and pad at both ends.
_TRUNCATION_SLACK_S = 0.2

AudioSource = str | Path | bytes


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
    """

    signal: NDArray[np.float32] = field(repr=False)
    sampling_rate: int = SAMPLE_RATE
    source_format: str = "array"
    source_rate: int = SAMPLE_RATE
    source_channels: int = 1
    peak: float = 0.0

    @property
    def duration_s(self) -> float:
        """Duration in seconds."""
        return len(self.signal) / self.sampling_rate


def load(
    source: AudioSource,
    *,
    max_duration_s: float = MAX_DURATION_S,
    max_bytes: int = MAX_BYTES,
) -> Clip:
    """Decode a recording.

    Parameters
    ----------
    source : str, Path or bytes
        A file or its content. The format is told by content, not by name.
    max_duration_s : float
        Longest recording accepted, in seconds.
    max_bytes : int
        Largest file accepted, in bytes.

    Returns
    -------
    Clip
        Mono float32 at 16 kHz.

    Raises
    ------
    AudioError
        With code ``not_found``, ``empty``, ``too_large``, ``video``, ``not_audio``,
        ``no_samples``, ``too_long``, ``too_short``, ``truncated``, ``not_finite`` or ``silent``.
    """
    content = _read(source, max_bytes)
    _refuse_cut_off_chunks(content)
    try:
        # libsndfile wants a seekable file; a view of the bytes serves both paths alike.
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            return _decode(file, max_duration_s)
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
        raise _not_audio(content) from error


def _read(source: AudioSource, max_bytes: int) -> bytes:
    if isinstance(source, bytes):
        size, content = len(source), source
    else:
        path = Path(source)
        try:
            size = path.stat().st_size
            if size <= max_bytes:
                content = path.read_bytes()
        except OSError as error:
            raise AudioError(
                "not_found",
                f"The file {path.name!r} cannot be read: {error.strerror or 'unknown fault'}. "
                "Check its name and your permission to read it.",
            ) from error
    if size == 0:
        raise AudioError(
            "empty", "The file is empty (0 bytes). Record or export it again and send that."
        )
    if size > max_bytes:
        raise AudioError(
            "too_large",
            f"The file has {size / 1024**2:.1f} MB; at most {max_bytes / 1024**2:.0f} MB are "
            "read. Send a shorter part of it, or save it as FLAC, OGG or MP3.",
        )
    return content


def _refuse_cut_off_chunks(content: bytes) -> None:
    """Refuse a WAV or AIFF that holds less sound than its own header announces.

    libsndfile silently shortens such a file to what is there, so its header must be read here.
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        order, name = "<I", b"data"
    elif content[:4] == b"FORM" and content[8:12] in (b"AIFF", b"AIFC"):
        order, name = ">I", b"SSND"
    else:
        return
    at = 12
    while at + 8 <= len(content):
        (size,) = struct.unpack(order, content[at + 4 : at + 8])
        if content[at : at + 4] == name:
            present = len(content) - at - 8
            # A recorder that streams cannot know the length: it writes 0 or the largest number.
            if 0 < present < size < 0x7FFFFF00 and size - present > 4096:
                raise AudioError(
                    "truncated",
                    f"The file announces {size:,} bytes of sound but holds {present:,}: it was "
                    "cut off on its way. Send the whole file, or save the part you have again.",
                )
            return
        at += 8 + size + size % 2


def _decode(file: soundfile.SoundFile, max_duration_s: float) -> Clip:
    rate, channels, frames = file.samplerate, file.channels, file.frames
    if frames == 0:
        raise AudioError(
            "no_samples",
            "The file has a header but no sound in it (0 samples). The recording was probably "
            "stopped before it began; record it again.",
        )
    if rate < 4_000 or channels > MAX_CHANNELS:
        raise AudioError(
            "not_audio",
            f"The file claims {rate} Hz and {channels} channels; speech needs at least 4,000 Hz "
            f"and at most {MAX_CHANNELS} channels. Export it again, for example as a 16 kHz mono "
            "WAV.",
        )
    announced_s = frames / rate
    # An MP3 or Ogg without a length in its header announces a huge number: read, then judge.
    if announced_s > max_duration_s:
        limit = int((max_duration_s + 1) * rate)
        if _frames_present(file, limit) / rate > max_duration_s:
            raise AudioError(
                "too_long",
                f"The recording lasts {_minutes(announced_s)}; at most {_minutes(max_duration_s)} "
                "are heard at once. Send the part that matters.",
            )
    signal = file.read(int((max_duration_s + 1) * rate), dtype="float32", always_2d=True)
    if len(signal) == 0 or announced_s - len(signal) / rate > _TRUNCATION_SLACK_S:
        raise AudioError(
            "truncated",
            f"The file announces {announced_s:.1f} s of sound but holds {len(signal) / rate:.1f} "
            "s: it was cut off on its way. Send the whole file, or save the part you have again.",
        )
    if not np.isfinite(signal).all():
        raise AudioError(
            "not_finite",
            "The file holds samples that are not numbers (NaN or infinite). Export it again, for "
            "example as 16-bit WAV.",
        )
    if len(signal) / rate < MIN_DURATION_S:
        raise AudioError(
            "too_short",
            f"The recording lasts {len(signal) / rate:.2f} s; at least {MIN_DURATION_S} s are "
            "needed, and a whole sentence is best. Record a little longer.",
        )
    peak = float(np.abs(signal).max())
    if peak == 0.0:
        raise AudioError(
            "silent",
            f"All {len(signal) / rate:.1f} s of the recording are digital silence. Check that the "
            "right microphone is chosen and not muted, then record again.",
        )
    mono = signal.mean(axis=1)
    if rate != SAMPLE_RATE:
        mono = soxr.resample(mono, rate, SAMPLE_RATE)
    if not np.any(mono):
        raise AudioError(
            "silent",
            "The channels of the recording cancel each other out: their mean is silence. Export "
            "one channel alone and send that.",
        )
    return Clip(
        signal=np.ascontiguousarray(mono, dtype=np.float32),
        source_format=f"{file.format} {file.subtype}",
        source_rate=rate,
        source_channels=channels,
        peak=peak,
    )


def _frames_present(file: soundfile.SoundFile, limit: int) -> int:
    """Count frames up to `limit` in blocks, in bounded memory."""
    seen = 0
    while seen < limit:
        block = file.read(min(65_536, limit - seen), dtype="float32")
        if len(block) == 0:
            break
        seen += len(block)
    file.seek(0)
    return seen


def _not_audio(content: bytes) -> AudioError:
    head = content[:16]
    if head[4:8] == b"ftyp" or head[:4] == b"\x1aE\xdf\xa3":
        kind = "an MP4 or M4A file" if head[4:8] == b"ftyp" else "a WebM or Matroska file"
        return AudioError(
            "unsupported_format",
            f"This looks like {kind}; {FORMATS} are read. Save the sound as one of these and send "
            "that.",
        )
    if head[:4] in (b"RIFF", b"fLaC", b"OggS", b"FORM", b"ID3\x03", b"ID3\x04"):
        return AudioError(
            "damaged",
            f"The file begins as {FORMATS} should, but it cannot be decoded: it is damaged or cut "
            "off. Send it again from the original.",
        )
    return AudioError(
        "not_audio",
        f"The file's content is not a sound that can be read; {FORMATS} are. Its name does not "
        "matter, its content does: export it again and send that.",
    )


def _minutes(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
