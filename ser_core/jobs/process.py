"""The process of a training from outside: started, looked after, and why it died."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ser_core import assets, figures, language
from ser_core.errors import SerError
from ser_core.jobs import costs, files
from ser_core.jobs.files import NO_ROOM
from ser_core.jobs.marks import Mark
from ser_core.jobs.spare import MODEST, Spare
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_

# What is left to a worker to end by itself, before the server ends it.
GRACE_S = 30.0
# What a worker has before it trains: on a busy machine Python starts slowly, and importing
# TensorFlow lets no other thread of it run.
START_S = 120.0
WATCH_S = 0.5
BY_HAND = N_("Stopped by hand.")
"""What is said of a training that a visitor ended."""


@dataclass(eq=False)
class Worker:
    """The process of a training, as the server that started it sees it.

    Attributes
    ----------
    process : subprocess.Popen
    folder : Path
        Of the run.
    started, claimed : float
        When, by the clock that only goes on; and the time of the run's mark of life then.
    line : socket or None
        The other end of its standard input, if it waited ready (`ser_core.jobs.spare`).
    language : str
        Of the visitor who started it.
    stop_by : float
        When it is ended if it has not ended itself.
    ending : str
        Why it is to end, in words.
    """

    process: subprocess.Popen[bytes]
    folder: Path
    started: float
    claimed: float
    line: socket.socket | None = None
    language: str = field(default_factory=language.current)
    stop_by: float = float("inf")
    ending: str = ""

    def __post_init__(self) -> None:
        self._alive = Mark(self.folder / "alive")
        self._seen = Mark(self.folder / "seen")

    def too_far(self, limits: Mapping[str, float], grace_s: float) -> str:
        """Why it must be ended from outside now, in words; empty while it need not.

        Parameters
        ----------
        limits : mapping
            ``time_limit_s``, ``gone_s`` and ``memory_limit_mb``: those by which it should have
            ended itself.
        grace_s : float
            What it has beyond them.
        """
        now = time.monotonic()
        if now > self.stop_by:
            return BY_HAND
        if self._is_starting():
            grace_s = max(grace_s, START_S)
        if now - self.started > grace_s and self._alive.age() > grace_s:
            return _("The training hung and was ended.")
        if now - self.started > costs.WALL_PER_PROCESSOR_S * limits["time_limit_s"] + grace_s:
            return _("The training did not end in its {seconds} s.").format(
                seconds=figures.number(limits["time_limit_s"])
            )
        if self._seen.age() > limits["gone_s"] + grace_s:
            return _("Nobody had looked at the training for a long time.")
        with suppress(OSError, ValueError):
            if resident_mb(self.process.pid) > 1.25 * limits["memory_limit_mb"]:
                return _("The training needed more than {mb} MB of memory.").format(
                    mb=figures.number(limits["memory_limit_mb"])
                )
        return ""

    def _is_starting(self) -> bool:
        """Whether it has given no sign of life yet, or is loading what holds up all signs."""
        with suppress(OSError, SerError):
            return (self.folder / "alive").stat().st_mtime == self.claimed or files.read(
                self.folder
            ).status == "loading"
        return False


def start(folder: Path, spare: Spare) -> Worker:
    """Start the worker of a run, which holds the run's lock from its first moment.

    Parameters
    ----------
    folder : Path
        Of the run.
    spare : Spare
        Where one waits ready, it is taken.
    """
    lock = files.claim(folder)
    try:
        claimed = os.fstat(lock).st_mtime
        with (folder / "worker.log").open("wb") as log:
            waiting = spare.take(folder.resolve(), lock, log.fileno())
            if waiting is not None:
                now = time.monotonic()
                return Worker(waiting.process, folder, now, claimed, waiting.line)
            process = subprocess.Popen(
                [sys.executable, "-m", "ser_core.jobs.worker", str(folder.resolve())],
                cwd=assets.ROOT,
                env=os.environ | MODEST,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=log,
                pass_fds=() if os.name == "nt" else (lock,),
            )
    finally:
        os.close(lock)
    return Worker(process, folder, time.monotonic(), claimed)


def resident_mb(process: int) -> float:
    """Resident memory of a process; raises OSError where the system has no /proc."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def death(code: int) -> str:
    """Why a worker ended that said nothing, in words."""
    if code == NO_ROOM:
        return _("The server's disk is full or not writable: the training could not go on.")
    if code < 0:
        return _(
            "The training was ended from outside (signal {signal}), most often because the server "
            "ran out of memory. Try smaller layers or fewer recordings."
        ).format(signal=-code)
    return _(
        "The training ended unexpectedly (exit status {status}). Try again; if it happens again, "
        "the server's log says why."
    ).format(status=code)
