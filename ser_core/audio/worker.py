"""Decodes containers in a process of its own, so that a native decoder's crash is a refusal.

One such process is kept warm, and there are never more than two. Each has bounds on memory and time
(`ser_core.audio.child`) and ends with this process, for it reads from a pipe that this one holds.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import math
import os
import signal
import struct
import subprocess
import sys
import threading
import weakref
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from ser_core import assets, language
from ser_core.audio import formats, refusals
from ser_core.audio.clip import MAX_CHANNELS, MAX_PEAK, SAMPLE_RATE, Clip, QualityWarning
from ser_core.errors import AudioError
from ser_core.language import gettext as _

TIME_LIMIT_S = 30
"""A file that takes longer to decode is refused: in seconds of computing, and four times as many on
the clock, where others compute as well."""

AT_ONCE = 2
"""Files that are decoded at the same time; others wait."""

# Of a request, the lengths of its head and of the file; of an answer, the length of its head.
REQUEST, ANSWER = struct.Struct(">II"), struct.Struct(">I")

# What a process leaks over many files ends with it.
_FILES_EACH = 200
_MAX_HEAD = 1 << 16
# How a process ends that has computed or waited for too long.
_TIME_OVER = tuple(
    -getattr(signal, name) for name in ("SIGPROF", "SIGALRM") if hasattr(signal, name)
)
# What goes wrong with an answer that is none.
_NO_ANSWER = (OSError, EOFError, ValueError, TypeError, KeyError, AttributeError)


class _Worker:
    """A process, asked by one thread at a time."""

    def __init__(self) -> None:
        search = [str(assets.ROOT), os.environ.get("PYTHONPATH", "")]
        self._process = subprocess.Popen(
            # -P: a file named like a library, in the folder one happens to be in, is not run.
            [sys.executable, "-P", "-m", "ser_core.audio.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            env=os.environ
            | {
                "PYTHONPATH": os.pathsep.join(filter(None, search)),
                "OPENBLAS_NUM_THREADS": "1",
                "OMP_NUM_THREADS": "1",
            },
        )
        self._files = 0

    @property
    def used(self) -> bool:
        """Whether it has been asked before."""
        return self._files > 0

    @property
    def ran_out(self) -> bool:
        """Whether it has ended because its time was over."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        return self._process.returncode in _TIME_OVER

    @property
    def fit(self) -> bool:
        """Whether it may be asked again."""
        return self._process.poll() is None and self._files < _FILES_EACH

    def ask(
        self, head: dict[str, Any], content: bytes
    ) -> tuple[dict[str, Any], NDArray[np.float32]]:
        """Answer to a request; raises OSError, EOFError or ValueError where there is none."""
        self._files += 1
        written = json.dumps(head).encode()
        requests, answers = self._pipes()
        _write(requests, REQUEST.pack(len(written), len(content)) + written)
        _write(requests, content)
        (length,) = ANSWER.unpack(_read(answers, ANSWER.size))
        if length > _MAX_HEAD:
            raise ValueError
        answer = json.loads(_read(answers, length))
        most = math.ceil((head["max_duration_s"] + 1) * SAMPLE_RATE)
        samples = answer.get("samples", 0)
        if not isinstance(samples, int) or not 0 <= samples <= most:
            raise ValueError
        signal = np.empty(samples, dtype="<f4")
        _read_into(answers, signal.view(np.uint8))
        return answer, signal

    def end(self) -> None:
        """End the process, whatever it is at."""
        self._process.kill()
        self.let_go()
        self._process.wait()

    def let_go(self) -> None:
        """Close this side's ends of the pipes."""
        for pipe in self._pipes():
            with contextlib.suppress(OSError):
                pipe.close()

    def kill(self) -> None:
        """End the process while another thread waits for its answer."""
        self._process.kill()

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin is not None and self._process.stdout is not None
        return self._process.stdin, self._process.stdout


class _Pool:
    """Few processes, lent one file at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._free = threading.BoundedSemaphore(AT_ONCE)
        self._idle: _Worker | None = None
        self._all: weakref.WeakSet[_Worker] = weakref.WeakSet()

    def warm(self) -> None:
        """See that a process waits."""
        with self._lock:
            if self._idle is None:
                self._idle = self._start()

    def take(self) -> _Worker:
        self._free.acquire()
        try:
            with self._lock:
                worker, self._idle = self._idle, None
            if worker is not None and not worker.fit:
                worker.end()
                worker = None
            return worker or self._start()
        except BaseException:
            self._free.release()
            raise

    def give_back(self, worker: _Worker, *, sound: bool) -> None:
        try:
            with self._lock:
                if sound and worker.fit and self._idle is None:
                    self._idle = worker
                    return
            worker.end()
        finally:
            self._free.release()

    def end(self) -> None:
        with self._lock:
            worker, self._idle = self._idle, None
        if worker is not None:
            worker.end()

    def forget(self) -> None:
        """In a fork: the parent's processes are not this one's to ask, nor to keep alive."""
        for worker in self._all:
            worker.let_go()
        self.__init__()  # type: ignore[misc]

    def _start(self) -> _Worker:
        worker = _Worker()
        self._all.add(worker)
        return worker


_pool = _Pool()
atexit.register(_pool.end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.forget)


def warm() -> None:
    """Start the process that decodes containers now, so that the first such file need not wait."""
    with contextlib.suppress(OSError):
        _pool.warm()


def end() -> None:
    """End the process that waits for a file; the next file is given to a new one."""
    _pool.end()


def decode(content: bytes, demuxer: str, max_duration_s: float, channel: int | None = None) -> Clip:
    """Decode the sound of a container in another process.

    Parameters
    ----------
    content : bytes
    demuxer : str
        ffmpeg's, from `ser_core.audio.formats`.
    max_duration_s : float
        In seconds.
    channel : int, optional
        The one to hear; the mixture without it.

    Returns
    -------
    Clip

    Raises
    ------
    AudioError
        The decoder's own refusals, and ``decoder_failed`` where it dies, hangs, needs too much
        memory or answers nonsense.
    """
    label = formats.named(demuxer).label
    head = {
        "demuxer": demuxer,
        "max_duration_s": max_duration_s,
        "channel": channel,
        "seconds": TIME_LIMIT_S,
        "language": language.current(),
    }
    try:
        worker = _pool.take()
        if worker.used:
            # It may have died of the file before, or been ended while it waited.
            with contextlib.suppress(EOFError, BrokenPipeError):
                return _ask(worker, head, content)
            worker = _pool.take()
        return _ask(worker, head, content)
    except AudioError:
        raise
    except MemoryError as error:
        raise refusals.decoder_failed(label, _("needed more memory than it may have")) from error
    except TimeoutError as error:
        how = _("took longer than {seconds} s").format(seconds=TIME_LIMIT_S)
        raise refusals.decoder_failed(label, how) from error
    except _NO_ANSWER as error:
        raise refusals.decoder_failed(label, _("stopped working")) from error


def _ask(worker: _Worker, head: dict[str, Any], content: bytes) -> Clip:
    """Ask a process that was taken, and give it back, whatever comes of it."""
    late = threading.Event()

    def give_up() -> None:
        late.set()
        worker.kill()

    timer = threading.Timer(4 * TIME_LIMIT_S, give_up)
    timer.daemon = True
    timer.start()
    sound = False
    try:
        clip = _clip(*worker.ask(head, content))
        sound = True
        return clip
    except AudioError:
        sound = True
        raise
    except (OSError, EOFError) as error:
        if late.is_set() or worker.ran_out:
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        # Not that it ends the process when that is already another file's.
        timer.join()
        _pool.give_back(worker, sound=sound)


def _write(pipe: IO[bytes], content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[pipe.write(rest) :]


def _read(pipe: IO[bytes], count: int) -> bytes:
    content = bytearray(count)
    _read_into(pipe, content)
    return bytes(content)


def _read_into(pipe: Any, place: Any) -> None:
    """Fill a buffer: no second copy of a long recording while it comes in."""
    rest = memoryview(place)
    while rest:
        count = pipe.readinto(rest)
        if not count:
            raise EOFError
        rest = rest[count:]


def _clip(answer: dict[str, Any], signal: NDArray[np.float32]) -> Clip:
    """The answer, believed in nothing: it comes from a process that has read hostile bytes."""
    if "refused" in answer:
        code, message = answer["refused"]
        raise AudioError(str(code)[:40], str(message)[:600])
    if answer.get("failed") == "memory":
        raise MemoryError
    rate, channels = int(answer["source_rate"]), int(answer["source_channels"])
    peak = float(answer["peak"])
    if not (
        len(signal)
        and np.isfinite(signal).all()
        and rate > 0
        and 1 <= channels <= MAX_CHANNELS
        and 0 <= peak <= MAX_PEAK
    ):
        raise ValueError
    return Clip(
        signal=signal.astype(np.float32, copy=False),
        source_format=str(answer["source_format"])[:60],
        source_rate=rate,
        source_channels=channels,
        peak=peak,
        warnings=tuple(
            QualityWarning(str(each["code"])[:40], str(each["message"])[:600])
            for each in answer["warnings"]
        ),
    )
