"""What is heard when."""

from __future__ import annotations

import csv
from itertools import pairwise

import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from ser_core import audio, load_model
from ser_core.audio import SAMPLE_RATE
from ser_core.inference.timeline import CELL_S, FIRST_S, Timeline, nothing_yet, timeline
from tests.support.models import Ruled, band_share
from tests.support.voices import clip, not_speech, voice

# The shipped model's likeliest emotion is right for all of the conversation's speech. Its speaker
# is one of those that the model learned from, so that this is a test of the timeline and no score
# of the model.
CONVERSATION_FLOOR = 0.9


def bright_then_dull() -> np.ndarray:
    """Six seconds of a voice as it is, six of the same without what lies above 800 Hz."""
    dull = sosfilt(butter(8, 800, fs=SAMPLE_RATE, output="sos"), voice(6.0))
    high = sosfilt(butter(8, 800, "high", fs=SAMPLE_RATE, output="sos"), voice(6.0))
    return np.concatenate([high * 5, dull])


MODEL = Ruled(band_share(800, 8_000))


def test_each_part_has_its_emotion_and_the_pause_has_none() -> None:
    heard = timeline(MODEL, clip(bright_then_dull()))
    named = [part.emotion for part in heard.segments() if part.emotion and part.decided]
    assert list(dict.fromkeys(named)) == ["angry", "sad"]
    assert named == sorted(named)
    at = (heard.starts_s + heard.ends_s) / 2
    # The second part begins with half a second of a quiet room.
    assert not heard.speech[(at > 6.0) & (at < 6.4)].any()
    assert heard.speech[(at > 1) & (at < 5)].mean() > 0.8


@pytest.mark.parametrize("seconds", [1.6, 3.0, 6.0, 12.1])
def test_cells_cover_the_recording(seconds: float) -> None:
    heard = timeline(MODEL, clip(voice(14.0)[: int(seconds * SAMPLE_RATE)]))
    n_cells = int(np.ceil(seconds / CELL_S - 1e-9))
    assert heard.probabilities.shape == (n_cells, 2)
    assert len(heard.starts_s) == len(heard.ends_s) == len(heard.decided) == n_cells
    np.testing.assert_allclose(heard.starts_s[1:], heard.ends_s[:-1])
    assert heard.ends_s[-1] == pytest.approx(seconds)
    np.testing.assert_allclose(heard.probabilities.sum(axis=1), heard.speech * 1.0)
    assert not (heard.decided & ~heard.speech).any()
    parts = heard.segments()
    assert (parts[0].start_s, parts[-1].end_s) == (0.0, pytest.approx(seconds))
    assert all(a.end_s == b.start_s for a, b in pairwise(parts))


@pytest.mark.parametrize("name", ["chords, held", "pink noise", "tone"])
def test_without_speech_nothing_is_named(name: str) -> None:
    (part,) = timeline(MODEL, clip(0.1 * np.tile(not_speech()[name], 2))).segments()
    assert (part.verdict, part.emotion, part.confidence, part.decided) == (
        *("no_speech", None, 0.0, False),
    )
    assert part.probabilities == {}


def test_doubt_is_not_decided() -> None:
    unsure = Ruled(lambda signal: 0.55)
    heard = timeline(unsure, clip(voice(8.0)))
    assert heard.speech.any()
    assert not heard.decided.any()
    assert set(heard.verdicts) == {"not_sure", "no_speech"}


def test_ordinary_speech_is_named_and_is_no_doubt() -> None:
    """Bright speech is angry; dull speech is none of the two, and is said to be."""
    bright = band_share(800, 8_000)
    model = Ruled(bright, lambda signal: 0.98 * (1 - bright(signal)), lambda signal: 0.001)
    heard = timeline(model, clip(bright_then_dull()))
    named = [part.verdict for part in heard.segments() if part.verdict not in ("no_speech",)]
    assert [name for name in dict.fromkeys(named) if name != "not_sure"] == ["angry", "ordinary"]
    ordinary = next(part for part in heard.segments() if part.verdict == "ordinary")
    assert (ordinary.likeliest, ordinary.decided) == ("ordinary", False)
    assert ordinary.emotion in model.emotions
    assert list(ordinary.probabilities) == ["angry", "sad", "ordinary"]
    np.testing.assert_allclose(heard.probabilities.sum(axis=1), heard.speech * 1.0)


def test_progress_ends_at_one() -> None:
    told: list[float] = []
    timeline(MODEL, clip(voice(30.0)), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0
    assert len(told) > 5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["strangers", "ravdess-mlp"])
def test_a_long_recording_is_told_as_it_is_heard_and_ends_as_it_was(name: str) -> None:
    model, sound = load_model(name), voice(45.0)
    parts: list[Timeline] = []
    heard = timeline(model, clip(sound), so_far=parts.append)
    at_once = timeline(load_model(name), clip(sound))
    assert np.array_equal(heard.probabilities, at_once.probabilities)
    assert heard.verdicts == at_once.verdicts
    # Its beginning by itself, then ever longer parts that stay as they are.
    assert len(parts) >= 2 and len(parts[0].verdicts) == FIRST_S / CELL_S
    assert all(one.ends_s[-1] < other.ends_s[-1] for one, other in pairwise(parts))
    for part in parts[1:]:
        n_cells = len(part.verdicts)
        assert part.verdicts == heard.verdicts[:n_cells]
        assert np.allclose(part.probabilities, heard.probabilities[:n_cells], atol=1e-9)
    assert not nothing_yet(model.emotions, model.answers).segments()


def test_a_real_conversation(ser_clips) -> None:
    model = load_model()
    heard = timeline(model, audio.load(ser_clips / "conversation.flac"))
    at = (heard.starts_s + heard.ends_s) / 2
    best = heard.probabilities[:, : len(model.emotions)].argmax(axis=1)
    right = total = 0
    with (ser_clips / "conversation.csv").open() as file:
        for row in csv.DictReader(file):
            inside = (at >= float(row["start_s"])) & (at < float(row["end_s"])) & heard.speech
            assert inside.any()
            right += int((best[inside] == model.emotions.index(row["emotion"])).sum())
            total += int(inside.sum())
    assert right / total >= CONVERSATION_FLOOR
