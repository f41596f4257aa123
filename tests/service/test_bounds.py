"""What the service refuses and gives up, and that it says so."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import tempfile
import threading
import urllib.parse
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from ser_core import audio
from ser_core.data import sounds
from ser_core.inference.predictor import Model
from ser_core.service import hearing, settings, uploads
from ser_core.service.limits import Deadline
from tests.support import voices
from tests.support.models import Ruled

from .conftest import counted, post, refused

pytestmark = pytest.mark.slow

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


@pytest.mark.parametrize("asked", ["POST /predict", "PUT /predict", "POST /nowhere"])
def test_who_breaks_off_or_breaks_http_is_no_fault_of_ours(
    asked: str, served: Callable[..., str], caplog: pytest.LogCaptureFixture
) -> None:
    address = served()
    place = urllib.parse.urlsplit(address)
    head = f"{asked} HTTP/1.1\r\nHost: {place.netloc}\r\n"
    for sent in (
        "Transfer-Encoding: chunked\r\n\r\nno number\r\n",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
        "Content-Length: 4\r\n\r\nRIFF and more than it said\r\n\r\n",
    ):
        with socket.create_connection((str(place.hostname), place.port or 0)) as opened:
            opened.sendall((head + sent).encode())
            opened.shutdown(socket.SHUT_WR)
            while opened.recv(2**16):
                pass
    while counted(address, "undertone_in_hand"):
        threading.Event().wait(0.01)
    assert counted(address, "undertone_refusals_total", code="unforeseen") == 0
    assert [record for record in caplog.records if "fault" in record.getMessage()] == []
    assert post(address, "/predict", sounds.make("raised")).status_code == 200


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
