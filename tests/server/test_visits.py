"""What the server takes from a visitor, what it keeps and for whom, and when it is gone."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from ser_core import audio
from tests.support.pages import sweep
from tests.support.visitor import Visitor, form, joined
from ui import inside, kept, server
from ui.visits import VISITS

from .conftest import VERDICT, shown, until, voice

pytestmark = pytest.mark.slow


def test_recording_is_heard_over_the_wire(visitors: Callable[..., Visitor]) -> None:
    visitor = visitors()
    file_id, answer = visitor.put(voice())
    assert answer.status == 204
    visitor.choose(file_id)
    assert VERDICT in visitor.says()


def test_a_verdict_takes_one_run_of_the_page_and_few_bytes(
    visitors: Callable[..., Visitor],
) -> None:
    visitor = visitors()
    visitor.choose(visitor.put(sweep(4.0, low=97.0))[0])
    file_id, _ = visitor.put(sweep(4.0, low=98.0))
    visitor.messages.clear()
    visitor.choose(file_id)
    assert VERDICT in visitor.says()
    kinds = [ForwardMsg.FromString(message).WhichOneof("type") for message in visitor.messages]
    assert kinds.count("new_session") == 1
    # What a browser has already is named only: styles and components.
    assert kinds.count("ref_hash") > 2
    assert sum(map(len, visitor.messages)) < 55_000


def test_who_waits_for_others_recordings_sees_it(visitors: Callable[..., Visitor]) -> None:
    visitor = visitors()
    file_id, _ = visitor.put(voice())
    begun, go = threading.Barrier(kept.AT_ONCE + 1), threading.Event()

    def work() -> None:
        with kept.one_at_a_time(1.0):
            begun.wait(30)
            go.wait(30)

    with ThreadPoolExecutor(kept.AT_ONCE + 1) as pool:
        for _ in range(kept.AT_ONCE):
            pool.submit(work)
        begun.wait(30)
        heard = pool.submit(visitor.choose, file_id)
        until(lambda: any(kept.WAITING.encode() in said for said in visitor.messages))
        assert not heard.done()
        go.set()
        heard.result()
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
    # Told by a run of the page, which may come behind another.
    while "was not taken" not in last.says():
        last.read()
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
    assert not shown(sound)
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
    assert not shown(sound)
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


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>.wav", "[a](b) **c** :red[d].wav"])
def test_names_with_markup_are_names(visitors: Callable[..., Visitor], name: str) -> None:
    visitor = visitors()
    file_id, _ = visitor.put(voice(), name)
    visitor.choose(file_id, names=(name,))
    told = [m.body for m in visitor.find("markdown") if "2.0 s" in m.body]
    assert told
    assert not any(m.allow_html for m in visitor.find("markdown") if "onerror" in m.body)
    assert not any(":red[" in text.replace("\\", "") and "\\" not in text for text in told)
