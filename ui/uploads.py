"""Uploads stay in memory: a voice never reaches the disk.

Streamlit leaves the reading of an upload to Starlette, which moves whatever is larger than a
megabyte to a temporary file until it is complete. Every page says otherwise before it can show an
uploader.
"""

from __future__ import annotations

from starlette.formparsers import MultiPartParser

from ser_core import audio


def keep_in_memory() -> None:
    """Let no upload be moved to a temporary file."""
    # Nothing larger is taken (server.maxUploadSize), and what frames it takes a little more.
    MultiPartParser.spool_max_size = audio.MAX_BYTES + 2**20
