"""Who is let in, what every answer says to a browser, and what a fault of our own looks like."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import logging
import time
from urllib.parse import urlsplit

import h11
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ser_core.errors import SerError, unforeseen
from ser_core.service import refusals
from ser_core.service.metrics import Metrics
from ser_core.service.settings import Settings, is_loopback

OPEN = ("/", "/docs", "/openapi.json", "/health", "/static-offline-docs")
"""What needs no token, and what lies below it: it holds nothing of anybody."""

_POLICY = "; ".join(
    (
        "default-src 'none'",
        # The page about the interface has a script and styles of its own in it.
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""What every response says to the browser."""

_LINGER_S = 5.0
_log = logging.getLogger(__name__)


class Door:
    """Middleware around all routes.

    Parameters
    ----------
    app : ASGI application
    settings : Settings
    metrics : Metrics
    """

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app, self._settings, self._metrics = app, settings, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        began, asking, telling = time.monotonic(), _Asking(scope, receive), _Telling(send)
        try:
            self._look_at(scope)
            await self._app(scope, asking, telling)
        except SerError as error:
            await self._refuse(error, asking, telling)
        except h11.LocalProtocolError:
            pass  # Who breaks HTTP in the middle of a request cannot be answered.
        except Exception as error:
            _log.exception("A fault while answering.")
            await self._refuse(unforeseen(error), asking, telling)
        finally:
            path = getattr(scope.get("route"), "path", "other")
            self._metrics.answered(path, telling.status, time.monotonic() - began)

    async def _refuse(self, error: SerError, asking: _Asking, telling: _Telling) -> None:
        self._metrics.refused(error.code)
        if asking.scope["type"] == "websocket":
            await _deny(error, telling)
        elif not telling.status:
            if error.code != "stalled":
                await asking.linger()
            await refusals.answer(error)(asking.scope, asking, telling)

    def _look_at(self, scope: Scope) -> None:
        """Raise `SerError` for a request that may not come in."""
        headers = Headers(scope=scope)
        host, origin = headers.get("host", ""), headers.get("origin")
        allowed = self._settings.origins
        if self._settings.is_here_only and not (
            is_loopback(urlsplit(f"//{host}").hostname or "")
            or host in {urlsplit(one).netloc for one in allowed}
        ):
            # A page whose name was turned to this computer's address while it was open.
            raise SerError(
                "foreign_host",
                "This service is asked under its own address only, and under those of --origin.",
            )
        reads_only = scope["type"] == "http" and scope["method"] in ("GET", "HEAD")
        if (
            origin is not None
            and not reads_only
            and not (origin in allowed or urlsplit(origin).netloc == host)
        ):
            raise SerError(
                "foreign_origin",
                "A page of another origin may not use this service. Whoever runs it can allow "
                "that one: undertone serve --origin ORIGIN.",
            )
        token, path = self._settings.token, scope["path"]
        if token is None or path in OPEN or path.startswith(f"{OPEN[-1]}/"):
            return
        kind, _, given = headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not hmac.compare_digest(
            given.strip().encode(), token.encode()
        ):
            raise SerError(
                "unauthorized",
                "This service wants a token: send it in the header Authorization: Bearer TOKEN.",
            )


async def _deny(error: SerError, telling: _Telling) -> None:
    """End a WebSocket: before it is opened with an answer, behind that with a code."""
    if telling.status:
        await telling({"type": "websocket.close", "code": 1011, "reason": ""})
        return
    response = refusals.answer(error)
    await telling(
        {
            "type": "websocket.http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
    )
    await telling({"type": "websocket.http.response.body", "body": bytes(response.body)})


class _Asking:
    """What comes of a request, and whether all of it has."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope, self._receive = scope, receive
        self._over = scope["type"] != "http"
        # Who asks before sending is told before it sends.
        self._waits = Headers(scope=scope).get("expect", "").lower() == "100-continue"

    async def __call__(self) -> Message:
        message = await self._receive()
        self._over = self._over or not message.get("more_body")
        self._waits = False
        return message

    async def linger(self) -> None:
        """Take what is still sent of a refused request, for a moment, and drop it.

        One that is cut off in the middle of its sending never reads why.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_S):
                while not (self._over or self._waits):
                    await self()


class _Telling:
    """Sends on what answers a request, with what every response says to the browser."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        elif message["type"] == "websocket.accept":
            self.status = 101
        await self._send(message)
