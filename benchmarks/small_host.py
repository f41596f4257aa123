"""Whether the app does all that it promises on a small host, as Streamlit Community Cloud is one.

    python3 -m venv build/fresh && build/fresh/bin/python -m pip install -r requirements.txt
    CGROUP=/sys/fs/cgroup/memory/gb
    mkdir $CGROUP && echo 1G > $CGROUP/memory.limit_in_bytes
    python -m benchmarks.small_host --python build/fresh/bin/python --cgroup $CGROUP

The app is started in an environment of requirements.txt alone and, on Linux as root, in a memory
cgroup (this is version 1; swap is to be off). One visitor hears a sentence, ten minutes of speech,
opens every page and trains the original recipe; then another hears a sentence while one trains.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.memory import children, memory_mb
from benchmarks.speed import voice
from ser_core.jobs import files
from tests.browser.conftest import serve
from tests.support import visitor as protocol
from tests.support.visitor import Visitor

PATIENCE_S, LOOK_S = 600, 2.0
protocol.TIMEOUT_S = PATIENCE_S
AS_HOST = 'test -z "$0" || echo $$ > "$0/cgroup.procs"; shift; exec "$UNDERTONE_PYTHON" "$@"'


def used_mb(cgroup: str, server: int) -> float:
    """Memory of the app and of all that it started, file caches aside; else of the server alone."""
    if not cgroup:
        return memory_mb(server)
    told = (line.split() for line in Path(cgroup, "memory.stat").read_text().splitlines())
    return int(dict(told)["total_rss"]) / 2**20


@dataclass
class Watch:
    """The most memory since it was last asked for."""

    cgroup: str
    server: int
    most_mb: float = 0.0

    def __post_init__(self) -> None:
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        # Until the server is gone.
        with contextlib.suppress(OSError):
            while True:
                self.most_mb = max(self.most_mb, used_mb(self.cgroup, self.server))
                time.sleep(0.1)

    def take(self) -> float:
        """The most, which is forgotten then."""
        most, self.most_mb = self.most_mb, 0.0
        return most


def hear(visitor: Visitor, content: bytes, name: str) -> str:
    """Upload and read the verdict's headline."""
    visitor.run("listen")
    file_id, answer = visitor.put(content, name)
    if answer.status != 204:
        return f"refused with {answer.status}"
    visitor.choose(file_id, names=(name,))
    headlines = [found.body for found in visitor.find("heading") if found.tag == "h2"]
    # The last: a long recording is headed "Listening" while it is heard.
    return headlines[-1] if headlines else visitor.says()[:200]


def begin_training(visitor: Visitor, runs: Path) -> Path:
    """Press Train; gives the folder of the run."""
    known = set(runs.glob("*/"))
    visitor.run("retrain")
    visitor.click("Train")
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        for folder in set(runs.glob("*/")) - known:
            if files.ID.fullmatch(folder.name):
                return folder
        time.sleep(0.1)
    raise RuntimeError(f"no training began: {visitor.says()[:500]}")


def ended(visitor: Visitor, folder: Path) -> files.Run:
    """Look on until a training ends: one that nobody looks at is stopped."""
    until = time.monotonic() + PATIENCE_S
    while not (run := files.read(folder)).ended and time.monotonic() < until:
        time.sleep(LOOK_S)
        visitor.run()
    return run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable, help="of the fresh environment")
    parser.add_argument("--cgroup", default="", help="of the app, with its limit set")
    options = parser.parse_args()
    python = str(Path(options.python).absolute())
    runs = Path(tempfile.mkdtemp(prefix="undertone-small-"))
    environ = {"UNDERTONE_PYTHON": python, "SER_RUNS": str(runs), "SER_DATA": str(runs)}
    began = time.monotonic()
    with serve("sh", "-c", AS_HOST, options.cgroup, **environ) as address:
        (server,) = children()

        watch = Watch(options.cgroup, server)

        def tell(label: str, said: str = "") -> None:
            print(
                f"{label:32} {time.monotonic() - began:6.1f} s on the clock, "
                f"{used_mb(options.cgroup, server):4.0f} MB, at most {watch.take():4.0f}  {said}",
                flush=True,
            )

        tell("started")
        visitor = Visitor(address)
        tell("a sentence", hear(visitor, voice(4.0, 48_000), "sentence.wav"))
        tell("ten minutes", hear(visitor, voice(590.0, 16_000), "long.wav"))
        for page in ("live", "explore", "retrain", "about"):
            visitor.run(page)
        tell("every page opened")
        first = ended(visitor, begin_training(visitor, runs))
        tell("trained", f"{first.status}, {len(first.history)} epochs {first.message}")
        second = begin_training(visitor, runs)
        other = Visitor(address)
        tell("a sentence, while one trains", hear(other, voice(5.0, 48_000), "other.wav"))
        again = ended(visitor, second)
        tell("trained again", f"{again.status}, {len(again.history)} epochs {again.message}")
        for one in (visitor, other):
            one.close()
    if options.cgroup:
        limit = int(Path(options.cgroup, "memory.limit_in_bytes").read_text()) / 2**20
        control = Path(options.cgroup, "memory.oom_control").read_text().split()
        killed = control[control.index("oom_kill") + 1]
        print(f"of {limit:.0f} MB and {os.cpu_count()} cores; ended for want of memory: {killed}")


if __name__ == "__main__":
    main()
