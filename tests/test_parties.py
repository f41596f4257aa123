"""Calls: each channel heard for itself, and who speaks when."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import av
import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from ser_core import AudioError, audio, load_model
from ser_core.audio.apart import load_apart
from ser_core.cli import main
from ser_core.inference.parties import hear_apart
from tests.support.pages import open_page, upload
from tests.support.voices import at_rate, container, encoded, voice

FIRST, SECOND = voice(5.0), voice(5.0, speaker=2)
GAP = np.zeros_like(FIRST)


def beside(*channels: np.ndarray) -> np.ndarray:
    return np.stack(channels, axis=1)


EIGHT = [f"channel {number}" for number in range(1, 9)]
CALL = beside(np.concatenate([FIRST, GAP]), np.concatenate([GAP, SECOND]))
"""One speaks, then the other."""


def phone(name: str, codec: str, channels: np.ndarray, layout: str = "stereo") -> bytes:
    """Channels in a coding that libsndfile does not read."""
    file, sound = io.BytesIO(), at_rate(channels, 48_000)
    with av.open(file, "w", format=name) as output:
        stream = output.add_stream(codec, rate=48_000, layout=layout)
        samples = np.ascontiguousarray((sound * 32_767).astype(np.int16).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout=layout)
        frame.sample_rate = 48_000
        # Some encoders take planes of floats only.
        for part in av.AudioResampler(stream.codec_context.format, layout, 48_000).resample(frame):
            output.mux(stream.encode(part))
        output.mux(stream.encode())
    return file.getvalue()


def run(*arguments: str | Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main([*map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (encoded(CALL), ["left", "right"]),
        (encoded(at_rate(CALL), 48_000, format="FLAC"), ["left", "right"]),
        (encoded(np.hstack([CALL, CALL * 0.5])), [f"channel {n}" for n in (1, 2, 3, 4)]),
        (encoded(np.hstack([CALL, CALL * 0])), ["channel 1", "channel 2"]),
        (encoded(FIRST), ["mono"]),
    ],
    ids=["WAV", "FLAC at 48 kHz", "four channels", "two of four silent", "mono"],
)
def test_channels_are_decoded_one_by_one(content: bytes, names: list[str]) -> None:
    found = dict(load_apart(content))
    assert list(found) == names
    sides = CALL.T if len(names) > 1 else [FIRST]
    for clip, sound in zip(list(found.values())[:2], sides, strict=False):
        assert len(clip.signal) == pytest.approx(len(sound), abs=16)
        shared = min(len(clip.signal), len(sound))
        assert np.corrcoef(clip.signal[:shared], sound[:shared])[0, 1] > 0.99
        assert clip.warnings == ()


@pytest.mark.parametrize(
    ("content", "names"),
    [
        (phone("mp4", "aac", CALL), ["left", "right"]),
        (phone("webm", "libopus", CALL), ["left", "right"]),
        (phone("matroska", "pcm_s16le", np.hstack([CALL] * 4), "7.1"), EIGHT),
    ],
    ids=["M4A", "WebM", "eight channels of a video"],
)
def test_channels_of_containers_are_decoded_one_by_one(content: bytes, names: list[str]) -> None:
    found = dict(load_apart(content))
    assert list(found) == names
    signals = np.stack([clip.signal for clip in found.values()])
    assert np.allclose(signals.mean(axis=0), audio.load(content).signal, atol=1e-4)
    half = signals.shape[1] // 2
    loud = np.sqrt([[(part**2).mean() for part in (s[:half], s[half:])] for s in signals])
    assert (loud[::2, 0] > 10 * loud[::2, 1]).all() and (loud[1::2, 1] > 10 * loud[1::2, 0]).all()
    assert {clip.source_format for clip in found.values()} == {audio.load(content).source_format}
    assert all(clip.warnings == () for clip in found.values())


def test_one_voice_on_both_channels_is_told() -> None:
    clips = [clip for _, clip in load_apart(encoded(beside(FIRST, FIRST)))]
    assert [[w.code for w in clip.warnings] for clip in clips] == [["channels_alike"]] * 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (encoded(np.hstack([CALL] * 5)), "too_many_channels"),
        (container("mp4", "aac")[:400], "damaged"),
        (encoded(CALL * 0), "silent"),
        (b"no sound", "not_audio"),
        (encoded(CALL, format="OGG") + encoded(FIRST, format="OGG"), "not_apart"),
    ],
    ids=["ten channels", "damaged", "silent", "no sound", "two channels, then one"],
)
def test_what_cannot_be_heard_apart_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(AudioError) as refused:
        list(load_apart(content))
    assert refused.value.code == code


def test_each_party_is_heard_as_alone_and_speaks_in_its_turn() -> None:
    model = load_model()
    left, right = hear_apart(model, encoded(CALL))
    for party, (_, clip) in zip((left, right), load_apart(encoded(CALL)), strict=True):
        assert party.prediction == model.predict_clip(clip)
        assert 2.5 < party.speech_s < 5.5
    half_s = len(FIRST) / audio.SAMPLE_RATE
    assert all(part.verdict == "no_speech" for part in left.segments if part.start_s > half_s)
    assert all(part.verdict == "no_speech" for part in right.segments if part.end_s < half_s)


@pytest.mark.slow
def test_the_command_says_a_row_a_party_in_every_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call, broken = tmp_path / "call.wav", tmp_path / "broken.wav"
    call.write_bytes(encoded(CALL))
    broken.write_text("no sound")
    words = ("predict", call, broken, "--channels", "apart")
    status, out, _ = run(*words, "--format", "json", "--timeline", capsys=capsys)
    *parties, refused = map(json.loads, out.splitlines())
    assert status == 1 and "error" in refused and "channel" not in refused
    assert [(row["file"], row["channel"]) for row in parties] == [
        (str(call), "left"),
        (str(call), "right"),
    ]
    assert all(2.5 < row["speech_s"] < 5.5 and row["timeline"] for row in parties)
    _, out, _ = run(*words, "--format", "csv", capsys=capsys)
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [row["channel"] for row in rows] == ["left", "right", ""]
    assert [float(row["speech_s"]) for row in rows[:2]] == [row["speech_s"] for row in parties]
    _, out, _ = run(*words, "--annotations", tmp_path, "--as", "vtt,csv", capsys=capsys)
    assert "call.wav  [left, speaks " in out and "call.wav  [right, speaks " in out
    made = (tmp_path / "call.vtt").read_text()
    assert "<v left>" in made and "<v right>" in made and "NOTE verdict of left: " in made
    table = csv.DictReader(io.StringIO((tmp_path / "call.csv").read_text("utf-8-sig")))
    assert {row["channel"] for row in table} == {"left", "right"}


@pytest.mark.slow
def test_listen_offers_each_channel_where_they_differ() -> None:
    app: AppTest = upload(open_page("pages/listen.py"), encoded(CALL), "call.wav")
    (closer,) = [group for group in app.button_group if group.label == "Look closer"]
    assert closer.options[0] == "Each channel"
    closer.set_value("Each channel").run()
    assert not app.exception
    told = " ".join(text.value for text in app.markdown)
    assert "**Left**: " in told and "**Right**: " in told and "Speaks " in told
    assert len([b for b in app.download_button if b.label == "As ELAN"]) == 1
    upload(app, encoded(FIRST), "one.wav")
    (closer,) = [group for group in app.button_group if group.label == "Look closer"]
    assert "Each channel" not in closer.options and not app.exception
