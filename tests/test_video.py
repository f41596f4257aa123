"""Files with a picture: which they are, and that Listen shows it."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest

from ser_core import audio
from ser_core.audio import video
from tests.support.pages import open_page, press, sweep, upload
from tests.support.voices import voice


def film(container: str, picture: str | None, sound: str, seconds: float = 2.0) -> bytes:
    """A voice with a grey picture that grows brighter."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as written:
        heard = written.add_stream(sound, rate=48_000, layout="mono")
        seen = written.add_stream(picture, rate=5) if picture else None
        if seen is not None:
            seen.width, seen.height, seen.pix_fmt = 64, 48, "yuv420p"
            for number in range(round(5 * seconds)):
                grey = np.full((48, 64, 3), 20 * number % 256, dtype=np.uint8)
                written.mux(seen.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
            written.mux(seen.encode(None))
        signal = np.repeat(voice(seconds), 3).astype(np.float32)[np.newaxis]
        frame = av.AudioFrame.from_ndarray(signal, format="fltp", layout="mono")
        frame.sample_rate = 48_000
        resampled = av.AudioResampler(heard.format.name, "mono", 48_000, heard.frame_size or 1024)
        for part in (*resampled.resample(frame), *resampled.resample(None)):
            written.mux(heard.encode(part))
        written.mux(heard.encode(None))
    return file.getvalue()


@pytest.mark.parametrize(
    ("container", "picture", "sound", "kind"),
    [
        ("mp4", "mpeg4", "aac", "video/mp4"),
        ("mov", "mpeg4", "aac", "video/quicktime"),
        ("webm", "libvpx", "libopus", "video/webm"),
        ("matroska", "mpeg4", "aac", None),
        ("mp4", None, "aac", None),
        ("webm", None, "libopus", None),
    ],
)
def test_a_file_with_a_picture_that_browsers_play_is_known(
    container: str, picture: str | None, sound: str, kind: str | None
) -> None:
    content = film(container, picture, sound)
    assert video.kind(content) == kind
    assert audio.load(content).duration_s == pytest.approx(2.0, abs=0.2)


@pytest.mark.slow
def test_listen_shows_a_picture_where_there_is_one() -> None:
    listen = open_page("pages/listen.py")
    upload(listen, film("webm", "libvpx", "libopus"), "film.webm")
    assert not listen.exception and len(listen.get("video")) == 1
    upload(listen, sweep(2.0))
    assert not listen.get("video") and listen.get("audio")
    press(listen, "Clear")
    assert not listen.get("audio")
