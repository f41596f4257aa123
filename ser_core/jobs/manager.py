"""Training in a child process: start, look, stop, keep.

A run has a folder of its own, named by its id:

``job.json``
    Settings, their network's row, split and limits; written once, by the server.
``progress.json``
    Status, message and curves; replaced as a whole after each epoch, by the worker.
``reserve``
    Room on the disk for the bundle, given back when that is written: a disk may fill meanwhile.
``stop``, ``seen``
    Touched by the server: to stop; when a visitor last looked.
``alive``
    Locked by the worker for as long as it lives, and touched more than once a second.
``run-ID/``
    The bundle, once there is one.

A worker ends by itself when it should. That may fail: it hangs, is stopped, is starved. So the
server looks after it, too, and kills it where it does not end. Servers that share a folder count
each other's trainings.

The server imports no TensorFlow; the worker (`ser_core.jobs.worker`) ends with the server, because
its standard input is a pipe that the server holds open. (Linux's PR_SET_PDEATHSIG would end it with
the *thread* that started it, and a page's thread lives for one rerun.)
"""

from __future__ import annotations

import os
import secrets
import shutil
import statistics
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ser_core import language
from ser_core.errors import SettingsError
from ser_core.jobs import costs, files, process, told
from ser_core.jobs.files import ID, Run, write_json
from ser_core.jobs.process import BY_HAND, GRACE_S, WATCH_S, Worker
from ser_core.jobs.spare import Spare
from ser_core.language import gettext as _
from ser_core.training.settings import TrainingSettings

AT_ONCE = 2
KEPT = 30
KEPT_S = 24 * 3600.0
GONE_S = 180.0
"""Seconds after which a training that nobody looks at is stopped."""

_ESTIMATE_BY = 5
STOP_S = 20.0
"""Seconds that a training has to score and keep what it has learned when it is stopped."""


class Jobs:
    """The runs of one server. Safe to share between threads.

    Parameters
    ----------
    folder : Path, optional
        Where the runs are kept: ``$SER_RUNS``, else a folder of this user among the temporary ones.
    at_once : int
        Trainings at the same time.
    kept : int
        Runs kept; the oldest make room.
    kept_s : float
        How long a run is kept, in seconds.
    gone_s : float
        Seconds after which a training that nobody looks at is stopped.
    time_limit_s : float
        Processor time after which a training is stopped, in seconds.
    memory_limit_mb : int
        Resident memory beyond which a training is ended.
    grace_s : float
        Seconds beyond a limit after which the server ends a training that does not end itself.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        at_once: int = AT_ONCE,
        kept: int = KEPT,
        kept_s: float = KEPT_S,
        gone_s: float = GONE_S,
        time_limit_s: float = costs.TIME_LIMIT_S,
        memory_limit_mb: int = costs.MEMORY_LIMIT_MB,
        grace_s: float = GRACE_S,
    ) -> None:
        self.folder = folder or files.default_folder()
        self.at_once, self.kept, self.kept_s = at_once, kept, kept_s
        self._limits = {
            "gone_s": gone_s,
            "time_limit_s": time_limit_s,
            "memory_limit_mb": memory_limit_mb,
        }
        self.grace_s = grace_s
        self.workers: dict[str, Worker] = {}  # of the trainings that it started, by run
        self.spare = Spare()
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None

    def start(self, settings: TrainingSettings, split: str, *, owner: str) -> str:
        """Start a training.

        Parameters
        ----------
        settings : TrainingSettings
        split : {"speakers", "random"}
        owner : str
            The visitor; each has one training at a time.

        Returns
        -------
        str
            The run's id.

        Raises
        ------
        SettingsError
            With code ``too_large``, ``too_long``, ``too_many``, ``needs_audio``, ``busy``,
            ``full`` or ``unknown_name``.
        CorpusError
            For a corpus whose features are not here.
        JobError
            With code ``no_room``: the disk is full or not writable.
        """
        costs.refuse_kind(settings, split)
        n_used = costs.n_recordings(settings)
        costs.refuse(settings, n_used)
        try:
            self.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            with self._lock, files.alone(self.folder):
                self._refuse_busy(owner)
                estimate = costs.seconds(settings, n_used, awake=self.spare.is_ready)
                return self._start(settings, split, owner, estimate)
        except OSError as error:
            raise told.no_room() from error

    def _refuse_busy(self, owner: str) -> None:
        running = self._running()
        if any(run.owner == owner for run in running):
            raise told.busy()
        if len(running) >= self.at_once:
            raise told.full(len(running), self.at_once)
        self._make_room()

    def _start(self, settings: TrainingSettings, split: str, owner: str, estimate: float) -> str:
        run_id = "".join(
            secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _place in range(16)
        )
        folder = self.folder / run_id
        folder.mkdir(mode=0o700)
        try:
            # The row as well: one that was registered since is not in the worker's own table.
            asked = {
                "settings": settings.to_dict(),
                "architecture": settings.architecture.to_dict(),
            }
            about = {"split": split, "owner": owner, "created": time.time()}
            about["language"] = language.current()
            bounds = {"limits": self._limits, "estimate": estimate}
            write_json(folder / "job.json", {**asked, **about, **bounds})
            files.reserve(folder, costs.bundle_bytes(settings))
            (folder / "seen").touch()
            worker = process.start(folder, self.spare)
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        self.workers[run_id] = worker
        if self._watcher is None or not self._watcher.is_alive():
            self._watcher = threading.Thread(target=self._watch, daemon=True)
            self._watcher.start()
        return run_id

    def warm(self) -> None:
        """Say that somebody may train soon: have a process ready for it, where there is room.

        Not beside as many trainings as there are processors but one: waking up would slow them.
        """
        with suppress(OSError):
            self.folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            if len(self._running()) < max(1, (os.cpu_count() or 1) - 1):
                self.spare.keep()

    def estimate(self, settings: TrainingSettings, n_recordings: int) -> float:
        """Seconds from pressing Train to the scores, on this machine.

        By the last trainings that went through here; before the first, by how fast this machine is.
        """
        took = []
        with suppress(OSError):
            for path in sorted(self._runs(), key=files.age):
                ratio = files.overrun(path)
                if ratio is not None:
                    took.append(ratio)
        slowness = statistics.median(took[:_ESTIMATE_BY]) if took else costs.slowness()
        return costs.seconds(settings, n_recordings, awake=self.spare.is_ready) * slowness

    def read(self, run_id: str) -> Run:
        """A run as it stands.

        Raises
        ------
        SettingsError
            With code ``no_run``: never there, too old, or deleted; or ``damaged_run``.
        """
        folder = self._folder(run_id)
        job = self.workers.get(run_id)
        # Before its last words are read: what ends between the two has said them.
        code = job.process.poll() if job else None
        dead = code is not None if job else not files.is_alive(folder)
        run = files.read(folder)
        if run.ended or not dead:
            return run
        files.clean(folder)
        if job is None or code is None:
            cause = _("The server was restarted and took the training with it.")
        else:
            cause = _(job.ending) if job.ending else process.death(code)
        status = "stopped" if job and job.ending == BY_HAND else "failed"
        message = f"{cause} {told.kept(len(run.history))}"
        return self._end(replace(run, status=status, message=message))

    def _end(self, run: Run) -> Run:
        """Write down how a run ended whose worker cannot any more."""
        told = {
            "status": run.status,
            "message": run.message,
            "history": run.history,
            "seconds": run.seconds,
            "epoch_seconds": run.epoch_seconds,
        }
        # Where that is not possible, it is found out anew each time.
        with suppress(OSError):
            write_json(self.folder / run.id / "progress.json", told)
        return run

    def seen(self, run_id: str) -> None:
        """Say that somebody is looking at a run."""
        with suppress(OSError):
            (self._folder(run_id) / "seen").touch()

    def stop(self, run_id: str) -> None:
        """Stop a training.

        While it learns, it has `STOP_S` to score and keep what it has learned. Before the first
        epoch is over there is nothing to keep, and while it scores it has been stopped once or is
        at its end: then it ends at once.
        """
        folder = self._folder(run_id)
        run = self.read(run_id)
        if run.ended:
            return
        job = self.workers.get(run_id)
        try:
            (folder / "stop").touch()
            told = True
        except OSError:
            told = False
        if job is None:
            return
        job.ending = BY_HAND
        if told and run.status == "training" and run.history:
            job.stop_by = min(job.stop_by, time.monotonic() + STOP_S)
            return
        # It may be importing TensorFlow, which takes seconds and hears nothing.
        job.process.kill()
        job.process.wait()
        self.read(run_id)

    def delete(self, run_id: str) -> None:
        """Remove a run and all that it left, ending it if it is still running."""
        folder = self._folder(run_id)
        with self._lock:
            job = self.workers.pop(run_id, None)
        if job is not None:
            job.process.kill()
            job.process.wait()
        shutil.rmtree(folder, ignore_errors=True)

    def bundle(self, run_id: str) -> Path:
        """The folder of a run's bundle.

        Raises
        ------
        SettingsError
            With code ``no_run``.
        """
        folder = files.bundle(self._folder(run_id))
        if not (folder / "bundle.json").is_file():
            raise told.no_run()
        return folder

    def close(self) -> None:
        """End all trainings."""
        self.spare.end()
        for job in list(self.workers.values()):
            job.process.kill()
            job.process.wait()

    def _folder(self, run_id: str) -> Path:
        if not ID.fullmatch(run_id) or not (self.folder / run_id).is_dir():
            raise told.no_run()
        return self.folder / run_id

    def _running(self) -> list[Run]:
        """The trainings of all servers that share the folder."""
        runs = []
        for path in self._runs():
            if files.is_alive(path):
                with suppress(SettingsError):
                    runs.append(files.read(path))
        # One that has said its last word may take a moment to leave.
        return [run for run in runs if not run.ended]

    def _runs(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if ID.fullmatch(path.name)]

    def _make_room(self) -> None:
        runs = sorted(self._runs(), key=files.age)
        for place, path in enumerate(runs):
            old = files.age(path) > self.kept_s
            if (old or place >= self.kept - 1) and not files.is_alive(path):
                self.workers.pop(path.name, None)
                shutil.rmtree(path, ignore_errors=True)

    def _watch(self) -> None:
        """Kill what has gone too far and did not end by itself."""
        while any(job.process.poll() is None for job in list(self.workers.values())):
            for job in list(self.workers.values()):
                if job.process.poll() is None:
                    with language.use(job.language):
                        reason = job.too_far(self._limits, self.grace_s)
                    if reason:
                        job.ending = job.ending or reason
                        job.process.kill()
            time.sleep(WATCH_S)
