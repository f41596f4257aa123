"""The synthetic sounds."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from ser_core import audio
from ser_core.corpora import synthetic
from ser_core.emotions import EMOTIONS
from ser_core.speech import quality


@pytest.fixture(scope="module")
def sounds():
    return synthetic.generate()


@pytest.mark.slow
def test_the_same_seed_gives_the_same_sounds_and_another_gives_others(sounds):
    again, other = synthetic.generate(), synthetic.generate(seed=1)
    for (recording, signal), (same, copy), (_, different) in zip(sounds, again, other, strict=True):
        assert recording == same
        np.testing.assert_array_equal(signal, copy)
        assert not np.array_equal(signal, different)


@pytest.mark.slow
def test_every_speaker_has_every_emotion_equally_often(sounds):
    recordings = [recording for recording, _ in sounds]
    assert len(recordings) == synthetic.EXPECTED_RECORDINGS
    cells = [(recording.speaker, recording.emotion) for recording in recordings]
    assert {cells.count(cell) for cell in cells} == {synthetic.N_TAKES}
    assert {recording.emotion for recording in recordings} == set(EMOTIONS)
    assert [recording.name for recording in recordings] == sorted(r.name for r in recordings)


@pytest.mark.slow
def test_the_sounds_pass_the_quality_check(sounds):
    for recording, signal in sounds:
        clip = audio.Clip(signal=signal, peak=float(np.abs(signal).max()))
        assert 0.8 < clip.duration_s < 4
        assert clip.peak < 1
        codes = {warning.code for warning in quality.check(clip)}
        assert not codes & {"clipped", "mostly_silence", "too_short"}, recording.name


def test_anger_is_louder_and_higher_than_sadness(sounds):
    levels = {emotion: [] for emotion in EMOTIONS}
    for recording, signal in sounds:
        levels[recording.emotion].append(np.sqrt(np.mean(signal**2)))
    assert np.mean(levels["angry"]) > 2 * np.mean(levels["sad"])


def test_what_is_written_is_found(synthetic_root, sounds):
    recordings = synthetic.find(synthetic_root)
    assert len(recordings) == synthetic.EXPECTED_RECORDINGS
    assert {recording.path.parent for recording in recordings} == {synthetic_root / "synthetic"}
    recording, signal = sounds[0]
    written, rate = soundfile.read(recordings[0].path, dtype="float32")
    assert (recordings[0].name, rate) == (recording.name, 16_000)
    np.testing.assert_allclose(written, signal, atol=1 / 32768)


def test_it_is_called_synthetic_wherever_it_shows(sounds):
    assert "ynthetic" in synthetic.TITLE
    assert "no evidence of anything about people" in synthetic.DESCRIPTION
    for recording, _ in sounds:
        assert recording.name.startswith("synthetic-")
        assert recording.speaker.startswith("synthetic-")
