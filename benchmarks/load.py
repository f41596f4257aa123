"""Many visitors at once: how long each waits, what fails, and what memory is left afterwards.

    python -m benchmarks.load [FOLDER] [--visitors 1,10,50] [--seconds 30] [--browsers 10]
                              [--soak 300]

Starts the app. Sessions over Streamlit's own protocol open Listen, upload a recording (of the
folder, else made-up voices), read the verdict for some seconds, bring the next one, and look at
Explore and About now and then; as many as `--visitors` says, one row a number, each with nothing
beside and with a training. Then so many real browsers (Chromium) do the same. Last, `--soak`
seconds of ten sessions that do not stop to read: an hour's verdicts, squeezed. Each row has the
seconds from upload to verdict (p50, p95), how many came and how many failed, and the server's
processor time for each; the last lines its memory (Linux) before, under load and when all have
left.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import itertools
import os
import random
import struct
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, async_playwright

from benchmarks.memory import children, memory_mb
from benchmarks.speed import voice
from benchmarks.uploads import peak_mb
from ser_core.audio import SUFFIXES
from tests.browser.conftest import CHROMIUM, FLAGS, serve
from tests.support import visitor as protocol
from tests.support.visitor import Visitor
from ui import frame

protocol.TIMEOUT_S = 120
READS_S = 3.0
"""How long a visitor reads a verdict, on average."""

_SOAKING = 10
_LEFT_S = 120.0
_NUMBERS = itertools.count()


def processor_s(process: int) -> float:
    """Processor time that a process has had."""
    parts = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(parts[11]) + int(parts[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Waits:
    """What visitors waited for, in seconds, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def row(self, label: str, used_s: float) -> str:
        count = len(self.seconds)
        if not count:
            return f"{label:32} none came; {len(self.faults)} failed {self.faults[:1]}"
        middle, late = np.percentile(self.seconds, [50, 95])
        return (
            f"{label:32} p50 {middle:5.2f} s  p95 {late:5.2f} s  {count:5} verdicts  "
            f"{len(self.faults)} failed  {1000 * used_s / count:4.0f} ms of processor each"
            + "".join(f"\n    {fault}" for fault in self.faults[:3])
        )


def _recordings(folder: Path | None) -> list[bytes]:
    if folder is None:
        return [voice(2.5 + number / 10, 48_000) for number in range(20)]
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    return [path.read_bytes() for path in sorted(itertools.islice(found, 200))]


def _new(content: bytes) -> bytes:
    """The same recording for the ear, and none that was heard before: another last sample."""
    if not content.startswith(b"RIFF"):
        return content
    return content[:-2] + struct.pack("<H", next(_NUMBERS) % 2_000)


def stay(address: str, files: list[bytes], until: float, reads_s: float, waits: Waits) -> None:
    """Be a visitor, until the time is over."""
    chance = random.Random(next(_NUMBERS))
    visitor = Visitor(address)
    # Not all in the same second.
    time.sleep(chance.uniform(0, reads_s))
    for turn in itertools.count():
        if time.monotonic() > until:
            break
        try:
            visitor.run("listen")
            begun = time.monotonic()
            file_id, answer = visitor.put(_new(chance.choice(files)))
            visitor.choose(file_id)
            took = time.monotonic() - begun
            waits.seconds.append(took)
            told = visitor.says()
            if answer.status != 204 or not visitor.find("audio") or frame.FAULT in told:
                waits.faults.append(f"{answer.status}: {told[:200]}")
            if turn % 4 == 3:
                visitor.run(("explore", "about")[turn // 4 % 2])
        except Exception as error:
            waits.faults.append(f"{type(error).__name__} {error}")
            break
        time.sleep(chance.uniform(0.5, 1.5) * reads_s)
    visitor.close()


def sessions(
    address: str, files: list[bytes], count: int, seconds: float, reads_s: float = READS_S
) -> Waits:
    """So many visitors for so long."""
    waits = Waits()
    until = time.monotonic() + seconds
    with ThreadPoolExecutor(count) as pool:
        for _ in range(count):
            pool.submit(stay, address, files, until, reads_s, waits)
    return waits


@contextlib.contextmanager
def training(address: str) -> Iterator[None]:
    """Somebody trains meanwhile, again and again."""
    over = threading.Event()

    def train() -> None:
        visitor = Visitor(address)
        visitor.run("retrain")
        while not over.wait(1.0):
            visitor.run()
            if any(button.label.endswith("Train") for button in visitor.find("button")):
                visitor.click("Train")
        with contextlib.suppress(ValueError):
            visitor.click("Stop")
        visitor.close()

    thread = threading.Thread(target=train)
    thread.start()
    time.sleep(5)
    try:
        yield
    finally:
        over.set()
        thread.join()


async def _browse(browser: Browser, address: str, file: Path, until: float, waits: Waits) -> None:
    page = await (await browser.new_context()).new_page()
    page.set_default_timeout(120_000)
    try:
        while time.monotonic() < until:
            await page.goto(f"{address}/listen")
            await page.get_by_role("tab", name="Upload").click()
            begun = time.monotonic()
            await page.locator("input[type=file]").set_input_files(file)
            await page.wait_for_selector("h2")
            waits.seconds.append(time.monotonic() - begun)
            await asyncio.sleep(READS_S)
    except Exception as error:
        waits.faults.append(f"{type(error).__name__} {str(error)[:200]}")


async def _browsers(address: str, file: Path, count: int, seconds: float) -> Waits:
    waits = Waits()
    until = time.monotonic() + seconds
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        await asyncio.gather(*(_browse(browser, address, file, until, waits) for _ in range(count)))
        await browser.close()
    return waits


def _soak(server: int, address: str, files: list[bytes], seconds: float) -> bool:
    """An hour's verdicts at once; says whether the memory comes back."""
    before, used = memory_mb(server), processor_s(server)
    waits = sessions(address, files, _SOAKING, seconds, reads_s=0.0)
    print(waits.row(f"{_SOAKING} that do not stop, {seconds:.0f} s", processor_s(server) - used))
    print(f"{'memory before them':32} {before:5.0f} MB")
    print(f"{'all have just left':32} {memory_mb(server):5.0f} MB, at most {peak_mb(server):.0f}")
    time.sleep(_LEFT_S)
    after = memory_mb(server)
    print(f"{'two minutes later':32} {after:5.0f} MB, {after / before:.2f} of before", flush=True)
    return after <= 1.1 * before and not waits.faults


def main() -> int:
    """Measure and print; the exit status is 1 where something failed or memory stays."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--visitors", default="1,10,50")
    parser.add_argument("--seconds", type=float, default=30.0, help="of each row")
    parser.add_argument("--browsers", type=int, default=10)
    parser.add_argument("--soak", type=float, default=300.0)
    options = parser.parse_args()
    files = _recordings(options.folder)
    well = True
    with tempfile.TemporaryDirectory() as runs, serve(SER_RUNS=runs) as address:
        (server,) = children()
        first = Visitor(address)
        for page in ("explore", "about", "retrain", "listen"):
            first.run(page)
        first.choose(first.put(files[0])[0])
        first.close()

        def tell(label: str, waits: Waits, used: float) -> None:
            nonlocal well
            well &= not waits.faults
            print(waits.row(label, processor_s(server) - used), flush=True)

        for count in map(int, filter(None, options.visitors.split(","))):
            for beside in (False, True):
                used = processor_s(server)
                with training(address) if beside else contextlib.nullcontext():
                    waits = sessions(address, files, count, options.seconds)
                tell(f"{count} at once{', one trains' if beside else ''}", waits, used)
        if options.browsers:
            file = Path(runs, "spoken.wav")
            file.write_bytes(files[0])
            used = processor_s(server)
            count = options.browsers
            waits = asyncio.run(_browsers(address, file, count, options.seconds))
            tell(f"{count} browsers", waits, used)
        if options.soak:
            well &= _soak(server, address, files, options.soak)
    return 0 if well else 1


if __name__ == "__main__":
    raise SystemExit(main())
