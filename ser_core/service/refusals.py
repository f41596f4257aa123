"""What a service refuses, in the contract's manner, and with which HTTP status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from ser_core.errors import SerError
from ser_core.service.settings import RETRY_AFTER_S

_UNUSABLE = 422
_STATUS = {
    "bad_request": 400,
    "empty": 400,
    "unknown_format": 400,
    "unauthorized": 401,
    "foreign_origin": 403,
    "foreign_host": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "stalled": 408,
    "too_large": 413,
    "not_audio": 415,
    "unknown_codec": 415,
    "no_sound_track": 415,
    "not_installed": 501,
    "unforeseen": 500,
    "busy": 503,
    "out_of_time": 503,
}


def status_of(code: str) -> int:
    """The HTTP status of a refusal; a recording that cannot be used is 422."""
    return _STATUS.get(code, _UNUSABLE)


def answer(error: SerError, more: Mapping[str, str] | None = None) -> JSONResponse:
    """A refusal as a response, ``{"error": {"code", "message"}}``, with more headers if given."""
    status = status_of(error.code)
    headers = dict(more or {})
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body(error), status, headers)


def body(error: SerError) -> dict[str, Any]:
    """A refusal as plain JSON values."""
    return {"error": {"code": error.code, "message": error.message}}


def busy() -> SerError:
    """There is no room for another request now."""
    return SerError(
        "busy",
        "As many recordings as this server can take are in hand. Send yours again in "
        f"{RETRY_AFTER_S} seconds.",
    )


def out_of_time(seconds: float) -> SerError:
    """A request was worked on for as long as one may be."""
    return SerError(
        "out_of_time",
        f"The request was worked on for {seconds:.0f} s, which is the most. Send fewer or shorter "
        "recordings, or try again when less is asked of this server.",
    )


def stalled() -> SerError:
    """A request that does not arrive."""
    return SerError(
        "stalled", "The rest of the request did not come in time. Send it again, as a whole."
    )


def bad_request(said: str) -> SerError:
    """A request that is not as the documentation says."""
    return SerError("bad_request", f"{said} How requests look stands at /docs.")
