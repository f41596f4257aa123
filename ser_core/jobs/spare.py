"""One process that has TensorFlow awake and waits for a training, so that no visitor has to.

Importing it takes 5 to 15 s, nearly all of what there was between a press and the first epoch. So
while somebody looks at Retrain a process waits that has done so already (`ser_core.jobs.
spare_worker`). It is taken by the next training, whoever's that is, and is from then on that
training's worker like any other: the same lock, limits, phases and end. Until then it belongs to
nobody, and counts for nobody as a training.

It takes some 600 MB, so there is one of a server at most, only where there is room for it *and* for
a training that grows (`ROOM_MB`), and no longer than it is wanted or memory is there (`TIGHT_MB`).
Where there is none, or the system cannot say, a training starts cold, as it always has.

Its standard input is one end of a pair of sockets, whose other end only the server has. The end of
the server is an end of file there, as with a pipe; and what a pipe cannot carry, the run's lock,
travels over it.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ser_core import assets
from ser_core.jobs import costs, memory

MODEST = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}
"""What keeps a training to one thread, and off an accelerator."""

UNUSED_S = 300.0
"""Seconds after which it is ended where nobody has looked at Retrain any more."""

ROOM_MB = costs.MEMORY_LIMIT_MB + 256
"""What must be free before one is started: as much as a training may take, and some."""

TIGHT_MB = 192
"""With less than this free it is ended: others need the memory."""

OFF = "SER_WARM"
"""The variable of the environment that is set to 0 where none shall wait."""

_WATCH_S = 2.0
READY = b"r"


@dataclass(eq=False)
class Waiting:
    """A process that waits, and the server's end of its standard input."""

    process: subprocess.Popen[bytes]
    line: socket.socket

    @property
    def is_ready(self) -> bool:
        """Whether it has TensorFlow awake, and lives."""
        if self.process.poll() is not None:
            return False
        with suppress(OSError):
            return self.line.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == READY
        return False

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        self.line.close()


class Spare:
    """The one process that waits. Safe to share between threads.

    Parameters
    ----------
    unused_s : float
        Seconds for which it waits after the last `keep`.
    available_mb : callable
        How much memory is free; None where nobody knows.

    Attributes
    ----------
    waiting : Waiting or None
        The one that waits now.
    """

    def __init__(
        self,
        *,
        unused_s: float = UNUSED_S,
        available_mb: Callable[[], float | None] = memory.available_mb,
    ) -> None:
        self._unused_s, self._available_mb = unused_s, available_mb
        self._lock = threading.Lock()
        self.waiting: Waiting | None = None
        self._wanted = 0.0

    @property
    def is_ready(self) -> bool:
        """Whether a training that starts now need not wait for TensorFlow."""
        waiting = self.waiting
        return waiting is not None and waiting.is_ready

    def keep(self) -> None:
        """Have one wait, where there is room for it; one that waits already goes on waiting."""
        with self._lock:
            self._wanted = time.monotonic()
            if self.waiting is not None and self.waiting.process.poll() is None:
                return
            self.waiting = None
            if os.environ.get(OFF) == "0" or not hasattr(socket, "send_fds"):
                return
            free = self._available_mb()
            if free is None or free < ROOM_MB:
                return
            with suppress(OSError):
                self.waiting = _start()
                threading.Thread(target=self._watch, args=(self.waiting,), daemon=True).start()

    def take(self, folder: Path, lock: int, log: int) -> Waiting | None:
        """Make the process that waits the worker of a run.

        Parameters
        ----------
        folder : Path
            Of the run.
        lock, log : int
            Descriptors of the run's lock, and of the file for what goes wrong.

        Returns
        -------
        Waiting or None
            None where none waits.
        """
        with self._lock:
            waiting, self.waiting = self.waiting, None
        if waiting is None or waiting.process.poll() is not None:
            return None
        try:
            socket.send_fds(waiting.line, [str(folder).encode()], [lock, log])
        except OSError:
            waiting.end()
            return None
        return waiting

    def end(self) -> None:
        """End the one that waits."""
        with self._lock:
            waiting, self.waiting = self.waiting, None
        if waiting is not None:
            waiting.end()

    def _watch(self, waiting: Waiting) -> None:
        """End it when it is not wanted any more, or its memory is."""
        while waiting is self.waiting and waiting.process.poll() is None:
            free = self._available_mb()
            unused = time.monotonic() - self._wanted > self._unused_s
            if unused or (free is not None and free < TIGHT_MB):
                with self._lock:
                    if waiting is not self.waiting:
                        return
                    self.waiting = None
                waiting.end()
                return
            time.sleep(_WATCH_S)


def _start() -> Waiting:
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "ser_core.jobs.spare_worker"],
            cwd=assets.ROOT,
            env=os.environ | MODEST,
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    return Waiting(process, ours)
