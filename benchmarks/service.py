"""What a service answers and turns away when many ask at once, and what memory it takes.

    python -m benchmarks.service FILE [--clients 1,4,64] [--each 5] [--minutes 10]

Starts ``undertone serve`` and sends it the file from so many clients at once, each so many times,
one after the other and without coming again when it is turned away; then the same with a recording
of so many minutes, made of the file, once each. Times of what was heard are told beside the
library's own on the same file, in this process before the service starts. Memory is the most that
the service's process has had (Linux).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import requests
import soundfile

from ser_core import audio, load_model


@contextlib.contextmanager
def serving() -> Iterator[tuple[str, int]]:
    """A service's address and process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ser_core", "serve", "--port", "0"], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    found = re.search(rb"http://[^ ]+", process.stdout.readline())
    assert found is not None
    try:
        yield found[0].decode(), process.pid
    finally:
        process.terminate()
        process.wait()


def most_mb(process: int) -> float:
    """The most resident memory that a process has had."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def ask(address: str, content: bytes, clients: int, each: int) -> tuple[list[float], int]:
    """Seconds of each request that was heard, and how many were turned away."""

    def come(_: int) -> list[tuple[int, float]]:
        answers = []
        for _ in range(each):
            began = time.perf_counter()
            status = requests.post(f"{address}/predict", content, timeout=300).status_code
            answers.append((status, time.perf_counter() - began))
        return answers

    with ThreadPoolExecutor(clients) as pool:
        answers = [one for some in pool.map(come, range(clients)) for one in some]
    assert {status for status, _ in answers} <= {200, 503}
    return [seconds for status, seconds in answers if status == 200], sum(
        status == 503 for status, _ in answers
    )


def long(clip: audio.Clip, minutes: float) -> bytes:
    """A FLAC of so many minutes, made of a clip."""
    length = int(60 * minutes * clip.sampling_rate)
    file = io.BytesIO()
    soundfile.write(file, np.resize(clip.signal, length), clip.sampling_rate, format="FLAC")
    return file.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--clients", default="1,4,64", help="how many at once, in turn")
    parser.add_argument("--each", type=int, default=5)
    parser.add_argument("--minutes", type=float, default=10.0)
    options = parser.parse_args()
    content = options.file.read_bytes()
    recordings = {
        options.file.name: (content, options.each),
        f"{options.minutes:g} minutes": (long(audio.load(content), options.minutes), 1),
    }
    model, alone = load_model(), {}
    for name, (sent, _) in recordings.items():
        model.predict(sent)
        began = time.perf_counter()
        model.predict(sent)
        alone[name] = time.perf_counter() - began
        print(f"the library on {name}: {alone[name]:.3f} s")
    with serving() as (address, process):
        print(f"started: {most_mb(process):.0f} MB")
        print("clients  heard  turned away  median, s  of the library's  slowest, s  most MB")
        for name, (sent, each) in recordings.items():
            for clients in map(int, options.clients.split(",")):
                heard, away = ask(address, sent, clients, each)
                median = float(np.median(heard))
                ratio = median / alone[name]
                print(
                    f"{clients:7}  {len(heard):5}  {away:11}  {median:9.3f}  {ratio:16.1f}  "
                    f"{max(heard):10.3f}  {most_mb(process):7.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
