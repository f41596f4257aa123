"""Start a program of Python's with `tests.support.unheard` in the place of the real clips.

``python -m tests.support.with_unheard FOLDER python -m streamlit run streamlit_app.py``: the app as
it is, but that what it fetches comes from a server on this machine.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

from tests.support import unheard


def main() -> None:
    """Serve the clips as long as the program runs."""
    folder, _python, _m, module, *arguments = sys.argv[1:]
    with pytest.MonkeyPatch.context() as patch:
        server = unheard.serve(Path(folder), patch)
        sys.argv = [module, *arguments]
        try:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        finally:
            server.close()


if __name__ == "__main__":
    main()
