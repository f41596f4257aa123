"""Fetch the clips of `ser_core.data.unheard`: from the corpus's own address, or from the mirror.

They go to the user's cache folder, into a folder of their own that never holds anything else. Each
is held against its checksum before it is kept, and is there whole or not at all.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ser_core.data import unheard
from ser_core.data.unheard import Clip
from ser_core.errors import CorpusError
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_

if TYPE_CHECKING:
    # Every page offers the clips, but few visitors fetch them: it is imported by those.
    import requests

ADDRESSES = (
    (
        "GitHub",
        "https://media.githubusercontent.com/media/CheyneyComputerScience/CREMA-D/"
        "f06ffd71c7065ae7e30587f31b96662c44c80f78/AudioWAV/",
    ),
    ("GitLab", "https://gitlab.com/cs-cooper-lab/crema-d-mirror/-/raw/main/AudioWAV/"),
)
"""Where the clips lie: the corpus's own address, often over its transfer limit, and the mirror."""

MOST_S = 90.0
"""All of them together take no longer than this, or it is given up."""

_WAIT_S = (5.0, 15.0)  # for a connection, and for the next bytes
_AT_ONCE = 4
_PIECE = 1 << 14
_STALE_S = 3600.0
_FETCHING = threading.Lock()


@dataclass(frozen=True)
class _Reason:
    """Why an address gave nothing: the code of the refusal, and what it did."""

    code: str
    said: str
    status: int = 0


_UNREACHED = _Reason("no_network", N_("it could not be reached"))
_BROKE_OFF = _Reason("download_failed", N_("the transfer broke off"))
_OTHER = _Reason("wrong_checksum", N_("it sent something else than the recording"))


class _NotGivenError(Exception):
    """No address gave a clip; told in words by the thread that asked, which knows the language."""

    def __init__(self, reasons: dict[str, _Reason]) -> None:
        super().__init__()
        self.reasons = reasons


class _OutOfTimeError(Exception):
    """It took too long, or is not wanted any more."""


def fetch(
    wanted: Sequence[Clip],
    *,
    progress: Callable[[float], None] = lambda share: None,
    most_s: float = MOST_S,
) -> None:
    """Get clips into the cache folder. What is there already, whole, is not fetched again.

    Whoever asks while another fetches waits, and finds them there. What was fetched before a fault
    is kept, so that a second try goes on.

    Parameters
    ----------
    wanted : sequence of Clip
    progress : callable
        Told the share that is there, from this thread.
    most_s : float
        Give up after so many seconds.

    Raises
    ------
    CorpusError
        With code ``no_network`` (neither address can be reached), ``download_failed``,
        ``wrong_checksum``, ``too_slow``, ``disk_full``, ``not_writable`` or ``no_cache``.
    """
    until = time.monotonic() + most_s
    if not _FETCHING.acquire(timeout=most_s):
        raise _too_slow()
    try:
        left = unheard.missing(wanted)
        if not left:
            return
        with _writing():
            place = _ready_folder(sum(clip.n_bytes for clip in left))
            _fetch_all(left, place, until, progress)
    finally:
        _FETCHING.release()


def _fetch_all(
    left: Sequence[Clip], place: Path, until: float, progress: Callable[[float], None]
) -> None:
    given_up = threading.Event()
    failed: set[str] = set()
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        tasks = [threads.submit(_fetch_one, clip, place, until, given_up, failed) for clip in left]
        try:
            for done, task in enumerate(as_completed(tasks), 1):
                task.result()
                progress(done / len(tasks))
        except _NotGivenError as error:
            raise _broken(error.reasons) from error
        except _OutOfTimeError as error:
            raise _too_slow() from error
        finally:
            # Also where whoever waited has left the page meanwhile.
            given_up.set()
            threads.shutdown(cancel_futures=True)


def _fetch_one(
    clip: Clip, place: Path, until: float, given_up: threading.Event, failed: set[str]
) -> None:
    """Get one clip from the first address that gives it; those that failed before come last."""
    import requests

    reasons: dict[str, _Reason] = {}
    for title, address in sorted(ADDRESSES, key=lambda one: one[0] in failed):
        try:
            content = _download(address + clip.file, clip, until, given_up)
        except requests.RequestException as error:
            reasons[title] = _reason(error)
        else:
            if hashlib.sha256(content).hexdigest() == clip.sha256:
                _keep(content, place / clip.file)
                return
            reasons[title] = _OTHER
        failed.add(title)
    raise _NotGivenError(reasons)


def _download(address: str, clip: Clip, until: float, given_up: threading.Event) -> bytes:
    """What an address sends, at most a byte more than the clip has."""
    import requests

    content = bytearray()
    plain = {"Accept-Encoding": "identity"}
    with requests.get(address, headers=plain, stream=True, timeout=_WAIT_S) as answer:
        answer.raise_for_status()
        for piece in answer.iter_content(_PIECE):
            content += piece[: clip.n_bytes + 1 - len(content)]
            if given_up.is_set() or time.monotonic() > until:
                raise _OutOfTimeError
            if len(content) > clip.n_bytes:
                break
    return bytes(content)


def _reason(error: requests.RequestException) -> _Reason:
    import requests

    if error.response is not None:
        status = error.response.status_code
        return _Reason("download_failed", N_("it answered {status}"), status)
    unreached = isinstance(error, requests.ConnectionError | requests.Timeout)
    return _UNREACHED if unreached else _BROKE_OFF


def _keep(content: bytes, target: Path) -> None:
    """Write a whole file, or none."""
    unfinished = target.with_name(f"{target.name}.{os.getpid()}-{threading.get_ident()}.part")
    try:
        unfinished.write_bytes(content)
        os.replace(unfinished, target)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


def _ready_folder(n_bytes: int) -> Path:
    place = unheard.folder()
    place.mkdir(parents=True, exist_ok=True)
    for unfinished in place.glob("*.part"):
        # Of a process that was ended meanwhile.
        if time.time() - unfinished.stat().st_mtime > _STALE_S:
            unfinished.unlink(missing_ok=True)
    if shutil.disk_usage(place).free < 2 * n_bytes:
        raise OSError(errno.ENOSPC, "no room")
    return place


@contextmanager
def _writing() -> Iterator[None]:
    """What the disk refuses is told in words."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise CorpusError(
                "disk_full",
                _(
                    "There is no room on this server's disk for the recordings, which are three "
                    "megabytes. Make some, and try again."
                ),
            ) from error
        raise CorpusError(
            "not_writable",
            _(
                "The recordings cannot be kept: the cache folder of this server cannot be written. "
                "Name one that can in $XDG_CACHE_HOME."
            ),
        ) from error


def _broken(reasons: Mapping[str, _Reason]) -> CorpusError:
    codes = {reason.code for reason in reasons.values()}
    told = "; ".join(
        f"{title}: {_(reason.said).format(status=reason.status)}"
        for title, reason in reasons.items()
    )
    if codes == {_UNREACHED.code}:
        return CorpusError(
            _UNREACHED.code,
            _(
                "The recordings could not be fetched: this server reaches neither address ({told})."
            ).format(told=told),
        )
    return CorpusError(
        _OTHER.code if _OTHER.code in codes else _BROKE_OFF.code,
        _(
            "The recordings could not be fetched ({told}). Try again later: what has come whole is "
            "kept."
        ).format(told=told),
    )


def _too_slow() -> CorpusError:
    return CorpusError(
        "too_slow",
        _(
            "The recordings took too long to come, so that was given up. Try again: what has come "
            "whole is kept."
        ),
    )
