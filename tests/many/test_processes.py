"""Many recordings in several processes, which may end."""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ser_core.cli.hearing import Item
from ser_core.cli.processes import AHEAD, Processes

from .conftest import FAST, LINUX, WANTED, end_all, run


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
