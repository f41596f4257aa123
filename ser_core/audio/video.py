"""Whether a file has a picture, and what browsers call such a file. Nothing is decoded for it."""

from __future__ import annotations

import re

# A track's handler in an MP4 or MOV file; a track's codec in a Matroska or WebM file.
_ISO = re.compile(rb"hdlr.{4}(?:\0{4}|mhlr)vide", re.DOTALL)
_MATROSKA = re.compile(rb"\x86.V_[A-Z]", re.DOTALL)
_BEGINS = 2**16


def kind(content: bytes) -> str | None:
    """The media type of a video that browsers may play: MP4, MOV, WebM; None of all else.

    Parameters
    ----------
    content : bytes
        The whole file: an MP4's table of its tracks may stand at its end.

    Examples
    --------
    >>> kind(b"RIFF....WAVE") is None
    True
    """
    if content[4:8] == b"ftyp" and _ISO.search(content):
        return "video/quicktime" if content[8:12] == b"qt  " else "video/mp4"
    if content[:4] == b"\x1aE\xdf\xa3" and _MATROSKA.search(content[:_BEGINS]):
        return "video/webm" if b"webm" in content[:64] else None
    return None
