"""What a training leaves on the disk, and how it is read back: see `ser_core.jobs.manager`.

Any of these files may be missing, half-written or somebody else's nonsense: then the run is
damaged, and says so.
"""

from __future__ import annotations

import contextlib
import errno
import json
import math
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ser_core.assets.reading import json_of
from ser_core.errors import SerError, SettingsError
from ser_core.jobs import told
from ser_core.language import gettext as _
from ser_core.training.settings import TrainingSettings

try:
    import fcntl
except ImportError:  # Windows has no such locks.
    _LOCKS = False
else:
    _LOCKS = True

ID = re.compile(r"[a-z0-9]{16}")
"""What a run's id looks like; nothing else is ever joined to a path."""

SPLITS = ("speakers", "random")
FINAL = ("done", "stopped", "failed")
STATUSES = ("loading", "training", "scoring", *FINAL)

NO_ROOM = 74
"""How a worker ends that cannot write: the exit status for a failed input or output."""

_RESERVE = "reserve"
_FIGURES = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
_UNWRITABLE = (
    *(errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO),
    getattr(errno, "EDQUOT", errno.ENOSPC),
)
# What reading sets off where something else was written than a server or a worker writes.
_DAMAGES = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, SerError)
# Where the system has no locks: a worker says that it lives more often than this.
_SILENCE_S = 30.0


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
        The curves so far; see `ser_core.training.fitting.Fitted`.
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


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Replace a file as a whole: a reader finds the old content or the new one."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        unfinished.write_text(json.dumps(content, allow_nan=False), encoding="utf-8")
        os.replace(unfinished, path)
    except OSError:
        with contextlib.suppress(OSError):
            unfinished.unlink()
        raise


def read(folder: Path) -> Run:
    """A run as its files tell it.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Run
        Failed, with a message that says so, where only its curves are damaged.

    Raises
    ------
    SettingsError
        With code ``no_run`` where nothing was ever written, or ``damaged_run``.
    """
    try:
        about = json_of((folder / "job.json").read_bytes())
        run = Run(
            folder.name,
            TrainingSettings.from_dict(about["settings"]),
            _one_of(SPLITS, about["split"]),
            _is(str, about["owner"]),
            _number(about["created"]),
            "loading",
            has_model=(bundle(folder) / "bundle.json").is_file(),
        )
    except FileNotFoundError as error:
        raise told.no_run() from error
    except _DAMAGES as error:
        raise SettingsError("damaged_run", _(told.DAMAGED)) from error
    try:
        return replace(run, **_told(json_of((folder / "progress.json").read_bytes())))
    except FileNotFoundError:
        return run
    except _DAMAGES:
        return replace(run, status="failed", message=_(told.DAMAGED), has_model=False)


def overrun(folder: Path) -> float | None:
    """How many times its estimate a training took that went through; None for any other."""
    try:
        run = read(folder)
        estimate = _number(json_of((folder / "job.json").read_bytes())["estimate"])
        took = (folder / "progress.json").stat().st_mtime - run.created
    except _DAMAGES:
        return None
    return took / estimate if run.status == "done" and took > 0 and estimate > 0 else None


def _told(progress: dict[str, Any]) -> dict[str, Any]:
    """What ``progress.json`` holds, if it is what a worker writes."""
    history = [{name: _number(point[name]) for name in point} for point in progress["history"]]
    if not all(set(_FIGURES) <= set(point) for point in history):
        raise KeyError("history")
    mean = progress.get("epoch_seconds")
    return {
        "status": _one_of(STATUSES, progress["status"]),
        "message": _is(str, progress["message"]),
        "history": history,
        "seconds": _number(progress["seconds"]),
        "epoch_seconds": None if mean is None else _number(mean),
    }


def _one_of(names: tuple[str, ...], found: Any) -> str:
    if found not in names:
        raise ValueError(found)
    return str(found)


def _is(kind: type, found: Any) -> Any:
    if not isinstance(found, kind):
        raise TypeError(found)
    return found


def _number(found: Any) -> float:
    if isinstance(found, bool) or not math.isfinite(_is((int, float), found)):  # type: ignore[arg-type]
        raise ValueError(found)
    return found  # type: ignore[no-any-return]


def bundle(folder: Path) -> Path:
    """Where a run's bundle lies, or will."""
    return folder / f"run-{folder.name}"


def clean(folder: Path) -> None:
    """Remove what a worker that was ended left half-written."""
    release(folder)
    made = bundle(folder)
    if made.is_dir() and not (made / "bundle.json").is_file():
        shutil.rmtree(made, ignore_errors=True)
    for unfinished in folder.glob("*.json.*"):
        with contextlib.suppress(OSError):
            unfinished.unlink()


def reserve(folder: Path, n_bytes: int) -> None:
    """Take room on the disk for what a training will leave, while there is room.

    Raises
    ------
    OSError
        Where there is none.
    """
    with (folder / _RESERVE).open("wb") as file:
        if not hasattr(os, "posix_fallocate"):
            file.write(bytes(n_bytes))
            return
        try:
            os.posix_fallocate(file.fileno(), 0, n_bytes)
        except OSError as error:
            # Some disks cannot promise room; then there is none kept.
            if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP):
                raise


def give_room(folder: Path, n_bytes: int) -> bool:
    """Give back a part of what was reserved; false where nothing is left of it."""
    try:
        size = (folder / _RESERVE).stat().st_size
        os.truncate(folder / _RESERVE, max(0, size - n_bytes))
    except OSError:
        return False
    return size > 0


def release(folder: Path) -> None:
    """Give back all that was reserved."""
    with contextlib.suppress(OSError):
        (folder / _RESERVE).unlink()


def claim(folder: Path) -> int:
    """Open the file that is locked for as long as a run's worker lives; gives its descriptor.

    A worker that inherits it holds the lock until it is gone, however it goes.
    """
    descriptor = os.open(folder / "alive", os.O_CREAT | os.O_RDWR, 0o600)
    if _LOCKS:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    return descriptor


def is_alive(folder: Path) -> bool:
    """Whether a run has a worker, of this server or another's."""
    if not _LOCKS:
        return age(folder / "alive") < _SILENCE_S
    try:
        descriptor = os.open(folder / "alive", os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other servers of the same runs from starting one meanwhile."""
    descriptor = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        if _LOCKS:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def age(path: Path) -> float:
    """Seconds since a mark was made; one dated in the future is as old as it is ahead."""
    try:
        return abs(time.time() - path.stat().st_mtime)
    except OSError:
        return float("inf")


def is_unwritable(error: OSError) -> bool:
    """Whether an error says that nothing can be written."""
    return error.errno in _UNWRITABLE


def default_folder() -> Path:
    """``$SER_RUNS``, else a folder of this user among the temporary ones.

    Bundles are read back from it, so one that somebody else made in its place is not used.
    """
    if os.environ.get("SER_RUNS"):
        return Path(os.environ["SER_RUNS"])
    folder = Path(tempfile.gettempdir()) / "undertone-runs"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        # Nothing can be trained here, which `Jobs.start` says.
        return folder
    if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != os.getuid()):
        return Path(tempfile.mkdtemp(prefix="undertone-runs-"))
    return folder
