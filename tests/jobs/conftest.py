"""A server's trainings, ended with the test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ser_core.jobs.manager import Jobs


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    started = Jobs(tmp_path / "runs")
    yield started
    started.close()
