"""Where the shipped models and tables lie: in the package, or beside it in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]

ROOT = _PACKAGE.parent
"""What a process of our own needs on its search path to import `ser_core`."""


def _folder(name: str) -> Path:
    # An installation carries them inside; what else lies beside it there is not ours.
    installed = _PACKAGE / f"_{name}"
    return installed if installed.is_dir() else _PACKAGE.parent / name


MODELS = _folder("models")
"""The shipped bundles and their registry."""

DATA = _folder("data")
"""The tables that come with Undertone, and their registry."""
