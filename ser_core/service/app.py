"""The service as a whole: made, warmed, and run until it is told to end."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
from collections.abc import AsyncIterator

import numpy as np
import uvicorn
from fastapi import FastAPI, Security
from fastapi.exceptions import RequestValidationError
from fastapi.security import HTTPBearer
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse

import ser_core
from ser_core import audio
from ser_core.audio import Clip
from ser_core.errors import SerError
from ser_core.inference.annotation import WHAT_THIS_IS
from ser_core.inference.predictor import Model
from ser_core.service import live, refusals, routes
from ser_core.service.door import Door
from ser_core.service.limits import Limits
from ser_core.service.metrics import Metrics
from ser_core.service.settings import Settings

_ABOUT = f"""\
{WHAT_THIS_IS} Voices are held in memory while they are heard, and never stored.

A WebSocket at `/live` takes a voice as it is spoken: 16-bit little-endian samples, mono at 16 kHz,
in pieces of any length up to ten seconds; each is answered by the cells that are told anew. The
text `{live.END}` ends it: the whole is heard then, as by `/timeline`.
"""
_SHUTDOWN_S, _BACKLOG = 10, 128


def make(settings: Settings, model: Model) -> FastAPI:
    """The service as an ASGI application.

    Parameters
    ----------
    settings : Settings
    model : Model
    """
    limits = Limits(settings.at_once)
    metrics = Metrics(limits)

    @contextlib.asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        limits.end()

    middleware = [Middleware(Door, settings=settings, metrics=metrics)]
    if settings.origins:
        middleware.insert(
            0,
            Middleware(
                CORSMiddleware,
                allow_origins=settings.origins,
                allow_methods=["GET", "POST"],
                allow_headers=["Authorization", "Content-Type"],
            ),
        )
    app = FastAPIOffline(
        redoc_url=None,
        title="Undertone",
        version=ser_core.__version__,
        description=_ABOUT,
        middleware=middleware,
        lifespan=lifespan,
        # Without this, the page asks a service of others whether the interface is well described.
        swagger_ui_parameters={"validatorUrl": None},
    )
    app.state.service = routes.Service(model, limits, metrics)
    needed = [Security(HTTPBearer(auto_error=False))] if settings.token else []
    for router in (routes.about, routes.heard):
        app.include_router(router, dependencies=needed)
    app.include_router(routes.spoken)
    app.add_exception_handler(HTTPException, _no_such_thing)
    app.add_exception_handler(RequestValidationError, _misspelt)
    return app


def warm(model: Model) -> None:
    """See that the first who ask need not wait for what is made at the first call."""
    hum = np.sin(np.arange(audio.SAMPLE_RATE) / 20).astype(np.float32)
    model.predict_clip(Clip(signal=hum))
    audio.warm()


def run(settings: Settings, model: Model) -> None:
    """Listen and answer until the process is told to end.

    Raises
    ------
    SerError
        With code ``no_address`` where nothing can listen there.
    """
    listening = _listen(settings)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    port = listening.getsockname()[1]
    # uvicorn 0.54 says so of each WebSocket that is refused with an answer, and of whoever breaks
    # HTTP in the middle of a request; python-multipart, of each form that is none.
    logging.getLogger("uvicorn.error").addFilter(
        lambda record: "returned without completing" not in record.getMessage()
    )
    logging.getLogger("python_multipart").setLevel(logging.ERROR)
    print(f"Undertone answers at http://{host}:{port} (see /docs). Ctrl-C ends it.", flush=True)
    uvicorn.Server(
        uvicorn.Config(
            make(settings, model),
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws_max_size=live.MAX_PIECE_BYTES,
            ws_max_queue=4,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_SHUTDOWN_S,
        )
    ).run(sockets=[listening])


def _listen(settings: Settings) -> socket.socket:
    """A socket at the address."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM
        )[0]
        opened = socket.socket(family, kind)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        # From here on whoever comes waits a moment, and is not turned away.
        opened.listen(_BACKLOG)
    except OSError as error:
        taken = error.errno == errno.EADDRINUSE
        raise SerError(
            "no_address",
            f"Nothing can listen at {settings.host}, port {settings.port}: "
            f"{'something does already' if taken else error.strerror}. Name another with --host "
            "and --port; 0 is any port that is free.",
        ) from error
    return opened


async def _no_such_thing(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return refusals.answer(
            SerError("method_not_allowed", "This address is asked by another method: see /docs."),
            error.headers,
        )
    if error.status_code == 404:
        raise SerError(
            "not_found", "There is nothing at this address. What there is stands at /docs."
        )
    raise refusals.bad_request("The request cannot be read.")


async def _misspelt(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    names = ", ".join(sorted({str(one["loc"][-1]) for one in error.errors()}))
    raise refusals.bad_request(f"What was asked for cannot be had: look at {names}.")
