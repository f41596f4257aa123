"""Many recordings on other machines, and from object storage."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ser_core.cli.hearing import Item

from .conftest import FAST, WANTED, run


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


@pytest.mark.slow
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
