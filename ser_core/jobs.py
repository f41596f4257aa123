"""Training in a child process: start, look, stop, keep.

A run has a folder of its own, named by its id:

``job.json``
    Settings, split and limits; written once, by the server.
``progress.json``
    Status, message and curves; replaced as a whole after each epoch, by the worker.
``stop``, ``seen``
    Touched by the server: to stop; when a visitor last looked.
``alive``
    Touched by the worker, more than once a second.
``run-ID/``
    The bundle, once there is one.

The server imports no TensorFlow; the worker (`ser_core.job_worker`) ends with the server, because
its standard input is a pipe that the server holds open. (Linux's PR_SET_PDEATHSIG would end it with
the *thread* that started it, and a page's thread lives for one rerun.)
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ser_core import costs, tables
from ser_core.corpora import get
from ser_core.errors import SettingsError
from ser_core.settings import TrainingSettings

ID = re.compile(r"[a-z0-9]{16}")
"""What a run's id looks like; nothing else is ever joined to a path."""

SPLITS = ("speakers", "random")
FINAL = ("done", "stopped", "failed")
STATUSES = ("loading", "training", "scoring", *FINAL)

AT_ONCE = 2
KEPT = 30
KEPT_S = 24 * 3600.0
GONE_S = 180.0
"""Seconds after which a training that nobody looks at is stopped."""

# A worker that the server did not start itself is taken for dead after this silence.
_SILENCE_S = 30.0
_ROOT = Path(__file__).resolve().parent.parent
_MODEST = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "-1",
}


@dataclass(frozen=True)
class Run:
    """A training as it stands.

    Attributes
    ----------
    id : str
    settings : TrainingSettings
    split : {"speakers", "random"}
    owner : str
        The visitor who started it.
    created : float
        Seconds since the epoch.
    status : str
        One of `STATUSES`.
    message : str
        How it ended, for people.
    history : list of dict
        The curves so far; see `ser_core.training.Fitted`.
    seconds : float
        How long it has taken so far.
    epoch_seconds : float or None
        The mean time of an epoch so far.
    has_model : bool
        Whether there is a bundle.
    """

    id: str
    settings: TrainingSettings
    split: str
    owner: str
    created: float
    status: str
    message: str = ""
    history: list[dict[str, float]] = field(default_factory=list)
    seconds: float = 0.0
    epoch_seconds: float | None = None
    has_model: bool = False

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.status in FINAL

    @property
    def seconds_left(self) -> float | None:
        """Of the epochs to come; None before the first is over."""
        if self.epoch_seconds is None:
            return None
        return self.epoch_seconds * (self.settings.epochs - len(self.history))


@dataclass(eq=False)
class _Job:
    process: subprocess.Popen[bytes]
    owner: str


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
    ) -> None:
        self.folder = folder or default_folder()
        self.at_once, self.kept, self.kept_s = at_once, kept, kept_s
        self._limits = {
            "gone_s": gone_s,
            "time_limit_s": time_limit_s,
            "memory_limit_mb": memory_limit_mb,
        }
        self._jobs: dict[str, _Job] = {}
        self._lock = threading.Lock()

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
        """
        _refuse(settings, split)
        costs.refuse(settings, n_recordings(settings))
        with self._lock:
            running = self._running()
            if any(job.owner == owner for job in running.values()):
                raise SettingsError(
                    "busy", "Your last training is still running. Stop it, or wait for its end."
                )
            if len(running) >= self.at_once:
                raise SettingsError(
                    "full",
                    f"{len(running)} trainings are running, and this server takes {self.at_once} "
                    "at once. Try again in a minute: none takes longer than about two.",
                )
            self._make_room(set(running))
            run_id = "".join(
                secrets.choice("abcdefghijklmnopqrstuvwxyz0123456789") for _ in "x" * 16
            )
            folder = self.folder / run_id
            folder.mkdir(parents=True, mode=0o700)
            write_json(
                folder / "job.json",
                {
                    "settings": settings.to_dict(),
                    "split": split,
                    "owner": owner,
                    "created": time.time(),
                    "limits": self._limits,
                },
            )
            (folder / "seen").touch()
            with (folder / "worker.log").open("wb") as log:
                process = subprocess.Popen(
                    [sys.executable, "-m", "ser_core.job_worker", str(folder.resolve())],
                    cwd=_ROOT,
                    env=os.environ | _MODEST,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=log,
                )
            self._jobs[run_id] = _Job(process, owner)
        return run_id

    def read(self, run_id: str) -> Run:
        """A run as it stands.

        Raises
        ------
        SettingsError
            With code ``no_run``: never there, too old, or deleted.
        """
        folder = self._folder(run_id)
        job = self._jobs.get(run_id)
        # Before its last words are read: what ends between the two has said them.
        code = job.process.poll() if job else None
        try:
            about = json.loads((folder / "job.json").read_bytes())
            settings = TrainingSettings.from_dict(about["settings"])
        except (OSError, ValueError, KeyError) as error:
            raise _no_run() from error
        told = _progress(folder)
        run = Run(
            run_id,
            settings,
            about["split"],
            about["owner"],
            about["created"],
            has_model=(folder / f"run-{run_id}" / "bundle.json").is_file(),
            **told,
        )
        if run.ended:
            return run
        if code is not None:
            ending = told | {"status": "failed", "message": _death(code, len(run.history))}
            write_json(folder / "progress.json", ending)
            return self.read(run_id)
        if job is None and _silence(folder) > _SILENCE_S:
            message = f"The server was restarted and took the training with it. {kept_of(run)}"
            return Run(**{**run.__dict__, "status": "failed", "message": message})
        return run

    def seen(self, run_id: str) -> None:
        """Say that somebody is looking at a run."""
        (self._folder(run_id) / "seen").touch()

    def stop(self, run_id: str) -> None:
        """Stop a training: at once before the first epoch is over, else after the batch in hand.

        What was learned by then is scored and kept.
        """
        folder = self._folder(run_id)
        run = self.read(run_id)
        if run.ended:
            return
        (folder / "stop").touch()
        job = self._jobs.get(run_id)
        if run.history or job is None:
            return
        # It may be importing TensorFlow, which takes seconds and hears nothing.
        job.process.kill()
        job.process.wait()
        told = _progress(folder)
        if told["status"] not in FINAL:
            message = f"Stopped by hand. {kept(len(told['history']))}"
            write_json(folder / "progress.json", told | {"status": "stopped", "message": message})

    def delete(self, run_id: str) -> None:
        """Remove a run and all that it left, ending it if it is still running."""
        folder = self._folder(run_id)
        with self._lock:
            job = self._jobs.pop(run_id, None)
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
        folder = self._folder(run_id) / f"run-{run_id}"
        if not (folder / "bundle.json").is_file():
            raise _no_run()
        return folder

    def close(self) -> None:
        """End all trainings."""
        for job in self._jobs.values():
            job.process.kill()
            job.process.wait()

    def _folder(self, run_id: str) -> Path:
        if not ID.fullmatch(run_id) or not (self.folder / run_id).is_dir():
            raise _no_run()
        return self.folder / run_id

    def _running(self) -> dict[str, _Job]:
        return {key: job for key, job in self._jobs.items() if job.process.poll() is None}

    def _make_room(self, running: set[str]) -> None:
        if not self.folder.is_dir():
            return
        runs = [path for path in self.folder.iterdir() if ID.fullmatch(path.name)]
        runs.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for place, path in enumerate(runs):
            old = time.time() - path.stat().st_mtime > self.kept_s
            alive = path.name in running or _silence(path) < _SILENCE_S
            if (old or place >= self.kept - 1) and not alive:
                self._jobs.pop(path.name, None)
                shutil.rmtree(path, ignore_errors=True)


def default_folder() -> Path:
    """``$SER_RUNS``, else a folder of this user among the temporary ones.

    Bundles are read back from it, so one that somebody else made in its place is not used.
    """
    if os.environ.get("SER_RUNS"):
        return Path(os.environ["SER_RUNS"])
    folder = Path(tempfile.gettempdir()) / "undertone-runs"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
        return Path(tempfile.mkdtemp(prefix="undertone-runs-"))
    return folder


def n_recordings(settings: TrainingSettings) -> int:
    """How many recordings of the committed tables a training would use.

    Raises
    ------
    CorpusError
        For a corpus without a table, or whose table holds no features.
    """
    for corpus in settings.corpora:
        if tables.info(corpus).features is None:
            # Its message says why and what to do instead.
            tables.read([corpus])
    manifest = tables.read(settings.corpora, features=False)
    return int(manifest["emotion"].isin(settings.emotions).sum())


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a file as a whole: a reader finds the old content or the new one."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    unfinished.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
    os.replace(unfinished, path)


def kept(n_epochs: int) -> str:
    """What an early end without a model leaves."""
    if n_epochs == 0:
        return "Nothing had been learned yet, so there is nothing to keep."
    return (
        f"The curves up to epoch {n_epochs} are kept; there is no model, because it had not been "
        "written yet."
    )


def kept_of(run: Run) -> str:
    """The same for a run."""
    return kept(len(run.history))


def _refuse(settings: TrainingSettings, split: str) -> None:
    if split not in SPLITS:
        raise SettingsError(
            "unknown_name", f"There is no split {split!r}; there are {', '.join(SPLITS)}."
        )
    if settings.architecture.needs_audio:
        raise SettingsError(
            "unknown_name",
            "Only the network over the 180 features is trained here: the tables hold no sound.",
        )
    if settings.members > 1:
        raise SettingsError("too_many", "One network is trained at a time here: set members to 1.")
    if settings.augmentation:
        raise SettingsError(
            "needs_audio",
            "Augmented copies are made from the recordings, and there are only tables here. Set "
            "the copies to 0.",
        )
    for corpus in settings.corpora:
        get(corpus)


def _progress(folder: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = json.loads((folder / "progress.json").read_bytes())
    except (OSError, ValueError):
        return {"status": "loading", "message": "", "history": [], "seconds": 0.0}
    return told


def _silence(folder: Path) -> float:
    for name in ("alive", "job.json"):
        try:
            return time.time() - (folder / name).stat().st_mtime
        except OSError:
            continue
    return float("inf")


def _death(code: int, n_epochs: int) -> str:
    if code < 0:
        cause = (
            f"The training was ended from outside (signal {-code}), most often because the server "
            "ran out of memory. Try smaller layers or fewer recordings."
        )
    else:
        cause = (
            f"The training ended unexpectedly (exit status {code}). Try again; if it happens "
            "again, the server's log says why."
        )
    return f"{cause} {kept(n_epochs)}"


def _no_run() -> SettingsError:
    return SettingsError(
        "no_run",
        "This run is not here any more, or its address is not right. Train it again: the settings "
        "are in the address, too.",
    )
