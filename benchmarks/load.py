"""How much memory the server takes under load, and how much it still has when all have left.

    python -m benchmarks.load FOLDER [--visitors 15] [--seconds 240]

Starts the app; visitors open Listen, upload one recording of the folder after the other, look
behind some verdicts, visit Explore and About, and leave when the time is over. Prints how many
verdicts were given, their processor time, and the server's memory (Linux): before, under load and
after they have left. No browser is needed.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import itertools
import os
import time
from pathlib import Path

from benchmarks.memory import children, memory_mb
from benchmarks.uploads import peak_mb
from ser_core.audio import SUFFIXES
from tests.browser.conftest import serve
from tests.support.visitor import Visitor


def processor_s(process: int) -> float:
    """Processor time that a process has had."""
    parts = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


def stay(address: str, files: list[Path], until: float, number: int) -> int:
    """Be a visitor; gives the number of verdicts."""
    visitor, heard = Visitor(address), 0
    for turn, path in enumerate(itertools.cycle(files[number:] + files[:number])):
        if time.monotonic() > until:
            break
        visitor.run("listen")
        file_id, answer = visitor.put(path.read_bytes(), path.name)
        if answer.status != 204:
            continue
        visitor.choose(file_id, names=(path.name,))
        heard += any("Sounds" in found.body for found in visitor.find("heading"))
        if turn % 4 == 3:
            visitor.run(("explore", "about")[turn // 4 % 2])
    visitor.close()
    return heard


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--visitors", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=240.0)
    options = parser.parse_args()
    found = (path for path in options.folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    files = sorted(itertools.islice(found, 200))
    with serve() as address:
        (server,) = children()
        # What is loaded once, for all: every page has been opened, and a sentence heard.
        first = Visitor(address)
        for page in ("explore", "about", "retrain", "listen"):
            first.run(page)
        first.choose(first.put(files[0].read_bytes())[0])
        first.close()
        before, used = memory_mb(server), processor_s(server)
        print(f"{'after the first visitor':28} {before:5.0f} MB", flush=True)
        until = time.monotonic() + options.seconds
        with concurrent.futures.ThreadPoolExecutor(options.visitors) as pool:
            stays = [
                pool.submit(stay, address, files, until, number)
                for number in range(options.visitors)
            ]
            heard = sum(one.result() for one in stays)
        used = processor_s(server) - used
        print(f"{heard} verdicts, {1000 * used / max(1, heard):.0f} ms of processor each")
        print(
            f"{'all have just left':28} {memory_mb(server):5.0f} MB, at most {peak_mb(server):.0f}"
        )
        time.sleep(120)
        after = memory_mb(server)
        print(f"{'two minutes later':28} {after:5.0f} MB, {after / before:.2f} of the first")


if __name__ == "__main__":
    main()
