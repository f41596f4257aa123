"""How far behind the voice Live is, in Chromium.

    python -m benchmarks.live FILE [--visitors 1,4] [--seconds 20]

Starts the app, opens Live in as many pages at once, each with a fake microphone that plays the
file, and speaks for so long. The lag of a piece is the age of its middle when its verdict is drawn;
each page keeps the median of its last hundred. The browsers share the machine with the server, so
that many pages say as much of Chromium as of the app. Do nothing else on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from playwright.sync_api import Browser, sync_playwright

from ser_core import audio
from tests.browser.conftest import CHROMIUM, FLAGS, serve


def lags(browser: Browser, server: str, visitors: int, seconds: float) -> tuple[list[int], int]:
    """Each page's median lag in ms, and how many pages fell two seconds behind."""
    contexts = [browser.new_context(permissions=["microphone"]) for _ in range(visitors)]
    pages = [context.new_page() for context in contexts]
    for page in pages:
        page.goto(f"{server}/live")
        page.get_by_role("button", name="Speak").wait_for()
    for page in pages:
        page.get_by_role("button", name="Speak").click()
    pages[0].wait_for_timeout(1000 * seconds)
    roots = [page.locator(".live") for page in pages]
    found = [int(root.get_attribute("data-lag") or 10**6) for root in roots]
    behind = sum(root.get_attribute("data-behind") == "true" for root in roots)
    for context in contexts:
        context.close()
    return found, behind


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--visitors", default="1,4", help="how many at once, in turn")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    clip = audio.load(options.file)
    played = Path(tempfile.mkdtemp()) / "played.wav"
    soundfile.write(played, clip.signal, clip.sampling_rate)
    flags = (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={played}",
    )
    with serve() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        lags(browser, server, 1, 5.0)
        print("visitors  median lag, ms  slowest page, ms  2 s behind")
        for visitors in map(int, options.visitors.split(",")):
            found, behind = lags(browser, server, visitors, options.seconds)
            print(f"{visitors:8}  {np.median(found):14.0f}  {max(found):16}  {behind:10}")
        browser.close()
    shutil.rmtree(played.parent)


if __name__ == "__main__":
    main()
