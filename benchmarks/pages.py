"""How long a visitor waits, in Chromium: for a page, and for a verdict.

    python -m benchmarks.pages FILE [--runs 7]
    python -m benchmarks.pages --again [--runs 7]

Starts the app and warms it once. Each run is a new visitor with an empty browser cache, who opens
Listen, tries an example, uploads the file, goes to Explore and to About through the navigation,
and at last opens Explore by its address. Every figure is given in milliseconds and as a ratio to
the first, all of one run. Do nothing else on the machine meanwhile.

With --again every page is opened by its address by somebody who has been there before, whose
browser has all that it may keep, in turn with a page that holds a title and the navigation alone:
the time until all is drawn, the processor time of the tab for it, and both as ratios to that page.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, ROOT, serve

DONE = "[data-test-script-state=notRunning]"


def seconds(page: Page, act: Callable[[], object], *signs: str) -> float:
    """Time from an act until all signs are there."""
    begun = time.perf_counter()
    act()
    for sign in signs:
        page.wait_for_selector(sign)
    return time.perf_counter() - begun


def visit(page: Page, server: str, file: Path) -> dict[str, float]:
    """One visitor's waits."""
    navigation = page.locator(".st-key-navigation")
    waits = {
        "first page, empty cache": seconds(page, lambda: page.goto(f"{server}/listen"), "h1", DONE)
    }
    page.get_by_role("tab", name="Examples").click()
    example = page.get_by_role("button", name="A lively voice")
    waits["example to verdict"] = seconds(page, example.click, "h2")
    page.wait_for_selector(DONE)
    page.get_by_role("button", name="Clear").click()
    page.wait_for_selector("h2", state="detached")
    page.get_by_role("tab", name="Upload").click()
    upload = page.locator("input[type=file]")
    waits["file to verdict"] = seconds(page, lambda: upload.set_input_files(file), "h2")
    page.wait_for_selector(DONE)
    for name in ("Explore", "About"):
        link = navigation.get_by_role("link", name=name)
        heading = f"h1:has-text('{name}')"
        waits[f"{name} by navigation"] = seconds(page, link.click, heading, ".picture", DONE)
    waits["Explore by address"] = seconds(
        page, lambda: page.goto(f"{server}/explore"), "h1", ".picture", DONE
    )
    return waits


PLACES = {
    "empty": "empty",
    "Home": "",
    "Explore": "explore",
    "Explore, the map": "explore?step=map",
    "Explore, learning": "explore?step=learning",
    "Explore, the split": "explore?step=splits",
    "About": "about",
}
EMPTY = """
import streamlit as st
from ui import frame

frame.begin("Empty")
st.title("Empty")
"""
# All that a page holds is there: the script has run, and nothing is waited for or grey any more.
DRAWN = """() => document.querySelector("h1") && document.querySelector(
    "[data-test-script-state=notRunning]") && !document.querySelector(
    "[data-testid=stSkeleton], [data-testid=stAppSkeleton]") && [...document.querySelectorAll(
    ".stPlotlyChart")].every(each => each.querySelector(".main-svg"))"""


def with_an_empty_page(folder: Path) -> Path:
    """The app once more, by links, with a page that holds nothing."""
    app = folder / "app"
    (app / "pages").mkdir(parents=True)
    for path in ROOT.iterdir():
        if path.name not in ("pages", ".git"):
            (app / path.name).symlink_to(path)
    for path in (ROOT / "pages").glob("*.py"):
        (app / "pages" / path.name).symlink_to(path)
    (app / "pages" / "empty.py").write_text(EMPTY)
    return app


def opened(context: BrowserContext, address: str) -> tuple[float, float]:
    """Seconds until a page is drawn in a new tab, and processor time of the tab until then."""
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "ProcessTime"))

    begun, before = time.perf_counter(), spent()
    page.goto(address)
    page.wait_for_function(DRAWN)
    found = time.perf_counter() - begun, spent() - before
    page.close()
    return found


def again(browser: Browser, runs: int) -> None:
    """Print how long each page takes on a second visit."""
    waits: dict[str, list[tuple[float, float]]] = {name: [] for name in PLACES}
    with (
        tempfile.TemporaryDirectory() as folder,
        serve("env", "--chdir", str(with_an_empty_page(Path(folder)))) as server,
    ):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        for number in range(runs + 2):
            # Each in turn is first: what follows another page is drawn by a browser that is awake.
            turn = number % len(PLACES)
            for name, place in [*PLACES.items()][turn:] + [*PLACES.items()][:turn]:
                wait = opened(context, f"{server}/{place}")
                if number > 1:  # Before, server and browser only get to know the pages.
                    waits[name].append(wait)
        context.close()
    wall, busy = np.median(waits["empty"], axis=0)
    for name, values in waits.items():
        on_clock, of_tab = np.median(values, axis=0)
        print(
            f"{name:24} {1000 * on_clock:5.0f} ms, {on_clock / wall:.2f} of the empty page; "
            f"processor {1000 * of_tab:5.0f} ms, {of_tab / busy:.2f}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    if options.again:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            again(browser, options.runs)
            browser.close()
        return
    if options.file is None:
        parser.error("name a sound file to upload, or --again")
    found: dict[str, list[float]] = {}
    with serve() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        for number in range(options.runs + 1):
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            waits = visit(context.new_page(), server, options.file)
            context.close()
            if number:  # The first only warms the server.
                for key, wait in waits.items():
                    found.setdefault(key, []).append(wait)
        browser.close()
    first = float(np.median(next(iter(found.values()))))
    for key, values in found.items():
        median = float(np.median(values))
        print(
            f"{key:24} {1000 * median:5.0f} ms, {median / first:.2f} of the first "
            f"({1000 * min(values):.0f} to {1000 * max(values):.0f})"
        )


if __name__ == "__main__":
    main()
