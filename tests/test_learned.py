"""A model says so when it hears one of its own training recordings."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from ser_core import audio, load_model
from ser_core.corpora import CORPORA
from ser_core.inference import bundle, learned
from tests.support.voices import encoded, voice


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("n_known", [0, 1, 10_000])
def test_known_sounds_are_told_from_others(n_known: int) -> None:
    known = learned.unpack(learned.pack(sha(f"known {number}") for number in range(n_known)))
    assert all(learned.holds(known, sha(f"known {number}")) for number in range(n_known))
    assert not any(learned.holds(known, sha(f"other {number}")) for number in range(100))


def test_a_recording_of_ones_own_is_no_training_recording() -> None:
    assert not load_model().predict(encoded(voice(3.0))).seen_in_training


@pytest.mark.slow
@pytest.mark.parametrize("name", bundle.names())
def test_shipped_models_know_what_they_learned_from(name: str, ser_data: Path) -> None:
    model = load_model(name)
    for corpus in (entry["name"] for entry in model.info["corpora"]):
        recordings = [r for r in CORPORA[corpus].find(ser_data) if r.emotion in model.emotions]
        heard = audio.load(recordings[len(recordings) // 2].path)
        assert model.predict_clip(heard).seen_in_training
        # Nothing but the sound counts: the same a little quieter is another sound.
        changed = audio.Clip((0.9 * heard.signal).astype(np.float32), peak=heard.peak)
        assert not model.predict_clip(changed).seen_in_training


def test_a_bundle_carries_a_number_for_each_training_recording() -> None:
    for name in bundle.names():
        info = load_model(name).info
        counted = sum(corpus["n_recordings"] for corpus in info["corpora"])
        # The convolutional networks hear other emotions, too.
        assert len(learned.unpack(info["learned"])) >= counted
