"""What is known of Streamlit, and what is kept out of its start."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
import streamlit as st
from starlette.formparsers import MultiPartParser
from streamlit.runtime import Runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager

from tests.support.pages import ROOT

pytestmark = pytest.mark.slow


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


def test_the_other_recorder_is_imported_within_a_page_only() -> None:
    """Streamlit registers it then; of one imported with the server it serves nothing (404)."""
    code = "import sys; import ui.server, ui.home.page; print(*sys.modules, sep='\\n')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "ui.listen.microphone" in done.stdout.split()
    assert "audio_recorder_streamlit" not in done.stdout.split()
