"""Numbers of many recordings: kept between runs, and the same in whatever order they are asked."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from ser_core import audio
from ser_core.data.encoder_extraction import extract_encoder
from ser_core.errors import AudioError
from ser_core.features import encoder
from tests.support.corpus_trees import tone, write


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    return [write(folder / f"{seed}.wav", tone(seed, 0.5)) for seed in range(4)]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def extracted(recordings, cache):
    return extract_encoder(recordings, 2, seed=0, cache=cache)


def files(cache):
    return {path: path.stat().st_mtime_ns for path in cache.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_every_recording_has_its_numbers_and_those_of_its_copies(extracted, recordings):
    inputs, copies = extracted
    assert inputs.shape == (4, encoder.N_FEATURES)
    assert copies.shape == (4, 2, encoder.N_FEATURES)
    for path, found in zip(recordings, inputs, strict=True):
        expected = encoder.features(audio.load(path).signal).astype(np.float16)
        assert np.array_equal(found, expected)
    everything = np.concatenate([inputs[:, None], copies], axis=1).reshape(12, -1)
    assert len(np.unique(everything, axis=0)) >= 11


@pytest.mark.slow
def test_what_is_kept_is_not_computed_again(extracted, recordings, cache):
    before = files(cache)
    inputs, copies = extract_encoder(recordings[::-1], 2, seed=0, cache=cache)
    assert files(cache) == before
    assert np.array_equal(inputs, extracted[0][::-1])
    assert np.array_equal(copies, extracted[1][::-1])


@pytest.mark.slow
def test_a_copy_hangs_on_the_sound_and_not_on_its_place_or_name(
    extracted, recordings, cache, tmp_path
):
    samples, _ = soundfile.read(recordings[2], dtype="int16")
    again = [write(tmp_path / "other name.flac", samples), recordings[2], recordings[2]]
    inputs, copies = extract_encoder(again, 2, seed=0, cache=tmp_path / "cache")
    for row in range(3):
        assert np.array_equal(inputs[row], extracted[0][2])
        assert np.array_equal(copies[row], extracted[1][2])


@pytest.mark.slow
def test_new_recordings_join_those_that_are_kept(extracted, recordings, cache, tmp_path):
    before = files(cache)
    new = write(tmp_path / "new.wav", tone(9, 0.5))
    inputs, _ = extract_encoder([new, *recordings], 2, seed=0, cache=cache)
    assert before.items() <= files(cache).items()
    assert np.array_equal(inputs[1:], extracted[0])


@pytest.mark.slow
def test_another_seed_makes_other_copies_of_the_same_recordings(extracted, recordings, cache):
    inputs, copies = extract_encoder(recordings, 2, seed=1, cache=cache)
    assert np.array_equal(inputs, extracted[0])
    assert not np.array_equal(copies, extracted[1])


@pytest.mark.slow
def test_one_that_cannot_be_decoded_is_told_and_the_others_are_kept(recordings, tmp_path):
    damaged = tmp_path / "damaged.wav"
    damaged.write_bytes(b"RIFF")
    with pytest.raises(AudioError):
        extract_encoder([damaged], 1, seed=0, cache=tmp_path / "cache")
