"""Everything that reaches into Streamlit's internals, in one place (1.67.0).

Streamlit keeps what a visitor uploads until the session ends, serves a sound to everybody who knows
its address, lets anybody take up a session whose id they know, and ends sessions only when another
visitor comes. None of this has a setting. So the runtime's own methods are wrapped here, once, when
the server starts; `tests/server/test_inside.py` says which of Streamlit's names are used and fails
where a new version has changed one.

Nothing here is for tests that run pages without a server: there `running` is None.
"""

from __future__ import annotations

import asyncio
import ctypes
import functools
from collections.abc import Callable
from typing import Any

import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ser_core import audio
from ui.visits import LEFT_S, Visits

# Of <malloc.h>.
_MMAP_THRESHOLD, _ARENA_MAX = -3, -8

MAIN = "streamlit_app.py"
"""What browsers are told instead of the path of the app on this server."""


MOST_MEDIA = 80 * 10**6
"""Bytes of sounds and downloads that all pages together show: four recordings of ten minutes."""


def running() -> Runtime | None:
    """The runtime of this server; None where pages run without one."""
    # A page under test runs beside a mock of a runtime, which claims to be one.
    found = Runtime.instance() if Runtime.exists() else None
    return found if type(found) is Runtime else None


def visit() -> str:
    """The session that this script runs for; empty outside one."""
    context = get_script_run_ctx(suppress_warning=True)
    return context.session_id if context else ""


def locale() -> str | None:
    """The language of the browser that this script runs for; None outside one."""
    return st.context.locale if visit() else None


def keep_uploads_in_memory() -> None:
    """Let no upload be moved to a temporary file: a voice never reaches the disk.

    Streamlit leaves the reading of an upload to Starlette, which moves whatever is larger than a
    megabyte to the disk until it is complete.
    """
    # Nothing larger is taken (server.maxUploadSize), and what frames it takes a little more.
    MultiPartParser.spool_max_size = audio.MAX_BYTES + 2**20


def stored() -> dict[str, int]:
    """Bytes in the upload store, by session."""
    runtime = running()
    if runtime is None:
        return {}
    store = runtime.uploaded_file_mgr
    assert isinstance(store, MemoryUploadedFileManager)
    with store._lock:
        return {
            session: sum(len(file.data) for file in files.values())
            for session, files in store.file_storage.items()
        }


def drop_uploads(session: str) -> None:
    """Delete what a session uploaded: what it works with is held by its pages."""
    runtime = running()
    if runtime is not None:
        runtime.uploaded_file_mgr.remove_session_files(session)


def drop_media(visits: Visits, session: str) -> None:
    """Delete the sounds and downloads that only this session showed."""
    runtime = running()
    if runtime is None:
        return
    media = runtime.media_file_mgr
    media.clear_session_refs(session)
    orphans = visits.disown(session)
    with media._lock:
        for file_id in orphans:
            if file_id in media._file_metadata:
                media._delete_file(file_id)


def is_active(session: str) -> bool:
    """Whether a browser is connected to this session."""
    runtime = running()
    return runtime is not None and runtime.is_active_session(session)


def rerun(session: str, tries: int = 50) -> None:
    """Let a session's page run again as it stands; to be called in the server's event loop."""
    runtime = running()
    found = runtime and runtime._session_mgr.get_active_session_info(session)
    if not found:
        return
    state = found.session._client_state
    if state.page_script_hash:
        found.session.request_rerun(state)
    elif tries:
        # Its first run is not over: without knowing its page, it would be sent Home.
        asyncio.get_running_loop().call_later(0.2, rerun, session, tries - 1)


def watch(visits: Visits, cookie: str, on_end: Callable[[str], None]) -> None:
    """Follow the sessions of the running server: whose each is, what it shows, when it ends.

    To be called in the server's event loop, before the first visitor is let in.

    Parameters
    ----------
    visits : Visits
    cookie : str
        The name of the cookie by which a browser is known.
    on_end : callable
        Told each session that has ended, after Streamlit has dropped it.
    """
    runtime = running()
    assert runtime is not None
    loop = asyncio.get_running_loop()
    connect, disconnect = runtime.connect_session, runtime.disconnect_session

    def connect_session(
        client: Any, user_info: Any, existing_session_id: str | None = None, **rest: Any
    ) -> str:
        browser = dict(client.client_context.cookies).get(cookie)
        if existing_session_id and not visits.may_resume(existing_session_id, browser):
            existing_session_id = None
        session = connect(client, user_info, existing_session_id, **rest)
        visits.came(session, browser)
        return session

    def disconnect_session(session_id: str, **rest: Any) -> None:
        disconnect(session_id, **rest)
        loop.call_later(LEFT_S, end, session_id)

    def end(session: str) -> None:
        if runtime.is_active_session(session):
            return
        runtime.close_session(session)
        # Streamlit's own list of those who may come back forgets without closing.
        runtime.uploaded_file_mgr.remove_session_files(session)
        drop_media(visits, session)
        visits.ended(session)
        on_end(session)

    runtime.connect_session = connect_session  # type: ignore[method-assign, assignment]
    runtime.disconnect_session = disconnect_session  # type: ignore[method-assign]
    _own_media(runtime, visits)
    _hide_path()


def _own_media(runtime: Runtime, visits: Visits) -> None:
    """Note which session shows which file."""
    media = runtime.media_file_mgr
    add, execute_deferred = media.add, media.execute_deferred

    def added(*args: Any, **kwargs: Any) -> str:
        url = add(*args, **kwargs)
        visits.own(visit(), file_id(url))
        bound_media(media, file_id(url))
        return url

    def executed(deferred_id: str) -> str:
        entry = media._deferred_callables.get(deferred_id)
        url = execute_deferred(deferred_id)
        if entry is not None:
            visits.own(entry["session_id"], file_id(url))
        return url

    media.add = added  # type: ignore[method-assign]
    media.execute_deferred = executed  # type: ignore[method-assign, assignment]
    assert isinstance(media._storage, MemoryMediaFileStorage)


def bound_media(media: MediaFileManager, newest: str, most: int = MOST_MEDIA) -> None:
    """Delete the files that were shown longest ago, where all together have too many bytes.

    Their pages show them again when they run next.
    """
    storage = media._storage
    assert isinstance(storage, MemoryMediaFileStorage)
    with media._lock:
        files = storage._files_by_id
        # To the end: what is shown again is the newest.
        if newest in files:
            files[newest] = files.pop(newest)
        n_bytes = sum(file.content_size for file in files.values())
        for old in list(files)[:-1]:
            if n_bytes <= most:
                break
            n_bytes -= files[old].content_size
            media._delete_file(old)


def _hide_path() -> None:
    """Tell browsers the name of the app's file, not where it lies on this server."""
    create = AppSession._create_new_session_message

    @functools.wraps(create)
    def without_path(self: AppSession, *args: Any, **kwargs: Any) -> Any:
        message = create(self, *args, **kwargs)
        message.new_session.main_script_path = MAIN
        return message

    AppSession._create_new_session_message = without_path  # type: ignore[method-assign]


def file_id(address: str) -> str:
    """The id of a media file, from its address."""
    return address.rsplit("/", 1)[-1].split(".", 1)[0]


def spare_memory() -> None:
    """Let freed memory go back to the system as soon as it can, where the C library is glibc.

    It keeps a heap for each thread, and Streamlit has many; and it learns from the first large
    array that is freed to keep the next ones.
    """
    try:
        library = ctypes.CDLL(None)
        library.mallopt(_ARENA_MAX, 2)
        library.mallopt(_MMAP_THRESHOLD, 2**20)
    except (AttributeError, OSError, TypeError):
        return


def give_back() -> None:
    """Hand memory that was freed back to the system, where its C library can."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return
