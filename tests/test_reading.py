"""What comes from outside is read within bounds, and held against what it should be."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pytest

from ser_core.assets import reading
from ser_core.cli import main
from ser_core.corpora._shared import files
from ser_core.data import own
from ser_core.errors import CorpusError, DataError
from ser_core.evaluation import manifests
from tests.support.voices import encoded, voice


class Point(TypedDict):
    """A TypedDict whose types are given as text, as everywhere."""

    name: str
    value: float
    band: NotRequired[list[float]]


@pytest.mark.parametrize(
    ("value", "kind", "does"),
    [
        ({"name": "a", "value": 1}, Point, True),
        ({"name": "a", "value": 1.5, "band": [1, 2.5], "more": None}, Point, True),
        ({"name": "a"}, Point, False),
        ({"name": "a", "value": "1"}, Point, False),
        ({"name": "a", "value": True}, Point, False),
        ({"name": "a", "value": 1, "band": None}, Point, False),
        ({"name": "a", "value": 10**400}, Point, False),
        ({"name": "a", "value": 1e308 * 10}, Point, False),
        ([["name", "a"], ["value", 1]], Point, False),
        (1.5, int, False),
        (None, float | None, True),
        ({"a": [1]}, dict[str, list[int]], True),
        ({"a": [None]}, dict[str, list[int]], False),
        ({"a": object}, dict[str, Any], True),
    ],
)
def test_values_are_held_against_their_types(value: Any, kind: Any, does: bool) -> None:
    assert reading.conforms(value, kind) is does


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"NaN", b"[Infinity]", b"\xff\xfe{", b"[" * 100_000, b"1" * 5_000],
    ids=range(7),
)
def test_what_is_no_json_is_one_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        reading.json_of(content)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices")
def test_nothing_in_a_folder_is_waited_for_or_read_for_ever(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for label in ("angry", "sad"):
        for take in range(5):
            path = tmp_path / label / f"{take}.wav"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(encoded(voice(1.5)))
    there = {path.name for path in files(tmp_path, (".wav",))}
    os.mkfifo(tmp_path / "angry" / "pipe.wav")
    os.mkfifo(tmp_path / "labels.csv")
    (tmp_path / "sad" / "endless.wav").symlink_to("/dev/zero")
    (tmp_path / "sad" / "gone.wav").symlink_to("nowhere")
    # What is not there is told by whoever opens it.
    assert {path.name for path in files(tmp_path, (".wav",))} == there | {"gone.wav"}
    assert own.read(tmp_path).classes == {"angry": 5, "sad": 6}
    shutil.rmtree(tmp_path / "sad")
    assert main(["predict", str(tmp_path), "--format", "csv"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="pipes and devices")
@pytest.mark.parametrize("read", [own.read, lambda path: manifests.read([path])])
def test_a_table_without_an_end_is_refused(read: Any, tmp_path: Path) -> None:
    (tmp_path / "endless.csv").symlink_to("/dev/zero")
    with pytest.raises((CorpusError, DataError), match="cannot be read: File too large"):
        read(tmp_path / "endless.csv")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes and devices")
def test_channels_of_a_pipe_are_heard_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pipe, content = tmp_path / "call.wav", encoded(voice(2.0))
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    assert main(["predict", str(pipe), "--channels", "apart"]) == 0
    writer.join()
    assert "mono" in capsys.readouterr().out
