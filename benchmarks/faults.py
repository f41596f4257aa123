"""What becomes of a training, an upload or a run of `predict` when something under it breaks.

    python -m benchmarks.faults [--only disk,server]

One line a fault: how it ended, in the words that a person is told. Each must end in a clear state,
with nothing lost that was said to be kept, no process left behind, and the next start able to read
what there is; the exit status is 1 where one does not. Full and read-only disks are small memory
file systems, which want Linux and root and are passed over elsewhere. What is quick enough is a
test instead, and 1 GB of memory is `benchmarks.small_host`: docs/robustness.md lists which.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.memory import children
from ser_core.errors import SerError
from ser_core.jobs.manager import Jobs
from tests.browser.conftest import serve
from tests.support import visitor as protocol
from tests.support.pages import sweep
from tests.support.trainings import ENDLESS, PATIENCE_S, TINY, ended, learning, wait
from tests.support.visitor import Visitor

ROOT = Path(__file__).resolve().parents[1]
_FILES = 100
protocol.TIMEOUT_S = PATIENCE_S


class PassedOverError(Exception):
    """This system cannot break in that way."""


@contextlib.contextmanager
def _runs() -> Iterator[Jobs]:
    with tempfile.TemporaryDirectory(prefix="undertone-faults-") as place:
        jobs = Jobs(Path(place))
        try:
            yield jobs
        finally:
            jobs.close()


def _until(condition: Callable[[], object], what: str) -> None:
    ends = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < ends, f"never: {what}"
        time.sleep(0.02)


def _lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def killed(phase: str) -> str:
    """The training's process killed in a phase; its place is free at once."""
    with _runs() as jobs:
        run_id = jobs.start(TINY if phase == "export" else ENDLESS, "speakers", owner="a")
        if phase == "epochs":
            wait(jobs, run_id, learning)
        elif phase == "export":
            made = jobs.folder / run_id / f"run-{run_id}"
            # The folder is there from the first byte of the bundle on.
            _until(lambda: made.is_dir() or jobs.read(run_id).ended, "an export")
        before = len(jobs.read(run_id).history)
        jobs.workers[run_id].process.kill()
        run = wait(jobs, run_id, ended)
        left = {path.name for path in (jobs.folder / run_id).iterdir()}
        assert len(run.history) >= before and not left & {"reserve"}, left
        assert run.has_model == (run.status == "done") == (f"run-{run_id}" in left), left
        # Another server over the same folder reads the same.
        assert Jobs(jobs.folder).read(run_id) == run
        jobs.delete(jobs.start(TINY, "speakers", owner="a"))
        return f"{run.status}: {run.message}"


def server_killed_while_training() -> str:
    """A real server killed while a visitor's training runs; the next one reads what it left."""
    with tempfile.TemporaryDirectory(prefix="undertone-faults-") as place:
        with serve(SER_RUNS=place) as address:
            (server,) = children()
            visitor = Visitor(address)
            visitor.run("retrain")
            visitor.click("Train")
            jobs = Jobs(Path(place))
            _until(lambda: any(map(_is_run, Path(place).iterdir())), "a run")
            (run_id,) = [path.name for path in Path(place).iterdir() if _is_run(path)]
            _until(lambda: jobs.read(run_id).history, "an epoch")
            below = _below(server)
            assert below, "nothing trains"
            os.kill(server, signal.SIGKILL)
        _until(lambda: not any(map(_lives, below)), "no process is left")
        run = jobs.read(run_id)
        assert run.ended and run.history, run
        with serve(SER_RUNS=place) as address:
            visitor = Visitor(address)
            visitor.query = f"run={run_id}"
            visitor.page = "retrain"
            visitor.run()
            assert run.message in visitor.says(), visitor.says()
        return f"{run.status}: {run.message}"


def _is_run(path: Path) -> bool:
    return (path / "job.json").is_file()


def _below(process: int) -> set[int]:
    """The processes that one started, and theirs."""
    found: set[int] = set()
    for task in Path(f"/proc/{process}/task").iterdir():
        for number in map(int, (task / "children").read_text().split()):
            found |= {number} | _below(number)
    return found


def server_killed_while_uploading() -> str:
    """A real server killed while bytes come in; nothing of them lies anywhere."""
    with tempfile.TemporaryDirectory(prefix="undertone-faults-") as place:
        with serve(SER_RUNS=place, TMPDIR=place) as address:
            (server,) = children()
            visitor = Visitor(address)
            visitor.run("listen")
            visitor.choose(visitor.put(sweep())[0])
            below = _below(server)
            sending = http.client.HTTPConnection(visitor.host, timeout=PATIENCE_S)
            sending.putrequest("PUT", visitor.urls.upload_url)
            for name, value in {"Content-Length": str(10**7), **visitor.token()}.items():
                sending.putheader(name, value)
            sending.endheaders(b"RIFF" * 10_000)
            os.kill(server, signal.SIGKILL)
        _until(lambda: not any(map(_lives, below)), "no process is left")
        left = [path.name for path in Path(place).rglob("*") if path.is_file()]
        assert not left, left
        with serve(SER_RUNS=place) as address:
            visitor = Visitor(address)
            visitor.run("listen")
            visitor.choose(visitor.put(sweep())[0])
            assert "Sounds" in visitor.says()
        return "no process and no byte is left; the next server hears the recording"


@contextlib.contextmanager
def _disk(megabytes: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="undertone-faults-") as place:
        if _mount("-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", place):
            raise PassedOverError("a disk of one's own cannot be made here")
        try:
            yield Path(place)
        finally:
            subprocess.run(["umount", "-l", place], check=False)


def _mount(*words: str) -> int:
    try:
        return subprocess.run(["mount", *words], check=False, capture_output=True).returncode
    except OSError:
        return 1


def _fill(folder: Path) -> Path:
    """Take all room that is left."""
    file = folder / "filler"
    with contextlib.suppress(OSError), file.open("wb", buffering=0) as filler:
        while filler.write(bytes(4_096)):
            pass
    return file


def disk_full_before() -> str:
    with _disk(4) as place:
        _fill(place)
        try:
            Jobs(place).start(TINY, "speakers", owner="a")
        except SerError as error:
            return f"{error.code}: {error.message}"
        raise AssertionError("it was started")


def disk_full_while_training() -> str:
    """Room for what will be learned was taken before: nothing is lost."""
    with _disk(8) as place:
        jobs = Jobs(place)
        run_id = jobs.start(TINY, "speakers", owner="a")
        _fill(place)
        try:
            run = wait(jobs, run_id, ended)
            assert run.status == "done" and run.has_model, run.message
            return f"{run.status}: {run.message}"
        finally:
            jobs.close()


def disk_read_only() -> str:
    """What was trained before is still shown."""
    with _disk(8) as place:
        jobs = Jobs(place)
        run_id = jobs.start(TINY, "speakers", owner="a")
        before = wait(jobs, run_id, ended)
        jobs.close()
        assert _mount("-o", "remount,ro", str(place)) == 0
        again = Jobs(place)
        assert again.read(run_id) == before and before.has_model and again.bundle(run_id)
        try:
            again.start(TINY, "speakers", owner="a")
        except SerError as error:
            return f"{error.code}: {error.message}"
        raise AssertionError("it was started")


def disk_full_under_predict() -> str:
    """Lines that are whole stay, and the run goes on when there is room."""
    with _disk(3) as place, tempfile.TemporaryDirectory() as sounds:
        for number in range(_FILES):
            Path(sounds, f"{number}.wav").write_bytes(sweep(low=110 + number))
        out = place / "rows.jsonl"
        words = ["predict", sounds, "--format", "json", "--jobs", "1", "--timeline", "--explain"]
        command = [sys.executable, "-m", "ser_core", *words, "--out", str(out), "--resume"]
        with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as first:
            assert first.stderr is not None
            _until(lambda: out.is_file() and out.stat().st_size, "a line")
            filler = _fill(place)
            said = first.stderr.read()
        assert first.returncode == 1 and "Traceback" not in said, said
        whole = out.read_bytes().rpartition(b"\n")[0]
        filler.unlink()
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        lines = out.read_bytes()
        assert lines.startswith(whole) and lines.count(b"\n") == _FILES
        return said.strip().splitlines()[-1]


FAULTS: dict[str, Callable[[], str]] = {
    "training killed: start": lambda: killed("start"),
    "training killed: epochs": lambda: killed("epochs"),
    "training killed: export": lambda: killed("export"),
    "server killed: training": server_killed_while_training,
    "server killed: upload": server_killed_while_uploading,
    "disk full: before a training": disk_full_before,
    "disk full: while it trains": disk_full_while_training,
    "disk full: under predict": disk_full_under_predict,
    "disk read-only": disk_read_only,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", help="beginnings of names, separated by commas")
    options = parser.parse_args()
    wanted = tuple(options.only.split(",")) if options.only else ("",)
    failed = 0
    for name, fault in FAULTS.items():
        if not name.startswith(wanted):
            continue
        try:
            said = f"ok    {name}: {fault()}"
        except PassedOverError as error:
            said = f"      {name}: not tried, {error}"
        except Exception as error:
            failed += 1
            said = f"FAULT {name}: {type(error).__name__} {error}"
        print(said, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
