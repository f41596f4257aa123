"""The server around the pages: what `streamlit_app.py` hands to ``streamlit run``.

Whom it answers, what it takes before it has taken it, who may fetch a sound, what every response
says to the browser, and when a visit is over. What must reach into Streamlit for it is in
`ui.inside`.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
from collections.abc import AsyncIterator
from http.cookies import CookieError, SimpleCookie
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config

from ser_core import audio, language
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import inside, kept
from ui.visits import VISITS

COOKIE = "undertone"
"""A random number, by which a browser's own sessions and sounds are told from those of others."""

STALLED_S = 30.0
"""An upload that sends nothing for so long is given up: room was kept for it."""

# Streamlit's page is made of scripts and styles that it inserts itself; components come as blobs.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "frame-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        # Community Cloud shows an app in a frame of its own.
        "frame-ancestors 'self' https://*.streamlit.app https://*.streamlit.io",
    )
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
}
"""What every response says to the browser."""

_CLOSED = N_(
    "Undertone answers on this computer only. To open it to others, start it with\n"
    "streamlit run streamlit_app.py --server.address 0.0.0.0\n"
)
_FAILED = N_("Something went wrong on the server. Reload the page and try again.\n")
# Where Streamlit Community Cloud puts a repository. Its visitors come through a proxy of its own.
_COMMUNITY_CLOUD = "/mount/src/"


class Doorkeeper:
    """Middleware around Streamlit's own.

    Parameters
    ----------
    app : ASGI application
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            app = self._app if _may_come(scope) else _answer(_(_CLOSED), 403)
            await app(scope, receive, send)
            return
        # Nothing here runs for a page: what it says of an upload, the page shows later.
        with language.use(Headers(scope=scope).get("accept-language", language.ENGLISH)):
            await self._answer_browser(scope, receive, send)

    async def _answer_browser(self, scope: Scope, receive: Receive, send: Send) -> None:
        browser = _browser(scope)
        new = None if browser else secrets.token_urlsafe(24)
        telling = _Telling(send, new, secure=scope.get("scheme") == "https")
        try:
            await self._let_in(scope, receive, telling, browser)
        except Exception:
            if not telling.began:
                await _answer(_(_FAILED), 500)(scope, receive, telling)
            raise

    async def _let_in(
        self, scope: Scope, receive: Receive, send: Send, browser: str | None
    ) -> None:
        path = _path(scope)
        if not _may_come(scope):
            await _answer(_(_CLOSED), 403)(scope, receive, send)
        elif _is_closed(path, browser):
            await _answer("Not Found", 404)(scope, receive, send)
        elif scope["method"] == "PUT" and path.startswith("/_stcore/upload_file/"):
            await self._upload(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        session = _path(scope).removeprefix("/_stcore/upload_file/").split("/")[0]
        ticket = -1
        if inside.is_active(session):
            told = Headers(scope=scope).get("content-length", "")
            n_bytes = int(told) if told.isdecimal() else audio.MAX_BYTES
            before = VISITS.refusal(session)
            expected = VISITS.expect(session, n_bytes, inside.stored())
            if isinstance(expected, str):
                await _answer(expected, 413)(scope, receive, send)
                if before is None:
                    # Streamlit's uploader has only a number for it: the page says the words.
                    inside.rerun(session)
                return
            ticket = expected

        async def receive_in_time() -> Message:
            try:
                return await asyncio.wait_for(receive(), STALLED_S)
            except TimeoutError:
                return {"type": "http.disconnect"}

        try:
            await self._app(scope, receive_in_time, send)
        except ClientDisconnect:
            return  # Broken off: nothing was stored, and there is nobody to tell.
        finally:
            VISITS.arrived(ticket)


MIDDLEWARE = [Middleware(Doorkeeper)]


@contextlib.asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Follow the visits from before the first until the server ends."""
    inside.spare_memory()
    inside.keep_uploads_in_memory()
    inside.watch(VISITS, COOKIE, _ended)
    yield


def clear(session: str) -> None:
    """Delete all that was uploaded by a session, and all that it shows."""
    inside.drop_uploads(session)
    inside.drop_media(VISITS, session)
    VISITS.forget_refusal(session)


def _ended(session: str) -> None:
    kept.KEPT.forget(session)
    inside.give_back()


def _may_come(scope: Scope) -> bool:
    return _is_open() or _is_here(scope)


def _is_open() -> bool:
    """Whether somebody opened the server to others, by setting the address it listens at."""
    return config.is_manually_set("server.address") or __file__.startswith(_COMMUNITY_CLOUD)


def _path(scope: Scope) -> str:
    """The path below `server.baseUrlPath`."""
    base: str = config.get_option("server.baseUrlPath").strip("/")
    path: str = scope["path"]
    return path.removeprefix(f"/{base}") if base else path


def _is_closed(path: str, browser: str | None) -> bool:
    """The server's own figures are for nobody, a sound for the browser whose page shows it."""
    if path == "/_stcore/metrics":
        return True
    return path.startswith("/media/") and not VISITS.may_fetch(inside.file_id(path), browser)


def _is_here(scope: Scope) -> bool:
    """Whether a request comes from this computer."""
    try:
        address = ipaddress.ip_address(scope["client"][0].split("%")[0])
    except (TypeError, ValueError):
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _browser(scope: Scope) -> str | None:
    """The random number in the browser's cookie."""
    try:
        cookies = SimpleCookie(Headers(scope=scope).get("cookie", ""))
    except CookieError:
        return None
    return cookies[COOKIE].value if COOKIE in cookies else None


class _Telling:
    """Sends on what answers a request, with what every response says to the browser."""

    def __init__(self, send: Send, browser: str | None, *, secure: bool) -> None:
        self._send, self._browser, self._secure = send, browser, secure
        self.began = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.began = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._browser and headers.get("content-type", "").startswith("text/html"):
                headers.append(
                    "Set-Cookie",
                    f"{COOKIE}={self._browser}; Path=/; HttpOnly; SameSite=Lax"
                    f"{'; Secure' * self._secure}",
                )
        await self._send(message)


def _answer(text: str, status: int) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": ""})
            return
        await PlainTextResponse(text, status)(scope, receive, send)

    return answer
