"""A run that goes on where it ended."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ser_core.cli.hearing import Item
from ser_core.inference.predictor import Model

from .conftest import FAST, LINUX, ROOT, run

FORMS = {
    "json": ("--format", "json"),
    "csv": ("--format", "csv"),
    "channels": ("--format", "csv", "--channels", "apart"),
}


@pytest.mark.slow
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
        (b'{"file": {}, "sha256": "", "model": ""}\n', ("--resume",), 1, "nothing was changed"),
        (b'{"file": "a", "sha256": "x", "model": ""}\n', ("--resume",), 1, "nothing was changed"),
        (b'{"file": "a", "sha256": "", "model": 1}\n', ("--resume",), 1, "nothing was changed"),
        (b"[" * 50_000 + b"\n", ("--resume",), 1, "nothing was changed"),
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
