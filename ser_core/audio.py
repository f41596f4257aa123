"""Bytes or a path in, a `Clip` out: mono, float32, 16 kHz, or a refusal that says why.

libsndfile (through soundfile) decodes by content and not by name; what it does not know (M4A, WebM,
MP4, the sound of any video) goes to ffmpeg's libraries (through PyAV). The header is read first and
the caps are applied to it and again while decoding, block by block, so that an hour of silence in a
180 kB FLAC never reaches memory.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
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
"""Longest recording that is heard unless asked otherwise, in seconds."""

LONG_DURATION_S = 600.0
"""Longest that the app and the command line hear, in seconds."""

MIN_DURATION_S = 0.25
MAX_PEAK = 1e10
"""Largest sample that is heard: more than 32-bit whole numbers that were never scaled hold."""

MAX_CHANNELS = 32

FORMATS = "WAV, FLAC, OGG, Opus, MP3, AIFF, M4A, WebM, MP4 or MOV"

# A header may announce this much more than the file holds before we call it cut off: MP3 encoders
# round the length up to whole frames of 1152 samples and pad at both ends.
_TRUNCATION_SLACK_S = 0.2

_BLOCK = 65_536
# What libsndfile says of a FLAC that was written to a pipe, before it fails to read it.
_UNKNOWN_FRAMES = 2**63 - 1

# ffmpeg's demuxers that may be used, and what people call their files.
_CONTAINERS = {
    "mov": "an MP4, M4A or MOV file",
    "matroska": "a WebM or Matroska file",
    "ogg": "an Ogg file",
    "avi": "an AVI file",
    "asf": "a WMA or WMV file",
    "flv": "an FLV file",
    "mpegts": "an MPEG file",
    "mpeg": "an MPEG file",
    "aac": "an AAC file",
    "amr": "an AMR file",
    "flac": "a FLAC file",
}
_MAGIC = {
    b"\x1aE\xdf\xa3": "matroska",
    b"OggS": "ogg",
    b"0&\xb2u\x8ef\xcf\x11": "asf",
    b"FLV\x01": "flv",
    b"\x00\x00\x01\xba": "mpeg",
    b"#!AMR": "amr",
}
_SOUNDS = {b"RIFF": "a WAV file", b"fLaC": "a FLAC file", b"FORM": "an AIFF file", b"ID3": "an MP3"}

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


def digest(signal: NDArray[np.float32]) -> str:
    """SHA-256 of a sound: of its samples at 16 kHz, mono, as 16-bit little-endian integers.

    Files that hold the same sound have the same digest, whatever their container and name. For a
    lossless 16 kHz mono file it is the digest of the samples in the file.
    """
    samples = np.clip(np.rint(signal * 32768.0), -32768, 32767).astype("<i2")
    return hashlib.sha256(samples.tobytes()).hexdigest()


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
        With code ``not_found``, ``empty``, ``too_large``, ``not_audio``, ``damaged``,
        ``no_sound_track``, ``no_samples``, ``too_long``, ``too_short``, ``truncated``,
        ``not_finite``, ``out_of_range`` or ``silent``.
    """
    content = _check_chunks(_read(source, max_bytes))
    try:
        # libsndfile wants a seekable file; a view of the bytes serves both paths alike.
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            if (file.format, file.frames) != ("FLAC", _UNKNOWN_FRAMES):
                return _decode(file, max_duration_s)
        container = "flac"
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
        found = _container(content)
        if found is None:
            raise _not_audio(content) from error
        container = found
    return _decode_container(content, container, max_duration_s)


def _read(source: AudioSource, max_bytes: int) -> bytes:
    if isinstance(source, bytes):
        size, content = len(source), source
    else:
        path = Path(source)
        try:
            with path.open("rb") as file:
                # One byte more than is read tells that there is more; a pipe knows no size.
                content = file.read(max_bytes + 1)
                size = max(len(content), os.fstat(file.fileno()).st_size)
        except (OSError, ValueError) as error:
            fault = getattr(error, "strerror", None) or "its name is not one that a file can have"
            raise AudioError(
                "not_found",
                f"The file {path.name!r} cannot be read: {fault}. Check its name and your "
                "permission to read it.",
            ) from error
    if size == 0:
        raise AudioError(
            "empty", "The file is empty (0 bytes). Record or export it again and send that."
        )
    if size > max_bytes:
        raise AudioError(
            "too_large",
            f"The file has {_up(size / 1024**2, 1)} MB; at most {max_bytes / 1024**2:.0f} MB are "
            "read. Send a shorter part of it, or save it as FLAC, OGG or MP3.",
        )
    return content


def _check_chunks(content: bytes) -> bytes:
    """Refuse a WAV or AIFF that holds less sound than its own header announces.

    libsndfile silently shortens such a file to what is there, so its header must be read here.
    Where a recorder that streams has left 0 for the length, it would hear nothing: given back is
    the same with the largest number, which it takes for "up to the end".
    """
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        order, name = "<I", b"data"
    elif content[:4] == b"FORM" and content[8:12] in (b"AIFF", b"AIFC"):
        order, name = ">I", b"SSND"
    else:
        return content
    at = 12
    while at + 8 <= len(content):
        (size,) = struct.unpack(order, content[at + 4 : at + 8])
        if content[at : at + 4] == name:
            present = len(content) - at - 8
            if size == 0 and present > 0 and order == "<I":
                return content[: at + 4] + b"\xff\xff\xff\xff" + content[at + 8 :]
            if 0 < present < size < 0x7FFFFF00 and size - present > 4096:
                raise AudioError(
                    "truncated",
                    f"The file announces {size:,} bytes of sound but holds {present:,}: it was "
                    "cut off on its way. Send the whole file, or save the part you have again.",
                )
            return content
        at += 8 + size + size % 2
    return content


class _Mono:
    """Blocks of samples in, one mono signal at 16 kHz out: never two copies of a long recording."""

    def __init__(self, rate: int, channels: int, max_duration_s: float) -> None:
        if not 4_000 <= rate <= 768_000 or not 1 <= channels <= MAX_CHANNELS:
            raise AudioError(
                "not_audio",
                f"The file claims {rate} Hz and {channels} channels; speech needs at least 4,000 "
                f"Hz and at most {MAX_CHANNELS} channels. Export it again, for example as a 16 kHz "
                "mono WAV.",
            )
        self._rate, self._channels, self._max_duration_s = rate, channels, max_duration_s
        self._stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
        self._parts: list[NDArray[np.float32]] = []
        self._frames = 0
        self._peak = 0.0

    @property
    def duration_s(self) -> float:
        return self._frames / self._rate

    def add(self, block: NDArray[np.float32]) -> None:
        """Take a block of shape (n_samples, n_channels)."""
        if not np.isfinite(block).all():
            raise AudioError(
                "not_finite",
                "The file holds samples that are not numbers (NaN or infinite). Export it again, "
                "for example as 16-bit WAV.",
            )
        self._frames += len(block)
        if self.duration_s > self._max_duration_s:
            raise _too_long(None, self._max_duration_s)
        self._peak = max(self._peak, float(np.abs(block).max(initial=0.0)))
        if self._peak > MAX_PEAK:
            raise AudioError(
                "out_of_range",
                f"The file holds samples as large as {self._peak:.0e}; full scale is 1, and at "
                f"most {MAX_PEAK:.0e} is heard. Export it again, for example as 16-bit WAV.",
            )
        self._push(block.mean(axis=1), last=False)

    def clip(self, source_format: str, announced_s: float | None) -> Clip:
        """What came in, as a clip; refused where it is less than announced, or nothing."""
        if announced_s is not None and announced_s - self.duration_s > _TRUNCATION_SLACK_S:
            raise AudioError(
                "truncated",
                f"The file announces {announced_s:.1f} s of sound but holds {self.duration_s:.1f} "
                "s: it was cut off on its way. Send the whole file, or save the part you have "
                "again.",
            )
        if self._frames == 0:
            raise _no_samples()
        if self.duration_s < MIN_DURATION_S:
            raise AudioError(
                "too_short",
                f"The recording lasts {_down(self.duration_s, 2)} s; at least {MIN_DURATION_S} s "
                "are needed, and a whole sentence is best. Record a little longer.",
            )
        if self._peak == 0.0:
            raise AudioError(
                "silent",
                f"All {self.duration_s:.1f} s of the recording are digital silence. Check that the "
                "right microphone is chosen and not muted, then record again.",
            )
        self._push(np.zeros(0, dtype=np.float32), last=True)
        signal = np.concatenate(self._parts)
        if not np.any(signal):
            raise AudioError(
                "silent",
                "The channels of the recording cancel each other out: their mean is silence. "
                "Export one channel alone and send that.",
            )
        return Clip(
            signal=signal,
            source_format=source_format,
            source_rate=self._rate,
            source_channels=self._channels,
            peak=self._peak,
        )

    def _push(self, mono: NDArray[np.float32], *, last: bool) -> None:
        if self._rate != SAMPLE_RATE:
            mono = self._stream.resample_chunk(np.ascontiguousarray(mono), last=last)
        self._parts.append(np.asarray(mono, dtype=np.float32))


def _decode(file: soundfile.SoundFile, max_duration_s: float) -> Clip:
    rate, frames = file.samplerate, file.frames
    if frames == 0:
        raise _no_samples()
    mono = _Mono(rate, file.channels, max_duration_s)
    announced_s = frames / rate
    # An MP3 or Ogg without a length in its header announces a huge number: read, then judge.
    if announced_s > max_duration_s and file.format not in ("MP3", "OGG"):
        raise _too_long(announced_s, max_duration_s)
    while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
        mono.add(block)
    return mono.clip(f"{file.format} {file.subtype}", announced_s)


def _decode_container(content: bytes, container: str, max_duration_s: float) -> Clip:
    """Decode the first sound of a video or a phone's recording, with ffmpeg's libraries."""
    # Imported here: it costs 30 MB, and most recordings never need it.
    import av

    kind = _CONTAINERS[container]
    try:
        # The demuxer is named and may open nothing else, so that no content can make it read
        # another file or an address.
        with av.open(
            io.BytesIO(content), format=container, io_open=_refuse_to_open, metadata_errors="ignore"
        ) as file:
            if not file.streams.audio:
                if not file.streams.video:
                    raise _not_audio(content)
                raise AudioError(
                    "no_sound_track",
                    f"This is {kind} with a picture but without sound. Record again with the "
                    "microphone on, or send another file.",
                )
            stream = file.streams.audio[0]
            context = stream.codec_context
            context.thread_count = 1
            mono = _Mono(context.sample_rate, context.channels, max_duration_s)
            planar = av.AudioResampler(format="fltp")
            for frame in file.decode(stream):
                for part in planar.resample(frame):
                    mono.add(part.to_ndarray().T)
            announced_s = None
            if stream.duration is not None and stream.time_base is not None:
                announced_s = float(stream.duration * stream.time_base)
            return mono.clip(f"{container.upper()} {context.name}", announced_s)
    except (av.FFmpegError, ValueError) as error:
        raise _damaged(kind) from error


def _refuse_to_open(*_: object) -> None:
    raise PermissionError


def _container(content: bytes) -> str | None:
    """Name of ffmpeg's demuxer for content that libsndfile cannot read; None if unknown."""
    head = content[:16]
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return "mov"
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return "avi"
    # ADTS: twelve bits set, then layer 0.
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "aac"
    if len(content) > 376 and content[0] == content[188] == content[376] == 0x47:
        return "mpegts"
    return None


def _too_long(announced_s: float | None, max_duration_s: float) -> AudioError:
    most = _minutes(max_duration_s, 0)
    lasts = _minutes(announced_s, 1) if announced_s else f"more than {most}"
    return AudioError(
        "too_long",
        f"The recording lasts {lasts}; at most {most} are heard at once. Send the part that "
        "matters.",
    )


def _no_samples() -> AudioError:
    return AudioError(
        "no_samples",
        "The file has a header but no sound in it (0 samples). The recording was probably "
        "stopped before it began; record it again.",
    )


def _damaged(kind: str) -> AudioError:
    return AudioError(
        "damaged",
        f"The file begins as {kind} should, but it cannot be decoded: it is damaged or cut off. "
        "Send it again from the original.",
    )


def _not_audio(content: bytes) -> AudioError:
    for magic, kind in _SOUNDS.items():
        if content.startswith(magic):
            return _damaged(kind)
    return AudioError(
        "not_audio",
        f"The file's content is not a sound that can be read; {FORMATS} are. Its name does not "
        "matter, its content does: export it again and send that.",
    )


def _minutes(seconds: float, digits: int) -> str:
    if seconds < 120:
        return f"{_up(seconds, digits)} s"
    return f"{_up(seconds / 60, digits)} min"


# What is refused is never rounded to what would be taken.
def _up(value: float, digits: int) -> str:
    return f"{math.ceil(value * 10**digits) / 10**digits:.{digits}f}"


def _down(value: float, digits: int) -> str:
    return f"{math.floor(value * 10**digits) / 10**digits:.{digits}f}"
