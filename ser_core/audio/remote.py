"""Recordings in object storage and elsewhere: ``s3://bucket/a.wav``, whatever fsspec knows.

Only names that were given on purpose, by whoever runs the program, come here: what a visitor sends
is bytes.
"""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ser_core.errors import AudioError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def is_remote(source: str | Path) -> bool:
    """Whether a name is an address, as ``s3://...``, and no path."""
    return isinstance(source, str) and _SCHEME.match(source) is not None


def files(address: str) -> list[str] | None:
    """The addresses of all files below a folder, sorted; None where the address is no folder.

    Raises
    ------
    AudioError
        With code ``not_installed`` or ``not_found``.
    """
    system, path = _opened(address)
    try:
        if not system.isdir(path):
            return None
        found = sorted(str(file) for file in system.find(path))
        return [str(system.unstrip_protocol(file)) for file in found]
    except Exception as error:  # each storage has faults of its own
        raise _unreadable(address, error) from error


def read(address: str, most: int) -> tuple[bytes, int]:
    """At most so many bytes of a file, and its size.

    Raises
    ------
    AudioError
        With code ``not_installed`` or ``not_found``.
    """
    system, path = _opened(address)
    try:
        with system.open(path, "rb") as file:
            content = bytes(file.read(most))
        return content, max(len(content), int(system.size(path) or 0))
    except Exception as error:  # each storage has faults of its own
        raise _unreadable(address, error) from error


def _opened(address: str) -> tuple[AbstractFileSystem, str]:
    scheme = address.split("://", 1)[0]
    try:
        import fsspec

        found: Any = fsspec.core.url_to_fs(address)
    except ImportError as error:
        raise AudioError(
            "not_installed",
            f"Reading {scheme}:// needs packages that are not installed: pip install '.[remote]' "
            "in a clone of Undertone, and that of the storage (s3fs for s3://, gcsfs for gs://).",
        ) from error
    except Exception as error:
        raise _unreadable(address, error) from error
    system, path = found
    return system, str(path)


def _unreadable(address: str, error: Exception) -> AudioError:
    fault = getattr(error, "strerror", None)
    if fault is None:
        fault = "nothing is there" if isinstance(error, FileNotFoundError) else type(error).__name__
    return AudioError(
        "not_found",
        f"{PurePosixPath(address).name!r} cannot be read from {address.split('://', 1)[0]}://: "
        f"{fault}. Check the address and your permission to read it.",
    )
