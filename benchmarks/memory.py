"""How much memory the server takes while visitors listen, in Chromium.

    python -m benchmarks.memory FOLDER

Starts the app and uploads ten recordings of the folder, one after the other, as one visitor does;
then opens the other pages. Prints the server's resident memory (Linux) after each step, and as a
ratio to that before the first visitor.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.pages import DONE
from ser_core.audio import SUFFIXES
from tests.browser.conftest import CHROMIUM, FLAGS, serve

N_RECORDINGS = 10


def memory_mb(process: int) -> float:
    """Resident memory of a process; 0 where the system has no /proc."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def children() -> set[int]:
    """Processes that this one started."""
    return {
        int(number)
        for task in Path("/proc/self/task").iterdir()
        for number in (task / "children").read_text().split()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    files = [path for path in options.folder.rglob("*") if path.suffix.lower() in SUFFIXES]
    files = sorted(files)[:N_RECORDINGS]
    with serve() as address:
        (server,) = children()
        before = memory_mb(server)
        print(f"{'started':24} {before:4.0f} MB")

        def tell(label: str) -> None:
            now = memory_mb(server)
            print(f"{label:24} {now:4.0f} MB, {now / before:.2f} of that")

        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            page = browser.new_page()
            page.goto(f"{address}/listen")
            page.get_by_role("tab", name="Upload").click()
            for count, path in enumerate(files, start=1):
                page.locator("input[type=file]").set_input_files(path)
                page.wait_for_selector("h2")
                page.wait_for_selector(DONE)
                tell(f"{count} heard")
                page.get_by_role("button", name="Clear", exact=True).click()
                page.wait_for_selector("h2", state="detached")
                page.wait_for_selector(DONE)
            for name in ("Explore", "Retrain", "About"):
                page.get_by_test_id("stSidebar").get_by_role("link", name=name).click()
                page.wait_for_selector(f"h1:has-text('{name}')")
                page.wait_for_selector(DONE)
                tell(f"{name} opened")
            browser.close()


if __name__ == "__main__":
    main()
