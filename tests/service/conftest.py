"""The service as programs meet it, in a process of its own and in this one."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
import uvicorn
from prometheus_client.parser import text_string_to_metric_families

from ser_core import audio, load_model
from ser_core.inference.predictor import Model
from ser_core.service import app, schemas
from ser_core.service.settings import Settings
from tests.support import voices
from tests.support.models import Ruled, band_share

ROOT = Path(__file__).resolve().parents[2]

TOKEN, ORIGIN = "a-token_of.ours", "https://voices.example"

CLOSED = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """`undertone serve`, which works on one recording at a time; it ends without a word."""
    process = subprocess.Popen(
        [sys.executable, "-m", "ser_core", "serve", "--port", "0", "--at-once", "1"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # However the tests were started: what a shell starts behind itself ignores interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert process.stdout is not None
    said = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found is not None, said or process.communicate()
    yield found[0]
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=30) == ("", "Stopped.\n")


@pytest.fixture
def served() -> Iterator[Callable[..., str]]:
    """Run a service in this process, with a model that costs nothing."""
    with contextlib.ExitStack() as ends:

        def serve(model: Model | None = None, **given: Any) -> str:
            made = app.make(Settings(**given), model or Ruled(band_share(0, 1_000)))
            server = uvicorn.Server(uvicorn.Config(made, port=0, log_level="critical"))
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            ends.callback(thread.join, 30)
            ends.callback(setattr, server, "should_exit", True)
            while not server.started:
                threading.Event().wait(0.01)
            return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

        yield serve


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def call() -> bytes:
    """Two people, one on each channel."""
    sides = np.zeros((2, 12 * audio.SAMPLE_RATE), dtype=np.float32)
    for side, start in ((0, 0), (1, 6)):
        voice = voices.voice(5.0, speaker=side + 1)
        sides[side, start * audio.SAMPLE_RATE :][: len(voice)] = voice
    return voices.encoded(sides.T)


def post(address: str, path: str, content: bytes, name: str = "a.wav", **options: Any) -> Any:
    """Send one recording in a form."""
    return requests.post(f"{address}{path}", files={"file": (name, content)}, timeout=60, **options)


def refused(answer: requests.Response) -> str:
    """The code of a refusal, which is as the contract wants it and gives nothing away."""
    schemas.Refusal.model_validate(answer.json())
    assert not re.search(r"Traceback|0x[0-9a-f]{6}|/\w+/\w+\.py|site-packages", answer.text)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    return str(answer.json()["error"]["code"])


def counted(address: str, name: str, **labels: str) -> float:
    text = requests.get(f"{address}/metrics", timeout=60).text
    return sum(
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )
