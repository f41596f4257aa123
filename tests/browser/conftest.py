"""A real server and a real Chromium with a microphone made of a file."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ser_core.audio import SAMPLE_RATE
from ser_core.data import sounds

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--no-first-run",
)
TIMEOUT_MS = 60_000
sync_api.expect.set_options(timeout=TIMEOUT_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try a failed browser test once more; the summary counts it.

    On a busy machine a browser now and then loses a key, or a click on what is being redrawn, which
    is not what these tests are about. Whatever is really broken fails twice.
    """
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


@contextlib.contextmanager
def serve(*before: str, script: str = "streamlit_app.py", **environ: str) -> Iterator[str]:
    """Start the app, or another, on a free port; gives its address once it listens.

    What stands `before` the command is a program that starts it, with its options.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script]
    options = ["--server.headless=true", "--server.address=localhost", f"--server.port={port}"]
    process = subprocess.Popen(
        [*before, *command, *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"} | environ,
    )
    log: list[str] = []
    try:
        for line in process.stdout:
            log.append(line)
            if "URL:" in line:
                break
        else:
            pytest.fail("the server did not start:\n" + "".join(log))
        # Its log must be read on, or the server would wait for a reader.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Without recordings of the corpora, and with a runs folder of its own."""
    data, runs = map(str, map(tmp_path_factory.mktemp, ("nothing", "runs")))
    with serve(SER_DATA=data, SER_RUNS=runs) as address:
        yield address


@pytest.fixture(scope="session")
def server_with_voices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One that finds made-up clips where the actors' are to be fetched."""
    folder, data = map(str, map(tmp_path_factory.mktemp, ("voices", "nothing")))
    with serve(sys.executable, "-m", "tests.support.with_unheard", folder, SER_DATA=data) as found:
        yield found


@pytest.fixture(scope="session")
def server_with_corpora(ser_data: Path) -> Iterator[str]:
    with serve(SER_DATA=str(ser_data.resolve())) as address:
        yield address


def buzz(seconds: float, *, silence_s: float = 0.0) -> np.ndarray:
    """Something like a voice, then room noise."""
    rng = np.random.default_rng(0)
    time = np.arange(int(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(3 * time)) / SAMPLE_RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 15)) * (0.2 + 0.1 * np.sin(20 * time))
    whole = np.concatenate([voice, np.zeros(int(silence_s * SAMPLE_RATE))])
    return whole + rng.normal(0, 0.001, len(whole))


@pytest.fixture(scope="session")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds of a voice-like buzz: a file to upload."""
    path = tmp_path_factory.mktemp("sounds") / "spoken.wav"
    soundfile.write(path, buzz(2), SAMPLE_RATE)
    return path


@pytest.fixture(scope="session")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two voices in turn, with pauses."""
    path = tmp_path_factory.mktemp("sounds") / "conversation.wav"
    path.write_bytes(sounds.make("two"))
    return path


@pytest.fixture(scope="session")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the fake microphone hears, again and again: a buzz and then a pause."""
    path = tmp_path_factory.mktemp("sounds") / "microphone.wav"
    soundfile.write(path, buzz(2, silence_s=4), SAMPLE_RATE)
    return path


@pytest.fixture(scope="session")
def playwright() -> Iterator[sync_api.Playwright]:
    with sync_api.sync_playwright() as started:
        yield started


def launch(playwright: sync_api.Playwright, *flags: str) -> sync_api.Browser:
    if CHROMIUM is None:
        pytest.skip("no Chromium here; install it or point $CHROMIUM at one")
    return playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])


@pytest.fixture(scope="session")
def browser(playwright: sync_api.Playwright, microphone: Path) -> Iterator[sync_api.Browser]:
    browser = launch(
        playwright,
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={microphone}",
    )
    yield browser
    browser.close()


def settle(page: sync_api.Page) -> None:
    """Wait until the script has run through: until then the former run's buttons are there, too.

    And until it looks as it should: the style sheet comes as an element of the page, some of a
    second later than what it is for.
    """
    app = page.get_by_test_id("stApp")
    sync_api.expect(app).to_have_attribute("data-test-script-state", "notRunning")
    navigation = page.locator("div:has(> .st-key-navigation)")
    sync_api.expect(navigation).to_have_css("position", "sticky")


@pytest.fixture
def open_page(browser: sync_api.Browser) -> Iterator[Callable[..., sync_api.Page]]:
    """Open an address in a context of its own; at the end no page may have complained."""
    contexts, complaints = [], []

    def note(message: sync_api.ConsoleMessage) -> None:
        # A deep link makes Streamlit look for its own addresses beside the page first.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def open_it(address: str, *, width: int = 1280, scheme: str = "light") -> sync_api.Page:
        context = browser.new_context(
            viewport={"width": width, "height": 844},
            color_scheme=scheme,
            permissions=["microphone"],
        )
        context.set_default_timeout(TIMEOUT_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        # Who leaves a page that holds a recording is asked; nobody would answer here.
        page.on("dialog", lambda dialog: dialog.accept())
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address)
        return page

    yield open_it
    for context in contexts:
        for page in context.pages:
            assert page.get_by_test_id("stException").count() == 0
        context.close()
    assert complaints == []
