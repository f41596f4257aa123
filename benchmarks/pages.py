"""How long a visitor waits, in Chromium: for a page, and for a verdict.

    python -m benchmarks.pages FILE [--runs 7]

Starts the app and warms it once. Each run is a new visitor with an empty browser cache, who opens
Listen, tries an example, uploads the file, goes to Explore and to About through the navigation,
and at last opens Explore by its address. Every figure is given in milliseconds and as a ratio to
the first, all of one run. Do nothing else on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import CHROMIUM, FLAGS, serve

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
        waits[f"{name} by navigation"] = seconds(page, link.click, heading, ".js-plotly-plot", DONE)
    waits["Explore by address"] = seconds(
        page, lambda: page.goto(f"{server}/explore"), "h1", ".js-plotly-plot", DONE
    )
    return waits


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
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
