"""How much memory the server takes when visitors upload as much as it lets them.

    python -m benchmarks.uploads [--visitors 12] [--each 1] [--mb 25] [--cgroup FOLDER]

For the worst case in 1 GB, make a memory cgroup first (Linux, as root; this is version 1):
``mkdir /sys/fs/cgroup/memory/gb && echo 1G > /sys/fs/cgroup/memory/gb/memory.limit_in_bytes``.

Starts the app; each visitor opens Listen and sends files one after the other until one is refused,
all visitors at once; then each has all of its files heard; then all leave. Prints how many
files were taken and the server's memory (Linux), now and at its highest. No browser is needed.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import io
import time
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.memory import children, memory_mb
from ser_core.audio import SAMPLE_RATE
from ser_core.data import sounds
from tests.browser.conftest import serve
from tests.support import visitor as protocol
from tests.support.visitor import Visitor

MOST_FILES = 40
# Long recordings are heard one after the other.
protocol.TIMEOUT_S = 600
WITHIN = ("sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"')


def recording(n_bytes: int) -> bytes:
    """A WAV file of a made-up conversation over and over: speech takes the most."""
    spoken, _ = soundfile.read(io.BytesIO(sounds.make("two")), dtype="int16")
    file = io.BytesIO()
    soundfile.write(file, np.resize(spoken, (n_bytes - 44) // 2), SAMPLE_RATE, format="WAV")
    return file.getvalue()


def fill(visitor: Visitor, content: bytes, most: int) -> list[str]:
    """Upload until it is refused; gives the ids of what was taken."""
    taken = []
    for _ in range(most):
        try:
            file_id, answer = visitor.put(content)
        except OSError:
            break  # Refused before all was sent.
        if answer.status != 204:
            break
        taken.append(file_id)
    return taken


def peak_mb(process: int) -> float:
    """The most memory that a process has had."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0.0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, default=12)
    parser.add_argument("--each", type=int, default=MOST_FILES, help="most files of a visitor")
    parser.add_argument("--mb", type=int, default=25)
    parser.add_argument("--wait", type=float, default=60.0, help="seconds after they have left")
    parser.add_argument("--cgroup", help="of the server")
    options = parser.parse_args()
    content = recording(options.mb * 10**6)
    before = (*WITHIN, options.cgroup) if options.cgroup else ()
    with serve(*before) as address:
        (server,) = children()
        visitors = [Visitor(address) for _ in range(options.visitors)]
        for visitor in visitors:
            visitor.run("listen")

        def tell(label: str) -> None:
            print(f"{label:28} {memory_mb(server):5.0f} MB, at most {peak_mb(server):5.0f} MB")

        tell(f"{len(visitors)} visitors have come")
        with concurrent.futures.ThreadPoolExecutor(len(visitors)) as pool:
            taken = list(pool.map(lambda visitor: fill(visitor, content, options.each), visitors))
            tell(f"{sum(map(len, taken))} files of {options.mb} MB taken")
            with_files = [(v, ids) for v, ids in zip(visitors, taken, strict=True) if ids]
            list(pool.map(lambda pair: pair[0].choose(*pair[1]), with_files))
        heard = sum(bool(visitor.find("audio")) for visitor in visitors)
        tell(f"{heard} visitors have a verdict")
        for visitor in visitors:
            visitor.close()
        time.sleep(options.wait)
        tell(f"{options.wait:.0f} s after all left")


if __name__ == "__main__":
    main()
