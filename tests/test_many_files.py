"""Many recordings: in one process, in several, on other machines; and a run that goes on."""

from __future__ import annotations

import json
import multiprocessing
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ser_core.cli import main
from ser_core.cli.hearing import Item, Wanted
from ser_core.cli.processes import AHEAD, Here, Processes
from ser_core.inference.predictor import Model

ROOT = Path(__file__).resolve().parents[1]
WANTED = Wanted(model="ravdess-mlp", format="json", traced=True)
FAST = ("--model", "ravdess-mlp")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="named pipes, /proc, /dev/full")


@pytest.fixture(scope="module")
def folder(synthetic_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve sounds and something else, in two folders."""
    made = tmp_path_factory.mktemp("many")
    (made / "b").mkdir()
    for number, file in enumerate(sorted(synthetic_root.rglob("*.wav"))[:12]):
        shutil.copy(file, made / ("b" if 3 < number < 7 else ".") / f"{number:02}.wav")
    (made / "05.wav").write_text("Dear listener,")
    return made


@pytest.fixture(scope="module")
def files(folder: Path) -> list[str]:
    return [*sorted(map(str, folder.rglob("*.wav")), key=lambda f: Path(f).parts), "gone.wav"]


@pytest.fixture(scope="module")
def said(files: list[str]) -> list[tuple[Item, str]]:
    """What one process says of each."""
    return [(item, heard.text) for item, heard in Here(WANTED).hear(map(Item, files))]


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    try:
        status = main(arguments)
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    return status, *capsys.readouterr()


def end_all() -> None:
    """Kill the processes that hear, and wait until they are dead; others reap them."""
    for child in multiprocessing.active_children():
        assert child.pid is not None
        death = os.pidfd_open(child.pid)
        os.kill(child.pid, signal.SIGKILL)
        select.select([death], [], [])
        os.close(death)


# ------------------------------------------------------------------------ several processes


@pytest.mark.slow
@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_several_processes_say_what_one_says(
    form: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("predict", str(folder), "gone.wav", *FAST, "--format", form)
    found = []
    for jobs in ("1", "2"):
        out = tmp_path / jobs
        more = ("--annotations", str(out), "--as", "csv") if form == "json" else ()
        found.append(run(*words, *more, "--jobs", jobs, capsys=capsys))
        if more:
            found[-1] += tuple((path.name, path.read_bytes()) for path in sorted(out.iterdir()))
    assert found[0] == found[1]
    assert found[0][0] == 1 and "gone.wav" in found[0][1]


@pytest.mark.slow
@LINUX
def test_a_process_that_ends_loses_nothing(files: list[str], said: list[tuple[Item, str]]) -> None:
    processes = Processes(WANTED, 2)
    heard = []
    for item, each in processes.hear(map(Item, files)):
        if len(heard) in (0, 5):
            end_all()
        heard.append((item, each.text))
    processes.close()
    assert heard == said
    assert not multiprocessing.active_children()


@pytest.mark.slow
@LINUX
def test_a_file_that_ends_its_process_twice_is_refused(files: list[str], tmp_path: Path) -> None:
    pipe = str(tmp_path / "ends.wav")
    os.mkfifo(pipe)

    def end_whoever_reads_it() -> None:
        for _ in range(2):
            # Waits until somebody reads.
            with open(pipe, "wb"):
                end_all()

    processes = Processes(WANTED, 1)
    threading.Thread(target=end_whoever_reads_it, daemon=True).start()
    heard = list(processes.hear([Item(files[0]), Item(pipe), Item(files[1])]))
    processes.close()
    rows = [json.loads(each.text) for _, each in heard]
    assert [row["file"] for row in rows] == [files[0], pipe, files[1]]
    assert rows[1]["error"]["code"] == "process_ended" and heard[1][1].refused
    assert "verdict" in rows[0] and "verdict" in rows[2]


@pytest.mark.slow
@LINUX
def test_no_more_is_on_the_way_than_told(files: list[str]) -> None:
    taken = 0

    def endless() -> Iterator[Item]:
        nonlocal taken
        while True:
            taken += 1
            yield Item(files[0] if taken == 40 else "gone.wav")

    processes = Processes(WANTED, 2)
    for told, _ in enumerate(processes.hear(endless()), start=1):
        assert taken - told <= 2 * AHEAD
        if told == 200:
            break
    pids = [child.pid for child in multiprocessing.active_children()]
    mapped = [Path(f"/proc/{pid}/maps").read_text() for pid in pids]
    assert len(mapped) == 2 and not any("/tensorflow/" in each for each in mapped)
    processes.close()


@pytest.mark.slow
@pytest.mark.parametrize("count", [1, 2])
def test_a_model_that_is_not_there_is_told(
    count: int, files: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("predict", *files, "--model", "nobody", "--jobs", str(count))
    status, out, err = run(*words, capsys=capsys)
    assert (status, out) == (1, "") and "shipped models" in err


# ------------------------------------------------------------------------ a run that goes on

FORMS = {
    "json": ("--format", "json"),
    "csv": ("--format", "csv"),
    "channels": ("--format", "csv", "--channels", "apart"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_run_goes_on_wherever_it_was_ended(
    form: str,
    files: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    odd = tmp_path / "=a\n,\"b'.wav"
    shutil.copy(files[0], odd)
    out = tmp_path / "rows"
    few = (files[0], str(odd), "gone.wav", str(files[5]), files[1])
    words = ("predict", *few, *FAST, *FORMS[form], "--out", str(out))
    assert run(*words, capsys=capsys) == (1, "", "")
    whole = out.read_bytes()
    heard: list[Any] = []
    judge = Model.predict_clip
    monkeypatch.setattr(
        Model, "predict_clip", lambda self, clip: heard.append(clip) or judge(self, clip)
    )
    for cut in (0, 1, 9, 40, 150, *range(200, len(whole), 307), len(whole) - 1, len(whole)):
        out.write_bytes(whole[:cut])
        heard.clear()
        assert run(*words, "--resume", capsys=capsys) == (1, "", "")
        assert out.read_bytes() == whole
    # Where channels are heard apart, the last recording is: lines of others may be missing.
    assert len(heard) == (1 if form == "channels" else 0)


def test_another_model_or_other_bytes_are_heard(
    files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, out = tmp_path / "a.wav", tmp_path / "rows.jsonl"
    words = ("predict", str(file), "--format", "json", "--out", str(out), "--resume")
    for source, more, count in (
        (files[0], FAST, 1),
        (files[0], FAST, 1),
        (files[1], FAST, 2),
        (files[1], (), 3),
        (files[1], (*FAST, "--timeline"), 4),
    ):
        shutil.copy(source, file)
        assert run(*words, *more, capsys=capsys)[0] == 0
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        assert len(rows) == count
    assert len({row["sha256"] for row in rows}) == 2
    assert len({row["model"] for row in rows}) == 2


@pytest.mark.parametrize(
    ("content", "more", "status", "says"),
    [
        (b'{"file": ', (), 1, "Add --resume"),
        (b"A letter,\nand more", ("--resume",), 1, "nothing was changed"),
        (b"A letter", ("--resume",), 1, "nothing was changed"),
        (b'{"file": 1}\n', ("--resume",), 1, "nothing was changed"),
        (b"file,verdict\n", ("--resume", "--format", "csv"), 1, "nothing was changed"),
        (b"", ("--format", "table"), 2, "--format json or csv"),
        (None, ("--resume",), 2, "name it"),
        (None, ("--jobs", "0"), 2, "usage"),
        (None, ("--jobs", "2", "--scheduler", "x"), 2, "not allowed with"),
    ],
)
def test_what_is_no_output_of_ours_is_told_and_left(
    content: bytes | None,
    more: tuple[str, ...],
    status: int,
    says: str,
    files: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "rows"
    words = ["predict", files[0], *FAST, "--format", "json"]
    if content is not None:
        out.write_bytes(content)
        words += ["--out", str(out)]
    found, _, err = run(*words, *more, capsys=capsys)
    assert found == status and says in err
    assert content is None or out.read_bytes() == content


@LINUX
def test_a_full_disk_is_told(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = ("predict", files[0], *FAST, "--format", "json", "--out", "/dev/full")
    status, _, err = run(*words, capsys=capsys)
    assert status == 1 and "'full' cannot be written" in err


@pytest.mark.slow
@LINUX
def test_a_run_that_is_killed_goes_on_and_leaves_no_process(
    files: list[str], said: list[tuple[Item, str]], tmp_path: Path
) -> None:
    out, pipe = tmp_path / "rows.jsonl", tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    words = [sys.executable, "-m", "ser_core", "predict", *files[:3], str(pipe), *files[3:]]
    words += [*FAST, "--format", "json", "--jobs", "2", "--out", str(out), "--resume"]
    begun = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE)
    with open(pipe, "wb"):  # waits until it is being heard
        begun.kill()
    assert begun.stdout is not None
    assert begun.stdout.read() == b""  # ends when all that hold it have ended
    begun.stdout.close()
    begun.wait()
    pipe.unlink()
    shutil.copy(files[0], pipe)
    assert subprocess.run(words, cwd=ROOT).returncode == 1
    lines = [line for line in out.read_text().splitlines(keepends=True) if "pipe.wav" not in line]
    assert lines == [text for _, text in said]


# ------------------------------------------------------------------------ other machines


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    import distributed

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL"
    ) as made:
        yield made


@pytest.mark.slow
def test_a_dask_scheduler_says_what_one_process_says(
    cluster: Any, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("predict", str(folder), "gone.wav", *FAST, "--format", "csv", "--timeline")[:-1]
    here = run(*words, "--jobs", "1", capsys=capsys)
    assert run(*words, "--scheduler", cluster.scheduler_address, capsys=capsys) == here


@pytest.mark.slow
def test_a_worker_that_ends_loses_nothing(
    cluster: Any, files: list[str], said: list[tuple[Item, str]]
) -> None:
    from ser_core.cli.scheduler import Scheduler

    scheduler = Scheduler(WANTED, cluster.scheduler_address)
    heard = []
    for item, each in scheduler.hear(map(Item, files * 4)):
        if not heard:
            worker = next(iter(cluster.workers.values()))
            os.kill(worker.process.process.pid, signal.SIGKILL)
        heard.append((item, each.text))
    scheduler.close()
    assert heard == said * 4


@pytest.mark.slow
@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "ftp://x"])
def test_a_scheduler_that_is_not_there_is_told(
    address: str,
    files: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from ser_core.cli import scheduler

    monkeypatch.setattr(scheduler, "PATIENCE_S", 0.2)
    status, out, err = run("predict", files[0], "--scheduler", address, capsys=capsys)
    assert (status, out) == (1, "") and "No Dask scheduler answers" in err


# ------------------------------------------------------------------------ object storage


def test_object_storage_is_heard_as_a_folder_is(
    folder: Path, files: list[str], said: list[tuple[Item, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    import fsspec

    fsspec.filesystem("memory").put(str(folder), "/many", recursive=True)
    words = ("predict", "memory://many", "memory://many/gone.wav", "memory://many/00.wav")
    status, out, err = run(*words, *FAST, "--format", "json", "--jobs", "1", capsys=capsys)
    assert (status, err) == (1, "")
    *rows, missing, again = map(json.loads, out.splitlines())
    there = [json.loads(text) for _, text in said[:-1]]
    for row, local in zip(rows, there, strict=True):
        assert row.pop("file") == "memory:///many/" + str(
            Path(local.pop("file")).relative_to(folder)
        )
        del local["sha256"], local["model"]
        assert row == local
    assert missing["error"]["code"] == "not_found" and "memory://" in missing["error"]["message"]
    assert again["verdict"] == rows[0]["verdict"]


@pytest.mark.parametrize(
    ("address", "code"), [("psychic://a.wav", "not_found"), ("s3://bucket/a.wav", "not_installed")]
)
def test_a_storage_that_cannot_be_read_is_told(
    address: str, code: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "s3fs", None)
    status, out, _ = run("predict", address, *FAST, "--format", "json", capsys=capsys)
    assert status == 1 and json.loads(out)["error"]["code"] == code
