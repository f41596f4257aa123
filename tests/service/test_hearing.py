"""The service hears with the library's own numbers, over HTTP and WebSocket."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import urllib.parse
import wave
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import requests
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from ser_core import audio, load_model
from ser_core.cli import main
from ser_core.data import sounds
from ser_core.inference import annotation, parties
from ser_core.inference.batch import Row
from ser_core.inference.predictor import Model
from ser_core.inference.timeline import CELL_S
from ser_core.service import live, schemas
from tests.support import voices

from .conftest import ROOT, post

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("spoken.wav", voices.encoded(voices.voice(3.0))),
        ("long.flac", voices.encoded(voices.voice(9.0), format="FLAC")),
        ("phone.m4a", voices.container("mp4", "aac")),
    ],
)
def test_a_recording_is_heard_as_on_the_command_line(
    name: str,
    content: bytes,
    address: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(content)
    assert main(["predict", name, "--format", "json"]) == 0
    expected = json.loads(capsys.readouterr().out)
    raw = requests.post(f"{address}/predict", content, params={"file": name}, timeout=60)
    assert raw.json() == post(address, "/predict", content, name).json() == expected
    schemas.Heard.model_validate(expected)


def test_several_recordings_are_rows_refused_ones_too(address: str, model: Model) -> None:
    files = [(f"{place}.wav", sounds.make("raised")) for place in "ab"]
    files.insert(1, ("../../c.wav", b"no sound"))
    answer = requests.post(
        f"{address}/batch", files=[("files", part) for part in files], timeout=60
    )
    schemas.Rows.model_validate(answer.json())
    first, second, third = answer.json()["rows"]
    assert first == Row("a.wav", model.predict(files[0][1])).to_dict()
    assert (second["file"], second["error"]["code"]) == ("c.wav", "not_audio")
    assert third == first | {"file": "b.wav"}


def test_a_recording_is_heard_over_time(address: str, model: Model, call: bytes) -> None:
    heard = post(address, "/timeline", call).json()
    schemas.HeardOverTime.model_validate(heard)
    party = parties.hear(model, audio.load(call))
    assert [part["verdict"] for part in heard["timeline"]] == [s.verdict for s in party.segments]
    assert heard["timeline"][-1]["end_s"] == pytest.approx(heard["duration_s"])
    assert {**heard, "timeline": 0} == {**party.prediction.to_dict(), "file": "a.wav"} | {
        "timeline": 0
    }


def test_channels_are_heard_apart(address: str, model: Model, call: bytes) -> None:
    heard = post(address, "/timeline?channels=apart", call).json()
    schemas.Channels.model_validate(heard)
    expected = list(parties.hear_apart(model, call))
    assert [row["channel"] for row in heard["rows"]] == ["left", "right"]
    for row, party in zip(heard["rows"], expected, strict=True):
        assert row["probabilities"] == party.prediction.probabilities
        assert row["speech_s"] == party.speech_s
    written = post(address, "/annotations?as=audacity&channels=apart", call).content
    assert written == annotation.write(annotation.annotate(model, "a.wav", expected), "audacity")


@pytest.mark.parametrize("kind", annotation.FORMATS)
def test_annotations_are_the_librarys(kind: str, address: str, model: Model) -> None:
    content = sounds.make("two")
    answer = post(address, f"/annotations?as={kind}", content, "Grüße.wav")
    heard = [parties.hear(model, audio.load(content))]
    expected = annotation.write(annotation.annotate(model, "Grüße.wav", heard), kind)
    stamp = rb'DATE="[^"]*"|urn:[^<]*'  # ELAN's writer notes when it wrote, and numbers its files
    assert re.sub(stamp, b"", answer.content) == re.sub(stamp, b"", expected)
    form = annotation.FORMATS[kind]
    assert answer.headers["Content-Type"].startswith(form.mime)
    told = answer.headers["Content-Disposition"].rpartition("''")[2]
    assert urllib.parse.unquote(told) == f"Grüße{form.suffix}"


def test_embeddings_are_the_librarys(address: str, model: Model) -> None:
    content = sounds.make("raised")
    expected = model.embed(audio.load(content))
    told = post(address, "/embeddings", content).json()
    schemas.Embeddings.model_validate(told)
    assert told["model"] == model.id
    assert np.array_equal(np.float32(told["rows"][0]["embedding"]), expected)
    packed = np.load(io.BytesIO(post(address, "/embeddings?as=npz", content).content))
    assert packed["recording"].tolist() == ["a.wav"]
    assert np.array_equal(packed["embedding"][0], expected)
    table = pq.read_table(io.BytesIO(post(address, "/embeddings?as=parquet", content).content))
    assert np.allclose(table.to_pydict()["embedding"][0], expected)


def test_a_voice_is_heard_while_it_is_spoken(address: str, model: Model) -> None:
    voice = np.rint(voices.voice(4.0) * 32_767).astype("<i2")
    verdicts: list[str] = []
    with connect(f"ws{address.removeprefix('http')}/live") as socket:
        for start in range(0, len(voice), 3_000):
            socket.send(voice[start : start + 3_000].tobytes())
            told = json.loads(socket.recv(timeout=60))
            # What is shorter than a cell waits for the next piece.
            waiting_s = min(start + 3_000, len(voice)) / audio.SAMPLE_RATE - told["duration_s"]
            assert 0 <= waiting_s < CELL_S
            assert told["first"] <= len(verdicts)
            verdicts[told["first"] :] = [cell["verdict"] for cell in told["cells"]]
            assert all(cell["end_s"] - cell["start_s"] == CELL_S for cell in told["cells"])
        socket.send(live.END)
        whole = json.loads(socket.recv(timeout=60))["whole"]
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=60)
    assert len(verdicts) == len(voice) / audio.SAMPLE_RATE / CELL_S
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setparams((1, 2, audio.SAMPLE_RATE, 0, "NONE", ""))
        writer.writeframes(voice.tobytes())
    assert whole == post(address, "/timeline", file.getvalue(), live.NAME).json()
    assert {part["verdict"] for part in whole["timeline"]} & set(verdicts)


@pytest.mark.parametrize(
    ("messages", "code"),
    [([b"123"], "bad_request"), (["begin"], "bad_request"), ([live.END], "no_samples")],
)
def test_a_live_connection_that_makes_no_sense_ends_with_words(
    messages: list[bytes | str], code: str, address: str
) -> None:
    with connect(f"ws{address.removeprefix('http')}/live") as socket:
        for message in messages:
            socket.send(message)
        told = json.loads(socket.recv(timeout=60))
        assert told.get("whole", told)["error"]["code"] == code
        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=60)


@pytest.mark.parametrize("place", range(2))
def test_the_documented_clients_run(
    place: int, address: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
    code = re.findall(r"```python\n(.*?)```", text, re.DOTALL)[place]
    assert len(code.strip().splitlines()) <= 10
    (tmp_path / "clip.wav").write_bytes(sounds.make("raised"))
    host = urllib.parse.urlsplit(address).netloc
    subprocess.run(
        [sys.executable, "-c", code.replace("127.0.0.1:8000", host)], cwd=tmp_path, check=True
    )
    out = capfd.readouterr().out
    expected = load_model().predict(sounds.make("raised"))
    assert expected.verdict in out
