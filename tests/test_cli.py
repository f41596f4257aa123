"""The command line's contract, from outside."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ser_core import load_model
from ser_core.cli import main
from ser_core.emotions import ANSWERS, EMOTIONS
from ser_core.inference.percents import whole_percents


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    try:
        status = main(arguments)
    except SystemExit as exit_:
        status = int(exit_.code or 0)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.fixture
def three_files(synthetic_root: Path, tmp_path: Path) -> list[Path]:
    """A sound, a text called .wav, another sound; in this order."""
    first, second = sorted(synthetic_root.rglob("*.wav"))[:2]
    (tmp_path / "b.wav").write_text("not a sound")
    return [shutil.copy(first, tmp_path / "a.wav"), tmp_path / "b.wav",
            shutil.copy(second, tmp_path / "c.wav")]  # fmt: skip


@pytest.mark.slow
def test_json_lines_in_input_order_with_refusals(
    three_files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(file) for file in reversed(three_files)]
    status, out, _ = run("predict", *files, "--format", "json", capsys=capsys)
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [row["file"] for row in rows] == files
    assert set(rows[0]) == {
        "file", "verdict", "emotion", "confidence", "decided", "probabilities", "duration_s",
        "warnings",
    }  # fmt: skip
    assert list(rows[0]["probabilities"]) == list(ANSWERS)
    shares = {name: rows[0]["probabilities"][name] for name in EMOTIONS}
    assert rows[0]["confidence"] == shares[rows[0]["emotion"]] == max(shares.values())
    assert rows[0]["verdict"] in {*ANSWERS, "not_sure"}
    assert rows[0]["decided"] == (rows[0]["verdict"] == rows[0]["emotion"])
    assert set(rows[1]) == {"file", "error"}
    assert rows[1]["error"]["code"] == "not_audio" and rows[1]["error"]["message"]


@pytest.mark.slow
def test_the_library_gives_the_same_numbers(
    three_files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run("predict", str(three_files[0]), "--format", "json", capsys=capsys)
    row = json.loads(out)
    del row["file"]
    assert row == load_model().predict(three_files[0]).to_dict()
    assert row == load_model().predict(three_files[0].read_bytes()).to_dict()


@pytest.mark.slow
def test_a_folder_is_searched_in_sorted_order(
    three_files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = three_files[0].parent
    status, out, _ = run("predict", str(folder), "--format", "csv", capsys=capsys)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 1
    assert [Path(row["file"]).name for row in rows] == ["a.wav", "b.wav", "c.wav"]
    assert rows[0]["emotion"] in EMOTIONS and rows[0]["decided"] in {"true", "false"}
    assert rows[1]["error"] == "not_audio"


def test_all_heard_is_status_0(three_files: list[Path], capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run("predict", str(three_files[0]), capsys=capsys)
    assert status == 0 and str(three_files[0]) in out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("predict",),
        ("predict", "x.wav", "--format", "xml"),
        ("evaluate", "--protocol", "psychic"),
        ("train", "--network", "mlp"),
        ("train", "--network", "mlp", "--out", ""),
        ("dance",),
    ],
)
def test_bad_usage_is_status_2(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, err = run(*arguments, capsys=capsys)
    assert status == 2 and "usage" in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("predict", "x.wav", "--model", "nobody"), "shipped models"),
        (("train", "--corpora", "atlantis", "--out", "x"), "no corpus"),
        (("train", "--emotions", "happy", "--out", "x"), "emotions"),
        (("evaluate", "--protocol", "served", "--each-speaker"), "goes with --protocol speakers"),
        (("train", "--hidden", "8,8", "--dropout", "0.1", "--out", "x"), "dropout"),
        (("fetch", "atlantis"), "no corpus"),
    ],
)
def test_refusals_are_one_plain_sentence_or_two(
    arguments: tuple[str, ...],
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SER_DATA", raising=False)
    status, _, err = run(*arguments, capsys=capsys)
    assert status == 1
    assert says in err and "Traceback" not in err


def test_a_missing_file_is_refused_and_the_run_goes_on(
    three_files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["nowhere.wav", str(three_files[0])]
    status, out, _ = run("predict", *files, "--format", "json", capsys=capsys)
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert rows[0]["error"]["code"] == "not_found" and "emotion" in rows[1]


def folder_without_sounds(folder: Path) -> str:
    (folder / "notes.txt").write_text("no sound")
    return str(folder)


@pytest.mark.parametrize(
    ("named", "code"),
    [
        (folder_without_sounds, "no_sounds"),
        (lambda _: "", "not_found"),
        (lambda _: "a" * 300, "not_found"),
        (lambda folder: str(folder / "gone"), "not_found"),
    ],
    ids=["folder without sounds", "no name", "name too long", "nothing there"],
)
def test_what_cannot_be_heard_is_told_and_the_run_goes_on(
    named: Callable[[Path], str],
    code: str,
    three_files: list[Path],
    tmp_path_factory: pytest.TempPathFactory,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = named(tmp_path_factory.mktemp("other"))
    status, out, _ = run("predict", path, str(three_files[0]), "--format", "json", capsys=capsys)
    refused, heard = map(json.loads, out.splitlines())
    assert status == 1
    assert (refused["file"], refused["error"]["code"]) == (path, code)
    assert "emotion" in heard


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="other systems have no such names")
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_a_name_that_no_encoding_holds(encoding: str, three_files: list[Path]) -> None:
    names = [os.fsdecode(name) for name in (b"caf\xe9.wav", "日本.wav".encode())]
    files = [three_files[0].with_name(name) for name in names]
    for file in files:
        shutil.copy(three_files[0], file)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "ser_core", "predict", "--format", "json"),
            *files,
        ],
        capture_output=True,
        cwd=Path(__file__).resolve().parents[1],
        env=os.environ | {"PYTHONIOENCODING": encoding},
    )
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert [Path(row["file"]).name for row in rows] == names


def test_the_table_says_what_the_verdict_says(
    three_files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    _, out, _ = run("predict", str(three_files[0]), capsys=capsys)
    heard = load_model().predict(three_files[0])
    if heard.verdict == "not_sure":
        assert out.startswith("not sure ")
        assert f"between {heard.ranked[0]} and {heard.ranked[1]}" in out
    else:
        share = whole_percents(heard.probabilities)[heard.verdict]
        assert out.startswith(f"{heard.verdict:<9} {share:>3}%")


@pytest.mark.slow
def test_it_runs_as_a_module(three_files: list[Path]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ser_core", "predict", str(three_files[0]), "--format", "json"],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=Path(__file__).resolve().parents[1],
    )
    assert done.returncode == 0
    assert json.loads(done.stdout)["emotion"] in EMOTIONS


@pytest.mark.slow
def test_the_real_clips(ser_clips: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run("predict", str(ser_clips), "--format", "json", capsys=capsys)
    rows = {Path(row["file"]).name: row for row in map(json.loads, out.splitlines())}
    assert status == 0 and len(rows) >= 18
    angry = [rows[name]["emotion"] for name in ("angry.mp3", "angry.ogg")]
    assert angry == ["angry", "angry"]
