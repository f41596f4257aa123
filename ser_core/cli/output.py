"""What the commands share: lists of names, places to write to, progress, the command itself."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from ser_core.assets import datafiles
from ser_core.errors import SerError

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"
"""What each command adds itself to."""

PATHS_HELP = "a file or a folder of files; also s3://... and the like"
DATA_HELP = "recordings; default: $SER_DATA, else ./corpora"


def names(text: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def folder_named(name: str) -> Path:
    """A folder to write to, of an option."""
    # An empty name, as of a variable that is not set, would be the folder one stands in.
    if not name.strip():
        raise argparse.ArgumentTypeError("a folder's name was expected, and it is empty")
    return Path(name)


def repeatable(options: argparse.Namespace) -> str:
    """The command that was given; where the recordings lie is this machine's affair."""
    words = ["DIR" if word == options.data else word for word in sys.argv[1:]]
    return " ".join(["python -m ser_core", *words])


@contextmanager
def room_for(folder: Path, megabytes: int, flag: str = "--out") -> Iterator[None]:
    """Try a folder before the work whose result it will hold.

    Parameters
    ----------
    folder : Path
        Made if missing, and taken away again where the work fails and left nothing in it.
    megabytes : int
        What the result may take.
    flag : str
        That names the folder.

    Raises
    ------
    SerError
        With code ``not_writable`` or ``no_room``.
    """
    made: list[Path] = []
    place = folder
    try:
        try:
            while not place.exists():
                made.append(place)
                place = place.parent
            folder.mkdir(parents=True, exist_ok=True)
            trial = folder / f".trial-{os.getpid()}"
            trial.write_bytes(b"\0")
            trial.unlink()
            free = shutil.disk_usage(folder).free // 1_000_000
        except (OSError, ValueError) as error:
            fault = getattr(error, "strerror", None) or "its name is not one that a folder can have"
            raise SerError(
                "not_writable",
                f"Nothing can be written to {folder.name or 'this folder'!r}: {fault}. Name "
                f"another folder with {flag}; nothing was computed yet.",
            ) from error
        if free < megabytes:
            raise SerError(
                "no_room",
                f"The disk of {folder.name!r} has {free} MB left, and up to {megabytes} MB are "
                f"needed. Make room, or name another folder with {flag}; nothing was computed yet.",
            )
        yield
    except BaseException:
        for one in made:
            if one.is_dir() and not any(one.iterdir()):
                one.rmdir()
        raise


@contextmanager
def room_for_json(path: Path) -> Iterator[None]:
    """The same for a JSON file of data.

    Raises
    ------
    SerError
        With code ``not_writable`` or ``no_room``.
    """
    if path.is_dir():
        raise SerError(
            "not_writable",
            f"{path.name!r} is a folder, and a file is to be written. Name a file with --out; "
            "nothing was computed yet.",
        )
    with room_for(path.parent, 1):
        yield


def write_json(path: Path, content: Any) -> None:
    """Write an indented JSON file of data as a whole, and register it."""
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.write_text(text + "\n", encoding="utf-8")
    os.replace(unfinished, path)
    if (path.parent / datafiles.REGISTRY).exists():
        datafiles.register(path)


@contextmanager
def ours_alone() -> Iterator[None]:
    """Keep what native libraries write to standard error off the terminal.

    They write to the file descriptor, past ``sys.stderr``, which goes on reaching it.
    """
    sys.stderr.flush()
    usual, kept = sys.stderr, os.dup(2)
    with open(kept, "w", buffering=1, encoding="utf-8", errors="backslashreplace") as terminal:
        try:
            if usual.fileno() == 2:
                sys.stderr = terminal
        except OSError:
            pass  # somebody catches it within the process: a test
        try:
            with open(os.devnull, "wb") as nowhere:
                os.dup2(nowhere.fileno(), 2)
            yield
        finally:
            terminal.flush()
            sys.stderr = usual
            os.dup2(kept, 2)


class Share:
    """A progress bar on standard error, told the share done."""

    def __enter__(self) -> Callable[[float], None]:
        from tqdm import tqdm

        self._bar = tqdm(total=1.0, bar_format="{percentage:3.0f}%|{bar}| {elapsed}", disable=None)
        return self._tell

    def _tell(self, share: float) -> None:
        self._bar.update(share - self._bar.n)

    def __exit__(self, *_: object) -> None:
        self._bar.close()


class Bar:
    """One progress bar over the epochs of each fold."""

    def __init__(self, epochs: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=epochs, unit="epoch", file=sys.stderr, disable=None)
        self._fold = ""

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, fold: str, figures: dict[str, float]) -> None:
        """Tell an epoch's figures."""
        if fold != self._fold:
            self._fold = fold
            self._bar.reset()
            self._bar.set_description(fold)
        shown = {key: figures[key] for key in ("accuracy", "val_accuracy") if key in figures}
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update()
