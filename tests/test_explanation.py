"""What carried a verdict, and that it is true."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ser_core import load_model
from ser_core.audio import SAMPLE_RATE
from ser_core.evaluation.faithfulness import check, faithfulness
from ser_core.inference.explanation import BANDS_HZ, HELD_SHARE, checks, explain
from tests.support.models import Ruled, band_share
from tests.support.voices import clip, not_speech, voice


def with_hiss(start_s: float = 1.0, stop_s: float = 1.6) -> np.ndarray:
    """A voice with hiss between 4 and 8 kHz for a moment."""
    signal = voice(3.0).copy()
    noise = np.random.default_rng(0).normal(size=len(signal))
    spectrum = np.fft.rfft(noise)
    spectrum[np.fft.rfftfreq(len(signal), 1 / SAMPLE_RATE) < 4_500] = 0
    inside = slice(int(start_s * SAMPLE_RATE), int(stop_s * SAMPLE_RATE))
    signal[inside] += (0.2 * np.fft.irfft(spectrum, len(signal))[inside]).astype(np.float32)
    return signal


HEARS_HISS = Ruled(lambda signal: 3 * band_share(4_000, 8_000)(signal))


def test_what_a_model_hears_is_what_is_marked() -> None:
    found = explain(HEARS_HISS, clip(with_hiss()), "angry")
    assert found.emotion == "angry"
    times, bands = np.nonzero(found.marked)
    assert set(bands) == {len(BANDS_HZ) - 2}
    assert found.times_s[times.min()] < 1.25
    assert found.times_s[times.max() + 1] > 1.35
    assert found.times_s[times.min()] > 0.5
    assert found.times_s[times.max() + 1] < 2.1
    assert found.sentence.endswith("s and the bright bands above 4 kHz.")


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.6, 1.6, 3.0, 5.9, 9.0])
def test_the_grid(seconds: float) -> None:
    given = clip(voice(9.0)[: int(seconds * SAMPLE_RATE)])
    found = explain(load_model(), given)
    n_times, n_bands = found.importance.shape
    assert found.marked.shape == found.importance.shape
    assert len(found.times_s) == n_times + 1
    np.testing.assert_array_equal(found.bands_hz, BANDS_HZ)
    assert len(BANDS_HZ) == n_bands + 1
    assert (np.diff(found.times_s) > 0).all()
    assert 0 <= found.times_s[0] < found.times_s[-1] <= seconds + 1e-6
    told = load_model().predict_clip(given).probabilities
    assert found.emotion == max(told, key=told.__getitem__)


def test_the_marked_are_the_fewest_that_hold_most() -> None:
    found = explain(load_model(), clip(voice(3.0)))
    gains = np.maximum(found.importance, 0)
    held = gains[found.marked].sum() / gains.sum()
    assert held >= HELD_SHARE
    assert held - gains[found.marked].min() / gains.sum() < HELD_SHARE
    assert gains[found.marked].min() >= gains[~found.marked].max()


def test_silence_carries_nothing() -> None:
    found = explain(load_model(), clip(voice(3.0)))
    # Half a second of a quiet room at both ends.
    assert not found.importance[found.times_s[1:] <= 0.4].any()
    assert not found.importance[found.times_s[:-1] >= 2.6].any()


@pytest.mark.slow
def test_another_emotion_can_be_explained() -> None:
    for emotion in load_model().emotions:
        assert explain(load_model(), clip(voice(3.0)), emotion).emotion == emotion


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tone", "white noise", "claps"])
def test_sounds_without_speech_have_an_explanation_too(name: str) -> None:
    assert explain(load_model(), clip(0.1 * not_speech()[name])).sentence


def test_a_model_that_hears_nothing_says_so() -> None:
    found = explain(Ruled(lambda signal: 0.7), clip(voice(3.0)))
    assert not found.marked.any()
    assert found.sentence.startswith("No single part carried it")


def test_plain_values() -> None:
    given = explain(HEARS_HISS, clip(with_hiss())).to_dict()
    assert json.loads(json.dumps(given)) == given


def test_hiding_the_marked_part_matters_more() -> None:
    clips = [clip(with_hiss(start, start + 0.5)) for start in (0.7, 1.0, 1.3, 1.6)]
    found = faithfulness(HEARS_HISS, clips)
    assert found["n_clips"] == 4
    assert found["larger_share"] == 1.0
    assert found["difference"]["low"] > 0.1
    assert found["marked"]["value"] > found["random"]["value"]
    assert found == faithfulness(HEARS_HISS, clips)


@pytest.mark.slow
def test_the_check_on_real_clips(ser_data) -> None:
    found = check(load_model(), ser_data, ("ravdess", "emodb"), n_clips=8)
    assert found["n_clips"] == 8
    assert found["difference"]["low"] > 0


def test_the_shipped_check_belongs_to_the_shipped_model() -> None:
    found = checks()[load_model().name]
    assert found["difference"]["low"] > 0
    assert found["n_clips"] >= 50
    assert found["command"].startswith("python -m ser_core explain-check")


def test_no_check_yet(tmp_path) -> None:
    assert checks(tmp_path / "none.json") == {}
