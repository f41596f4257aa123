"""Trainings in child processes, small enough to be waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ser_core.jobs.files import Run, write_json
from ser_core.jobs.manager import Jobs
from ser_core.training.settings import NetworkSettings, TrainingSettings

TINY = TrainingSettings(layers=NetworkSettings((8,), (0.0,)), batch_size=128, epochs=3)

# Long enough never to end by itself within a test.
ENDLESS = TrainingSettings(layers=NetworkSettings((8,), (0.0,)), batch_size=128, epochs=300)

# A training gives way to all else, and a busy machine has little left for it.
PATIENCE_S = 300


def wait(jobs: Jobs, run_id: str, until: Callable[[Run], bool]) -> Run:
    """Look at a run until it is as expected: what is waited for is an event, not a time."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        run = jobs.read(run_id)
        if until(run):
            return run
        if run.ended:
            break
        time.sleep(0.02)
    pytest.fail(f"still {run.status}: {run.message}")


def ended(run: Run) -> bool:
    return run.ended


def learning(run: Run) -> bool:
    return len(run.history) >= 2 and run.status == "training"


def worker_of(jobs: Jobs, run_id: str) -> int:
    return jobs.workers[run_id].process.pid


def left_by_a_worker(jobs: Jobs, **progress: object) -> Path:
    """A run whose worker died with its server, in the middle."""
    folder = jobs.folder / ("a" * 16)
    folder.mkdir(parents=True)
    about = {"settings": TINY.to_dict(), "split": "speakers", "owner": "a", "created": 1.0}
    write_json(folder / "job.json", about | {"limits": {}})
    point = dict.fromkeys(("epoch", "loss", "accuracy", "val_loss", "val_accuracy"), 1.0)
    told = {"status": "training", "message": "", "history": [point], "seconds": 1.0}
    write_json(folder / "progress.json", told | progress)
    (folder / "alive").touch()
    return folder
