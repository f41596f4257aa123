"""Files that are touched to say something, and how long ago that was."""

from __future__ import annotations

import time
from pathlib import Path

from ser_core.jobs.files import age


class Mark:
    """How long ago a file was touched, by this process's own clock.

    The system's clock may be set while somebody looks: a mark would be an hour old, or of an hour
    ahead, until it is made anew, and a training would end for that. By dates it is told only how
    old a mark was when it was first looked at.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._date: int | None = None
        self._made = 0.0

    def age(self) -> float:
        """Seconds since it was made; infinite where there is none."""
        try:
            date = self._path.stat().st_mtime_ns
        except OSError:
            return float("inf")
        now = time.monotonic()
        if date != self._date:
            self._made = now - age(self._path) if self._date is None else now
            self._date = date
        return now - self._made
