"""What a WAV says of its own length and coding, and its kin: AIFF, RF64, Wave64, AU and CAF."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from ser_core import figures
from ser_core.audio import refusals
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_

# Writers that cannot know the length leave one of these: 0, or about 2 or 4 GB.
_UNKNOWN_FROM = 0x7F00_0000
# Or another round number that no file of the size that is read could hold.
_ROUND, _ROUND_FROM = 1 << 20, 1 << 28
# What may be missing at the end of a WAV: padding and a chunk that tells nothing of sound.
_SLACK = 4096

# Before the one with the samples; a file of empty chunks is not walked to its end.
_MOST_CHUNKS = 10_000
# Of these, libsndfile takes an impossible length for "up to the end".
_READ_ANYWAY = (b"RIFF", b"FORM", b".snd")
# Made for recordings that grow without an end in sight: what there is of a cut one is heard.
_HEARD_CUT = (b"RF64", b"BW64")
_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"


@dataclass(frozen=True)
class _Samples:
    """Where the samples of a file are, and where and how it says how many bytes they have."""

    start: int
    size: int
    field: int
    number: str
    # Bytes of the chunk's own head that its size counts in.
    head: int = 0


def check_chunks(content: bytes) -> bytes:
    """Refuse a WAV, AIFF, RF64, Wave64, AU or CAF with less sound than its own header announces.

    libsndfile silently shortens such a file to what is there, so its header must be read here.
    Where a recorder that streams could not write the length it may hear nothing: given back is the
    same with the length that there is.
    """
    found = _samples(content)
    if found is None:
        return content
    present = len(content) - found.start
    if present > 0 and _is_unknown(found.size):
        if found.size and content[:4] in _READ_ANYWAY:
            return content
        written = struct.pack(found.number, present + found.head)
        return content[: found.field] + written + content[found.field + len(written) :]
    missing = _missing(content, found)
    if missing is not None and content[:4] not in _HEARD_CUT:
        raise refusals.cut_off(*missing)
    return content


def cut(content: bytes) -> tuple[str, str] | None:
    """What an RF64 announces and what it holds, in words, where it is less; else None."""
    found = _samples(content) if content[:4] in _HEARD_CUT else None
    return None if found is None else _missing(content, found)


def _missing(content: bytes, found: _Samples) -> tuple[str, str] | None:
    present = len(content) - found.start
    if _is_unknown(found.size) or not 0 < present < found.size - _SLACK:
        return None
    return (
        _("{number} bytes of sound").format(number=figures.number(found.size)),
        figures.number(present),
    )


def _is_unknown(size: int) -> bool:
    return size == 0 or size >= _UNKNOWN_FROM or (size >= _ROUND_FROM and size % _ROUND == 0)


def _samples(content: bytes) -> _Samples | None:
    kind = content[:4]
    if kind in (b"RIFF", b"RF64", b"BW64") and content[8:12] == b"WAVE":
        return _chunk(content, "<I", b"data", 12)
    if kind == b"FORM" and content[8:12] in (b"AIFF", b"AIFC"):
        return _chunk(content, ">I", b"SSND", 12)
    if kind == b"caff":
        return _chunk(content, ">Q", b"data", 8)
    if kind == b".snd" and len(content) >= 12:
        start, size = struct.unpack(">II", content[4:12])
        return _Samples(start, size, 8, ">I")
    if kind == b"riff":
        at = 40
        for _chunk_number in range(_MOST_CHUNKS):
            if at + 24 > len(content):
                return None
            (size,) = struct.unpack("<Q", content[at + 16 : at + 24])
            if content[at : at + 16] == _W64_DATA:
                return _Samples(at + 24, max(0, size - 24), at + 16, "<Q", 24)
            at += max(24, size + -size % 8)
        raise refusals.damaged(N_("a Wave64 file"))
    return None


def _chunk(content: bytes, number: str, name: bytes, at: int) -> _Samples | None:
    width = struct.calcsize(number)
    large = 0
    for _chunk_number in range(_MOST_CHUNKS):
        if at + 4 + width > len(content):
            return None
        start = at + 4 + width
        (size,) = struct.unpack(number, content[at + 4 : start])
        if content[at : at + 4] == b"ds64":
            large = at + 16
        if content[at : at + 4] == name:
            if large and size == 0xFFFF_FFFF and large + 8 <= at:
                (size,) = struct.unpack("<Q", content[large : large + 8])
                return _Samples(start, size, large, "<Q")
            return _Samples(start, size, at + 4, number)
        # CAF alone does not pad its chunks.
        at = start + size + (size % 2 if width == 4 else 0)
    # libsndfile would walk over millions of empty ones, one callback each.
    raise refusals.damaged(N_("a WAV, AIFF or CAF file"))


# Codings that people meet in a WAV, by the number that its header gives.
_CODECS = {
    **{0x0014: "G.723", 0x0022: "TrueSpeech", 0x0042: "G.723.1", 0x0045: "G.726", 0x0050: "MP2"},
    **{0x0055: "MP3", 0x0064: "G.726", 0x0065: "G.722", 0x0083: "G.729", 0x00FF: "AAC"},
    **{0x0130: "ACELP", 0x0160: "WMA", 0x0161: "WMA", 0x0162: "WMA Pro", 0x0163: "WMA Lossless"},
    **{0x0270: "ATRAC3", 0x1600: "AAC", 0x1601: "AAC", 0x1602: "AAC", 0x1610: "AAC"},
    **{0x2000: "AC-3", 0x2001: "DTS", 0x566F: "Vorbis", 0x674F: "Vorbis", 0x6750: "Vorbis"},
    **{0x6751: "Vorbis", 0x704F: "Opus", 0x706D: "AAC", 0xA106: "AAC", 0xA109: "Speex"},
    **{0xF1AC: "FLAC"},
}
_PCM = (0x0001, 0x0003)

# Their packets differ in length, which a WAV does not tell: only by luck is all of one heard.
_UNFRAMED = ("AAC", "Opus", "Speex", "Vorbis")
# AAC may bring the lengths along, as ADTS or LOAS does.
_FRAMED = re.compile(rb"\xff[\xf0-\xf9]|\x56[\xe0-\xff]")


def codec(content: bytes) -> str | None:
    """How the sound of a WAV is coded, for people; None for plain samples and other files."""
    if content[:4] not in (b"RIFF", b"RF64", b"BW64") or content[8:12] != b"WAVE":
        return None
    found = _chunk(content, "<I", b"fmt ", 12)
    if found is None or found.start + 16 > len(content):
        return None
    (tag,) = struct.unpack_from("<H", content, found.start)
    if tag == 0xFFFE and found.start + 26 <= len(content):
        (tag,) = struct.unpack_from("<H", content, found.start + 24)
    return None if tag in _PCM else _CODECS.get(tag, f"format 0x{tag:04x}")


def unframed(content: bytes) -> str | None:
    """The coding of a WAV that nobody can take apart; None for any other file."""
    found = _samples(content)
    named = codec(content)
    if named not in _UNFRAMED or found is None or _FRAMED.match(content, found.start):
        return None
    return named
