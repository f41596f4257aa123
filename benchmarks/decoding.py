"""What it costs to decode a phone's recording in a process of its own.

    python -m benchmarks.decoding FILE

The first file waits for the process to start; every other one pays for two pipes. Memory is that of
the waiting process: all that it holds, and what it holds alone.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from ser_core import audio
from ser_core.audio import containers, formats, worker

TIMES = 20


def main(path: Path) -> None:
    content = path.read_bytes()
    kind = formats.sniff(content)
    if kind is None:
        sys.exit(f"{path.name} is nothing that ffmpeg's libraries decode.")
    demuxer = kind.demuxer
    clip, first = timed(lambda: worker.decode(content, demuxer, audio.LONG_DURATION_S))
    warm = [
        timed(lambda: worker.decode(content, demuxer, audio.LONG_DURATION_S))[1]
        for _ in range(TIMES)
    ]
    here = [
        timed(lambda: containers.decode(content, demuxer, audio.LONG_DURATION_S))[1]
        for _ in range(TIMES)
    ]
    print(f"{path.name}: {clip.duration_s:.1f} s, {clip.source_format}")
    print(f"first file, with the process's start: {first:.0f} ms")
    print(f"every other: {np.median(warm):.1f} ms; in the same process: {np.median(here):.1f} ms")
    # The one process that this one has.
    (waiting,) = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    told = Path(f"/proc/{waiting}/smaps_rollup").read_text()
    kilobytes = {name: int(value) for name, value in re.findall(r"(\w+): +(\d+) kB", told)}
    alone = kilobytes["Private_Dirty"] + kilobytes["Private_Clean"]
    print(f"the waiting process: {kilobytes['Rss'] / 1e3:.0f} MB, {alone / 1e3:.0f} of it alone")


def timed(call: Callable[[], audio.Clip]) -> tuple[audio.Clip, float]:
    start = time.perf_counter()
    clip = call()
    return clip, 1_000 * (time.perf_counter() - start)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
