"""Hashes of tables and JSON data, so that a damaged file is noticed before it is believed.

A folder of data has a ``registry.json`` with the SHA-256 of each file in it. Whoever writes a file
registers it; whoever reads one has it checked, once in a process for each state of the file. A
Parquet file reads without a word when a bit of it has flipped, and gives other numbers.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

from ser_core import assets
from ser_core.assets import reading
from ser_core.errors import DataError
from ser_core.language import gettext as _

REGISTRY = "registry.json"

_MAKERS = {
    "projection.parquet": "python -m ser_core project",
    "projection-encoder.parquet": "python -m ser_core project",
    "voices.json": "python -m ser_core voices --data DIR",
    "faithfulness.json": "python -m ser_core explain-check --data DIR",
    "listeners.csv": "python -m benchmarks.listeners VOTES --data DIR",
    "noise.json": "python -m benchmarks.noise --data DIR",
    "transfer.json": "python -m ser_core evaluate --protocol matrix --data DIR",
}

_GATHERED = ("unheard.csv",)  # from what others published: no command makes them


def check(path: Path) -> None:
    """Hold a file against the registry of its folder.

    Parameters
    ----------
    path : Path
        Where it is not there, that is for the reader to tell. A folder without a registry is not
        checked, unless it is the one that comes with Undertone.

    Raises
    ------
    DataError
        With code ``changed_data`` or ``no_registry``.
    """
    try:
        state = path.stat()
    except OSError:
        return
    known = _known(path.parent)
    if known is None:
        return
    found = _sha256(path, state.st_mtime_ns, state.st_size, state.st_ino)
    if known.get(path.name) != found:
        raise DataError(
            "changed_data",
            f"The file {path.name} is not the one in the registry beside it: it was damaged or "
            f"changed, so it is not used. {_remedy(path.name)}",
        )


def read_json(path: Path) -> dict[str, Any]:
    """What a JSON file of the data folder holds.

    Raises
    ------
    DataError
        With code ``no_data``, ``changed_data`` or ``no_registry``.
    """
    check(path)
    try:
        found = reading.json_of(path.read_bytes())
        if isinstance(found, dict):
            return found
    except (OSError, ValueError):
        pass
    raise DataError(
        "no_data",
        f"The file {path.name} is missing or damaged. {_remedy(path.name)}",
    )


def register(path: Path) -> None:
    """Write the hash of a file into the registry of its folder, after the file was written."""
    content = hashlib.sha256(path.read_bytes()).hexdigest()
    registry = path.parent / REGISTRY
    unfinished = registry.with_name(f"{REGISTRY}.{os.getpid()}-{threading.get_ident()}")
    # Two programs may write at once, each with a table of its own: look whether one's own is in.
    for _turn in range(10):
        known = _read(registry) or {}
        if known.get(path.name) == content:
            return
        text = json.dumps(dict(sorted((known | {path.name: content}).items())), indent=1)
        unfinished.write_text(text + "\n", encoding="utf-8")
        os.replace(unfinished, registry)


def missing(folder: Path) -> list[str]:
    """Names of the files that the registry of a folder knows and that are not there."""
    return [name for name in _known(folder) or () if not (folder / name).is_file()]


def maker(name: str) -> str:
    """The command that makes a file of the data folder."""
    option = " --encoder" if name.startswith("encoder-") else ""
    return _MAKERS.get(name, f"python -m ser_core extract --data DIR{option}")


def unreadable(name: str) -> DataError:
    """For a table that visitors are shown, and that cannot be read."""
    return DataError(
        "no_data",
        _("The file {file} is missing or damaged. Restore the data folder (git checkout).").format(
            file=name
        ),
    )


def _remedy(name: str) -> str:
    if name in _GATHERED:
        return "Restore the data folder (git checkout)."
    return f"Make it again with `{maker(name)}`, or restore the data folder (git checkout)."


def _known(folder: Path) -> dict[str, str] | None:
    known = _read(folder / REGISTRY)
    if known is None and (folder == assets.DATA or (folder / REGISTRY).exists()):
        raise DataError(
            "no_registry",
            f"The registry of the data files ({REGISTRY}) is missing or damaged, so none of them "
            "is used. Restore the data folder (git checkout).",
        )
    return known


def _read(registry: Path) -> dict[str, str] | None:
    try:
        known = reading.json_of(registry.read_bytes())
    except (OSError, ValueError):
        return None
    return known if isinstance(known, dict) else None


@lru_cache(maxsize=64)
def _sha256(path: Path, changed_ns: int, size: int, inode: int) -> str:
    """The file's digest; its date, size and place on the disk tell when it has to be read again."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
