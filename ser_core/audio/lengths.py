"""What a file says of its own length, where the libraries that decode it do not look or only guess.

Nothing here decodes: it walks over headers, in time that grows with their number.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ser_core.audio import refusals

# A header may announce this much more than the file holds before we call it cut off: MP3 encoders
# round the length up to whole frames of 1152 samples and pad at both ends.
SLACK_S = 0.2

# Lengths from here on stand for "unknown", and a padded end may be missing.
_UNKNOWN_FROM, _SLACK = 0x7F00_0000, 4096
# So much is searched at once: 25 MB of truth values are memory for nothing.
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Mpeg:
    """What the frames of an MP3 say.

    Attributes
    ----------
    duration_s : float
        Of all of its frames, in seconds.
    announced_s : float or None
        Of the Xing, Info or VBRI headers, all together; None without one.
    headers : int
        How many of these there are.
    """

    duration_s: float
    announced_s: float | None
    headers: int

    @property
    def cut(self) -> bool:
        """Whether there is less than the headers announce."""
        return self.announced_s is not None and self.announced_s - self.duration_s > SLACK_S

    @property
    def joined(self) -> bool:
        """Whether there is more than the first header announces: another MP3, joined to it."""
        return self.headers > 1 or (
            self.announced_s is not None and self.duration_s - self.announced_s > SLACK_S
        )


_BITRATES = {
    (3, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (3, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (2, 1): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
# Places where a frame was looked for and none was: content that has more is not walked to its end.
_MOST_LOST = 20_000


def walk_mpeg(content: bytes) -> Mpeg | None:
    """Go from frame to frame of an MP3; None where that leads nowhere."""
    at = lost = frames = headers = 0
    duration_s = announced_s = 0.0
    astray = False
    while at + 4 <= len(content) and lost < _MOST_LOST:
        if content[at : at + 3] == b"ID3":
            at = after_id3(content, at)
            continue
        frame = _mpeg_frame(content, at)
        # A byte that looks like a frame is one where the next frame follows, or the end.
        if frame is None or (astray and not _follows(content, at + frame[0])):
            astray = True
            lost += 1
            at = content.find(b"\xff", at + 1)
            if at < 0:
                break
            continue
        length, samples, rate = frame
        told = _told_frames(content[at : at + min(length, 192)])
        if told is not None:
            headers += 1
            announced_s += told * samples / rate
        elif at + length <= len(content):
            duration_s += samples / rate
        frames += 1
        astray = False
        at += length
    if not frames or lost >= _MOST_LOST:
        return None
    return Mpeg(duration_s, announced_s if headers else None, headers)


def begins_mpeg(content: bytes) -> bool:
    """Whether content begins with a frame of an MP3 behind which there is another."""
    frame = _mpeg_frame(content, 0)
    return frame is not None and _follows(content, frame[0])


def begins_adts(content: bytes) -> bool:
    """Whether content begins with a frame of raw AAC behind which there is another."""
    length = int.from_bytes(content[3:6], "big") >> 5 & 0x1FFF
    following = content[length : length + 2]
    return length >= 7 and (
        len(following) < 2 or re.match(rb"\xff[\xf0-\xf9]", following) is not None
    )


# Bytes of a frame of G.723.1, by the last two bits of its first; the last two kinds are silence.
_G723_FRAMES = (24, 20, 4, 1)
_G723_LEAST = 40


def walks_g723(content: bytes) -> bool:
    """Whether content is frames of G.723.1 from its beginning to its end, most of one kind."""
    frames: list[bytes] = []
    at = 0
    while at < len(content):
        size = _G723_FRAMES[content[at] & 3]
        frames.append(content[at : at + size])
        at += size
        # Early, for whatever begins as nothing known comes by here.
        if len(frames) == _G723_LEAST and not _are_g723(frames):
            return False
    return at == len(content) and _are_g723(frames)


def _are_g723(frames: list[bytes]) -> bool:
    sizes = [len(frame) for frame in frames]
    speech = max(sizes.count(size) for size in _G723_FRAMES[:2])
    if len(frames) < _G723_LEAST or speech < 0.8 * len(frames):
        return False
    # Of a table or a pattern the other bytes repeat as the first one does; speech varies in all.
    rows = [frame for frame in frames if len(frame) >= 20]
    varied = sum(len({row[place] & 3 for row in rows}) > 1 for place in range(1, 20))
    return varied >= 15 and len(set(frames)) > len(frames) / 2


def after_id3(content: bytes, at: int) -> int:
    """Where the ID3 tag at `at` ends."""
    size = 0
    for byte in content[at + 6 : at + 10]:
        size = size << 7 | byte & 0x7F
    return at + 10 + size


def _mpeg_frame(content: bytes, at: int) -> tuple[int, int, int] | None:
    """Bytes, samples and rate of the frame at a place; None if there is none."""
    if at + 4 > len(content) or content[at] != 0xFF or content[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = content[at + 1] >> 3 & 3, content[at + 1] >> 1 & 3
    bitrate, rate, padding = (
        content[at + 2] >> 4,
        content[at + 2] >> 2 & 3,
        content[at + 2] >> 1 & 1,
    )
    if version == 1 or layer not in (1, 2) or not 0 < bitrate < 15 or rate == 3:
        return None
    kbps = _BITRATES[(3, layer) if version == 3 else (2, 1)][bitrate - 1]
    hertz = _RATES[version][rate]
    samples = 576 if layer == 1 and version != 3 else 1_152
    return samples // 8 * kbps * 1_000 // hertz + padding, samples, hertz


def _follows(content: bytes, at: int) -> bool:
    return (
        at >= len(content)
        or _mpeg_frame(content, at) is not None
        or content[at : at + 3] in (b"TAG", b"ID3", b"APE")
    )


def _told_frames(frame: bytes) -> int | None:
    """How many frames a frame that is no sound announces; None if it is sound."""
    if (at := max(frame.find(b"Xing"), frame.find(b"Info"))) >= 4:
        has_count = len(frame) >= at + 12 and frame[at + 7] & 1
        return int.from_bytes(frame[at + 8 : at + 12], "big") if has_count else 0
    if (at := frame.find(b"VBRI")) >= 4:
        return int.from_bytes(frame[at + 14 : at + 18], "big")
    return None


# More than anybody joins, and what can be walked without making others wait.
_MOST_PARTS, _MOST_PAGES = 200, 200_000
# How a file of its own begins inside another: what to look for, how far into it, and the whole.
_STARTS = {
    "wav": (b"RIFF", 0, rb"RIFF....WAVEfmt "),
    "aiff": (b"FORM", 0, rb"FORM....AIF[FC]"),
    "flac": (b"fLaC", 0, rb"fLaC[\x00\x80]\x00\x00\x22"),
    "mov": (b"ftyp", 4, rb"\x00\x00\x00.ftyp"),
    "matroska": (b"\x1aE\xdf\xa3", 0, rb".{5,12}\x42[\x82-\x87\xf2\xf3\xf7]"),
    "amr": (b"#!AMR", 0, rb"#!AMR(?:-WB)?\n"),
}


def parts(content: bytes, demuxer: str | None) -> list[bytes]:
    """The files of which a file consists that were joined end to end; itself, as a rule."""
    if demuxer == "ogg":
        starts = _ogg_starts(content)
    elif demuxer in _STARTS:
        starts = _starts(content, *_STARTS[demuxer])
    else:
        return [content]
    if len(starts) < 2:
        return [content]
    if len(starts) > _MOST_PARTS:
        raise refusals.too_many_parts(_MOST_PARTS)
    # A tag before the first belongs to it.
    starts[0] = 0
    return [content[a:b] for a, b in zip(starts, [*starts[1:], len(content)], strict=True)]


def _starts(content: bytes, name: bytes, before: int, whole: bytes) -> list[int]:
    found: list[int] = []
    for at in _places(content, name):
        if at >= before and re.match(whole, content[at - before : at + 24], re.DOTALL):
            found.append(at - before)
            if len(found) > _MOST_PARTS:
                break
    return found


def _places(content: bytes, name: bytes) -> Iterator[int]:
    """Where a name stands: in samples, bytes.find takes eight times as long."""
    values = np.frombuffer(content, dtype=np.uint8)
    last = len(values) - len(name) + 1
    for start in range(0, last, _BLOCK):
        at = start + np.flatnonzero(values[start : min(start + _BLOCK, last)] == name[0])
        for offset, letter in enumerate(name[1:], start=1):
            at = at[values[at + offset] == letter]
        yield from at.tolist()


def _ogg_starts(content: bytes) -> list[int]:
    starts = [0]
    in_headers = True
    for at, _ in _ogg_pages(content):
        begins = bool(content[at + 5] & 2)
        if begins and not in_headers:
            starts.append(at)
        in_headers = begins
    return starts


def _ogg_pages(content: bytes) -> Iterator[tuple[int, int]]:
    """Where each page of an Ogg begins and ends."""
    at = 0
    for _ in range(_MOST_PAGES):
        if content[at : at + 4] != b"OggS" or at + 27 > len(content):
            break
        count = content[at + 26]
        end = at + 27 + count + sum(content[at + 27 : at + 27 + count])
        yield at, end
        at = end


def streamed(content: bytes, demuxer: str) -> bool:
    """Whether the lengths in a container's header mean nothing, for its writer knew none."""
    if demuxer == "avi":
        size = int.from_bytes(content[4:8], "little")
        return size == 0 or size >= _UNKNOWN_FROM
    if demuxer == "asf":
        found = _asf_properties(content)
        return found is not None and found[1]
    return False


def ends_early(content: bytes, demuxer: str) -> bool:
    """Whether a container is shorter than it says of itself as a whole."""
    if streamed(content, demuxer):
        return False
    if demuxer == "matroska":
        return _elements_end(content)[0] > len(content)
    if demuxer == "avi":
        return 8 + int.from_bytes(content[4:8], "little") > len(content) + _SLACK
    if demuxer == "asf":
        found = _asf_properties(content)
        return found is not None and found[0] > len(content) + _SLACK
    return False


def breaks_off(content: bytes, demuxer: str) -> bool:
    """Whether a container ends inside its last piece, as a capture or a crash leaves it."""
    if demuxer == "mov":
        return _boxes_end(content) > len(content)
    if demuxer == "matroska":
        return _elements_end(content)[1] > len(content)
    if demuxer == "ogg":
        return max((end for _, end in _ogg_pages(content)), default=0) > len(content)
    return False


def _asf_properties(content: bytes) -> tuple[int, bool] | None:
    """Size of the file, and whether it was broadcast, as the header of a WMA or WMV has them."""
    at = content.find(_ASF_PROPERTIES, 0, 1 << 16)
    if at < 0 or at + 92 > len(content):
        return None
    size, flags = struct.unpack("<40xQ40xI", content[at : at + 92])
    return size, bool(flags & 1)


def _boxes_end(content: bytes) -> int:
    """Where the last box of an MP4 or MOV ends."""
    at = 0
    while at + 8 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        if size == 1:
            size = int.from_bytes(content[at + 8 : at + 16], "big")
        if size == 0 or not re.fullmatch(rb"[ -~\xa9]{4}", content[at + 4 : at + 8]):
            return len(content)  # up to the end, or no box
        at += max(8, size)
    return at


_ASF_PROPERTIES = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675


def _elements_end(content: bytes) -> tuple[int, int]:
    """Where the whole of a WebM or Matroska file ends, 0 if unsaid, and its last element."""
    at = whole = 0
    while at < len(content):
        name, at, _ = _ebml_number(content, at, keep_marker=True)
        size, at, unknown = _ebml_number(content, at)
        if name == _SEGMENT:
            whole = 0 if unknown else at + size
        # A live recorder leaves these two without a size, and what they hold follows.
        elif not (name == _CLUSTER and unknown):
            if unknown:
                break
            at += size
    return whole, at


def _ebml_number(content: bytes, at: int, *, keep_marker: bool = False) -> tuple[int, int, bool]:
    """A number of variable length, where it ends, and whether it stands for "unknown"."""
    first = content[at] if at < len(content) else 0xFF
    length = 9 - first.bit_length()
    value = int.from_bytes(content[at : at + length], "big")
    marker = 1 << 7 * length
    plain = value & (marker - 1)
    return value if keep_marker else plain, at + max(1, length), plain == marker - 1
