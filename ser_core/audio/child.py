"""The process in which containers are decoded: ``python -m ser_core.audio.child``.

It reads a request from its standard input and writes an answer to its standard output, until the
input ends, which it does when its parent does. A request is the lengths of a JSON head and of the
file (two 32-bit numbers, the most significant byte first), the head and the file; an answer is the
length of a JSON head, the head, and the samples as 32-bit floats.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from dataclasses import asdict
from typing import Any, BinaryIO

from ser_core import language
from ser_core.audio import containers
from ser_core.audio.worker import ANSWER, REQUEST
from ser_core.errors import AudioError

# Above what the process has mapped when it starts: the file, ten minutes of sound twice, and what a
# demuxer may ask for.
_MEMORY = 384 * 1024 * 1024


def main() -> None:
    """Answer requests until there are no more."""
    # What a library prints must not get between the answers.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Ctrl-C is the parent's affair; its end is the end of the input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _bound_memory()
    while _serve(sys.stdin.buffer, answers):
        pass
    # What native libraries do at an exit of their own would only be one more thing to go wrong.
    os._exit(0)


def _serve(requests: BinaryIO, answers: BinaryIO) -> bool:
    """Answer one request, of which nothing is kept; false at the end of the input."""
    start = requests.read(REQUEST.size)
    if len(start) < REQUEST.size:
        return False
    head_length, length = REQUEST.unpack(start)
    head = json.loads(requests.read(head_length))
    content = requests.read(length)
    if len(content) < length:
        return False
    _bound_time(head["seconds"])
    with language.use(head["language"]):
        _answer(answers, *_decode(content, head))
    _bound_time(0)
    return True


def _decode(content: bytes, head: dict[str, Any]) -> tuple[dict[str, Any], Any]:
    try:
        clip = containers.decode(content, head["demuxer"], head["max_duration_s"], head["channel"])
    except AudioError as error:
        return {"refused": [error.code, error.message]}, b""
    except MemoryError:
        return {"failed": "memory"}, b""
    facts = {
        "samples": len(clip.signal),
        "source_format": clip.source_format,
        "source_rate": clip.source_rate,
        "source_channels": clip.source_channels,
        "peak": clip.peak,
        "warnings": [asdict(warning) for warning in clip.warnings],
    }
    return facts, clip.signal.astype("<f4", copy=False).data


def _answer(answers: BinaryIO, head: dict[str, Any], payload: Any) -> None:
    written = json.dumps(head).encode()
    with contextlib.suppress(BrokenPipeError):
        answers.write(ANSWER.pack(len(written)) + written)
        answers.write(payload)
        answers.flush()


def _bound_memory() -> None:
    # Neither the module nor /proc is everywhere.
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        with open("/proc/self/statm") as file:
            mapped = int(file.read().split()[0]) * resource.getpagesize()
        limit = mapped + _MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _bound_time(seconds: int) -> None:
    """End this process if it computes for so long, or waits for four times as long."""
    # The parent ends what takes too long on the clock; here it counts what others do not slow
    # down, and holds where the parent is no more.
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, 4 * seconds + bool(seconds))


if __name__ == "__main__":
    main()
