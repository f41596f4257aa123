"""What tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


def _folder_or_skip(path: Path, what: str) -> Path:
    if not path.is_dir():
        pytest.skip(f"{what} are not here; point $SER_DATA at the folder of the corpora")
    return path


@pytest.fixture(scope="session")
def ser_data() -> Path:
    """The folder of the real corpora: ``$SER_DATA``, else ``../shared/data``."""
    given = os.environ.get("SER_DATA") or ROOT.parent / "shared" / "data"
    return _folder_or_skip(Path(given), "the corpora")


@pytest.fixture(scope="session")
def ser_clips(ser_data: Path) -> Path:
    """Awkward real clips, beside the corpora."""
    return _folder_or_skip(ser_data.parent / "clips", "the clips")
