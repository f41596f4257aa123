"""The app as a server, in this process, and visitors without a browser."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import streamlit as st
import uvicorn
from streamlit.runtime import Runtime

from tests.support.pages import ROOT, sweep
from tests.support.visitor import Visitor
from ui import inside, server

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


def shown(sound: str) -> bool:
    """Whether Streamlit still holds a sound, whoever may fetch it."""
    return inside.file_id(sound) in Runtime.instance().media_file_mgr._file_metadata
