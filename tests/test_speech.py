"""Speech is found, and nothing else is taken for it."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core import audio
from ser_core.audio import SAMPLE_RATE
from ser_core.corpora import CORPORA, synthetic
from ser_core.speech.activity import HOP_S, find_speech, pieces
from ser_core.speech.voicing import HOP, analyse
from tests.support.voices import clip, not_speech, voice

OTHER = not_speech()


@pytest.mark.parametrize("name", OTHER)
@pytest.mark.parametrize("gain", [1e-3, 0.3])
def test_what_is_no_speech(name: str, gain: float) -> None:
    signal = OTHER[name] / np.abs(OTHER[name]).max() * gain
    found = find_speech(clip(signal))
    assert not found.is_speech
    assert not found.active.any()
    assert (found.share, found.seconds) == (0.0, 0.0)
    assert len(found.reason) > 30


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("white noise", "nothing in it has the pitch of a voice"),
        ("claps", "nothing in it has the pitch of a voice"),
        ("tone", "pitch stands still or jumps"),
        ("melody", "pitch stands still or jumps"),
        ("siren", "sounds the same throughout"),
    ],
)
def test_the_reason_says_what_it_was(name: str, said: str) -> None:
    assert said in find_speech(clip(OTHER[name])).reason


@pytest.mark.slow
def test_made_up_voices_are_speech() -> None:
    for recording, signal in synthetic.generate()[::4]:
        assert find_speech(clip(signal)).is_speech, recording.name


def test_the_pauses_at_both_ends_are_left_out() -> None:
    found = find_speech(clip(voice(3.0)))
    at = np.flatnonzero(found.active) * HOP_S
    assert len(found.active) == 3.0 // HOP_S
    assert at[0] == pytest.approx(0.5, abs=0.08)
    assert at[-1] == pytest.approx(2.5, abs=0.08)
    assert found.seconds == pytest.approx(2.0, abs=0.2)
    assert found.share == pytest.approx(found.seconds / 3.0, abs=0.02)
    assert found.reason == ""


@pytest.mark.parametrize("gain", [1e-4, 0.03, 20.0])
def test_the_level_does_not_matter(gain: float) -> None:
    signal = voice(3.0)
    louder = find_speech(clip(signal * np.float32(gain)))
    assert (louder.active == find_speech(clip(signal)).active).mean() > 0.99


def test_a_voice_among_other_sounds_is_found_where_it_is() -> None:
    other = 0.05 * OTHER["chords, held"] / np.abs(OTHER["chords, held"]).max()
    signal = np.concatenate([np.tile(other, 3), voice(6.0), np.tile(other, 3)])
    found = find_speech(clip(signal))
    inside = found.active[round(12 / HOP_S) : round(18 / HOP_S)]
    assert found.is_speech
    assert inside.mean() > 0.6
    assert found.active[: round(8 / HOP_S)].mean() == 0.0
    assert found.active[round(22 / HOP_S) :].mean() == 0.0


@pytest.mark.parametrize("seconds", [0.25, 6.0, 6.01, 9.0, 13.7])
def test_every_duration_has_its_frames(seconds: float) -> None:
    signal = voice(14.0)[: int(seconds * SAMPLE_RATE)]
    found = find_speech(clip(signal))
    assert len(found.active) == len(signal) // 256
    assert found.is_speech == (seconds > 1)


@pytest.mark.slow
@pytest.mark.parametrize("corpus", ["ravdess", "tess", "emodb", "cremad"])
def test_real_speech_is_speech(ser_data, corpus: str) -> None:
    recordings = CORPORA[corpus].find(ser_data / corpus)
    chosen = np.random.default_rng(0).choice(len(recordings), 50, replace=False)
    refused = [
        recordings[index].name
        for index in chosen
        if not find_speech(audio.load(recordings[index].path)).is_speech
    ]
    assert refused == []


def test_pieces_of_a_long_recording_are_measured_as_if_alone() -> None:
    """No frame is measured twice, but for those at the edges, and none says anything else."""
    signal = np.random.default_rng(3).standard_normal(23 * SAMPLE_RATE + 100).astype(np.float32)
    found = list(pieces(signal, len(signal) // HOP))
    assert [start for start, _ in found] == [188 * number for number in range(6)]
    for start, heard in found:
        alone = analyse(signal[start * HOP : (start + len(heard.level_db)) * HOP])
        for name in ("harmonicity", "level_db", "bands_db"):
            np.testing.assert_allclose(
                getattr(heard, name), getattr(alone, name), rtol=1e-4, atol=1e-4
            )
