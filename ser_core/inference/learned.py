"""Which recordings a model learned from, so that it can say so when it hears one of them again.

Somebody who tries a model on a clip of a corpus is likely to try it on one of its own training
clips, and would take the answer for skill. A bundle therefore carries the beginnings of the digests
of all sounds that had a part in its training. They tell that a sound is known, and nothing of it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

_BYTES = 4
"""Of each digest. Of 10,000 known sounds a strange one matches by chance once in 400,000."""

Known = NDArray[np.uint32]


def pack(digests: Iterable[str]) -> str:
    """The beginnings of digests as text.

    Parameters
    ----------
    digests : iterable of str
        From `ser_core.audio.digest`.

    Returns
    -------
    str
        Base64 of the sorted beginnings, each an unsigned little-endian number of four bytes.
    """
    numbers = np.unique([_number(digest) for digest in digests]).astype("<u4")
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def joined(*texts: str) -> str:
    """What `pack` would have made of all of them together."""
    numbers = np.unique(np.concatenate([unpack(text) for text in texts])).astype("<u4")
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def unpack(text: str) -> Known:
    """What `pack` made, as sorted numbers; raises ValueError for any other text."""
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<u4").astype(np.uint32)


def count(text: str) -> int:
    """How many different sounds `pack` was given."""
    return len(unpack(text))


def holds(known: Known, digest: str) -> bool:
    """Whether a sound is among the known ones."""
    number = _number(digest)
    place = int(np.searchsorted(known, number))
    return place < len(known) and int(known[place]) == number


def _number(digest: str) -> int:
    return int.from_bytes(bytes.fromhex(digest[: 2 * _BYTES]), "little")
