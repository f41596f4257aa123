"""What was made from recordings, kept in memory: by visit, and bounded over all visits together.

Streamlit's own caches bound each visit, not their sum, and end with a session only when Streamlit
notices. Here the oldest makes room whoever it belongs to, and comes again when it is asked for.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, ParamSpec, Protocol, TypeVar

import numpy as np
import streamlit as st

from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import inside

MOST_BYTES = 100 * 10**6
"""Of all visits together: two recordings of ten minutes, or some hundreds of sentences."""

LONG_S = 120.0
"""A recording longer than this, in seconds, waits for the one that is worked on."""

LARGE_BYTES = 300_000
"""A larger file is decoded alone; few hold many minutes in less."""

WAITING = N_("Another recording is being heard here. Yours comes after it")

AT_ONCE = max(2, os.cpu_count() or 1)
"""Short recordings that are worked on at once: more would only make each other late."""

_LONG = threading.RLock()
# Short recordings never wait for large files. Of a small file, ten minutes can still come out.
_LARGE_DECODING, _SMALL_DECODING = threading.Semaphore(1), threading.Semaphore(3)
_P = ParamSpec("_P")
_R = TypeVar("_R")
_Key = tuple[str, str, Hashable]


class _Turns(Protocol):
    """A lock or a semaphore."""

    def acquire(self, blocking: bool = ...) -> bool: ...

    def release(self) -> None: ...


class Kept:
    """Values by visit, kind and key; the least recently used go first. Safe between threads.

    Parameters
    ----------
    most_bytes : int
        Of all values together; the newest stays, however large it is.
    """

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._values: OrderedDict[_Key, tuple[Any, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, visit: str, kind: str, key: Hashable, make: Callable[[], Any], most: int) -> Any:
        """The value, made now if it is not there.

        Parameters
        ----------
        visit, kind : str
        key : hashable
        make : callable
        most : int
            Values of this kind that a visit may have.
        """
        place = (visit, kind, key)
        with self._lock:
            if place in self._values:
                self._values.move_to_end(place)
                return self._values[place][0]
        value = make()
        with self._lock:
            self._values[place] = (value, n_bytes(value))
            same = [other for other in self._values if other[:2] == place[:2]]
            for other in same[:-most]:
                del self._values[other]
            while self._sum() > self.most_bytes and len(self._values) > 1:
                self._values.popitem(last=False)
        return value

    def forget(self, visit: str) -> None:
        """Drop all that a visit has."""
        with self._lock:
            for place in [place for place in self._values if place[0] == visit]:
                del self._values[place]

    def __contains__(self, visit: str) -> bool:
        """Whether a visit has anything here."""
        with self._lock:
            return any(place[0] == visit for place in self._values)

    def n_bytes(self) -> int:
        """Of all values together."""
        with self._lock:
            return self._sum()

    def _sum(self) -> int:
        return sum(size for _, size in self._values.values())


KEPT = Kept()
"""That of this server."""


class Seats:
    """Places for so many threads at once; one that has a place needs no second.

    Parameters
    ----------
    count : int
    """

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)
        self._mine = threading.local()

    def acquire(self, blocking: bool = True) -> bool:
        """Take a place; false where there is none and none is waited for."""
        held = getattr(self._mine, "held", 0)
        if not held and not self._free.acquire(blocking):
            return False
        self._mine.held = held + 1
        return True

    def release(self) -> None:
        """Give it back."""
        self._mine.held -= 1
        if not self._mine.held:
            self._free.release()


_SHORT = Seats(AT_ONCE)


def of_recording(
    most: int,
    *,
    spinner: str = "",
    turn: Callable[[str, bytes], AbstractContextManager[object]] | None = None,
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]:
    """Keep what a function makes from a recording, for the visit that asks.

    Parameters
    ----------
    most : int
        Values that a visit may have of it.
    spinner : str
        Shown while it is made.
    turn : callable, optional
        Waits until a recording, of this digest and content, may be worked on.
    """

    def decorate(make: Callable[_P, _R]) -> Callable[_P, _R]:
        @functools.wraps(make)
        def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> _R:
            def now() -> _R:
                content = next((part for part in args if isinstance(part, bytes)), b"")
                waiting = turn(str(args[0]), content) if turn else nullcontext()
                with waiting, st.spinner(_(spinner)) if spinner else nullcontext():
                    return make(*args, **kwargs)

            # A digest says which bytes they are.
            key = tuple(part for part in args if not isinstance(part, bytes))
            found: _R = KEPT.get(inside.visit(), make.__name__, key, now, most)
            return found

        return wrapped

    return decorate


def one_at_a_time(duration_s: float) -> AbstractContextManager[object]:
    """Wait where a long recording is worked on; a short one waits for as many short ones only.

    What a visit keeps is bounded; what is needed meanwhile is so only if few do it at once. Whoever
    waits must hold no sound: ten minutes of it are 38 MB.
    """
    return alone() if duration_s > LONG_S else _waiting(_SHORT)


def alone() -> AbstractContextManager[object]:
    """Wait where a long recording is worked on, or much else, and let such wait meanwhile."""
    return _waiting(_LONG)


def decoding(content: bytes) -> AbstractContextManager[object]:
    """Wait where as many files as may be are decoded: for a second, not for their verdicts."""
    return _waiting(_LARGE_DECODING if len(content) > LARGE_BYTES else _SMALL_DECODING)


@contextmanager
def _waiting(free: _Turns) -> Iterator[None]:
    """Hold what is taken in turns; a visitor who waits for it sees why."""
    has_it = free.acquire(blocking=False)
    try:
        if not has_it:
            # Where the page is left meanwhile, this raises.
            with st.spinner(_(WAITING)):
                has_it = free.acquire()
        yield
    finally:
        if has_it:
            free.release()


def n_bytes(value: Any) -> int:
    """About how much memory a value takes: that of the arrays and bytes in it."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, bytes):
        return len(value)
    if dataclasses.is_dataclass(value):
        return sum(n_bytes(getattr(value, part.name)) for part in dataclasses.fields(value))
    if isinstance(value, Mapping):
        return sum(map(n_bytes, value.values()))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return sum(map(n_bytes, value))
    return 0
