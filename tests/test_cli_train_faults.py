"""Faults of a training on the command line: a sentence, a status, and nothing learned is lost."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from ser_core import workflow
from ser_core.cli import main
from ser_core.data import sounds
from ser_core.evaluation import protocols
from ser_core.inference.predictor import load_model

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
TOY = ("--corpora", "synthetic", "--epochs", "1", "--hidden", "8", "--dropout", "0")


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def never(*_: object, **__: object) -> None:
    raise AssertionError("it was trained before the folder was tried")


@pytest.mark.parametrize("command", ["train", "holdout"])
@pytest.mark.parametrize("place", ["file", "below a file", "unwritable", "full"])
def test_out_is_tried_before_the_training(
    command: str,
    place: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("train_and_cross_validate", "train_and_hold_out"):
        monkeypatch.setattr(workflow, name, never)
    file = tmp_path / "file"
    file.write_text("")
    out = {
        "file": file,
        "below a file": file / "model",
        # Nobody can write there, root included.
        "unwritable": Path("/proc/undertone"),
        "full": tmp_path / "new",
    }[place]
    if place == "full":
        usage = shutil.disk_usage(tmp_path)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    held = ("--holdout", "speakers") if command == "holdout" else ()
    status, said, err = run("train", *TOY, *held, "--out", str(out), capsys=capsys)
    assert status == 1 and said == ""
    assert "--out" in err and "nothing was computed yet" in err
    assert str(tmp_path) not in err and "Traceback" not in err
    assert not (tmp_path / "new").exists()


def test_a_training_that_fails_leaves_no_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(workflow, "train_and_hold_out", never)
    out = tmp_path / "a" / "b"
    words = ("train", *TOY, "--holdout", "random", "--out", str(out))
    status, _, err = run(*words, capsys=capsys)
    assert (status, list(tmp_path.iterdir())) == (1, [])
    assert "A fault of Undertone's own (AssertionError in train.py" in err  # no file but ours


def test_a_trained_model_is_written_elsewhere_where_its_folder_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As where a disk is taken out while it trains: something else is in the folder's place."""
    out, spare = tmp_path / "models" / "mine", tmp_path / "spare"
    spare.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spare))
    trained = workflow.fit

    def fit(*args: Any, **options: Any) -> Any:
        shutil.rmtree(out.parent)
        out.parent.write_text("no folder")
        return trained(*args, **options)

    monkeypatch.setattr(workflow, "fit", fit)
    held = ("--holdout", "speakers")
    status, said, err = run("train", *TOY, *held, "--out", str(out), capsys=capsys)
    assert status == 1 and "Traceback" not in err
    assert "UAR" in said and "The bundle is in" not in said
    (made,) = spare.glob("undertone-*/mine")
    sentence = err.strip().splitlines()[-1]
    assert "could not be written to 'mine'" in sentence and f"its bundle is in {made}." in sentence
    assert load_model(made).predict(sounds.make("two")).emotion in (
        "angry",
        "fearful",
        "happy",
        "sad",
    )


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ValueError("/home/me/secret"), "A fault of Undertone's own (ValueError"),
        (MemoryError(), "not enough memory"),
        (
            OSError(28, "No space left on device", "/home/me/secret/x.parquet"),
            "x.parquet: No space",
        ),
        (
            ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow"),
            "undertone[train]",
        ),
        (ImportError("failed to map segment from shared object"), "could not be loaded"),
        (RecursionError("deep"), "RecursionError"),
        (BrokenProcessPool("abruptly"), "most often because memory ran out"),
    ],
)
def test_what_nobody_foresaw_is_a_sentence(
    error: Exception,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(protocols, "cross_validate", fail)
    status, out, err = run("evaluate", *TOY, capsys=capsys)
    assert (status, out) == (1, "")
    assert said in err
    assert "Traceback" not in err and "/home" not in err and str(ROOT) not in err
    assert len(err.strip().splitlines()) == 2  # where it learns from, and what happened


def test_synthetic_needs_no_writable_home(tmp_path: Path) -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("XDG_")}
    for name in ("SER_DATA", "NUMBA_CACHE_DIR", "MPLCONFIGDIR", "KERAS_HOME"):
        environment.pop(name, None)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ser_core", "train", *TOY, "--holdout", "random"),
            *("--out", str(tmp_path / "toy")),
        ],
        cwd=tmp_path,
        # Nobody can make a folder there, root included.
        env=environment | {"HOME": "/proc/nobody", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "toy" / "bundle.json").exists()
    # Nor does anything of TensorFlow's reach the terminal.
    (line,) = done.stderr.splitlines()
    assert line.startswith("Learning from sounds made by a formula")


def test_an_emotion_that_nobody_tested_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cross_validate = protocols.cross_validate

    def without_sadness(*arguments: object, **options: object) -> protocols.Evaluation:
        found = cross_validate(*arguments, **options)
        found.report["recall"]["sad"] = None
        return found

    monkeypatch.setattr(protocols, "cross_validate", without_sadness)
    status, out, _ = run("evaluate", *TOY, capsys=capsys)
    assert status == 0 and "sad not tested" in out
