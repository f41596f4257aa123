"""Many recordings: one after the other in one process, or in several, each with its own model.

Whatever hears them, what is said comes in the order of the recordings and is the same to the byte,
and no more than a bounded number of them is on the way at once.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import BrokenExecutor
from multiprocessing.connection import Connection, wait
from typing import Protocol

from ser_core.cli.hearing import (
    UNREADABLE,
    Heard,
    Introduction,
    Item,
    Listener,
    Wanted,
    lines_of,
    refusal,
)
from ser_core.cli.output import ours_alone
from ser_core.errors import AudioError

WORTH_IT = 16
"""With no more recordings than these, a process of its own takes longer to start than to hear."""

AHEAD = 16
"""How many recordings each process may be ahead of the next one that is to be told."""

# One is heard while the other waits, so that a process need not.
_ASKED_AT_ONCE = 2
# A recording that has ended so many processes is refused.
_MOST_ENDED = 2
_MOST_FAILED_STARTS = 3


class Hearers(Protocol):
    """Whoever hears the recordings."""

    introduction: Introduction

    def hear(self, items: Iterable[Item]) -> Iterator[tuple[Item, Heard]]:
        """What is said of each, in order."""

    def close(self) -> None:
        """Let go of all that hears."""


class Here:
    """The process that one is in."""

    def __init__(self, wanted: Wanted) -> None:
        with ours_alone():
            self._listener = Listener(wanted)
        self.introduction = self._listener.introduction

    def hear(self, items: Iterable[Item]) -> Iterator[tuple[Item, Heard]]:
        """What is said of each, in order."""
        for item in items:
            yield item, self._listener.hear(item)

    def close(self) -> None:
        """Nothing is held."""


class Processes:
    """Several processes of this computer.

    Parameters
    ----------
    wanted : Wanted
    count : int

    Raises
    ------
    BundleError
        For a model that is not there or does not run.
    BrokenExecutor
        Where a process ends before it can hear anything.
    """

    def __init__(self, wanted: Wanted, count: int) -> None:
        self._wanted = wanted
        self._processes: list[_Process] = []
        self._numbered: Iterator[tuple[int, Item]] = iter(())
        self._told = self._failed_starts = 0
        self._done: dict[int, tuple[Item, Heard]] = {}
        self._again: deque[tuple[int, Item]] = deque()
        self._ended: Counter[int] = Counter()
        try:
            for _ in range(count):
                self._processes.append(_Process(wanted))
            self.introduction = self._processes[0].introduced()
        except (EOFError, OSError) as error:
            self.close()
            raise BrokenExecutor from error
        except BaseException:
            self.close()
            raise

    def hear(self, items: Iterable[Item]) -> Iterator[tuple[Item, Heard]]:
        """What is said of each, in order; one that ends its process twice is refused."""
        self._numbered, self._told = enumerate(items), 0
        while True:
            self._hand_out()
            busy = [process for process in self._processes if process.asked]
            if not busy:
                return
            for process in _ready(busy):
                try:
                    answer = process.answer()
                except (EOFError, OSError):
                    self._replace(process)
                    continue
                self._failed_starts = 0
                if answer is not None:
                    number, item, heard = answer
                    self._done[number] = item, heard
            while self._told in self._done:
                yield self._done.pop(self._told)
                self._told += 1

    def _hand_out(self) -> None:
        """Give each process something to do before any has something to do next."""
        for most in range(1, _ASKED_AT_ONCE + 1):
            for process in self._processes:
                if len(process.asked) < most:
                    entry = self._next()
                    if entry is None:
                        return
                    process.ask(*entry)

    def _next(self) -> tuple[int, Item] | None:
        if self._again:
            return self._again.popleft()
        on_the_way = len(self._done) + sum(len(process.asked) for process in self._processes)
        if on_the_way >= AHEAD * len(self._processes):
            return None
        return next(self._numbered, None)

    def _replace(self, process: _Process) -> None:
        """Start another in the place of one that has ended, and see to what it was asked."""
        unheard = list(process.asked)
        if not process.is_introduced:
            self._failed_starts += 1
            if self._failed_starts == _MOST_FAILED_STARTS:
                raise BrokenExecutor
        else:
            number, item = unheard[0]
            self._ended[number] += 1
            if self._ended[number] == _MOST_ENDED:
                self._done[number] = item, self._refused(item)
                del unheard[0]
        self._again.extend(unheard)
        process.end()
        self._processes[self._processes.index(process)] = _Process(self._wanted)

    def close(self) -> None:
        """End the processes, whatever they are at."""
        for process in self._processes:
            process.end()

    def _refused(self, item: Item) -> Heard:
        error = AudioError(
            "process_ended",
            "The process that heard this file was ended from outside, twice: most often because "
            "memory ran out. Close other programs, or give it fewer processes with --jobs.",
        )
        return refused(self._wanted, self.introduction, item, error)


def refused(wanted: Wanted, introduction: Introduction, item: Item, error: Exception) -> Heard:
    """What is said of a recording that nobody could hear."""
    row = refusal(item.file, error)
    if wanted.traced:
        row |= {"sha256": UNREADABLE, "model": introduction.model_id}
    return Heard(lines_of(wanted, introduction).text([row]), refused=True)


class _Process:
    """A process with a model, and what it was asked and has not answered yet."""

    def __init__(self, wanted: Wanted) -> None:
        # Not a fork: libraries have threads, and those are not copied.
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, wanted), daemon=True)
        self._introduction: Introduction | None = None
        self.asked: deque[tuple[int, Item]] = deque()
        with _unheard_interrupts():
            self._process.start()
        theirs.close()

    @property
    def connection(self) -> Connection:
        """From where its answers come."""
        return self._connection

    @property
    def is_introduced(self) -> bool:
        """Whether it has its model."""
        return self._introduction is not None

    def introduced(self) -> Introduction:
        """Wait until it has its model."""
        if self._introduction is None:
            said = self._connection.recv()
            if isinstance(said, Exception):
                raise said
            assert isinstance(said, Introduction)
            self._introduction = said
        return self._introduction

    def ask(self, number: int, item: Item) -> None:
        """Give it a recording."""
        self.asked.append((number, item))
        # One that has just ended says so where its answer is awaited.
        with contextlib.suppress(OSError):
            self._connection.send(item)

    def answer(self) -> tuple[int, Item, Heard] | None:
        """What it says of the recording that it was asked first; None where it says who it is.

        Raises
        ------
        EOFError, OSError
            Where it has ended.
        """
        if self._introduction is None:
            self.introduced()
            return None
        heard = self._connection.recv()
        number, item = self.asked.popleft()
        return number, item, heard

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.join()
        self._connection.close()


def _ready(processes: list[_Process]) -> list[_Process]:
    heard_from = wait([process.connection for process in processes])
    return [process for process in processes if process.connection in heard_from]


def _serve(connection: Connection, wanted: Wanted) -> None:
    """What such a process does: it ends with the one that asks."""
    try:
        with ours_alone():
            listener = Listener(wanted)
    except Exception as error:
        connection.send(error)
        return
    with contextlib.suppress(EOFError, OSError):
        connection.send(listener.introduction)
        while True:
            connection.send(listener.hear(connection.recv()))


@contextlib.contextmanager
def _unheard_interrupts() -> Iterator[None]:
    """Processes that are started meanwhile leave Ctrl-C to this one."""
    try:
        usual = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # Only the main thread may; there is no terminal to the others.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)


def cores() -> int:
    """How many processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
