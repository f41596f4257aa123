"""What libsndfile reads, in this process: WAV, FLAC, Ogg, MP3, AIFF and more, told by content."""

from __future__ import annotations

import io
import math

import soundfile

from ser_core.audio import formats, lengths, refusals, wav
from ser_core.audio.clip import Clip, QualityWarning
from ser_core.audio.formats import Format
from ser_core.audio.lengths import SLACK_S
from ser_core.audio.mono import Mono, Source, breaks_off, check_shape, cut_short, heard

FAULTS = (soundfile.SoundFileError, RuntimeError, TypeError, ValueError)
"""What soundfile raises for content that it cannot read."""

_BLOCK = 65_536
# What libsndfile says of a FLAC that was written to a pipe, before it fails to read it.
_UNKNOWN_FRAMES = 2**63 - 1


def decode(content: bytes, kind: Format | None, max_duration_s: float) -> Clip | None:
    """Decode a sound file; None where libsndfile cannot, or would hear only a part.

    Parameters
    ----------
    content : bytes
    kind : Format or None
        What it begins as.
    max_duration_s : float
        In seconds.

    Raises
    ------
    AudioError
    """
    demuxer = kind.demuxer if kind is not None else None
    walked = lengths.walk_mpeg(content) if demuxer == "mp3" else None
    if walked is not None and walked.joined:
        return None
    parts = [wav.check_chunks(part) for part in lengths.parts(content, demuxer)]
    try:
        announced = [_announced_s(part, walked, len(parts) > 1) for part in parts]
    except FAULTS:
        return None
    told = [length_s for length_s, _ in announced if length_s is not None]
    if math.inf in told:
        return None
    announced_s = sum(told) if len(told) == len(parts) else None
    if (
        announced_s is not None
        and announced_s > max_duration_s
        and all(sure for _, sure in announced)
    ):
        raise refusals.too_long(announced_s, max_duration_s)
    ends_amid = lengths.breaks_off(parts[-1], str(demuxer))
    warnings = (
        *((breaks_off(),) if ends_amid else ()),
        *(cut_short(*cut) for part in parts if (cut := wav.cut(part))),
    )
    try:
        return heard(lambda mono: _decode(parts, mono, announced_s, warnings), max_duration_s)
    except FAULTS as error:
        raise formats.damaged(content) from error


def _announced_s(
    part: bytes, walked: lengths.Mpeg | None, is_one_of_many: bool
) -> tuple[float | None, bool]:
    """How long a file says that it is, and whether that is sure; infinite where that is no use."""
    # libsndfile wants a seekable file; a view of the bytes serves both paths alike.
    with soundfile.SoundFile(io.BytesIO(part)) as file:
        length_s = file.frames / file.samplerate
        if file.format == "FLAC" and file.frames == _UNKNOWN_FRAMES:
            return math.inf, False
        if file.format == "MP3" and walked is not None and walked.headers == 0:
            # Without a header libsndfile guesses the length, and reads no further than that.
            return math.inf if walked.duration_s - length_s > SLACK_S else None, False
        if file.frames == 0 and not is_one_of_many:
            raise refusals.no_samples()
        check_shape(file.samplerate, file.channels)
        # An MP3 or Ogg without a length in its header announces a huge number: read, then judge.
        return length_s, file.format not in ("MP3", "OGG")


def _decode(
    parts: list[bytes], mono: Mono, announced_s: float | None, warnings: tuple[QualityWarning, ...]
) -> Source:
    name = ""
    for part in parts:
        with soundfile.SoundFile(io.BytesIO(part)) as file:
            name = name or f"{file.format} {file.subtype}"
            while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
                mono.add(block, file.samplerate)
    return Source(name, announced_s, warnings=warnings)
