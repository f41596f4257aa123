"""How a service is set up, and the bounds that every request keeps."""

from __future__ import annotations

import ipaddress
import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path

from ser_core import audio
from ser_core.errors import SettingsError

TOKEN_VARIABLE = "UNDERTONE_TOKEN"
"""The environment variable that holds the token."""

MAX_FILES = 20
"""Recordings that one request may bring."""

FRAMING_BYTES = 2**20
"""What a multipart form may take around its recordings."""

MANY_BYTES = 50 * 1024**2
"""Bytes that several recordings of one request may have together."""

ALL_BYTES = 200 * 1024**2
"""Bytes that all requests in hand may bring together; a small server has 1 GB for everything."""

STALLED_S, UPLOAD_S = 30.0, 120.0
"""An upload that sends nothing for so long, or takes so long in all, is given up."""

WAIT_S, WORK_S = 20.0, 60.0
"""How long a request may wait for its turn, and how long it may then be worked on."""

WAITING_EACH = 8
"""Requests in hand for each that is worked on; more are told to come again."""

LIVE_EACH = 4
"""Live connections for each request that is worked on; more are told to come again."""

RETRY_AFTER_S = 5
"""When whom there was no room for should come again."""

_AT_ONCE_BY_ITSELF = 4
# What RFC 6750 lets a token be made of.
_TOKEN = re.compile(r"[A-Za-z0-9\-._~+/]+=*")
_ORIGIN = re.compile(r"https?://[^/?#\s@]+")


@dataclass(frozen=True)
class Settings:
    """A service.

    Attributes
    ----------
    host : str
        Address to listen at.
    port : int
        0 for any that is free.
    at_once : int
        Recordings that are worked on at the same time.
    token : str or None
        What requests must bear; None where they need none.
    origins : tuple of str
        Pages of other origins that may use it, as ``https://example.org``.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    at_once: int = field(default_factory=lambda: min(_AT_ONCE_BY_ITSELF, os.cpu_count() or 1))
    token: str | None = field(default=None, repr=False)
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.port < 2**16:
            raise SettingsError(
                "bad_port", f"{self.port} is no port: they go from 0 (any that is free) to 65535."
            )
        if self.at_once < 1:
            raise SettingsError(
                "bad_at_once", f"--at-once is {self.at_once}; at least 1 recording is heard."
            )
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise SettingsError(
                "bad_token",
                "The token is empty or holds what no token may: letters, digits and - . _ ~ + / "
                "are taken. Make one with: python -c 'import secrets; "
                "print(secrets.token_urlsafe())'.",
            )
        for origin in self.origins:
            if not _ORIGIN.fullmatch(origin):
                raise SettingsError(
                    "bad_origin",
                    f"{origin!r} is no origin: give the scheme and the host of a page, as "
                    "https://example.org.",
                )

    @property
    def is_here_only(self) -> bool:
        """Whether it answers this computer only."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host, by its name or address, is the computer itself."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def most_bytes(several: bool) -> int:
    """Of a request's body, by whether it may bring several recordings."""
    return (MANY_BYTES if several else audio.MAX_BYTES) + FRAMING_BYTES


def token_of(file: Path | None) -> str | None:
    """The token, from a file or from the environment; None where there is neither.

    It is never an argument: all users of a computer can read those.

    Raises
    ------
    SettingsError
        With code ``bad_token`` for a file that cannot be read, or that others may read.
    """
    if file is None:
        return os.environ.get(TOKEN_VARIABLE)
    try:
        with file.open(encoding="utf-8") as opened:
            if os.name != "nt" and os.fstat(opened.fileno()).st_mode & (
                stat.S_IRGRP | stat.S_IROTH
            ):
                raise SettingsError(
                    "bad_token",
                    f"The token's file {file.name!r} can be read by others than you. Close it to "
                    f"them: chmod 600 {file.name}.",
                )
            return opened.read(10_000).strip()
    except (OSError, ValueError) as error:
        fault = getattr(error, "strerror", None) or "it holds no text"
        raise SettingsError(
            "bad_token", f"The token's file {file.name!r} cannot be read: {fault}."
        ) from error
