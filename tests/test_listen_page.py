"""Listen in depth: over time, why, the recording, any file, models, no voice."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile
from streamlit.testing.v1 import AppTest

from ser_core import audio, load_model
from ser_core.data import sounds, voice
from ser_core.errors import CorpusError
from ser_core.inference import annotation, bundle
from tests.support.pages import (
    open_page,
    open_section,
    press,
    said,
    sweep,
    upload,
    verdict,
)
from ui import cached, sound_charts

pytestmark = pytest.mark.slow

SECTIONS = ["Why?", "Recording", "The voice in numbers", "Compare models", "Download"]


@pytest.fixture
def listen() -> AppTest:
    return open_page("pages/listen.py")


@pytest.fixture(scope="module")
def spoken() -> bytes:
    """A synthetic voice of some seconds."""
    return sounds.make("raised")


def test_long_recording_gets_a_timeline_and_a_short_one_none(listen: AppTest) -> None:
    upload(listen, sounds.make("two"))
    assert not listen.exception
    assert "nobody speaking for" in said(listen)
    upload(listen, sweep(2.0))
    assert "nobody speaking for" not in said(listen)


def test_two_minutes_are_heard_and_eleven_refused(listen: AppTest) -> None:
    rng = np.random.default_rng(0)

    def noise(seconds: int) -> bytes:
        file = io.BytesIO()
        signal = rng.normal(0, 0.01, 8_000 * seconds)
        soundfile.write(file, signal, 8_000, format="FLAC")
        return file.getvalue()

    upload(listen, noise(120))
    assert verdict(listen) == "No speech heard"
    upload(listen, noise(660))
    assert "10 min" in listen.error[0].value


def test_no_speech_gets_no_emotion(listen: AppTest) -> None:
    press(listen, "A melody, no voice")
    assert verdict(listen) == "No speech heard"
    assert "It learned from actors" not in said(listen)
    for section in SECTIONS:
        open_section(listen, section)


def test_no_section_is_computed_before_it_is_opened(
    listen: AppTest, spoken: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("computed though nobody asked")

    for name in ("explanation", "quality_measures", "voice_measures", "cleaned"):
        monkeypatch.setattr(cached, name, refuse)
    upload(listen, spoken)
    assert not listen.exception


def test_why_says_what_carried_it(listen: AppTest, spoken: bytes) -> None:
    open_section(upload(listen, spoken), "Why?")
    (emotion,) = [box for box in listen.selectbox if box.label == "What speaks for"]
    assert emotion.value == load_model().predict(spoken).ranked[0]
    assert "Each part was hidden in turn" in said(listen)
    emotion.select("happy").run()
    assert not listen.exception


def test_recording_has_its_numbers_and_noise_reduction_shows_both(
    listen: AppTest, spoken: bytes
) -> None:
    open_section(upload(listen, spoken), "Recording")
    for label in ("Speech", "Level", "Clipping", "Background", "Treble"):
        assert f"**{label}**" in said(listen)
    assert "Noise reduced" not in said(listen)
    (toggle,) = [each for each in listen.toggle if each.label.startswith("Reduce steady")]
    toggle.set_value(True).run()
    assert not listen.exception
    assert "**As recorded**" in said(listen) and "**Noise reduced**" in said(listen)


def test_a_fault_is_told_with_what_to_do(listen: AppTest, spoken: bytes) -> None:
    signal, rate = soundfile.read(io.BytesIO(spoken))
    loud = io.BytesIO()
    soundfile.write(loud, np.clip(20 * signal, -1, 1), rate, format="WAV")
    open_section(upload(listen, loud.getvalue()), "Recording")
    expected = load_model().predict(loud.getvalue()).warnings
    assert "clipped" in [warning.code for warning in expected]
    for warning in expected:
        assert warning.message in said(listen)


def test_voice_is_laid_beside_the_corpora(
    listen: AppTest, spoken: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    quantiles = {"p05": 1.0, "p25": 2.0, "p50": 3.0, "p75": 4.0, "p95": 5.0}
    usual = {
        "groups": [
            {
                "emotion": emotion,
                "gender": gender,
                "n_recordings": 10,
                "n_speakers": 5,
                "measures": dict.fromkeys(voice.MEASURES, quantiles),
            }
            for emotion in load_model().emotions
            for gender in ("all", "female", "male")
        ],
        "corpora": [{"title": "RAVDESS"}],
    }
    monkeypatch.setattr(cached, "voice_spread", lambda: usual)
    open_section(upload(listen, spoken), "The voice in numbers")
    for label, _ in voice.MEASURES.values():
        assert f"**{label}" in said(listen)
    assert "40 clips of actors (RAVDESS)" in said(listen)


def test_missing_voices_are_told_plainly(
    listen: AppTest, spoken: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> dict:
        raise CorpusError("no_voices", "The table of voices is missing.")

    monkeypatch.setattr(cached, "voice_spread", refuse)
    open_section(upload(listen, spoken), "The voice in numbers")
    assert listen.error[0].value == "The table of voices is missing."
    assert "**Pitch" in said(listen)


def test_models_are_compared_side_by_side(spoken: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *_) = bundle.names()
    monkeypatch.setattr(bundle, "names", lambda: [first, "second"])
    monkeypatch.setattr(cached, "load_model", lambda name: load_model(first))
    app = open_section(upload(open_page("pages/listen.py"), spoken), "Compare models")
    texts = [text.value for text in app.markdown]
    assert texts.count(load_model().predict(spoken).headline) == 2
    assert said(app).count("UAR") == 2


def test_download_is_the_command_lines(listen: AppTest, spoken: bytes) -> None:
    open_section(upload(listen, spoken, "a.wav"), "Download")
    labels = {button.label for button in listen.download_button}
    assert {"Verdict as JSON", "Verdict as CSV"} <= labels
    assert {f"As {each.label}" for each in annotation.FORMATS.values()} <= labels


@pytest.mark.parametrize("sound", sounds.SOUNDS, ids=lambda sound: sound.name)
def test_synthetic_sound_is_speech_or_not_as_it_says(sound: sounds.Sound) -> None:
    content = sounds.make(sound.name)
    assert content == sounds.make(sound.name)
    heard = load_model().predict(content)
    assert heard.heard_speech == bool(sound.phrases)


def test_example_is_one_click_and_called_synthetic(listen: AppTest) -> None:
    press(listen, "A lively voice")
    assert verdict(listen) == load_model().predict(sounds.make("lively")).headline
    assert r"A lively voice \(synthetic\)" in said(listen)
    # What is known of people's voices is not said of a formula's.
    assert "a verdict on it proves nothing" in said(listen)
    assert "people it had never heard" not in said(listen)
    assert "nobody spoke" in said(listen)


def test_about_says_how_true_the_explanations_are(monkeypatch: pytest.MonkeyPatch) -> None:
    share = {"value": 0.5, "low": 0.4, "high": 0.6}
    checked = {
        "marked": share,
        "random": {"value": 0.1, "low": 0.05, "high": 0.15},
        "larger_share": 0.9,
        "hidden_share": 0.2,
        "n_clips": 60,
        "n_speakers": 35,
        "corpora": ["RAVDESS"],
        "command": "python -m ser_core explain-check",
    }
    monkeypatch.setattr(cached, "faithfulness", lambda: {load_model().name: checked})
    app = open_page("pages/about.py")
    assert "by 50 points (40 to 60%)" in said(app) and "60 clips of 35 speakers" in said(app)
    monkeypatch.setattr(cached, "faithfulness", dict)
    assert "by 50 points" not in said(app.run())


def test_lanes_say_more_than_colours() -> None:
    clip = audio.load(sounds.make("two"))
    from ser_core.features.classic import mel_centres
    from ser_core.features.pictures import log_mel
    from ser_core.inference.timeline import timeline

    heard = timeline(load_model(), clip)
    figure = sound_charts.sound(
        clip.signal, clip.sampling_rate, log_mel(clip.signal), mel_centres(), heard
    )
    (bands,) = [trace for trace in figure.to_dict()["data"] if trace["type"] == "bar"]
    segments = [segment for segment in heard.segments() if segment.likeliest]
    assert bands["y"] == [segment.likeliest for segment in segments]
    assert [bool(shape) for shape in bands["marker"]["pattern"]["shape"]] == [
        segment.verdict == "not_sure" for segment in segments
    ]
    assert len(figure.to_json()) < 100_000
