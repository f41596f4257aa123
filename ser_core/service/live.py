"""A voice as it is spoken, over a WebSocket: 16-bit samples in, verdicts out.

Each piece is answered, by the cells that are told anew; at ``end``, or after ten minutes, the whole
is heard as a recording is, and the connection closed.
"""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Any

import numpy as np
from starlette.websockets import WebSocket, WebSocketDisconnect

from ser_core import audio
from ser_core.errors import AudioError, SerError
from ser_core.inference import live as hearing_live
from ser_core.inference.batch import Row
from ser_core.inference.live import Live
from ser_core.inference.predictor import Model
from ser_core.inference.timeline import CELL_S
from ser_core.inference.windows import WINDOW_HOP_S
from ser_core.service import hearing, refusals
from ser_core.service.limits import Deadline, Limits
from ser_core.service.settings import STALLED_S

MAX_PIECE_BYTES = 10 * 2 * audio.SAMPLE_RATE
"""Largest message: ten seconds."""

END = "end"
"""The text that ends a recording."""

NAME = "live"
"""What a recording is called that has no name."""

_MOST_BYTES = 2 * round(audio.LONG_DURATION_S * audio.SAMPLE_RATE)
# Smaller pieces wait for the next: they would cost as much as a cell, and tell nothing new.
_LEAST_BYTES = 2 * round(CELL_S * audio.SAMPLE_RATE)
# Of a larger piece each part is judged, as if it had come by itself.
_STEP = round(WINDOW_HOP_S * audio.SAMPLE_RATE)
# RFC 6455: fine; data that make no sense; a bound that was broken; come again later.
_FINE, _NONSENSE, _BROKEN, _LATER = 1000, 1007, 1008, 1013


async def converse(socket: WebSocket, model: Model, limits: Limits) -> float:
    """Hear one recording; returns how many seconds of it came."""
    await socket.accept()
    samples = bytearray()
    # Who goes without an end wants no answer: what was said is forgotten.
    with contextlib.suppress(WebSocketDisconnect):
        try:
            await _hear_pieces(socket, Live(model), limits, samples)
            whole = await limits.work(partial(_whole, model, bytes(samples)))
            await socket.send_json({"whole": whole})
            await socket.close(_FINE)
        except SerError as error:
            await socket.send_json(refusals.body(error))
            await socket.close(_closing(error))
    return len(samples) / 2 / audio.SAMPLE_RATE


async def _hear_pieces(socket: WebSocket, live: Live, limits: Limits, samples: bytearray) -> None:
    """Answer each piece until the end, or until as much came as is heard."""
    fresh = bytearray()
    while len(samples) < _MOST_BYTES and (piece := await _piece(socket)) is not None:
        piece = piece[: _MOST_BYTES - len(samples)]
        samples += piece
        fresh += piece
        first = len(live.verdicts)
        if len(fresh) >= _LEAST_BYTES:
            first = await limits.work(partial(_hear, live, bytes(fresh)))
            fresh.clear()
        await socket.send_json(_told(live, first))


async def _piece(socket: WebSocket) -> bytes | None:
    """The next samples; None at the end of the recording."""
    try:
        message = await asyncio.wait_for(socket.receive(), STALLED_S)
    except TimeoutError as error:
        raise refusals.stalled() from error
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", _FINE))
    content = message.get("bytes")
    if content is not None and len(content) % 2 == 0:
        return bytes(content)
    if message.get("text") == END:
        return None
    raise refusals.bad_request(
        "A message is either samples, as 16-bit little-endian numbers at 16 kHz, or the text "
        f"{END!r}."
    )


def _hear(live: Live, piece: bytes, deadline: Deadline) -> int:
    """Hear a piece; gives the first cell that is told anew."""
    samples = np.frombuffer(piece, dtype="<i2")
    first = len(live.verdicts)
    for start in range(0, len(samples), _STEP):
        deadline()
        first = min(first, live.hear(samples[start : start + _STEP]))
    return first


def _closing(error: SerError) -> int:
    if error.code == "bad_request":
        return _NONSENSE
    return _LATER if refusals.status_of(error.code) == 503 else _BROKEN


def _told(live: Live, first: int) -> dict[str, Any]:
    """The cells from the first that is told anew."""
    cells = range(first, len(live.verdicts))
    return {
        "duration_s": live.duration_s,
        "first": first,
        "cells": [
            {
                "start_s": cell * CELL_S,
                "end_s": (cell + 1) * CELL_S,
                "verdict": live.verdicts[cell],
                "probabilities": dict(
                    zip(live.answers, live.probabilities[cell].tolist(), strict=True)
                ),
            }
            for cell in cells
        ],
    }


def _whole(model: Model, samples: bytes, deadline: Deadline) -> dict[str, Any]:
    try:
        return hearing.timeline(model, NAME, hearing_live.wav(samples), False, deadline)
    except AudioError as error:
        return Row(NAME, error=error).to_dict()
