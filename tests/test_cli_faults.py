"""Every fault on the command line is a sentence and a status, and nothing finished is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from ser_core import audio
from ser_core.cli import main
from ser_core.inference import bundle
from tests.support.corpus_trees import grow

ROOT = Path(__file__).resolve().parents[1]


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_bundle_that_cannot_be_written_whole_leaves_the_earlier_one(tmp_path: Path) -> None:
    class Network:
        def save(self, path: Path) -> None:
            path.write_bytes(b"new")

        def export(self, *_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

    for name in bundle.FILES:
        (tmp_path / name).write_bytes(b"earlier")
    with pytest.raises(OSError, match="No space"):
        bundle.save(tmp_path, SimpleNamespace(model=Network()), {"network": "mlp"})  # type: ignore[arg-type]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == dict.fromkeys(
        bundle.FILES, b"earlier"
    )


def test_an_unforeseen_fault_with_one_file_does_not_end_the_run(
    synthetic_root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = sorted(synthetic_root.rglob("*.wav"))[:2]
    load = audio.load

    def fragile(source: str, **options: float) -> audio.Clip:
        if source == str(first):
            raise IndexError("list index out of range")
        return load(source, **options)

    monkeypatch.setattr(audio, "load", fragile)
    words = ("predict", str(first), str(second), "--format", "json")
    status, out, err = run(*words, capsys=capsys)
    refused, heard = map(json.loads, out.splitlines())
    assert (status, err) == (1, "")
    assert refused["error"]["code"] == "unforeseen"
    assert "IndexError" in refused["error"]["message"]
    assert "emotion" in heard


ASK_FOR_DATA = {
    "corpora": (),
    "extract": ("--out", "out"),
    "train": ("--out", "toy"),
    "evaluate": (),
    "voices": ("--out", "v.json"),
    "explain-check": ("--out", "c.json"),
}


@pytest.mark.parametrize(
    ("command", "given"),
    [(command, "flag") for command in ASK_FOR_DATA]
    + [(command, "environment") for command in ASK_FOR_DATA if command != "extract"],
)
def test_a_data_root_that_is_not_there_is_an_error(
    command: str,
    given: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    words = (command, *ASK_FOR_DATA[command])
    if given == "environment":
        monkeypatch.setenv("SER_DATA", "nowhere")
    else:
        words = (*words, "--data", "nowhere")
    status, out, err = run(*words, capsys=capsys)
    assert (status, out) == (1, "")
    assert "no folder 'nowhere'" in err and "--data" in err
    assert list(tmp_path.iterdir()) == []


def test_train_tells_the_files_that_it_does_not_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grow(tmp_path, "ravdess")
    folder = tmp_path / "ravdess" / "Actor_01"
    shutil.copy(folder / "03-01-05-01-01-01-01.wav", folder / "03-01-05-01-01-01-01 (1).wav")
    shutil.copy(folder / "03-01-05-01-01-01-01.wav", folder / "03-02-05-01-01-01-01.wav")
    words = ("evaluate", "--corpora", "ravdess", "--data", str(tmp_path), "--epochs", "1")
    _, _, err = run(*words, capsys=capsys)
    assert "RAVDESS: renamed, so not read: 1 file, 03-01-05-01-01-01-01 (1).wav; to do:" in err
    assert "RAVDESS: left out as song: 1 file, 03-02-05-01-01-01-01.wav" in err


def test_endings_that_are_passed_over_in_a_folder_are_told(
    synthetic_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(min(synthetic_root.rglob("*.wav")), tmp_path / "a.wav")
    for name in ("b.qqq", "c.qqq", "d.wxyz", "e", ".hidden"):
        (tmp_path / name).write_bytes(b"")
    status, out, err = run("predict", str(tmp_path), "--format", "json", capsys=capsys)
    assert status == 0 and len(out.splitlines()) == 1
    assert f"Left out of the folder {tmp_path.name!r}: 2 .qqq, 1 .wxyz, 1 without an ending" in err
    (tmp_path / "a.wav").unlink()
    status, out, err = run("predict", str(tmp_path), "--format", "json", capsys=capsys)
    assert (status, err) == (1, "")
    assert "There are 2 .qqq, 1 .wxyz, 1 without an ending." in json.loads(out)["error"]["message"]


@pytest.mark.slow
def test_nothing_of_the_libraries_reaches_the_terminal(synthetic_root: Path) -> None:
    """At the level of file descriptors, where native libraries write."""
    file = min(synthetic_root.rglob("*.wav"))
    done = subprocess.run(
        [sys.executable, "-m", "ser_core", "predict", str(file), "--timeline", "--explain"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""


@pytest.mark.parametrize("command", ["voices", "explain-check"])
def test_a_folder_where_a_file_belongs_is_told_before_the_work(
    command: str, synthetic_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = (command, "--data", str(synthetic_root), "--out", str(tmp_path))
    status, out, err = run(*words, capsys=capsys)
    assert (status, out) == (1, "")
    assert "is a folder" in err and "nothing was computed yet" in err


def test_a_network_that_does_not_run_is_a_damaged_model(
    synthetic_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One whose input is not what its bundle says."""
    for name in ("strangers", "ravdess-mlp"):
        shutil.copytree(bundle.MODELS / name, tmp_path / name)
    shutil.copy(tmp_path / "strangers" / "model.tflite", tmp_path / "ravdess-mlp")
    file = str(min(synthetic_root.rglob("*.wav")))
    status, out, err = run("predict", file, "--model", str(tmp_path / "ravdess-mlp"), capsys=capsys)
    assert (status, out) == (1, "")
    assert err.startswith("The model 'ravdess-mlp' cannot be read")


ODD = {
    "a name that is no text": ("predict", os.fsdecode(b"odd\xff\xfe.wav")),
    "a name over two lines": ("predict", "a\nb.wav"),
    "a name that no file can have": ("predict", "a\0b.wav"),
    "no name": ("predict", ""),
    "a name that is too long": ("predict", "x" * 300 + ".wav"),
    "a link to itself": ("predict", "self"),
    "a link to nowhere": ("predict", "broken"),
    "an empty folder": ("predict", "empty"),
    "a file as a folder": ("predict", "text.wav/x.wav"),
    "text": ("predict", "text.wav"),
    "nothing but a device": ("predict", "/dev/null"),
    "a device without an end": ("predict", "/dev/zero"),
    "a file that cannot be read": ("predict", "/proc/self/mem"),
    "a model outside": ("predict", "text.wav", "--model", "../../etc"),
    "a folder that is no model": ("predict", "text.wav", "--model", "empty"),
    "a model with no name": ("predict", "text.wav", "--model", "a\0b"),
    "a model with a long name": ("predict", "text.wav", "--model", "x" * 5_000),
    "an unknown format": ("predict", "text.wav", "--format", "xml"),
    "options that do not go together": ("predict", "text.wav", "--format", "csv", "--explain"),
    "no path": ("predict",),
    "no command": (),
    "an unknown command": ("listen",),
    "data that are not there": ("corpora", "--data", "missing"),
    "data that are a file": ("corpora", "--data", "text.wav"),
    "data with no name": ("corpora", "--data", "a\0b"),
    "an unknown corpus": ("fetch", "nothing"),
    "a corpus into a file": ("fetch", "ravdess", "--data", "text.wav"),
    "nothing to extract": ("extract", "--data", "empty"),
    "no corpora": ("extract", "--data", "empty", "--corpora", ","),
    "no voices": ("voices", "--data", "empty"),
    "a seed that is no number": ("project", "--seed", "x"),
    "nowhere to write to": ("train",),
    "a folder with no name": ("train", "--corpora", "synthetic", "--out", "a\0b"),
    "no epochs": ("train", "--out", "o", "--epochs", "0"),
    "epochs that are no number": ("train", "--out", "o", "--epochs", "1e9"),
    "one emotion": ("train", "--out", "o", "--emotions", "angry"),
    "a layer without units": ("train", "--out", "o", "--hidden", "0"),
    "a rate without bounds": ("train", "--out", "o", "--learning-rate", "inf"),
    "a seed below zero": ("train", "--out", "o", "--seed", "-1"),
    "an unknown network": ("train", "--out", "o", "--network", "lstm"),
    "an unknown protocol": ("evaluate", "--protocol", "none"),
    "an unknown model": ("evaluate", "--model", "nobody", "--protocol", "speakers"),
    "a split that is not there": ("check-split", "missing.csv"),
    "a split that is empty": ("check-split", "empty"),
    "a split that is a device": ("check-split", "/dev/null"),
}


@pytest.mark.parametrize("words", ODD.values(), ids=ODD)
def test_odd_commands_end_with_a_sentence_and_a_status(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.wav").write_text("Dear listener,")
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "broken").symlink_to("nowhere")
    before = set(tmp_path.iterdir())
    try:
        status = main(words)
    except SystemExit as usage:
        status = int(str(usage.code))
    captured = capsys.readouterr()
    said = captured.out + captured.err
    assert status in (1, 2)
    assert len(said.strip()) > 30
    for never_said in ("Traceback", "fault of Undertone's own", str(tmp_path)):
        assert never_said not in said
    assert set(tmp_path.iterdir()) == before


STREAMS = {
    "no output": ("{} predict {} >&-", 0),
    "nowhere for errors": ("{} predict {} 2>&-", 0),
    "neither": ("{} predict {} missing.wav >&- 2>&-", 1),
    "no input": ("{} predict {} <&-", 0),
    "a full disk": ("{} predict {} > /dev/full", 1),
    "a reader who goes at once": ("set -o pipefail; {} predict {} --format json | true", 0),
    "a folder that is gone": ("mkdir gone; cd gone; rmdir ../gone; {} predict x.wav", 1),
}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="shells and devices of Linux")
@pytest.mark.parametrize(("line", "status"), STREAMS.values(), ids=STREAMS)
def test_closed_and_broken_streams_are_no_traceback(
    line: str, status: int, synthetic_root: Path, tmp_path: Path
) -> None:
    file = min(synthetic_root.rglob("*.wav"))
    done = subprocess.run(
        ["bash", "-c", line.format(f"{sys.executable} -m ser_core", file)],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == status
    for never_said in ("Traceback", "Exception ignored", "fault of Undertone's own"):
        assert never_said not in done.stdout + done.stderr
