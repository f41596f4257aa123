"""How much memory may still be taken: of the machine, and of the container around this process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Limit, what is taken, and in memory.stat the part of it that is given back on demand.
_FIRST = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_SECOND = ("memory.max", "memory.current", "inactive_file")


def available_mb(root: Path = Path("/")) -> float | None:
    """Megabytes that are free, as far as this system tells.

    Parameters
    ----------
    root : Path
        Where ``proc`` and ``sys`` lie.

    Returns
    -------
    float or None
        The least of what the machine and its control groups (both versions) leave; None where
        nobody says, as on Windows and macOS.
    """
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        told = dict(line.split(":", 1) for line in lines)
        free = [int(told["MemAvailable"].split()[0]) / 2**10]
    except (OSError, ValueError, KeyError, IndexError):
        return None
    for folder, (limit, taken, cache) in _groups(root):
        with suppress(OSError, ValueError, KeyError):
            # Without a limit it holds a word, or a number that no machine has.
            most = int((folder / limit).read_text())
            lines = (folder / "memory.stat").read_text().splitlines()
            given_back = int(dict(line.split() for line in lines)[cache])
            free.append((most - int((folder / taken).read_text()) + given_back) / 2**20)
    return min(free)


def _groups(root: Path) -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """The groups that this process is in, and all around them, with their files' names."""
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text().splitlines():
            _, kinds, path = line.split(":", 2)
            names = _SECOND if not kinds else _FIRST
            if kinds not in ("", "memory"):
                continue
            top = root / "sys/fs/cgroup" / kinds
            inner = top / path.lstrip("/")
            for folder in (inner, *inner.parents):
                yield folder, names
                if folder == top:
                    break
