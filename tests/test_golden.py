"""A change of code alone changes no number: held to values that were written down."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ser_core.inference import bundle
from tests.support import golden_values as golden

NUMBERS = np.load(golden.NUMBERS)
ANSWERS = json.loads(golden.ANSWERS.read_text(encoding="utf-8"))

# Eight-bit networks round a little differently on processors of another make.
TOLERANCE = {"classic": 1e-3, "encoder": 0.05}


@pytest.mark.parametrize("sound", golden.SOUNDS)
@pytest.mark.parametrize("kind", golden.FEATURES)
def test_a_sound_gives_the_numbers_it_gave(kind: str, sound: str) -> None:
    np.testing.assert_allclose(
        golden.numbers(kind, sound), NUMBERS[f"{kind} {sound}"], rtol=0, atol=TOLERANCE[kind]
    )


@pytest.mark.parametrize("sound", golden.SOUNDS)
@pytest.mark.parametrize("model", bundle.names())
def test_a_sound_gets_the_answer_it_got(model: str, sound: str) -> None:
    said, kept = golden.answer(model, sound), ANSWERS[model][sound]
    assert said["probabilities"] == pytest.approx(kept["probabilities"], abs=0.01)
    for name in ("verdict", "warnings", "duration_s"):
        assert said[name] == kept[name]


def test_every_shipped_model_has_its_values() -> None:
    assert set(ANSWERS) == set(bundle.names()), "renew them: python -m tests.support.golden_values"
