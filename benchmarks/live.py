"""How far behind the voice Live is.

    python -m benchmarks.live --sessions 1,4,20 [--seconds 30]
    python -m benchmarks.live FILE --visitors 1,4 [--seconds 20]

Starts the app. Sessions speak to it over Streamlit's own protocol, each in real time and by the
rules of `ui/live/ribbon.js`, so that what is measured is the server; visitors are as many pages in
Chromium at once, each with a fake microphone that plays the file, and share the machine with it.
The lag of a piece is the age of its middle when its verdict is there. Do nothing else on the
machine meanwhile.
"""

from __future__ import annotations

import argparse
import base64
import io
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from playwright.sync_api import Browser, sync_playwright

from benchmarks.load import processor_s
from benchmarks.memory import children
from benchmarks.speed import voice
from ser_core import audio
from tests.browser.conftest import CHROMIUM, FLAGS, serve
from tests.support.visitor import Visitor

# As ui/live/ribbon.js has them.
SEND_S, TICK_S, MOST_SENT_S = 0.25, 0.05, 5


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


def speak(address: str, sound: NDArray[np.int16], seconds: float, wait_s: float) -> list[float]:
    """Be a session that speaks; gives the lag of each piece in seconds."""
    visitor = Visitor(address)
    visitor.run("live")
    (ribbon,) = [
        one for one in visitor.find("bidi_component") if one.component_name.endswith("ribbon")
    ]
    visitor.tell(ribbon, "chunk", {})
    # Not all in step.
    time.sleep(wait_s)
    begun, heard, found = time.monotonic(), 0, []
    while time.monotonic() < begun + seconds:
        captured = int((time.monotonic() - begun) * audio.SAMPLE_RATE)
        if captured - heard < audio.SAMPLE_RATE * SEND_S:
            time.sleep(TICK_S)
            continue
        piece = sound[heard : min(captured, heard + MOST_SENT_S * audio.SAMPLE_RATE)]
        text = base64.b64encode(piece.tobytes()).decode()
        at = time.monotonic()
        visitor.tell(ribbon, "chunk", {"take": "one", "first": heard, "samples": text})
        # What came while it was heard is older than what is sent now.
        found.append(time.monotonic() - at + len(piece) / audio.SAMPLE_RATE / 2)
        heard += len(piece)
    visitor.close()
    return found


def sessions(options: argparse.Namespace) -> None:
    """Measure the server alone."""
    sound, _ = soundfile.read(io.BytesIO(voice(options.seconds + 5, 16_000)), dtype="int16")
    with serve() as server:
        (process,) = children()
        speak(server, sound, 3.0, 0.0)
        print("sessions  median lag, ms  95 in 100  worst  server's processor, cores")
        for count in map(int, options.sessions.split(",")):
            used, begun = processor_s(process), time.monotonic()
            with ThreadPoolExecutor(count) as pool:
                running = [
                    pool.submit(speak, server, sound, options.seconds, SEND_S * number / count)
                    for number in range(count)
                ]
                lags = 1000 * np.concatenate([one.result() for one in running])
            cores = (processor_s(process) - used) / (time.monotonic() - begun)
            worst, most = np.percentile(lags, 95), lags.max()
            print(
                f"{count:8}  {np.median(lags):14.0f}  {worst:9.0f}  {most:5.0f}  {cores:.2f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--visitors", default="1,4", help="how many at once, in turn")
    parser.add_argument("--sessions", help="so many at once, in turn, without browsers")
    parser.add_argument("--seconds", type=float, default=20.0)
    options = parser.parse_args()
    if options.sessions:
        sessions(options)
        return
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
