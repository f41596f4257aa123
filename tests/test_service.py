"""The service as programs meet it: over HTTP and WebSocket, with the library's own numbers."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import re
import signal
import subprocess
import sys
import tempfile
import threading
import urllib.parse
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import requests
import uvicorn
from prometheus_client.parser import text_string_to_metric_families
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

import ser_core
from ser_core import audio, load_model
from ser_core.cli import main
from ser_core.data import sounds
from ser_core.errors import SettingsError
from ser_core.inference import annotation, parties
from ser_core.inference.batch import Row
from ser_core.inference.predictor import Model
from ser_core.inference.timeline import CELL_S
from ser_core.service import app, hearing, live, schemas, settings, uploads
from ser_core.service.limits import Deadline
from ser_core.service.settings import Settings
from tests.support import voices
from tests.support.models import Ruled, band_share

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
TOKEN, ORIGIN = "a-token_of.ours", "https://voices.example"
CLOSED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """`undertone serve`, which works on one recording at a time; it ends without a word."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ser_core", "serve", "--port", "0", "--at-once", "1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found is not None, said or process.communicate()
    yield found[0]
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "Stopped.\n")


@pytest.fixture
def served() -> Iterator[Callable[..., str]]:
    """Run a service in this process, with a model that costs nothing."""
    with contextlib.ExitStack() as ends:

        def serve(model: Model | None = None, **given: Any) -> str:
            made = app.make(Settings(**given), model or Ruled(band_share(0, 1_000)))
            server = uvicorn.Server(uvicorn.Config(made, port=0, log_level="critical"))
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            ends.callback(thread.join, 30)
            ends.callback(setattr, server, "should_exit", True)
            while not server.started:
                threading.Event().wait(0.01)
            return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

        yield serve


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def call() -> bytes:
    """Two people, one on each channel."""
    sides = np.zeros((2, 12 * audio.SAMPLE_RATE), dtype=np.float32)
    for side, start in ((0, 0), (1, 6)):
        voice = voices.voice(5.0, speaker=side + 1)
        sides[side, start * audio.SAMPLE_RATE :][: len(voice)] = voice
    return voices.encoded(sides.T)


def post(address: str, path: str, content: bytes, name: str = "a.wav", **options: Any) -> Any:
    """Send one recording in a form."""
    return requests.post(f"{address}{path}", files={"file": (name, content)}, timeout=60, **options)


def refused(answer: requests.Response) -> str:
    """The code of a refusal, which is as the contract wants it and gives nothing away."""
    schemas.Refusal.model_validate(answer.json())
    assert not re.search(r"Traceback|0x[0-9a-f]{6}|/\w+/\w+\.py|site-packages", answer.text)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return str(answer.json()["error"]["code"])


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


TOO_LARGE = str(audio.MAX_BYTES + 2**21)


@pytest.mark.parametrize(
    ("method", "path", "sent", "headers", "status", "code"),
    [
        ("POST", "/predict", b"Dear reader,", {}, 415, "not_audio"),
        ("POST", "/predict", b"", {}, 400, "empty"),
        ("POST", "/predict", sounds.make("melody")[:5_000], {}, 422, "truncated"),
        ("POST", "/predict", voices.encoded(np.zeros(16_000)), {}, 422, "silent"),
        ("POST", "/predict", b"--", {"Content-Type": "multipart/form-data"}, 400, "bad_request"),
        ("POST", "/annotations?as=word", b"", {}, 400, "bad_request"),
        ("POST", "/predict", b"", {"Content-Length": TOO_LARGE}, 413, "too_large"),
        ("POST", "/predict", b"", {"Origin": "https://other.example"}, 403, "foreign_origin"),
        ("POST", "/predict", b"", {"Origin": "null"}, 403, "foreign_origin"),
        ("GET", "/health", b"", {"Host": "turned.example:80"}, 403, "foreign_host"),
        ("GET", "/predict", b"", {}, 405, "method_not_allowed"),
        ("GET", "/../etc/passwd", b"", {}, 404, "not_found"),
        ("POST", "/static-offline-docs/x", b"", {}, 405, "method_not_allowed"),
    ],
)
def test_refusals_are_told_in_the_contracts_manner(
    method: str,
    path: str,
    sent: bytes,
    headers: dict[str, str],
    status: int,
    code: str,
    address: str,
) -> None:
    # An `Expect` lets the refusal of what is announced come before it is sent.
    answer = requests.request(
        method, address + path, data=sent, headers={"Expect": "100-continue"} | headers, timeout=60
    )
    assert (answer.status_code, refused(answer)) == (status, code)


def test_more_than_is_taken_is_read_no_further(address: str) -> None:
    def endless() -> Iterator[bytes]:
        yield from [b"\0" * 2**20] * 40

    answer = requests.post(f"{address}/predict", endless(), timeout=60)
    assert (answer.status_code, refused(answer)) == (413, "too_large")
    parts = [("files", (f"{place}.wav", b"0")) for place in range(settings.MAX_FILES + 1)]
    answer = requests.post(f"{address}/batch", files=parts, timeout=60)
    assert (answer.status_code, refused(answer)) == (400, "bad_request")
    answer = requests.post(f"{address}/predict", files=parts[:2], timeout=60)
    assert (answer.status_code, refused(answer)) == (400, "bad_request")


def counted(address: str, name: str, **labels: str) -> float:
    text = requests.get(f"{address}/metrics", timeout=60).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


def test_who_finds_no_room_is_told_when_to_come_again(address: str) -> None:
    host = urllib.parse.urlsplit(address).netloc
    with contextlib.ExitStack() as opened:
        for place in range(settings.WAITING_EACH):
            waiting = http.client.HTTPConnection(host, timeout=60)
            opened.callback(waiting.close)
            waiting.putrequest("POST", "/predict")
            waiting.putheader("Content-Length", "1000")
            waiting.endheaders(b"0")
            while counted(address, "undertone_in_hand") <= place:
                threading.Event().wait(0.01)
        answer = post(address, "/predict", sounds.make("raised"))
        assert (answer.status_code, refused(answer)) == (503, "busy")
        assert int(answer.headers["Retry-After"]) > 0
        assert requests.get(f"{address}/health", timeout=60).json() == {"status": "ok"}
    while counted(address, "undertone_in_hand"):
        threading.Event().wait(0.01)
    assert post(address, "/predict", sounds.make("raised")).status_code == 200


def test_live_connections_are_bounded_before_they_are_opened(address: str) -> None:
    where = f"ws{address.removeprefix('http')}/live"
    with contextlib.ExitStack() as opened:
        for place in range(settings.LIVE_EACH):
            opened.enter_context(connect(where))
            while counted(address, "undertone_live") <= place:
                threading.Event().wait(0.01)
        with pytest.raises(InvalidStatus) as info, connect(where):
            pass
        assert info.value.response.status_code == 503
        assert int(info.value.response.headers["Retry-After"]) > 0
    with pytest.raises(InvalidStatus) as info, connect(where, origin="https://other.example"):
        pass
    assert info.value.response.status_code == 403


def test_what_the_service_says_of_itself(address: str, model: Model) -> None:
    told = {
        path: requests.get(address + path, timeout=60).json() for path in ("/version", "/model")
    }
    schemas.Version.model_validate(told["/version"])
    assert told["/version"] == {"undertone": ser_core.__version__, "model": model.id}
    schemas.Card.model_validate(told["/model"])
    assert set(told["/model"]["reports"]) == {"speakers", "corpora"}
    assert len(json.dumps(told["/model"])) < 100_000
    before = counted(address, "undertone_sound_seconds_total")
    heard = post(address, "/predict", sounds.make("raised")).json()
    after = counted(address, "undertone_sound_seconds_total")
    assert after - before == pytest.approx(heard["duration_s"])
    requests.get(f"{address}/nowhere/{'x' * 50}", timeout=60)
    assert counted(address, "undertone_requests_total", path="other", status="404") >= 1


def test_the_page_about_the_interface_asks_nobody_else(address: str) -> None:
    page = requests.get(address, timeout=60)
    assert page.url == f"{address}/docs" and page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded and all(link.startswith("/static-offline-docs/") for link in loaded)
    for link in loaded:
        assert requests.get(address + link, timeout=60).status_code == 200
    described = requests.get(f"{address}/openapi.json", timeout=60).json()
    heard = ("predict", "batch", "timeline", "annotations", "embeddings")
    about = ("health", "version", "model", "metrics")
    assert set(described["paths"]) == {f"/{name}" for name in (*heard, *about)}
    for name in heard:
        assert {"200", "413", "415", "422", "503"} <= set(
            described["paths"][f"/{name}"]["post"]["responses"]
        )


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/predict", {}, 401),
        ("/predict", {"Authorization": "Bearer another"}, 401),
        ("/predict", {"Authorization": f"Basic {TOKEN}"}, 401),
        ("/predict", {"Authorization": "Bearer é".encode("latin-1").decode("latin-1")}, 401),
        ("/predict", CLOSED, 200),
        ("/predict", CLOSED | {"Origin": ORIGIN}, 200),
        ("/predict", CLOSED | {"Origin": f"{ORIGIN}.other"}, 403),
        ("/model", {}, 401),
        ("/metrics", {}, 401),
        ("/metrics", CLOSED, 200),
        ("/health", {}, 200),
        ("/docs", {}, 200),
        ("/static-offline-docs/swagger-ui.css", {}, 200),
        ("/live", {}, 401),
        ("/live", CLOSED, 101),
        ("/live", CLOSED | {"Origin": "https://other.example"}, 403),
    ],
)
def test_a_token_and_an_origin_open_the_door(
    path: str, headers: dict[str, str], status: int, guarded: str
) -> None:
    if path == "/live":
        where = f"ws{guarded.removeprefix('http')}/live"
        with contextlib.ExitStack() as opened:
            if status == 101:
                opened.enter_context(connect(where, additional_headers=headers))
                return
            with pytest.raises(InvalidStatus) as info:
                opened.enter_context(connect(where, additional_headers=headers))
            assert info.value.response.status_code == status
        return
    if path == "/predict":
        answer = post(guarded, path, sounds.make("raised"), headers=headers)
    else:
        answer = requests.get(guarded + path, headers=headers, timeout=60)
    assert answer.status_code == status
    assert (answer.headers.get("WWW-Authenticate") == "Bearer") == (status == 401)
    if status > 400:
        refused(answer)


@pytest.fixture
def guarded(served: Callable[..., str]) -> str:
    """A service that wants a token, and lets one other origin in."""
    return served(token=TOKEN, origins=(ORIGIN,))


def test_a_page_of_an_allowed_origin_may_read_the_answer(guarded: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x"}
    for origin, told in ((ORIGIN, ORIGIN), ("https://other.example", None)):
        headers = {"Origin": origin, **asked, "Access-Control-Request-Headers": "authorization"}
        answer = requests.options(f"{guarded}/predict", headers=headers, timeout=60)
        assert answer.headers.get("Access-Control-Allow-Origin") == told


def test_no_voice_goes_to_the_disk(
    served: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_file: object) -> None:
        raise OSError("a temporary file")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", fail)
    monkeypatch.setattr(tempfile, "TemporaryFile", fail)
    address = served()
    large = voices.encoded(np.tile(voices.voice(9.0), 10), subtype="FLOAT")
    assert len(large) > 5 * 2**20
    assert post(address, "/predict", large).status_code == 200


def test_an_upload_that_stalls_is_given_up(
    served: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "STALLED_S", 0.05)
    waiting = http.client.HTTPConnection(urllib.parse.urlsplit(served()).netloc, timeout=60)
    waiting.putrequest("POST", "/predict")
    waiting.putheader("Expect", "100-continue")
    waiting.putheader("Content-Length", "1000")
    waiting.endheaders(b"0")
    answer = waiting.getresponse()
    assert (answer.status, json.loads(answer.read())["error"]["code"]) == (408, "stalled")
    waiting.close()


def test_a_fault_of_our_own_is_told_without_its_inside(served: Callable[..., str]) -> None:
    def fail(_signal: np.ndarray) -> float:
        raise RuntimeError("/secret/place.py at 0x7f0000000000")

    address = served(Ruled(fail))
    answer = post(address, "/predict", voices.encoded(voices.voice(3.0)))
    assert (answer.status_code, refused(answer)) == (500, "unforeseen")
    assert "secret" not in answer.text
    rows = post(address, "/batch", voices.encoded(voices.voice(3.0))).json()["rows"]
    assert rows[0]["error"]["code"] == "unforeseen"
    with connect(f"ws{address.removeprefix('http')}/live") as socket:
        socket.send(np.rint(voices.voice(3.0) * 32_767).astype("<i2").tobytes())
        with pytest.raises(ConnectionClosed) as info:
            socket.recv(timeout=60)
    assert info.value.rcvd is not None and info.value.rcvd.code == 1011


def test_time_to_work_ends(model: Model) -> None:
    over = Deadline(-1.0)
    rows = hearing.verdicts(model, [("a.wav", sounds.make("raised"))], over)["rows"]
    assert rows[0]["error"]["code"] == "out_of_time"
    for asked in (hearing.verdict, hearing.timeline):
        more = (False,) if asked is hearing.timeline else ()
        with pytest.raises(Exception, match="worked on for") as info:
            asked(model, "a.wav", sounds.make("raised"), *more, over)  # type: ignore[operator]
        assert info.value.code == "out_of_time"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"port": 70_000}, "65535"),
        ({"at_once": 0}, "at least 1"),
        ({"token": ""}, "Make one with"),
        ({"token": "two words"}, "Make one with"),
        ({"origins": ("example.org",)}, "https://example.org"),
        ({"origins": ("https://example.org/page",)}, "https://example.org"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(says)):
        Settings(**given)


def test_the_token_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(settings.TOKEN_VARIABLE, raising=False)
    assert settings.token_of(None) is None
    monkeypatch.setenv(settings.TOKEN_VARIABLE, "secret")
    assert settings.token_of(None) == "secret"
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o644)
    assert main(["serve", "--token-file", str(file)]) == 1
    assert capsys.readouterr().err == (
        "The token's file 'token' can be read by others than you. Close it to them: "
        "chmod 600 token.\n"
    )
    file.chmod(0o600)
    assert settings.token_of(file) == TOKEN
    assert TOKEN not in repr(Settings(token=TOKEN))
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.token_of(tmp_path / "none")


def test_a_port_that_is_taken_is_told(address: str, model: Model) -> None:
    port = urllib.parse.urlsplit(address).port
    assert port is not None
    with pytest.raises(Exception, match="something does already"):
        app.run(Settings(port=port), model)


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
