"""The server around the pages: what it takes, what it keeps and for whom, and when it is gone."""

from __future__ import annotations

import asyncio
import inspect
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import pytest
import streamlit as st
import uvicorn
from starlette.formparsers import MultiPartParser
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from test_pages import ROOT, sweep

from ser_core import audio
from tests.support.visitor import Answer, Visitor, form, joined
from ui import inside, kept, server
from ui.visits import VISITS

pytestmark = pytest.mark.slow

VERDICT = "Sounds "
_PITCHES = itertools.count()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The app as `streamlit run` serves it, in this process, so that its stores can be seen."""
    app = st.App(ROOT / "streamlit_app.py", middleware=server.MIDDLEWARE, lifespan=server.lifespan)
    running = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    before = Runtime._instance
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    until(lambda: running.started)
    yield f"http://localhost:{running.servers[0].sockets[0].getsockname()[1]}"
    running.should_exit = True
    thread.join(timeout=30)
    Runtime._instance = before


@pytest.fixture
def visitors(address: str) -> Iterator[Callable[..., Visitor]]:
    """Open tabs on Listen; at the end they are closed."""
    opened: list[Visitor] = []

    def come(**known: object) -> Visitor:
        visitor = Visitor(address, **known)  # type: ignore[arg-type]
        opened.append(visitor)
        visitor.run("listen")
        return visitor

    yield come
    for visitor in opened:
        visitor.close()


@pytest.fixture
def leaves_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inside, "LEFT_S", 0.0)


def voice() -> bytes:
    """A recording that nobody has sent before."""
    return sweep(low=110 + next(_PITCHES))


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens in the server."""
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        threading.Event().wait(0.02)


def test_streamlits_internals_are_as_known() -> None:
    """A new Streamlit that fails here breaks promises on the page: see `ui/inside.py`."""
    assert st.__version__ == "1.67.0"
    parameters = {
        Runtime.connect_session: {"client", "user_info", "existing_session_id"},
        Runtime.disconnect_session: {"session_id", "client"},
        Runtime.close_session: {"session_id"},
        Runtime.is_active_session: {"session_id"},
        AppSession.request_rerun: {"client_state"},
        AppSession._create_new_session_message: {"page_script_hash"},
        MediaFileManager.add: {"path_or_data", "mimetype", "coordinates"},
        MediaFileManager.execute_deferred: {"file_id"},
        MediaFileManager.clear_session_refs: {"session_id"},
        MediaFileManager._delete_file: {"file_id"},
        MemoryUploadedFileManager.remove_session_files: {"session_id"},
    }
    for method, names in parameters.items():
        assert names <= set(inspect.signature(method).parameters), method
    media = MediaFileManager(MemoryMediaFileStorage("/media"))
    assert {"_lock", "_storage", "_file_metadata", "_deferred_callables"} <= set(vars(media))
    assert {"_lock", "file_storage"} <= set(vars(MemoryUploadedFileManager("/upload")))
    assert "_client_state" in inspect.getsource(AppSession.__init__)
    assert "_session_mgr" in inspect.getsource(Runtime.__init__)
    assert hasattr(MultiPartParser, "spool_max_size")


def test_recording_is_heard_over_the_wire(visitors: Callable[..., Visitor]) -> None:
    visitor = visitors()
    file_id, answer = visitor.put(voice())
    assert answer.status == 204
    visitor.choose(file_id)
    assert VERDICT in visitor.says()


def test_a_file_of_exactly_the_most_bytes_is_taken_and_heard(
    visitors: Callable[..., Visitor],
) -> None:
    visitor = visitors()
    sound = voice()
    # Its last chunk is no sound, and as long as need be.
    rest = audio.MAX_BYTES - len(sound) - 8
    file_id, answer = visitor.put(sound + b"LIST" + rest.to_bytes(4, "little") + bytes(rest))
    assert answer.status == 204
    visitor.choose(file_id)
    assert VERDICT in visitor.says()


@pytest.mark.parametrize(("whose", "said"), [("visit", "Press Clear"), ("all", "few minutes")])
def test_upload_beyond_the_most_is_refused_before_it_is_taken(
    visitors: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch, whose: str, said: str
) -> None:
    content = voice()
    first = visitors()
    held = 0
    if whose == "all":
        monkeypatch.setattr(VISITS, "visit_most", VISITS.all_most)
        held = VISITS.all_most - VISITS.room("nobody", inside.stored())
    monkeypatch.setattr(VISITS, f"{whose}_most", held + 5 * len(content) // 2)
    assert [first.put(content)[1].status for _ in range(2)] == [204, 204]
    last = visitors() if whose == "all" else first
    assert last.put(content)[1].status == 413
    assert inside.stored().get(last.session, 0) == (0 if whose == "all" else 2 * len(content))
    last.read()
    assert "was not taken" in last.says()
    assert said in last.says()
    if whose == "visit":
        last.click("Clear") if last.find("audio") else last.run("about")
        last.run("listen")
        assert "was not taken" not in last.says()
        assert last.put(content)[1].status == 204


def test_uploads_under_way_count_and_one_that_breaks_off_leaves_nothing(
    visitors: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    content = voice()
    monkeypatch.setattr(VISITS, "visit_most", len(content) * 3 // 2)
    visitor = visitors()
    assert visitor.put(content)[1].status == 204
    visitor.request("DELETE", visitor.urls.delete_url, **visitor.token())
    # The same upload again, broken off in the middle.
    kind, body = form(content, "a.wav")
    host, port = visitor.host.split(":")
    with socket.create_connection((host, int(port))) as half:
        lines = {
            **{
                "Host": visitor.host,
                "Cookie": joined(visitor.cookies),
                "Content-Length": len(body),
            },
            **kind,
            **visitor.token(),
        }
        head = f"PUT {visitor.urls.upload_url} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        half.sendall(head.encode() + b"\r\n" + body[: len(body) // 2])
        until(lambda: VISITS.n_coming > 0)
        assert visitor.put(content)[1].status == 413
    until(lambda: VISITS.n_coming == 0)
    assert inside.stored().get(visitor.session, 0) == 0
    assert visitor.put(content)[1].status == 204


def test_what_is_cleared_is_gone(visitors: Callable[..., Visitor]) -> None:
    visitor = visitors()
    file_id, _ = visitor.put(voice())
    visitor.choose(file_id)
    sound = visitor.sound()
    assert visitor.get(sound).status == 200
    # The page holds it; the store has no second copy.
    assert inside.stored().get(visitor.session, 0) == 0
    old = visitor.widgets.copy()
    visitor.click("Clear")
    assert inside.stored().get(visitor.session, 0) == 0
    assert visitor.get(sound).status == 404
    assert inside.file_id(sound) not in Runtime.instance().media_file_mgr._file_metadata
    assert visitor.session not in kept.KEPT
    # Neither does the upload's old id bring it back.
    visitor.widgets = old
    visitor.run()
    (uploader,) = visitor.find("file_uploader")
    (state,) = old.values()
    state.id = uploader.id
    visitor.widgets = {uploader.id: state}
    visitor.run()
    assert VERDICT not in visitor.says()


def test_page_change_empties_the_upload_store_and_keeps_the_recording(
    visitors: Callable[..., Visitor],
) -> None:
    visitor = visitors()
    file_id, _ = visitor.put(voice())
    visitor.choose(file_id)
    visitor.run("about")
    assert inside.stored().get(visitor.session, 0) == 0
    visitor.run("listen")
    assert VERDICT in visitor.says()


@pytest.mark.usefixtures("leaves_at_once")
def test_who_leaves_leaves_nothing(visitors: Callable[..., Visitor]) -> None:
    visitor = visitors()
    file_id, _ = visitor.put(voice())
    visitor.choose(file_id)
    sound = visitor.sound()
    visitor.close()
    # By the server's own timer: nobody comes after them.
    until(lambda: not VISITS.may_fetch(inside.file_id(sound), visitor.cookies[server.COOKIE]))
    until(lambda: not VISITS.may_resume(visitor.session, visitor.cookies[server.COOKIE]))
    assert visitor.session not in inside.stored()
    assert inside.file_id(sound) not in Runtime.instance().media_file_mgr._file_metadata
    assert visitor.session not in kept.KEPT
    assert visitor.get(sound).status == 404
    back = visitors(cookies=visitor.cookies, resume=visitor.session)
    assert back.session != visitor.session
    assert VERDICT not in back.says()


@pytest.mark.parametrize(("whose", "resumed"), [("own", True), ("other", False), ("no", False)])
def test_only_its_own_browser_takes_a_session_up_again(
    visitors: Callable[..., Visitor], address: str, whose: str, resumed: bool
) -> None:
    visitor = visitors()
    file_id, _ = visitor.put(voice())
    visitor.choose(file_id)
    visitor.close()
    until(lambda: not inside.is_active(visitor.session))
    cookies = visitor.cookies if whose == "own" else {}
    again = Visitor(address, cookies=cookies, resume=visitor.session)
    if whose == "no":
        again.close()
        again.connection = again.connect(cookies={})
    again.run("listen")
    assert (again.session == visitor.session) == resumed
    assert (VERDICT in again.says()) == resumed
    again.close()


def test_nobody_else_fetches_a_sound(visitors: Callable[..., Visitor]) -> None:
    visitor, other = visitors(), visitors()
    file_id, _ = visitor.put(voice())
    visitor.choose(file_id)
    sound = visitor.sound()
    assert visitor.get(sound).status == 200
    assert visitor.get(sound, Range="bytes=0-99").status == 206
    assert other.get(sound).status == 404
    assert other.request("GET", sound, Cookie="").status == 404


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


def test_the_other_recorder_is_imported_within_a_page_only() -> None:
    """Streamlit registers it then; of one imported with the server it serves nothing (404)."""
    code = "import sys; import ui.server, ui.home.page; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "ui.listen.microphone" in done.stdout.split()
    assert "audio_recorder_streamlit" not in done.stdout.split()


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


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>.wav", "[a](b) **c** :red[d].wav"])
def test_names_with_markup_are_names(visitors: Callable[..., Visitor], name: str) -> None:
    visitor = visitors()
    file_id, _ = visitor.put(voice(), name)
    visitor.choose(file_id, names=(name,))
    told = [m.body for m in visitor.find("markdown") if "2.0 s" in m.body]
    assert told
    assert not any(m.allow_html for m in visitor.find("markdown") if "onerror" in m.body)
    assert not any(":red[" in text.replace("\\", "") and "\\" not in text for text in told)
