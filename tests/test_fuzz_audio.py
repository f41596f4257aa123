"""Mutated files of every container: none ends the process, none gives anything but words."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import fuzz_audio, fuzzing
from ser_core import audio
from ser_core.errors import AudioError

pytestmark = pytest.mark.slow

EACH = 200


def test_mutated_files_of_every_container_are_heard_or_refused() -> None:
    tally = fuzzing.run(fuzz_audio.FUZZ, list(fuzz_audio.SEEDS), EACH, seed=12)
    assert tally.faults == []
    assert sum(sum(counts.values()) for counts in tally.outcomes.values()) == EACH * len(
        fuzz_audio.SEEDS
    )
    # The mutations are neither too weak to break anything nor too strong to get past the header.
    for name, counts in tally.outcomes.items():
        assert 0 < counts["heard"] + counts["truncated"] < EACH, name


@pytest.mark.parametrize("name", fuzz_audio.SEEDS)
def test_each_container_is_heard_before_it_is_mutated(name: str) -> None:
    assert audio.load(fuzz_audio.SEEDS[name]()).duration_s == pytest.approx(1.2, abs=0.3)


def test_noise_behind_each_beginning_is_refused_in_words() -> None:
    chance = np.random.default_rng(0)
    for name, make in fuzz_audio.SEEDS.items():
        with pytest.raises(AudioError) as caught:
            audio.load(make()[:16] + chance.bytes(3_000))
        assert caught.value.code != "decoder_failed", name
