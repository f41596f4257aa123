"""How long after pressing Train the first epoch comes, with a process that waits and without.

    python -m benchmarks.first_epoch [--runs 3] [--chromium] [--json FILE]

Trains the original recipe in a process that waited with TensorFlow awake and in one that did not,
in turn, and takes the processor time of that process and the clock from the press to the first
epoch's figures. A training gives way to all else, so the clock says as much of the machine's load.
With ``--chromium`` the same from a visitor's side: from the press to the line in the curve.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from ser_core.jobs.manager import Jobs
from tests.browser.conftest import CHROMIUM, FLAGS, serve, settle
from ui.retrain import recipes

# Training, the tested side and what is to beat: the third of the lines.
DRAWN = ".js-plotly-plot .scatterlayer .trace:nth-of-type(3)"


def processor_s(process: int) -> float:
    """What a process has used so far, in seconds."""
    numbers = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def first_epoch(jobs: Jobs, *, warm: bool) -> tuple[float, float]:
    """Processor time and clock of one training's way to its first epoch."""
    if warm:
        jobs.warm()
        while not jobs.spare.is_ready:
            time.sleep(0.05)
    began = time.perf_counter()
    used = processor_s(jobs.spare.waiting.process.pid) if jobs.spare.waiting else 0.0
    run_id = jobs.start(recipes.ORIGINAL, "speakers", owner="benchmark")
    while not jobs.read(run_id).history:
        time.sleep(0.01)
    took = time.perf_counter() - began
    used = processor_s(jobs.workers[run_id].process.pid) - used
    jobs.delete(run_id)
    return used, took


def drawn_s(browser: Browser, server: str, look_s: float) -> float:
    """Seconds until one visitor sees the first epoch, who has looked at the page for a while."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{server}/retrain")
    train = page.get_by_role("button", name="Train", exact=True)
    train.wait_for()
    settle(page)
    page.wait_for_timeout(1000 * look_s)
    began = time.perf_counter()
    train.click()
    page.wait_for_selector(DRAWN, state="attached", timeout=240_000)
    took = time.perf_counter() - began
    page.get_by_role("button", name="Stop", exact=True).click()
    train.wait_for(timeout=240_000)
    context.close()
    return took


def seen(runs: int) -> dict[str, list[float]]:
    """What visitors wait, with a process that waits and without."""
    found: dict[str, list[float]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for name, warm, look_s in (("warm, drawn", "1", 25.0), ("cold, drawn", "0", 1.0)):
            folder = tempfile.mkdtemp(prefix="undertone-benchmark-")
            with serve(SER_RUNS=folder, SER_WARM=warm) as server:
                found[name] = [drawn_s(browser, server, look_s) for _ in range(runs)]
        browser.close()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--chromium", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    jobs = Jobs(Path(tempfile.mkdtemp(prefix="undertone-benchmark-")))
    found: dict[str, list[float]] = {}
    for _ in range(options.runs):
        for name in ("warm", "cold"):
            used, took = first_epoch(jobs, warm=name == "warm")
            found.setdefault(f"{name}, processor", []).append(used)
            found.setdefault(f"{name}, clock", []).append(took)
    jobs.close()
    if options.chromium:
        found |= seen(options.runs)
    for name, values in found.items():
        print(
            f"{name:16} {statistics.median(values):5.1f} s "
            f"({min(values):.1f} to {max(values):.1f} of {len(values)})"
        )
    print(f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
