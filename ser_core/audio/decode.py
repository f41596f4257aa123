"""What libsndfile reads, in this process: WAV, FLAC, Ogg, MP3, AIFF and more, told by content."""

from __future__ import annotations

import io

import soundfile

from ser_core.audio import formats, lengths, refusals
from ser_core.audio.clip import Clip
from ser_core.audio.lengths import SLACK_S
from ser_core.audio.mono import Mono, Source, check_shape, heard

FAULTS = (soundfile.SoundFileError, RuntimeError, TypeError, ValueError)
"""What soundfile raises for content that it cannot read."""

_BLOCK = 65_536
# What libsndfile says of a FLAC that was written to a pipe, before it fails to read it.
_UNKNOWN_FRAMES = 2**63 - 1


def decode(content: bytes, max_duration_s: float) -> Clip | None:
    """Decode a sound file; None where libsndfile cannot, or would hear only a part.

    Parameters
    ----------
    content : bytes
    max_duration_s : float
        In seconds.

    Raises
    ------
    AudioError
    """
    links = [content]
    announced_s: float | None
    kind = formats.sniff(content)
    walked = lengths.walk_mpeg(content) if kind is not None and kind.demuxer == "mp3" else None
    if walked is not None and walked.joined:
        return None
    try:
        # libsndfile wants a seekable file; a view of the bytes serves both paths alike.
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            announced_s = file.frames / file.samplerate
            if file.format == "FLAC" and file.frames == _UNKNOWN_FRAMES:
                return None
            if file.format == "OGG":
                links = lengths.ogg_links(content)
            elif file.format == "MP3" and walked is not None:
                # Without a header libsndfile guesses the length, and reads no further than that.
                if walked.duration_s - announced_s > SLACK_S:
                    return None
                announced_s = walked.announced_s
            elif announced_s > max_duration_s:
                check_shape(file.samplerate, file.channels)
                raise refusals.too_long(announced_s, max_duration_s)
            if file.frames == 0:
                raise refusals.no_samples()
    except FAULTS:
        return None
    if len(links) > 1:
        announced_s = None
    try:
        return heard(lambda mono: _decode(links, mono, announced_s), max_duration_s)
    except FAULTS as error:
        raise formats.damaged(content) from error


def _decode(links: list[bytes], mono: Mono, announced_s: float | None) -> Source:
    name = ""
    for link in links:
        with soundfile.SoundFile(io.BytesIO(link)) as file:
            name = name or f"{file.format} {file.subtype}"
            while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
                mono.add(block, file.samplerate)
    return Source(name, announced_s)
