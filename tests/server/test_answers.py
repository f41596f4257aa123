"""What every answer says, and to whom the server answers."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest

from tests.support.pages import ROOT
from tests.support.visitor import Answer, Visitor
from ui import server
from ui.visits import VISITS

from .conftest import voice

pytestmark = pytest.mark.slow


def assert_told(answer: Answer) -> None:
    """A browser is told what it may do with an answer."""
    said = {name.lower(): value for name, value in answer.headers.items()}
    assert said["x-content-type-options"] == "nosniff"
    assert said["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in said["content-security-policy"]


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        *(("GET", path, 200) for path in ("/", "/listen", "/_stcore/health", "/favicon.png")),
        *(("GET", path, 200) for path in ("/_stcore/host-config", "/manifest.json")),
        ("GET", "/_stcore/metrics", 404),
        ("GET", "/media/0123456789abcdef.wav", 404),
        ("GET", "/component/nobody.knows/index.html", 404),
        ("GET", "/_stcore/bidi-components/nobody/knows.js", 404),
        ("GET", "/_stcore/agent/openapi.json", 200),
        ("GET", "//elsewhere/share", 400),
        ("PUT", "/_stcore/upload_file/nobody/nothing", 403),
        ("DELETE", "/_stcore/upload_file/nobody/nothing", 403),
        ("OPTIONS", "/_stcore/upload_file/nobody/nothing", 204),
        ("POST", "/", 405),
    ],
)
def test_every_answer_tells_the_browser_what_it_may_do(
    address: str, method: str, path: str, status: int
) -> None:
    visitor = Visitor(address)
    answer = visitor.request(method, path)
    visitor.close()
    assert answer.status == status
    assert_told(answer)


def test_answers_to_uploads_sounds_and_components_tell_it_too(
    visitors: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = visitors()
    file_id, answer = visitor.put(voice())
    assert answer.status == 204
    assert_told(answer)
    visitor.choose(file_id)
    for options in ({}, {"Range": "bytes=0-99"}):
        sound = visitor.get(visitor.sound(), **options)
        assert sound.status in (200, 206)
        assert_told(sound)
    assert_told(visitor.get("/component/audio_recorder_streamlit.audio_recorder/index.html"))
    monkeypatch.setattr(VISITS, "visit_most", 10)
    refused = visitor.put(voice())[1]
    assert refused.status == 413
    assert_told(refused)


@pytest.mark.parametrize(
    ("client", "status", "said"),
    [("127.0.0.1", 500, "Something went wrong"), ("192.168.1.7", 403, "this computer only")],
    ids=["a fault", "from elsewhere"],
)
def test_faults_and_refusals_tell_it_too(client: str, status: int, said: str) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("/home/me/secret")

    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "method": "GET", "headers": [], "client": (client, 1)}

    def ask() -> None:
        asyncio.run(server.Doorkeeper(broken)(scope, None, send))  # type: ignore[arg-type]

    # A thread of its own: a browser's tests leave a loop running in this one. What went wrong goes
    # on to the server's log.
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask)
        with pytest.raises(RuntimeError, match="secret") if status == 500 else nullcontext():
            asked.result()
    start, body = sent
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert start["status"] == status
    assert said in body["body"].decode() and "secret" not in body["body"].decode()
    assert_told(Answer(status, headers, body["body"]))


def test_the_servers_own_figures_and_paths_are_for_nobody(
    visitors: Callable[..., Visitor],
) -> None:
    visitor = visitors()
    assert visitor.get("/_stcore/metrics").status == 404
    assert visitor.get("/_stcore/health").status == 200
    assert not any(str(ROOT).encode() in message for message in visitor.messages)


def test_the_start_asks_nobody_for_an_address() -> None:
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        proxy = f"http://127.0.0.1:{elsewhere.getsockname()[1]}"
        command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
        command += ["--server.headless=true", "--server.port=0"]
        started = subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"http_proxy": proxy, "https_proxy": proxy, "no_proxy": ""},
        )
        assert started.stdout
        said = next(line for line in started.stdout if "URL" in line)
        started.terminate()
        started.wait()
        assert "http://localhost" in said
        with pytest.raises(BlockingIOError):
            elsewhere.accept()


@pytest.mark.parametrize(
    ("client", "opened", "answered"),
    [
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("::ffff:127.0.0.1", False, True),
        ("192.168.1.7", False, False),
        ("2001:db8::1", False, False),
        ("fe80::1%eth0", False, False),
        ("nonsense", False, False),
        ("192.168.1.7", True, True),
    ],
)
@pytest.mark.parametrize("kind", ["http", "websocket"])
def test_it_answers_on_this_computer_until_it_is_opened(
    monkeypatch: pytest.MonkeyPatch, client: str, opened: bool, answered: bool, kind: str
) -> None:
    monkeypatch.setattr(server.config, "is_manually_set", lambda _name: opened)
    let_in, sent = [], []

    async def app(scope: object, receive: object, send: object) -> None:
        let_in.append(scope)

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {"type": kind, "path": "/", "method": "GET", "headers": [], "client": (client, 1)}
    request = server.Doorkeeper(app)(scope, None, send)  # type: ignore[arg-type]
    with pytest.raises(StopIteration):
        request.send(None)
    assert bool(let_in) == answered
    if kind == "http" and not answered:
        assert sent[0]["status"] == 403
        assert b"--server.address 0.0.0.0" in sent[1]["body"]
