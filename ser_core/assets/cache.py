"""Where what was fetched or computed is kept between runs."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

from ser_core.errors import CorpusError
from ser_core.language import gettext as _


def folder() -> Path:
    """The user's cache folder; without one that can be written, one for this process alone.

    Raises
    ------
    CorpusError
        With code ``no_cache``, where neither can be written.
    """
    # Who never fetches need not wait for it.
    import pooch

    usual = Path(pooch.os_cache("undertone"))
    try:
        usual.mkdir(parents=True, exist_ok=True)
        if os.access(usual, os.W_OK):
            return usual
    except OSError:
        pass
    return _temporary()


@cache
def _temporary() -> Path:
    try:
        made = tempfile.mkdtemp(prefix="undertone-")
    except OSError as error:
        raise CorpusError(
            "no_cache",
            _(
                "Neither the home folder nor the one for temporary files can be written. Name one "
                "that can in $XDG_CACHE_HOME."
            ),
        ) from error
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)
