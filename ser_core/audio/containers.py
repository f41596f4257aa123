"""What libsndfile does not read: the sound of a phone's, a browser's or a video's file.

ffmpeg's libraries (through PyAV) decode it, native code that has crashed before and will again: in
the product it runs in a process of its own (`ser_core.audio.worker`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import Any

import av
import av.logging
import numpy as np
from av.audio.plane import AudioPlane
from numpy.typing import NDArray

from ser_core.audio import formats, lengths, refusals, wav, wavpack
from ser_core.audio.clip import Clip, QualityWarning
from ser_core.audio.formats import Format
from ser_core.audio.mono import (
    Mono,
    Only,
    Source,
    breaks_off,
    check_shape,
    cut_short,
    heard,
)
from ser_core.errors import AudioError
from ser_core.language import gettext as _

# Sample formats: how they lie in memory, their zero, and what full scale is.
_SAMPLES: dict[str, tuple[Any, float, float]] = {
    "u8": (np.uint8, 128.0, 128.0),
    "s16": (np.int16, 0.0, 2.0**15),
    "s32": (np.int32, 0.0, 2.0**31),
    "s64": (np.int64, 0.0, 2.0**63),
    "flt": (np.float32, 0.0, 1.0),
    "dbl": (np.float64, 0.0, 1.0),
}
# A track whose peak stays below this, -70 dB, holds no sound.
_SOUND_PEAK = 10 ** (-70 / 20)
# Packets of a stream without an index that may be no sound: tags between files that were joined,
# half a frame where a capture begins. Of a container that knows its packets, none may.
_STRAY_PACKETS, _STRAY_SHARE = 2, 0.01

# Samples that are mixed and resampled at once.
_BLOCK = 32_768

_CODECS = {
    "apac": "APAC, Apple's spatial sound (apac)",
    "ac-4": "Dolby AC-4 (ac-4)",
    "mhm1": "MPEG-H 3D Audio (mhm1)",
    "mha1": "MPEG-H 3D Audio (mha1)",
    "drms": "protected AAC (drms)",
    "enca": "encrypted sound (enca)",
}


def decode(content: bytes, demuxer: str, max_duration_s: float, channel: int | None = None) -> Clip:
    """Decode the sound of a container.

    Parameters
    ----------
    content : bytes
    demuxer : str
        ffmpeg's, from `ser_core.audio.formats`.
    max_duration_s : float
        In seconds.
    channel : int, optional
        The one to hear; the mixture without it.

    Raises
    ------
    AudioError
        Whatever goes wrong inside, but for a lack of memory.
    """
    kind = formats.named(demuxer)
    try:
        if channel is not None:
            one = Mono(max_duration_s)
            return one.clip(_decode(content, kind, Only(one, channel)))
        return heard(lambda mono: _decode(content, kind, mono), max_duration_s)
    except (AudioError, MemoryError):
        raise
    # A demuxer that reads hostile bytes fails in ways that nobody has listed.
    except Exception as error:
        raise _not_decoded(content, kind, wav.codec(content)) from error


def _not_decoded(content: bytes, kind: Format, codec: str | None) -> AudioError:
    if kind.demuxer == "wv" and (channels := wavpack.channels(content)) > wavpack.MOST_CHANNELS:
        return refusals.unknown_codec(
            kind.label, _("WavPack in {channels} channels").format(channels=channels)
        )
    return refusals.damaged(kind.label, codec)


def _open(content: bytes, kind: Format) -> Any:
    # The demuxer is named and may open nothing else, so that no content can make it read another
    # file or an address.
    return av.open(
        io.BytesIO(content), format=kind.demuxer, io_open=_refuse_to_open, metadata_errors="ignore"
    )


def _refuse_to_open(*_: object) -> None:
    raise PermissionError


def _decode(content: bytes, kind: Format, mono: Mono | Only) -> Source:
    parts = [wav.check_chunks(part) for part in lengths.parts(content, kind.demuxer)]
    sources = [_decode_part(part, kind, mono) for part in parts]
    told = [source.announced_s for source in sources if source.announced_s is not None]
    return Source(
        sources[0].name,
        sum(told) if len(told) == len(parts) else None,
        any(source.ends_early for source in sources),
        heard_cut=kind.heard_cut,
        warnings=sum((source.warnings for source in sources), start=()),
    )


def _decode_part(content: bytes, kind: Format, mono: Mono | Only) -> Source:
    if kind.demuxer == "wv":
        content = wavpack.unplaced(content)
    if unframed := wav.unframed(content):
        raise refusals.unknown_codec(kind.label, unframed)
    index, warnings = _choose(content, kind)
    before_s = mono.duration_s
    with _open(content, kind) as file:
        stream = file.streams[index]
        codec = stream.codec_context.codec
        try:
            for block, rate in _blocks(file, stream, kind):
                mono.add(block, rate)
            if mono.duration_s == before_s:
                raise ValueError
        except (AudioError, MemoryError):
            raise
        except Exception as error:
            named = wav.codec(content) or codec.long_name
            raise _not_decoded(content, kind, named) from error
        announced_s = _announced_s(content, stream, kind)
        ends_early = lengths.ends_early(content, kind.demuxer)
        if not ends_early and announced_s is None and lengths.breaks_off(content, kind.demuxer):
            warnings += (breaks_off(),)
        if cut := wav.cut(content):
            warnings += (cut_short(*cut),)
        return Source(
            f"{kind.demuxer.upper()} {codec.name}",
            announced_s,
            ends_early,
            warnings=warnings,
        )


def _announced_s(content: bytes, stream: Any, kind: Format) -> float | None:
    """How long a track says that it is, in seconds, where its container does not guess."""
    if kind.demuxer == "mp3":
        walked = lengths.walk_mpeg(content)
        # Players leave out what the encoder put before and behind the sound: frames are compared.
        return walked.announced_s if walked is not None and walked.cut else None
    # An AVI's length is fitted to what there is of it.
    if not kind.announces or kind.demuxer == "avi" or lengths.streamed(content, kind.demuxer):
        return None
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    # Matroska has a length for the whole, which a picture may outlast; writers add one a track.
    told = re.fullmatch(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)", stream.metadata.get("DURATION", ""))
    if told is None:
        return None
    hours, minutes, seconds = (float(part) for part in told.groups())
    return 3_600 * hours + 60 * minutes + seconds


def _choose(content: bytes, kind: Format) -> tuple[int, tuple[QualityWarning, ...]]:
    """Index of the track to hear, and what there is to say about the choice.

    The default one, else the first that holds sound; one whose coding is unknown never is.
    """
    with _open(content, kind) as file:
        tracks = list(file.streams.audio)
        known = [track for track in tracks if track.codec_context is not None]
        if not known:
            raise _nothing_to_hear(content, kind, file)
        known.sort(key=lambda track: not track.disposition.value & 1)
        order = [track.index for track in known]
        places = {track.index: place for place, track in enumerate(tracks, start=1)}
    if len(tracks) == 1:
        return order[0], ()
    chosen = next((index for index in order if _holds_sound(content, kind, index)), order[0])
    why = _("the default one") if chosen == order[0] else _("the first that holds sound")
    if len(known) < len(tracks) and chosen == order[0]:
        why = _("the first that can be decoded here")
    return chosen, (
        QualityWarning(
            "other_tracks",
            _(
                "The file holds {tracks} sound tracks. This is track {chosen}, {why}. To "
                "hear another, save it as a file of its own."
            ).format(tracks=len(tracks), chosen=places[chosen], why=why),
        ),
    )


def _holds_sound(content: bytes, kind: Format, index: int) -> bool:
    try:
        with _open(content, kind) as file:
            blocks = _blocks(file, file.streams[index], kind)
            return any(np.abs(block).max(initial=0.0) > _SOUND_PEAK for block, _ in blocks)
    except (AudioError, MemoryError):
        raise
    except Exception:
        return False


def _nothing_to_hear(content: bytes, kind: Format, file: Any) -> AudioError:
    if file.streams.audio:
        return refusals.unknown_codec(kind.label, _codec(content, file))
    if file.streams.video:
        return refusals.no_sound_track(kind.label)
    return refusals.damaged(kind.label)


def _codec(content: bytes, file: Any) -> str:
    """Name of a coding that has no decoder, as far as the container tells it."""
    if told := wav.codec(content):
        return told
    # Matroska spells it out; ffmpeg's description of the others has their code.
    if spelt := re.search(rb"\x86([\x83-\x9f])(A_[A-Z0-9_/.]+)", content):
        return spelt[2][: spelt[1][0] & 0x7F].decode()
    level = av.logging.get_level()
    av.logging.set_level(av.logging.INFO)
    try:
        described = file.dumps_format()
    finally:
        av.logging.set_level(level)
    found = re.search(r"Audio: (\w+)[^(\n]*(?:\(([^\n]{1,40}) / (0x[0-9A-Fa-f]+)\))?", described)
    name, code, number = found.groups() if found else ("none", None, None)
    tag = (code or "").strip()
    if name != "none" and tag not in _CODECS:
        return str(name)
    plain = tag if re.fullmatch(r"[\w.-]+", tag) else number
    return _CODECS.get(tag, plain or "something unknown")


def _blocks(file: Any, stream: Any, kind: Format) -> Iterator[tuple[NDArray[np.float32], int]]:
    """Decoded blocks of shape (n_samples, n_channels), and their rates in Hz.

    Of many frames each, for a frame may have 20 ms and each block costs the same.
    """
    waiting: list[NDArray[np.float32]] = []
    rate = count = 0
    for frame in _frames(file, stream, kind):
        block = _block(frame)
        changes = waiting and (frame.sample_rate, block.shape[1]) != (rate, waiting[0].shape[1])
        if changes or count > _BLOCK:
            yield np.concatenate(waiting), rate
            waiting, count = [], 0
        waiting.append(block)
        rate, count = frame.sample_rate, count + len(block)
    if waiting:
        yield np.concatenate(waiting), rate


def _frames(file: Any, stream: Any, kind: Format) -> Iterator[Any]:
    context = stream.codec_context
    context.thread_count = 1
    # PyAV frees a custom layout once for each object that has seen it. One that only counts
    # has nothing to free, and decoders need no more.
    if channels := context.layout.nb_channels:
        context.layout = f"{channels} channels"
    packets = stray = 0
    for packet in file.demux(stream):
        packets += 1
        try:
            frames = packet.decode()
        except av.FFmpegError:
            stray += 1
            if kind.announces or stray > _STRAY_PACKETS + _STRAY_SHARE * packets:
                raise
            continue
        yield from (frame for frame in frames if frame.samples)


def _block(frame: Any) -> NDArray[np.float32]:
    """Samples of a frame, full scale at 1.0, shape (n_samples, n_channels).

    Its planes are taken one by one: PyAV counts them up to a null pointer, and behind eight or
    more channels there is none.
    """
    channels = frame.layout.nb_channels
    check_shape(frame.sample_rate, channels)
    name = frame.format.name
    dtype, zero, full_scale = _SAMPLES[name.removesuffix("p")]
    if frame.format.is_planar:
        planes = [
            np.frombuffer(_plane(frame, plane), dtype, frame.samples) for plane in range(channels)
        ]
        samples = np.stack(planes, axis=1)
    else:
        flat = np.frombuffer(_plane(frame, 0), dtype, frame.samples * channels)
        samples = flat.reshape(frame.samples, channels)
    if full_scale == 1.0:
        return samples.astype(np.float32)
    # A power of two: scaling is exact, and only the rounding to 24 bits is left.
    return (samples.astype(np.float32) - np.float32(zero)) * np.float32(1 / full_scale)


def _plane(frame: Any, index: int) -> Any:
    return AudioPlane(frame, index)
