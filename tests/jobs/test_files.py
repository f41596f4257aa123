"""The files of a run: on full disks, left by the dead, damaged."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from ser_core.errors import JobError, SettingsError
from ser_core.jobs import costs, files, worker
from ser_core.jobs.files import write_json
from ser_core.jobs.manager import Jobs
from ser_core.jobs.process import Worker
from tests.support.trainings import (
    ENDLESS,
    TINY,
    ended,
    learning,
    left_by_a_worker,
    wait,
    worker_of,
)

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "runs", Path("/proc/runs")):
        with pytest.raises(JobError, match="full or not writable") as caught:
            Jobs(folder).start(TINY, "speakers", owner="a")
        assert caught.value.code == "no_room"
        assert str(folder) not in caught.value.message


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of a process")
def test_a_disk_that_fills_midway_keeps_the_curves(jobs: Jobs) -> None:
    import resource

    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    wait(jobs, run_id, learning)
    # No file may grow beyond what the curves have now: for the worker, a full disk.
    limit = (jobs.folder / run_id / "progress.json").stat().st_size
    resource.prlimit(worker_of(jobs, run_id), resource.RLIMIT_FSIZE, (limit, limit))
    run = wait(jobs, run_id, ended)
    assert run.status == "failed"
    assert "full or not writable" in run.message
    assert len(run.history) >= 2
    assert not run.has_model
    assert {path.name for path in (jobs.folder / run_id).iterdir()} <= {
        *("job.json", "progress.json", "seen", "alive", "worker.log"),
    }


def test_room_for_what_was_learned_is_taken_before_and_given_back_for_it(jobs: Jobs) -> None:
    run_id = jobs.start(TINY, "speakers", owner="a")
    reserve = jobs.folder / run_id / "reserve"
    taken = reserve.stat().st_blocks * 512
    assert taken >= costs.bundle_bytes(TINY)
    run = wait(jobs, run_id, ended)
    assert run.status == "done"
    assert not reserve.exists()
    left = sum(path.stat().st_size for path in jobs.bundle(run_id).iterdir())
    assert left < taken
    # What is stopped from outside leaves none of it either.
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    jobs.stop(run_id)
    assert not (jobs.folder / run_id / "reserve").exists()


def test_without_room_for_what_will_be_learned_nothing_is_trained(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(JobError, match="full or not writable"):
        jobs.start(TINY, "speakers", owner="a")
    assert not [path for path in jobs.folder.iterdir() if path.is_dir()]


@pytest.mark.parametrize("reserved", [0, 1_000_000])
def test_curves_are_told_out_of_what_was_reserved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reserved: int
) -> None:
    files.reserve(tmp_path, reserved)
    write = files.write_json

    def on_a_full_disk(path: Path, content: dict[str, Any]) -> None:
        if (tmp_path / "reserve").stat().st_size == reserved:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(worker, "write_json", on_a_full_disk)
    tell = worker.Telling(tmp_path)
    if not reserved:
        with pytest.raises(OSError, match="No space"):
            tell(status="training")
        return
    tell(status="training")
    assert json.loads((tmp_path / "progress.json").read_bytes())["status"] == "training"
    # Only as much as it took.
    assert (tmp_path / "reserve").stat().st_size > reserved / 2


def test_what_a_dead_worker_left_is_told_at_once_and_cleaned(jobs: Jobs) -> None:
    folder = left_by_a_worker(jobs)
    half = folder / f"run-{folder.name}"
    half.mkdir()
    (half / "model.keras").write_bytes(b"half")
    (folder / "progress.json.12-34").write_bytes(b"half")
    run = jobs.read(folder.name)
    assert (run.status, run.has_model) == ("failed", False)
    assert "restarted" in run.message
    assert not half.exists()
    assert not (folder / "progress.json.12-34").exists()
    assert jobs.read(folder.name) == run


@pytest.mark.parametrize("name", ["job.json", "progress.json"])
@pytest.mark.parametrize(
    "content",
    [
        *("", "null", "[]", "7", "{}", "{", '"x"', "\x00\xff"),
        pytest.param("[" * 50_000, id="deep"),
        pytest.param(
            '{"settings": {"seed": 1%s}, "split": "speakers", "owner": "a", "created": 1}'
            % ("0" * 400),
            id="a seed beyond all numbers",
        ),
        pytest.param(
            '{"status": "done", "message": "", "history": [], "seconds": 1%s}' % ("0" * 400),
            id="seconds beyond all numbers",
        ),
        '{"settings": {"layers": null}, "split": "speakers", "owner": "a", "created": 1}',
        '{"settings": null, "split": "speakers", "owner": "a", "created": 1}',
        '{"settings": {}, "split": "speakers", "owner": [], "created": 1}',
        '{"settings": {"nonsense": 1}, "split": "speakers", "owner": "a", "created": 1}',
        '{"settings": {"epochs": "many"}, "split": "speakers", "owner": "a", "created": 1}',
        '{"settings": {}, "split": "nobody", "owner": "a", "created": 1}',
        '{"status": "dancing", "message": "", "history": [], "seconds": 1}',
        '{"status": "done", "message": 3, "history": [], "seconds": 1}',
        '{"status": "done", "message": "", "history": [{}], "seconds": 1}',
        '{"status": "done", "message": "", "history": [null], "seconds": 1}',
        '{"status": "done", "message": "", "history": null, "seconds": 1}',
        '{"status": "done", "message": "", "history": [], "seconds": null}',
        '{"status": ["done"], "message": "", "history": [], "seconds": 1}',
    ],
)
def test_damaged_files_of_a_run_are_told(jobs: Jobs, name: str, content: str) -> None:
    folder = left_by_a_worker(jobs)
    (folder / name).write_text(content, encoding="latin-1")
    if name == "job.json":
        with pytest.raises(SettingsError, match="damaged") as caught:
            jobs.read(folder.name)
        assert caught.value.code == "damaged_run"
        return
    run = jobs.read(folder.name)
    assert (run.status, run.has_model) == ("failed", False)
    assert "damaged" in run.message


def test_a_run_that_said_its_last_word_is_over(jobs: Jobs) -> None:
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    wait(jobs, run_id, learning)
    os.kill(worker_of(jobs, run_id), signal.SIGSTOP)
    progress = jobs.folder / run_id / "progress.json"
    write_json(progress, json.loads(progress.read_bytes()) | {"status": "done"})
    jobs.delete(jobs.start(TINY, "speakers", owner="a"))


def test_marks_from_the_future_are_old(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "runs", kept_s=3600.0)
    folder = left_by_a_worker(jobs)
    ahead = time.time() + 2 * 3600.0
    for path in (*folder.iterdir(), folder):
        os.utime(path, (ahead, ahead))
    jobs.delete(jobs.start(TINY, "speakers", owner="a"))
    assert not folder.exists()


@pytest.mark.parametrize("step_s", [-3600.0, 3600.0])
def test_a_clock_that_is_set_ends_nothing(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    folder = left_by_a_worker(jobs)
    (folder / "seen").touch()
    limits = {"gone_s": 180.0, "time_limit_s": 1e6, "memory_limit_mb": 1e6}
    ending = worker.Ending(folder, limits)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        watched = Worker(process, folder, time.monotonic() - 300.0, 0.0)
        assert not ending() and not watched.too_far(limits, 30.0)
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + step_s)
        assert not ending() and not watched.too_far(limits, 30.0)
        # The next marks bear the new date.
        for name in ("alive", "seen"):
            os.utime(folder / name, (time.time(),) * 2)
        assert not ending() and not watched.too_far(limits, 30.0)
        process.kill()
