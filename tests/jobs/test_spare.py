"""The process that waits with TensorFlow awake: where there is one, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ser_core.jobs import memory
from ser_core.jobs.manager import Jobs
from ser_core.jobs.spare import OFF, ROOM_MB, TIGHT_MB, Spare
from tests.support.trainings import ENDLESS, PATIENCE_S

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OFF, "1")


def gone(process: int) -> bool:
    """Wait for the end of a process."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{process}/stat").read_text().split()[2] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize(
    ("free", "off", "waits"),
    [
        (ROOM_MB, "1", True),
        (ROOM_MB - 1, "1", False),
        # Where the system does not say, nothing is risked.
        (None, "1", False),
        (ROOM_MB, "0", False),
    ],
)
def test_one_waits_where_there_is_room_for_it(
    monkeypatch: pytest.MonkeyPatch, free: float | None, off: str, waits: bool
) -> None:
    monkeypatch.setenv(OFF, off)
    spare = Spare(available_mb=lambda: free)
    spare.keep()
    assert (spare.waiting is not None) is waits
    # One in all, however many ask.
    first = spare.waiting
    spare.keep()
    assert spare.waiting is first
    spare.end()
    assert spare.waiting is None and not spare.is_ready


@pytest.mark.parametrize(
    ("unused_s", "then"), [(0.0, ROOM_MB), (900.0, TIGHT_MB - 1)], ids=["unused", "memory"]
)
def test_it_ends_when_nobody_wants_it_or_others_need_the_memory(
    unused_s: float, then: float
) -> None:
    told = iter([float(ROOM_MB)])
    spare = Spare(unused_s=unused_s, available_mb=lambda: next(told, then))
    spare.keep()
    deadline = time.monotonic() + PATIENCE_S
    while spare.waiting is not None and time.monotonic() < deadline:
        time.sleep(0.02)
    assert spare.waiting is None


def test_a_training_takes_it_and_a_stop_is_a_stop(jobs: Jobs) -> None:
    jobs.spare = Spare(available_mb=lambda: ROOM_MB)
    jobs.warm()
    waiting = jobs.spare.waiting
    assert waiting is not None
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    assert jobs.workers[run_id].process is waiting.process and jobs.spare.waiting is None
    assert jobs.read(run_id).status == "loading"
    jobs.stop(run_id)
    assert jobs.read(run_id).status == "stopped" and waiting.process.poll() is not None


def test_one_that_died_is_not_taken(jobs: Jobs) -> None:
    jobs.spare = Spare(available_mb=lambda: ROOM_MB)
    jobs.warm()
    jobs.spare.waiting.process.kill()
    jobs.spare.waiting.process.wait()
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    assert jobs.workers[run_id].line is None
    jobs.stop(run_id)


def test_it_ends_with_its_server() -> None:
    script = (
        "from ser_core.jobs.spare import Spare; import time\n"
        "spare = Spare(available_mb=lambda: 9e9); spare.keep()\n"
        "print(spare.waiting.process.pid, flush=True); time.sleep(600)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    waiting = int(server.stdout.readline())
    os.kill(waiting, 0)
    server.kill()
    server.wait()
    assert gone(waiting)


SECOND = ("memory.max", "memory.current", "inactive_file")
FIRST = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
MB = 2**20


@pytest.mark.parametrize(
    ("line", "where", "names", "limit", "free"),
    [
        ("0::/", "", SECOND, str(900 * MB), 700.0),
        ("0::/a/b", "", SECOND, str(900 * MB), 700.0),
        ("0::/a/b", "a", SECOND, str(900 * MB), 700.0),
        ("0::/a", "a", SECOND, "max", 5000.0),
        ("4:memory:/x", "memory/x", FIRST, str(900 * MB), 700.0),
        ("4:memory:/x", "memory", FIRST, str(900 * MB), 700.0),
        ("4:memory:/x", "memory/x", FIRST, str(2**63 - 4096), 5000.0),
        ("3:cpuset:/", "", SECOND, str(900 * MB), 5000.0),
    ],
)
def test_free_memory_is_the_least_of_all_that_bound_it(
    tmp_path: Path, line: str, where: str, names: tuple[str, str, str], limit: str, free: float
) -> None:
    def write(path: str, text: str) -> None:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    write("proc/meminfo", f"MemTotal: 9 kB\nMemAvailable: {5000 * 2**10} kB\n")
    write("proc/self/cgroup", line + "\n")
    folder = f"sys/fs/cgroup/{where}"
    write(f"{folder}/{names[0]}", limit + "\n")
    write(f"{folder}/{names[1]}", f"{300 * MB}\n")
    write(f"{folder}/memory.stat", f"anon 1\n{names[2]} {100 * MB}\n")
    assert memory.available_mb(tmp_path) == free


def test_where_the_system_does_not_say_nobody_knows(tmp_path: Path) -> None:
    assert memory.available_mb(tmp_path) is None
