"""Many recordings: a folder of them, and what one process says of each."""

from __future__ import annotations

import multiprocessing
import os
import select
import shutil
import signal
import sys
from pathlib import Path

import pytest

from ser_core.cli import main
from ser_core.cli.hearing import Item, Wanted
from ser_core.cli.processes import Here

ROOT = Path(__file__).resolve().parents[2]

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
