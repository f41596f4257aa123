"""The voice in numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from ser_core.audio import SAMPLE_RATE
from ser_core.data import voice as voices
from ser_core.data.voice import MEASURES, measures, spread, survey
from ser_core.emotions import EMOTIONS
from ser_core.errors import CorpusError
from tests.support.voices import clip, not_speech, voice


def speaking(hertz: float, *, syllables: float = 4.0, swing_st: float = 4.0, harmonics: int = 20):
    """Pulses with a gliding pitch and a level that rises and falls, for three seconds."""
    time = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    semitones = swing_st / 2 * np.sin(2 * np.pi * 1.5 * time)
    phase = 2 * np.pi * np.cumsum(hertz * 2 ** (semitones / 12)) / SAMPLE_RATE
    colour = 1 + 0.5 * np.sin(2 * np.pi * 1.3 * time)
    sound = sum(np.sin(k * phase) / k**colour for k in range(1, harmonics + 1))
    beat = 0.55 - 0.45 * np.cos(2 * np.pi * syllables * time)
    return clip(0.1 * sound * beat)


@pytest.mark.parametrize("hertz", [90, 130, 180, 240, 330])
def test_pitch(hertz: float) -> None:
    assert measures(speaking(hertz)).pitch_hz == pytest.approx(hertz, rel=0.04)


@pytest.mark.parametrize("swing_st", [3.0, 5.0, 9.0])
def test_pitch_range(swing_st: float) -> None:
    assert measures(speaking(150, swing_st=swing_st)).pitch_range_st == pytest.approx(
        swing_st, abs=1.0
    )


@pytest.mark.parametrize("syllables", [2.5, 4.0, 5.5])
def test_speech_rate(syllables: float) -> None:
    assert measures(speaking(150, syllables=syllables)).rate_per_s == pytest.approx(
        syllables, rel=0.15
    )


def test_brightness_rises_with_the_overtones() -> None:
    dull, bright = (measures(speaking(150, harmonics=n)).brightness_hz for n in (5, 40))
    assert bright > 1.3 * dull


@pytest.mark.parametrize("gain", [0.01, 5.0])
def test_the_level_does_not_matter(gain: float) -> None:
    signal = voice(4.0)
    one, other = measures(clip(signal)), measures(clip(signal * np.float32(gain)))
    for name in MEASURES:
        assert getattr(other, name) == pytest.approx(getattr(one, name), rel=0.02), name


def test_long_recordings_are_measured_piece_by_piece() -> None:
    short, long = measures(clip(voice(6.0))), measures(clip(np.tile(voice(6.0), 4)))
    for name in MEASURES:
        assert getattr(long, name) == pytest.approx(getattr(short, name), rel=0.1), name


@pytest.mark.parametrize("name", ["white noise", "claps", "tone"])
def test_without_a_voice_there_are_no_measures(name: str) -> None:
    found = measures(clip(0.1 * not_speech()[name]))
    assert all(math.isnan(getattr(found, measure)) for measure in MEASURES)


def test_the_committed_spread() -> None:
    found = spread()
    assert found["command"].startswith("python -m ser_core voices")
    assert {"title", "source", "licence", "citation"} <= set(found["corpora"][0])
    assert "tess" not in {corpus["name"] for corpus in found["corpora"]}
    groups = {(group["emotion"], group["gender"]): group for group in found["groups"]}
    for emotion in EMOTIONS:
        for gender in ("all", "female", "male"):
            group = groups[emotion, gender]
            assert group["n_speakers"] > 10
            assert set(group["measures"]) == set(MEASURES)
            for quantiles in group["measures"].values():
                values = [quantiles[label] for label in voices.QUANTILES]
                assert values == sorted(values)
    female, male = (groups["sad", gender]["measures"]["pitch_hz"] for gender in ("female", "male"))
    assert female["p50"] > 1.3 * male["p50"]


def test_a_survey(synthetic_root) -> None:
    found = survey(synthetic_root, ["synthetic"], per_speaker=1, command="made here")
    assert found["command"] == "made here"
    everyone = [group for group in found["groups"] if group["gender"] == "all"]
    assert {group["emotion"] for group in everyone} == set(EMOTIONS)
    assert all(group["n_recordings"] <= 8 for group in everyone)
    with pytest.raises(CorpusError, match="Point --data at the folder"):
        survey(synthetic_root, ["ravdess"])


def test_a_missing_table_names_the_remedy(tmp_path) -> None:
    with pytest.raises(CorpusError, match="python -m ser_core voices"):
        spread(tmp_path / "none.json")
