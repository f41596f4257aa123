"""The child process of a training: ``python -m ser_core.jobs.worker FOLDER``.

Reads ``job.json``, trains from the committed tables, tells each epoch in ``progress.json`` and
leaves a bundle; see `ser_core.jobs.manager`. It steps aside for the server (nice 10, one thread),
and ends when the server does, when it is asked to, when nobody looks any more, and when it takes
too much.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ser_core import figures, language
from ser_core.architectures import ARCHITECTURES, Architecture
from ser_core.errors import SerError, SettingsError
from ser_core.jobs import costs
from ser_core.jobs import told as told_of_runs
from ser_core.jobs.files import (
    NO_ROOM,
    bundle,
    give_room,
    is_unwritable,
    release,
    write_json,
)
from ser_core.jobs.marks import Mark
from ser_core.jobs.process import BY_HAND, resident_mb
from ser_core.language import gettext as _
from ser_core.training.flags import command_line
from ser_core.training.settings import TrainingSettings

_WATCH_S = 0.25
# What is given back at once where the disk is full: more than any curves take.
_ROOM_BYTES = 200_000


class Telling:
    """What the server is told, whole after each change.

    Parameters
    ----------
    folder : Path
        Of the run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / "progress.json"
        self._started = time.monotonic()
        self._first: float | None = None
        self._lock = threading.Lock()
        self.told: dict[str, Any] = {"status": "loading", "message": "", "history": []}

    def __call__(self, **changes: Any) -> None:
        """Change what is told."""
        with self._lock:
            self._write(changes)

    def epoch(self, figures: dict[str, float]) -> None:
        """Tell one more epoch."""
        now = time.monotonic()
        history = [*self.told["history"], figures]
        if self._first is None:
            # The first epoch is longer: TensorFlow traces the network in it.
            self._first = now
            self(history=history)
        else:
            self(history=history, epoch_seconds=(now - self._first) / (len(history) - 1))

    def fail(self, message: str, *, leave: bool = False) -> None:
        """Tell the end, with what is kept; and leave before anything else can be told."""
        with self._lock:
            said = f"{message} {told_of_runs.kept(len(self.told['history']))}"
            release(self._folder)
            self._write({"status": "failed", "message": said})
            if leave:
                os._exit(1)

    def _write(self, changes: dict[str, Any]) -> None:
        self.told |= changes | {"seconds": round(time.monotonic() - self._started, 2)}
        while True:
            try:
                write_json(self._path, self.told)
                return
            except OSError as error:
                # Out of what was reserved for the end, for there is none without this.
                if not is_unwritable(error) or not give_room(self._folder, _ROOM_BYTES):
                    raise


class Ending:
    """Whether a training must end early, and why: asked after each batch.

    Parameters
    ----------
    folder : Path
    limits : dict
        ``gone_s`` and ``time_limit_s``.
    """

    def __init__(self, folder: Path, limits: dict[str, float]) -> None:
        self._folder, self._limits = folder, limits
        self._started = time.monotonic()
        self._seen = Mark(folder / "seen")
        # What this process has used before, while it waited, is nobody's training.
        self._used_before = time.process_time()
        self.reason = ""

    def __call__(self) -> bool:
        """Look, and remember the first reason."""
        if not self.reason:
            self.reason = self._look()
        return bool(self.reason)

    def _look(self) -> str:
        gone_s, limit_s = self._limits["gone_s"], self._limits["time_limit_s"]
        if (self._folder / "stop").exists():
            return BY_HAND
        if self._seen.age() > gone_s:
            return _("Stopped because nobody had looked at it for {minutes} minutes.").format(
                minutes=figures.number(gone_s / 60)
            )
        if (
            time.process_time() - self._used_before > limit_s
            or time.monotonic() - self._started > costs.WALL_PER_PROCESSOR_S * limit_s
        ):
            return _(
                "Stopped because it had used its {seconds} s, the most that a training may take."
            ).format(seconds=figures.number(limit_s))
        return ""


def run(folder: Path) -> None:
    """Train what a run's folder asks for.

    Parameters
    ----------
    folder : Path
    """
    tell = Telling(folder)
    job = json.loads((folder / "job.json").read_bytes())
    language.follow(lambda: str(job.get("language", language.ENGLISH)))
    threading.Thread(
        target=_watch, args=(folder, tell, job["limits"]["memory_limit_mb"]), daemon=True
    ).start()
    try:
        tell()
        _train(folder, job, tell)
    except SerError as error:
        tell.fail(error.message)
    except OSError as error:
        if is_unwritable(error):
            # Nothing can be told or logged: the server says it, and what was told before stays.
            os._exit(NO_ROOM)
        traceback.print_exc()
        tell.fail(_unexpected(error))
    except MemoryError:
        tell.fail(_("The training ran out of memory. Try smaller layers or fewer recordings."))
    except Exception as error:  # Whatever it is, the visitor is told and the log has the details.
        traceback.print_exc()
        tell.fail(_unexpected(error))
    finally:
        release(folder)


def _train(folder: Path, job: dict[str, Any], tell: Telling) -> None:
    row = Architecture(**job["architecture"])
    ARCHITECTURES.setdefault(row.name, row)
    settings = TrainingSettings.from_dict(job["settings"])
    ending = Ending(folder, job["limits"])

    from ser_core import workflow
    from ser_core.inference.bundle import save as write_bundle
    from ser_core.training.gathering import gather

    examples = gather(settings, None)
    tell(status="training")

    def on_epoch(told: dict[str, float]) -> bool:
        if not all(math.isfinite(value) for value in told.values()):
            raise SettingsError(
                "diverged",
                _(
                    "The loss ran away in epoch {epoch}: it is no longer a number. Lower the "
                    "learning rate."
                ).format(epoch=int(told["epoch"])),
            )
        tell.epoch(told)
        stop = ending()
        if stop or told["epoch"] == settings.epochs:
            tell(status="scoring")
        return stop

    def save(*made: Any) -> None:
        # What was kept for the bundle, but not for the last words.
        give_room(folder, costs.bundle_bytes(settings) - _ROOM_BYTES)
        write_bundle(*made)

    workflow.train_and_hold_out(
        settings,
        examples,
        bundle(folder),
        save=save,
        split=job["split"],
        command=command_line(settings, job["split"]),
        on_epoch=on_epoch,
        should_stop=ending,
    )
    # Before the end is told: who hears of it finds nothing that is still to be done.
    release(folder)
    done = len(tell.told["history"])
    if done < settings.epochs or ending.reason:
        tell(
            status="stopped",
            message=" ".join(_how_it_stopped(ending.reason, done, settings)),
        )
    else:
        tell(status="done", message=_("Trained all {count} epochs.").format(count=done))


def _how_it_stopped(reason: str, done: int, settings: TrainingSettings) -> Iterator[str]:
    """Why, when, and what is kept, in sentences."""
    if reason:
        yield _(reason)
    yield _("That was in epoch {done} of {epochs}.").format(done=done, epochs=settings.epochs)
    if settings.keep_best:
        yield _("Its best epoch by then is kept and scored.")
    else:
        yield _("What it had learned by then is kept and scored.")


def _unexpected(error: Exception) -> str:
    return _("The training failed unexpectedly ({kind}).").format(kind=type(error).__name__)


def _watch(folder: Path, tell: Telling, memory_limit_mb: int) -> None:
    """Show that this process lives, and end it where it takes too much memory."""
    while True:
        with contextlib.suppress(OSError):
            (folder / "alive").touch()
        if _memory_mb() > memory_limit_mb:
            tell.fail(
                _(
                    "The training needed more than {mb} MB of memory, the most that one may take "
                    "here. Make the layers smaller, or choose fewer recordings."
                ).format(mb=figures.number(memory_limit_mb)),
                leave=True,
            )
        time.sleep(_WATCH_S)


def _memory_mb() -> float:
    """Resident memory now, on Linux; elsewhere its peak where the system tells, else 0."""
    try:
        return resident_mb(os.getpid())
    except (OSError, ValueError):
        pass
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def step_aside() -> None:
    """Leave processors and memory to all else: it gives way, and is the first to end.

    Where memory runs out, Linux ends whom it finds the worst: never the server for this.
    """
    if hasattr(os, "nice"):
        os.nice(10)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("800")


def end_with_server() -> None:
    """The server holds the other end of standard input and never writes: an end is its end."""
    # What waited left a word that the server never read: its end is then no end of file, but a
    # connection that was reset.
    with contextlib.suppress(OSError):
        sys.stdin.buffer.read()
    os._exit(2)


if __name__ == "__main__":
    step_aside()
    threading.Thread(target=end_with_server, daemon=True).start()
    run(Path(sys.argv[1]))
