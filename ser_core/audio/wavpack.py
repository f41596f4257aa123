"""What a WavPack says of its channels, where ffmpeg's decoder stumbles over it.

A file of many channels names the places of the loudspeakers that it knows a name for, which may be
fewer than there are channels: the decoder refuses it then, and hears it where none are named.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

MOST_CHANNELS = 28
"""What ffmpeg's decoder takes."""

_HEADER = struct.Struct("<4sI")
_BLOCK_HEAD = 32
# Pieces of a block: what they are, whether they have one byte less than they take, how wide their
# size is written.
_CHANNELS, _NAME, _ODD, _LARGE = 0x0D, 0x3F, 0x40, 0x80
_MOST_BLOCKS = 200_000
# What may stand behind the last block: nothing, or a tag.
_BEHIND = (b"", b"APE", b"TAG")


def channels(content: bytes) -> int:
    """How many channels a whole WavPack says that it has; 0 where it says nothing or is cut."""
    end = 0
    most = 0
    for start, end in _blocks(content):
        for at, size in _channel_pieces(content, start, min(end, len(content))):
            most = max(most, _told(content[at : at + size])[0])
    is_whole = end <= len(content) and content[end : end + 3] in _BEHIND
    return most if is_whole else 0


def unplaced(content: bytes) -> bytes:
    """A WavPack that names as many places as it has channels, or none."""
    changed: bytearray | None = None
    for start, end in _blocks(content):
        for at, size in _channel_pieces(content, start, min(end, len(content))):
            count, mask, width = _told(content[at : at + size])
            if mask and mask.bit_count() != count:
                changed = changed or bytearray(content)
                changed[at + size - width : at + size] = bytes(width)
    return content if changed is None else bytes(changed)


def _blocks(content: bytes) -> Iterator[tuple[int, int]]:
    """Where each block begins and ends."""
    at = 0
    for _ in range(_MOST_BLOCKS):
        if at + _BLOCK_HEAD > len(content):
            return
        magic, size = _HEADER.unpack_from(content, at)
        if magic != b"wvpk":
            return
        yield at, at + 8 + size
        at += 8 + size


def _channel_pieces(content: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the pieces of a block begin that tell of channels, and how long they are."""
    at = start + _BLOCK_HEAD
    while at + 4 <= end:
        kind = content[at]
        width = 3 if kind & _LARGE else 1
        size = 2 * int.from_bytes(content[at + 1 : at + 1 + width], "little")
        at += 1 + width
        if kind & _NAME == _CHANNELS and at + size <= end:
            yield at, size - bool(kind & _ODD)
        at += size


def _told(piece: bytes) -> tuple[int, int, int]:
    """Number of channels, the bits of their places, and how many bytes these have."""
    if len(piece) < 2:
        return 0, 0, 0
    if len(piece) >= 6:
        count = (piece[0] | (piece[2] & 0xF) << 8) + 1
        return count, int.from_bytes(piece[3:], "little"), len(piece) - 3
    return piece[0], int.from_bytes(piece[1:], "little"), len(piece) - 1
