"""Long recordings through the speech encoder: one pass, and the same as clip by clip."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ser_core import load_model
from ser_core.audio import SAMPLE_RATE, Clip
from ser_core.emotions import ANSWERS, EMOTIONS
from ser_core.features import encoder, passages
from ser_core.inference.explanation import explain
from ser_core.inference.predictor import Model
from ser_core.inference.timeline import timeline
from ser_core.speech.activity import find_speech
from tests.support.voices import clip, voice

ROOM = 1e-4 * np.random.default_rng(0).normal(size=2 * SAMPLE_RATE)


def features(given: Clip, windows: list[tuple[int, int]]) -> np.ndarray:
    return passages.features(given.signal, windows, find_speech(given), encoder.load())


def far(one: np.ndarray, other: np.ndarray) -> float:
    """How far apart, of how far two voices are."""
    between = encoder.features(voice(3.0)) - encoder.features(voice(3.0, speaker=4))
    return float(np.linalg.norm(one - other) / np.linalg.norm(between))


def test_a_sentence_as_one_window_is_what_training_saw() -> None:
    given = clip(voice(3.0))
    (found,) = features(given, [(0, len(given.signal))])
    assert found.shape == (encoder.N_FEATURES,)
    assert far(found, encoder.features(given.signal)) < 0.25


@pytest.mark.parametrize("gap_s", [0.2, 2.0])
def test_a_sentence_says_the_same_wherever_it_lies(gap_s: float) -> None:
    """Whatever comes before it, and however the recording is divided to be heard."""
    sentence, gap = voice(4.0), ROOM[: int(gap_s * SAMPLE_RATE)]
    parts = [sentence, gap] * 5
    given = clip(np.concatenate(parts))
    length = len(sentence) + len(gap)
    found = features(given, [(at * length, at * length + len(sentence)) for at in range(5)])
    for one in found[1:]:
        assert far(one, found[0]) < 0.15


def test_a_sentence_says_the_same_however_loud_the_others_are() -> None:
    sentence, gap = voice(4.0), ROOM
    gains = [1.0, 0.1, 0.5]
    given = clip(np.concatenate([part for gain in gains for part in (gain * sentence, gap)]))
    length = len(sentence) + len(gap)
    found = features(given, [(at * length, at * length + len(sentence)) for at in range(3)])
    for one in found[1:]:
        assert far(one, found[0]) < 0.15


def test_a_long_sentence_is_heard_in_pieces_without_a_seam() -> None:
    given = clip(np.tile(voice(9.0)[8_000:-8_000], 3))
    third = len(given.signal) // 3
    found = features(given, [(at * third, (at + 1) * third) for at in range(3)])
    assert max(far(one, found[0]) for one in found) < 0.45


@pytest.mark.parametrize("gain_db", [-12.0, 12.0])
def test_the_level_changes_nothing(gain_db: float) -> None:
    signal = 0.2 * voice(9.0)
    windows = [(start, start + 48_000) for start in range(0, 96_000, 8_000)]
    before = features(clip(signal), windows)
    after = features(clip(signal * 10 ** (gain_db / 20)), windows)
    assert max(map(far, before, after)) < 0.02


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """Five answers by weights drawn at random, over the shipped encoder."""
    from ser_core.training.backend import keras

    chance = np.random.default_rng(0)
    network = keras.Sequential([keras.Input((encoder.N_FEATURES,), name="features")])
    network.add(keras.layers.Dense(7, name="logits"))
    network.set_weights(
        [chance.normal(0, 0.05, (encoder.N_FEATURES, 7)).astype(np.float32), np.zeros(7)]
    )
    folder: Path = tmp_path_factory.mktemp("encoder") / "drawn"
    folder.mkdir()
    network.export(folder / "model.tflite", format="litert", verbose=False)
    usual = np.stack([encoder.features(voice(2.0, speaker=speaker)) for speaker in range(1, 7)])
    info = {
        "format": 1,
        "name": "drawn",
        "title": "Drawn",
        "network": "encoder",
        "emotions": list(EMOTIONS),
        "decision": {
            "temperature": 1.5,
            "threshold": 0.3,
            "ordinary_bias": 0.5,
            "ordinary_threshold": 0.3,
        },
        "scaler": {
            "mean": usual.mean(axis=0).tolist(),
            "scale": [0.3] * encoder.N_FEATURES,
            "columns": list(range(encoder.N_FEATURES)),
        },
        "learned": "",
        # What a bundle has besides, of a network that nobody trained.
        **{key: {} for key in ("features", "training", "versions", "reports")},
        **{key: [] for key in ("history", "corpora")},
        **dict.fromkeys(("seed", "n_weights"), 0),
    }
    (folder / "bundle.json").write_text(json.dumps(info))
    return load_model(folder)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.05, 1.0, 3.0, 5.9, 6.1, 20.0])
def test_any_length_has_five_probabilities(model: Model, seconds: float) -> None:
    heard = model.predict_clip(clip(voice(21.0)[8_000 : 8_000 + int(seconds * SAMPLE_RATE)]))
    assert tuple(heard.probabilities) == ANSWERS
    assert sum(heard.probabilities.values()) == pytest.approx(1.0)
    assert heard.verdict in (*ANSWERS, "not_sure", "no_speech")
    assert heard.heard_speech == (seconds >= 1.0)


@pytest.mark.slow
def test_verdict_timeline_and_explanation_of_one_recording(model: Model) -> None:
    given = clip(np.concatenate([voice(7.0), ROOM, voice(7.0, speaker=4)]))
    told: list[float] = []
    heard = model.predict_clip(given, progress=told.append)
    assert told == sorted(told) and told[-1] == 1.0
    over_time = timeline(model, given)
    assert over_time.answers == ANSWERS
    assert set(over_time.verdicts) <= {*ANSWERS, "not_sure", "no_speech"}
    assert "no_speech" in over_time.verdicts
    spoken = over_time.probabilities[over_time.speech]
    np.testing.assert_allclose(spoken.sum(axis=1), 1.0)
    mean = dict(zip(ANSWERS, spoken.mean(axis=0), strict=True))
    for name, share in heard.probabilities.items():
        assert mean[name] == pytest.approx(share, abs=0.1)
    for answer in heard.ranked:
        assert explain(model, given, answer).emotion == answer


@pytest.mark.slow
def test_a_windowed_verdict_is_near_that_of_the_windows_cut_out(model: Model) -> None:
    given = clip(voice(12.0))
    windows = model.judge_windows(given, find_speech(given))
    cut = model.judge_all(
        [
            given.signal[int((at - 1.5) * SAMPLE_RATE) : int((at + 1.5) * SAMPLE_RATE)]
            for at in windows.centres_s
        ]
    )
    # Not of the novelty behind the shares: cut out, a window begins and ends at once.
    np.testing.assert_allclose(windows.mean()[:-1], cut.mean(axis=0)[:-1], atol=0.15)
