"""How much a service takes on: whoever finds no room is told so at once, and nobody piles up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import TypeVar

from ser_core.service import refusals
from ser_core.service.settings import ALL_BYTES, LIVE_EACH, WAIT_S, WAITING_EACH, WORK_S

_T = TypeVar("_T")


class Deadline:
    """The end of the time that a request may be worked on; it is told progress, as models tell it.

    Parameters
    ----------
    seconds : float
        From now.
    """

    def __init__(self, seconds: float = WORK_S) -> None:
        self._seconds, self._ends = seconds, time.monotonic() + seconds

    def __call__(self, share: float = 0.0) -> None:
        """Raise `SerError` with code ``out_of_time`` where time is over."""
        if time.monotonic() > self._ends:
            raise refusals.out_of_time(self._seconds)


class Limits:
    """The room of a service; belongs to its event loop.

    Parameters
    ----------
    at_once : int
        Recordings that are worked on at the same time, each in a thread.

    Attributes
    ----------
    in_hand, live, working : int
        Requests taken, live connections, recordings worked on now.
    """

    def __init__(self, at_once: int) -> None:
        self._most_in_hand, self._most_live = at_once * WAITING_EACH, at_once * LIVE_EACH
        self._n_bytes = self.in_hand = self.live = self.working = 0
        self._free = asyncio.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(at_once, "hearing")

    @contextmanager
    def admitted(self, n_bytes: int) -> Iterator[None]:
        """Keep room for a request of so many bytes, before they are read.

        Raises
        ------
        SerError
            With code ``busy``.
        """
        if self.in_hand >= self._most_in_hand or self._n_bytes + n_bytes > ALL_BYTES:
            raise refusals.busy()
        self.in_hand += 1
        self._n_bytes += n_bytes
        try:
            yield
        finally:
            self.in_hand -= 1
            self._n_bytes -= n_bytes

    @contextmanager
    def connected(self) -> Iterator[None]:
        """Keep room for a live connection.

        Raises
        ------
        SerError
            With code ``busy``.
        """
        if self.live >= self._most_live:
            raise refusals.busy()
        self.live += 1
        try:
            yield
        finally:
            self.live -= 1

    async def work(self, call: Callable[[Deadline], _T]) -> _T:
        """Work on something in a thread when its turn comes.

        Parameters
        ----------
        call : callable
            Asks the `Deadline` that it is given as it goes on.

        Raises
        ------
        SerError
            With code ``busy`` where its turn does not come in time.
        """
        try:
            await asyncio.wait_for(self._free.acquire(), WAIT_S)
        except TimeoutError as error:
            raise refusals.busy() from error
        self.working += 1
        running = asyncio.get_running_loop().run_in_executor(
            self._threads, partial(_within_time, call)
        )
        # Whoever asked may have gone; the thread is free only when it is through.
        running.add_done_callback(self._through)
        return await asyncio.shield(running)

    def end(self) -> None:
        """Take no more work."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _through(self, running: asyncio.Future[_T]) -> None:
        self.working -= 1
        self._free.release()
        if not running.cancelled():
            # Retrieved, so that nobody is told of a fault whose asker has gone.
            running.exception()


def _within_time(call: Callable[[Deadline], _T]) -> _T:
    return call(Deadline())
