"""The command line: ``undertone ...``, or ``python -m ser_core ...``."""

from __future__ import annotations

import argparse
import io
import logging
import os
import sys
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor
from pathlib import Path

from ser_core.cli import check, data, embed, own, predict, serve, train
from ser_core.errors import SerError, unforeseen

# Packages by what brings them; a plain installation hears recordings and has none of these.
_EXTRAS = dict.fromkeys(
    "keras librosa pandas pooch pyarrow requests sklearn tensorflow threadpoolctl tqdm".split(),
    "train",
)
_EXTRAS |= dict.fromkeys(
    "fastapi fastapi_offline multipart prometheus_client starlette uvicorn websockets".split(),
    "service",
)
_EXTRAS["distributed"] = "dask"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0, 1 after a refusal, 2 for bad usage."""
    _stand_in_for_closed()
    options = parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A file's name may hold what no encoding can write; the run goes on.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    # TensorFlow's start-up messages are not for the person at the terminal, nor what matplotlib,
    # which others bring along, has to say of its cache.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if options.command in ("predict", "serve") and "numpy" not in sys.modules:
        # Its matrices are small: threads cost twice the processor time and win nothing. The
        # processes that it starts inherit this.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    try:
        return int(options.run(options))
    except SerError as error:
        print(f"{error.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, say) has seen enough; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        print(_in_words(error, options.command), file=sys.stderr)
        return 1


def _stand_in_for_closed() -> None:
    """Let what a caller has closed swallow what is written there: ``2>&-`` is no fault."""
    for number in (1, 2):
        try:
            os.fstat(number)
        except OSError:
            # Else the next file that is opened gets its number, and what libraries print.
            opened = os.open(os.devnull, os.O_WRONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _in_words(error: Exception, command: str) -> str:
    """What happened, without a traceback and without a path."""
    missing = (error.name or "") if isinstance(error, ModuleNotFoundError) else ""
    if extra := _EXTRAS.get(missing.split(".")[0]):
        return (
            f"The package {missing} is not installed, and {command} needs it. It comes with "
            f"undertone[{extra}]: pip install '.[{extra}]' in a clone of Undertone."
        )
    if isinstance(error, ImportError) and not isinstance(error, ModuleNotFoundError):
        return (
            f"{command} ended early: a library that it needs could not be loaded. It is damaged or "
            "made for another machine, or memory ran out. Close other programs, or install anew."
        )
    if isinstance(error, MemoryError):
        return f"There is not enough memory for {command}. Close other programs, or give it less."
    if isinstance(error, BrokenExecutor):
        return (
            f"{command} ended early: one of its processes was ended from outside, most often "
            "because memory ran out. Close other programs and start it again."
        )
    if isinstance(error, OSError) and error.strerror:
        name = Path(os.fsdecode(error.filename)).name if error.filename else ""
        return f"{command} ended early: {name + ': ' if name else ''}{error.strerror}."
    return f"{command} ended early: {unforeseen(error).message}"


def parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    called = Path(sys.argv[0]).stem
    whole = argparse.ArgumentParser(
        prog="undertone" if called == "undertone" else "python -m ser_core",
        description="Hears which emotion a voice carries.",
    )
    commands = whole.add_subparsers(required=True, metavar="COMMAND", dest="command")
    for module in (predict, data, train, own, check, embed, serve):
        module.add_to(commands)
    return whole
