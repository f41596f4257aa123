"""Pages run as Streamlit runs them, without a browser."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile
from streamlit.testing.v1 import AppTest

from ser_core import audio

ROOT = Path(__file__).resolve().parents[2]

TIMEOUT_S = 60


def sweep(seconds: float = 2.0, *, low: float = 110.0, container: str = "WAV") -> bytes:
    """A buzz whose pitch falls and rises: enough of a voice to be judged."""
    time = np.arange(int(seconds * audio.SAMPLE_RATE)) / audio.SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(low * (1.3 + 0.3 * np.sin(3 * time))) / audio.SAMPLE_RATE
    signal = sum(np.sin(k * phase) / k for k in range(1, 15)) * (0.2 + 0.1 * np.sin(20 * time))
    file = io.BytesIO()
    soundfile.write(file, signal, audio.SAMPLE_RATE, format=container)
    return file.getvalue()


def open_page(path: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S).run()
    return app if path == "streamlit_app.py" else app.switch_page(path).run()


def upload(app: AppTest, content: bytes, name: str = "a.wav") -> AppTest:
    app.file_uploader[0].set_value((name, content, "application/octet-stream"))
    return app.run()


def verdict(app: AppTest) -> str | None:
    return app.header[0].value if app.header else None


def n_heard(app: AppTest) -> int:
    label = "Recordings heard in this session: "
    (said,) = [text.value for text in app.caption if text.value.startswith(label)]
    return int(said.removeprefix(label))


def upload_many(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    app.file_uploader[0].set_value(
        [(name, content, "application/octet-stream") for name, content in files]
    )
    return app.run()


def open_section(app: AppTest, name: str) -> AppTest:
    (control,) = [group for group in app.button_group if group.label == "Look closer"]
    control.set_value(name)
    app.run()
    assert not app.exception
    return app


def press(app: AppTest, label: str) -> AppTest:
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()
    assert not app.exception
    return app


def labels(app: AppTest) -> list[str]:
    """What its buttons say."""
    return [button.label for button in app.button]


def said(app: AppTest) -> str:
    return " ".join(str(text.value) for text in (*app.markdown, *app.caption))


def table(app: AppTest):
    return app.dataframe[0].value
