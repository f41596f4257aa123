"""What is heard while somebody still speaks."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from ser_core import audio, load_model
from ser_core.inference.live import Live
from ser_core.inference.predictor import Model
from ser_core.inference.timeline import CELL_S, timeline
from tests.support.voices import voice
from ui.live import words as live_words
from ui.live.take import MOST_S, Take


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    """Two seconds of nobody, six of a voice, two of nobody."""
    quiet = np.random.default_rng(0).normal(0, 0.0005, 2 * audio.SAMPLE_RATE)
    signal = np.concatenate([quiet, voice(6.0), quiet])
    return np.round(np.clip(signal, -1, 1) * 32767).astype(np.int16)


def chunk(samples: np.ndarray, first: int) -> dict:
    return {"first": first, "samples": base64.b64encode(samples.astype("<i2").tobytes()).decode()}


@pytest.mark.slow
@pytest.mark.parametrize("piece_s", [0.1, 0.25, 1.7], ids=lambda size: f"{size} s")
def test_pieces_of_any_size_are_heard_as_they_come(
    model: Model, samples: np.ndarray, piece_s: float
) -> None:
    live, size = Live(model), round(piece_s * audio.SAMPLE_RATE)
    for start in range(0, len(samples), size):
        first = live.hear(samples[start : start + size])
        assert 0 <= first <= len(live.verdicts) == int(live.duration_s / CELL_S + 1e-9)
    assert live.n_samples == len(samples)
    spoken = [verdict != "no_speech" for verdict in live.verdicts]
    assert not any(spoken[:6]) and not any(spoken[-4:]) and np.mean(spoken[9:31]) > 0.8
    for verdict, shares in zip(live.verdicts, live.probabilities, strict=True):
        assert shares.sum() == pytest.approx(float(verdict != "no_speech"))


@pytest.mark.slow
def test_a_take_ends_as_listen_hears_it(model: Model, samples: np.ndarray) -> None:
    take = Take("one", Live(model))
    for start in range(0, len(samples), 4000):
        take.hear(chunk(samples[start : start + 4000], start))
    whole = audio.load(take.wav())
    assert np.array_equal(np.round(whole.signal * 32768).astype(np.int16), samples)
    take.end(lambda wav: timeline(model, audio.load(wav)))
    assert take.live.verdicts == list(timeline(model, whole).verdicts)
    assert take.first == 0 and take.done
    assert live_words.ended(take.live).startswith("In all, heard as on Listen: ")


def test_what_comes_twice_or_is_nonsense_changes_nothing(model: Model, samples: np.ndarray) -> None:
    take = Take("one", Live(model))
    take.hear(chunk(samples[:8000], 0))
    for wrong in (
        chunk(samples[:8000], 0),
        chunk(samples[8000:16000], 9000),
        chunk(samples[:0], 8000),
        {"first": 0},
        {"first": None, "samples": ""},
        {"first": 8000, "samples": "!!"},
        {"first": 8000, "samples": "AAAA"},
    ):
        take.hear(wrong)
        assert take.live.n_samples == 8000 and take.n_bytes == 16_000
    # What was lost on the way is sent once more, with what came meanwhile.
    take.hear(chunk(samples[4000:16000], 4000))
    assert take.live.n_samples == 16_000
    assert np.array_equal(np.frombuffer(take.wav()[44:], "<i2"), samples[:16_000])


def test_silence_and_an_end_before_anything_are_told(model: Model) -> None:
    take = Take("one", Live(model))
    take.end(lambda wav: timeline(model, audio.load(wav)))
    assert live_words.now(take.live) == "" and "Nobody spoke" in live_words.ended(take.live)
    quiet = Take("two", Live(model))
    quiet.hear(chunk(np.zeros(32_000, dtype=np.int16), 0))
    assert set(quiet.live.verdicts) == {"no_speech"}
    assert live_words.now(quiet.live) == "Nobody speaks"
    quiet.end(lambda wav: timeline(model, audio.load(wav)))
    assert "Nobody spoke" in live_words.ended(quiet.live)


def test_a_take_is_bounded(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.live.take.MOST_S", 1.0)
    take = Take("one", Live(model))
    take.hear(chunk(np.zeros(32_000, dtype=np.int16), 0))
    assert take.live.n_samples == audio.SAMPLE_RATE
    assert MOST_S == audio.LONG_DURATION_S
