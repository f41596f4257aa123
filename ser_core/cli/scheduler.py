"""Many recordings on other machines: ``predict --scheduler ADDRESS``, by dask.distributed.

Names travel, not sound: each worker reads the recordings itself, with one model, and sends back the
lines to print. What a worker had in hand when it ended, the scheduler gives to another.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from ser_core.cli.hearing import Heard, Introduction, Item, Listener, Wanted
from ser_core.cli.processes import refused
from ser_core.errors import AudioError, SerError

BATCH = 8
"""How many recordings travel together: a scheduler gives out some thousand tasks a second."""

_BATCHES_A_THREAD = 4
_FEWEST_BATCHES = 8
PATIENCE_S = 20.0
"""How long a scheduler, and a first worker, are waited for, in seconds."""


class Scheduler:
    """The workers of a scheduler.

    Parameters
    ----------
    wanted : Wanted
        Names that are not absolute begin where this process is: the workers have to see the same
        folders.
    address : str
        As ``tcp://10.0.0.1:8786``.

    Raises
    ------
    SerError
        With code ``no_scheduler`` or ``no_workers``; or for a model that is not there.
    """

    def __init__(self, wanted: Wanted, address: str) -> None:
        import distributed

        # What it says of its connections is not for the person at the terminal.
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        self._wanted = replace(wanted, folder=str(Path.cwd()))
        try:
            self._client = distributed.Client(address, timeout=PATIENCE_S, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            raise SerError(
                "no_scheduler",
                f"No Dask scheduler answers at {address!r}. Start one with `dask scheduler`, and "
                "give the address that it prints.",
            ) from error
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE_S)
            self.introduction = self._result(self._submit(introduce))
        except TimeoutError as error:
            self.close()
            raise SerError(
                "no_workers",
                f"The Dask scheduler at {address!r} has no workers. Start some with `dask worker "
                f"{address}`, where Undertone is installed.",
            ) from error
        except BaseException:
            self.close()
            raise

    def hear(self, items: Iterable[Item]) -> Iterator[tuple[Item, Heard]]:
        """What is said of each, in order; one that ends its worker again and again is refused."""
        rest = iter(items)
        begun: deque[tuple[list[Item], Any]] = deque()
        while True:
            while len(begun) < self._most_batches():
                batch = list(islice(rest, BATCH))
                if not batch:
                    break
                begun.append((batch, self._submit(hear, batch)))
            if not begun:
                return
            batch, future = begun.popleft()
            yield from zip(batch, self._heard(batch, future), strict=True)

    def close(self) -> None:
        """Leave the scheduler; its workers stay."""
        self._client.close(timeout=PATIENCE_S)

    def _submit(self, work: Any, *arguments: Any) -> Any:
        return self._client.submit(work, self._wanted, *arguments, pure=False)

    def _most_batches(self) -> int:
        threads: int = sum(self._client.nthreads().values())
        return max(_FEWEST_BATCHES, _BATCHES_A_THREAD * threads)

    def _heard(self, batch: Sequence[Item], future: Any) -> Iterator[Heard]:
        from distributed import KilledWorker

        try:
            introduction, heard = self._result(future)
        except KilledWorker:
            if len(batch) > 1:
                # One of them did it; the others are heard.
                for item in batch:
                    yield from self._heard([item], self._submit(hear, [item]))
                return
            error = AudioError(
                "process_ended",
                "The workers that heard this file were ended, one after the other: most often "
                "because memory ran out.",
            )
            yield refused(self._wanted, self.introduction, batch[0], error)
            return
        if introduction != self.introduction:
            raise SerError(
                "other_model",
                f"A worker has another model ({introduction.model_id}) than the first one "
                f"({self.introduction.model_id}). Install the same Undertone on all of them.",
            )
        yield from heard

    @staticmethod
    def _result(future: Any) -> Any:
        from concurrent.futures import CancelledError

        try:
            return future.result()
        except ModuleNotFoundError as error:
            if not (error.name or "").startswith("ser_core"):
                raise
            raise SerError(
                "no_undertone",
                "A worker of this scheduler has no Undertone. Install it there: pip install "
                "'.[dask]' in a clone.",
            ) from error
        except CancelledError as error:
            raise SerError(
                "scheduler_lost",
                "The Dask scheduler has ended. Start it again, and this command with --out FILE "
                "--resume: what FILE holds is not heard again.",
            ) from error


def introduce(wanted: Wanted) -> Introduction:
    """On a worker: which model it has."""
    return _listener(wanted).introduction


def hear(wanted: Wanted, items: Sequence[Item]) -> tuple[Introduction, list[Heard]]:
    """On a worker: hear some recordings."""
    listener = _listener(wanted)
    return listener.introduction, [listener.hear(item) for item in items]


_one_at_a_time = threading.Lock()


def _listener(wanted: Wanted) -> Listener:
    # A worker's threads share the model, and none of them makes a second one.
    with _one_at_a_time:
        return _made(wanted)


@cache
def _made(wanted: Wanted) -> Listener:
    from threadpoolctl import threadpool_limits

    # The worker's threads are one for each core already.
    threadpool_limits(1)
    return Listener(wanted)
