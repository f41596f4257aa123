"""What a request brings, read into memory: bounded while it comes, and never on the disk."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator
from pathlib import PurePosixPath

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from ser_core import audio
from ser_core.audio import refusals as audio_refusals
from ser_core.errors import SerError
from ser_core.service import refusals
from ser_core.service.settings import (
    ALL_BYTES,
    FRAMING_BYTES,
    MAX_FILES,
    STALLED_S,
    UPLOAD_S,
    most_bytes,
)

UNNAMED = "recording"
"""What raw bytes are called that come without a name."""

_LONGEST_NAME = 200


class _InMemory(MultiPartParser):
    # Starlette moves what is larger than this to the disk: a voice never goes there.
    spool_max_size = ALL_BYTES


def announced(request: Request, *, several: bool) -> int:
    """Bytes that a request's body may have: as it says, else the most.

    Raises
    ------
    SerError
        With code ``too_large`` where it says that it has more than are taken.
    """
    most = most_bytes(several)
    told = request.headers.get("content-length", "")
    n_bytes = int(told) if told.isdecimal() and len(told) < 20 else most
    if n_bytes > most:
        raise audio_refusals.too_large(n_bytes, most - FRAMING_BYTES)
    return n_bytes


async def read(request: Request, name: str, *, several: bool) -> list[tuple[str, bytes]]:
    """The recordings that a request brings, with their names.

    Parameters
    ----------
    request : Request
    name : str
        Of raw bytes.
    several : bool
        Whether it may bring more than one.

    Raises
    ------
    SerError
        With code ``too_large``, ``stalled`` or ``bad_request``.
    """
    stream = _bounded(request, several=several)
    if request.headers.get("content-type", "").lower().startswith("multipart/"):
        found = await _parts(request, stream)
    else:
        found = [(bare(name), b"".join([part async for part in stream]))]
    if not several and len(found) != 1:
        raise refusals.bad_request(
            f"One recording is heard here, and {len(found)} came. Send several to /batch."
        )
    if not found:
        raise refusals.bad_request("There is no file in the form.")
    for _, content in found:
        if len(content) > audio.MAX_BYTES:
            raise audio_refusals.too_large(len(content), audio.MAX_BYTES)
    return found


def bare(name: str) -> str:
    """A file's name without folders and control characters, not too long."""
    last = PurePosixPath(re.sub(r"[\x00-\x1f\x7f]", "", name).replace("\\", "/")).name
    return last[-_LONGEST_NAME:] or UNNAMED


async def _bounded(request: Request, *, several: bool) -> AsyncGenerator[bytes, None]:
    most = most_bytes(several)
    n_bytes, ends = 0, time.monotonic() + UPLOAD_S
    stream = request.stream().__aiter__()
    while True:
        try:
            left_s = min(STALLED_S, ends - time.monotonic())
            part = await asyncio.wait_for(stream.__anext__(), max(0.0, left_s))
        except StopAsyncIteration:
            return
        except (TimeoutError, ClientDisconnect) as error:
            raise refusals.stalled() from error
        n_bytes += len(part)
        if n_bytes > most:
            raise audio_refusals.too_large(n_bytes, most - FRAMING_BYTES)
        yield part


async def _parts(request: Request, stream: AsyncGenerator[bytes, None]) -> list[tuple[str, bytes]]:
    parser = _InMemory(request.headers, stream, max_files=MAX_FILES, max_fields=MAX_FILES)
    try:
        form = await parser.parse()
    except SerError:
        raise
    except MultiPartException as error:
        raise refusals.bad_request(
            f"The form cannot be read, or holds more than {MAX_FILES} recordings."
        ) from error
    found = []
    for _, part in form.multi_items():
        if isinstance(part, UploadFile):
            found.append((bare(part.filename or ""), await part.read()))
            await part.close()
    return found
