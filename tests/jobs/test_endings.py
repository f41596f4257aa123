"""However a training ends, it is said why, and its place is free."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ser_core.jobs.files import write_json
from ser_core.jobs.manager import Jobs
from ser_core.jobs.process import Worker
from ser_core.jobs.spare import OFF
from tests.support.trainings import (
    ENDLESS,
    PATIENCE_S,
    TINY,
    ended,
    learning,
    left_by_a_worker,
    wait,
    worker_of,
)

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_a_killed_training_is_told_with_what_is_kept(jobs: Jobs) -> None:
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    n_epochs = len(wait(jobs, run_id, learning).history)
    jobs.workers[run_id].process.kill()
    run = wait(jobs, run_id, ended)
    assert run.status == "failed" and not run.has_model
    assert "signal 9" in run.message and "memory" in run.message
    assert len(run.history) >= n_epochs
    assert f"up to epoch {len(run.history)} are kept" in run.message


@pytest.mark.parametrize(
    ("limits", "status", "said"),
    [
        pytest.param({"memory_limit_mb": 50}, "failed", "more than 50 MB", id="memory"),
        pytest.param({"gone_s": 0.0}, "stopped", "nobody had looked", id="visitor gone"),
        pytest.param({"time_limit_s": 0.0}, "stopped", "had used its 0 s", id="time"),
    ],
)
def test_a_training_that_goes_too_far_ends(
    tmp_path: Path, limits: dict[str, float], status: str, said: str
) -> None:
    # By itself: how long it takes to begin, where others compute, is not asked here.
    jobs = Jobs(tmp_path / "runs", grace_s=PATIENCE_S, **limits)
    run = wait(jobs, jobs.start(ENDLESS, "speakers", owner="a"), ended)
    assert run.status == status and said in run.message
    jobs.close()


def test_a_training_whose_settings_fail_says_why(jobs: Jobs) -> None:
    # Past the server's own checks, as a job of another version might be.
    run_id = jobs.start(TINY, "speakers", owner="a")
    jobs.workers[run_id].process.kill()
    jobs.workers[run_id].process.wait()
    folder = jobs.folder / run_id
    job = json.loads((folder / "job.json").read_bytes())
    job["settings"]["emotions"] = ["angry", "bored"]
    write_json(folder / "job.json", job)
    # Its standard input stays open: an end of it would mean that the server is gone.
    with subprocess.Popen(
        [sys.executable, "-m", "ser_core.jobs.worker", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
    ) as worker:
        worker.wait()
    run = jobs.read(run_id)
    assert run.status == "failed"
    assert run.message.startswith("No recording of bored in ravdess")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
@pytest.mark.parametrize("waited", [False, True])
def test_a_training_ends_with_its_server(tmp_path: Path, waited: bool) -> None:
    script = (
        "import sys, time; from pathlib import Path; from ser_core.jobs.manager import Jobs\n"
        "from ser_core.training.settings import *\n"
        "from ser_core.jobs.spare import Spare\n"
        "jobs = Jobs(Path(sys.argv[1]))\n"
        # A process that has waited for the training has told the server so, by the same line.
        "jobs.spare = Spare(available_mb=lambda: 9e9)\n"
        f"while {waited} and not jobs.spare.is_ready: jobs.spare.keep(); time.sleep(0.02)\n"
        "run_id = jobs.start(TrainingSettings(epochs=300), 'speakers', owner='a')\n"
        "print(run_id, jobs.workers[run_id].process.pid, flush=True); time.sleep(600)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "runs")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if name != OFF},
    )
    run_id, worker = server.stdout.readline().split()
    # A second server over the same folder sees it as well.
    other = Jobs(tmp_path / "runs")
    wait(other, run_id, learning)
    server.kill()
    server.wait()
    deadline = time.monotonic() + PATIENCE_S
    while _lives(int(worker)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(int(worker))
    # At once: nobody has to be silent for a while first.
    run = wait(other, run_id, ended)
    assert run.status == "failed" and "restarted" in run.message and run.history


def _lives(process: int) -> bool:
    try:
        # An orphan may stay a zombie where nobody collects it.
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def hang(jobs: Jobs, phase: str) -> str:
    """Start a training and stop its worker in a phase: it hears nothing any more."""
    run_id = jobs.start(TINY if phase == "scoring" else ENDLESS, "speakers", owner="a")
    if phase == "training":
        wait(jobs, run_id, learning)
    elif phase == "scoring":
        wait(jobs, run_id, lambda run: run.status == "scoring")
    os.kill(worker_of(jobs, run_id), signal.SIGSTOP)
    assert jobs.read(run_id).status == ("loading" if phase == "starting" else phase)
    return run_id


PHASES = {
    "starting": "Nothing had been learned yet",
    "training": "The curves up to epoch",
    "scoring": "The curves up to epoch",
}


@pytest.mark.parametrize(("phase", "left"), PHASES.items())
def test_a_training_that_hangs_loses_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str, left: str
) -> None:
    jobs = Jobs(tmp_path / "runs", at_once=1)
    run_id = hang(jobs, phase)
    # Only now: a busy machine holds up the signs of life, too.
    monkeypatch.setattr("ser_core.jobs.process.START_S", 3.0)
    jobs.grace_s = 2.0
    run = wait(jobs, run_id, ended)
    assert run.status == "failed"
    assert "hung" in run.message and left.lower() in run.message.lower()
    jobs.delete(jobs.start(TINY, "speakers", owner="a"))


@pytest.mark.parametrize(
    ("status", "silent_s", "hung"),
    [
        *[("nothing yet", 60.0, False), ("nothing yet", 300.0, True)],
        # TensorFlow is imported, and holds up the sign of life.
        *[("loading", 60.0, False), ("loading", 300.0, True)],
        *[("training", 20.0, False), ("training", 60.0, True), ("scoring", 60.0, True)],
    ],
)
def test_a_slow_start_is_no_hang(jobs: Jobs, status: str, silent_s: float, hung: bool) -> None:
    folder = left_by_a_worker(jobs, status=status)
    (folder / "seen").touch()
    last = time.time() - silent_s
    os.utime(folder / "alive", (last, last))
    claimed = (folder / "alive").stat().st_mtime - 60.0 * (status != "nothing yet")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        watched = Worker(process, folder, time.monotonic() - silent_s - 60.0, claimed)
        limits = {"time_limit_s": 900.0, "gone_s": 900.0, "memory_limit_mb": 9000.0}
        assert ("hung" in watched.too_far(limits, 30.0)) is hung
        process.kill()


def test_one_that_shows_signs_of_life_and_never_ends_is_ended(tmp_path: Path) -> None:
    """As where its main thread hangs in the export, and the one that says so goes on."""
    for mark in ("alive", "seen"):
        (tmp_path / mark).touch()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        limits = {"time_limit_s": 100.0, "gone_s": 900.0, "memory_limit_mb": 9000.0}
        for began_s, reason in ((270.0, ""), (290.0, "The training did not end in its 100 s.")):
            worker = Worker(process, tmp_path, time.monotonic() - began_s, 0.0)
            assert worker.too_far(limits, 30.0) == reason
        process.kill()


@pytest.mark.parametrize(("phase", "left"), PHASES.items())
def test_stop_means_stop_in_every_phase(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, phase: str, left: str
) -> None:
    monkeypatch.setattr("ser_core.jobs.manager.STOP_S", 0.5)
    run_id = hang(jobs, phase)
    jobs.stop(run_id)
    run = wait(jobs, run_id, ended)
    assert run.status == "stopped"
    assert run.message.startswith("Stopped by hand.") and left.lower() in run.message.lower()
