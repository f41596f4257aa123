"""How features are standardised, in training and in service alike."""

from __future__ import annotations

import numpy as np

from ser_core.features.scaler import MAX_DEVIATION, Scaler

RNG = np.random.default_rng(0)
INPUTS = (RNG.normal(size=(200, 3)) * [1, 50, 0] + [0, 7, 4]).astype(np.float32)


def test_what_it_learned_from_has_mean_0_and_spread_1_and_what_never_differs_is_0() -> None:
    scaled = Scaler.fit(INPUTS)(INPUTS)
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(scaled.std(axis=0), [1, 1, 0], atol=1e-5)


def test_what_lies_far_outside_is_bounded_and_the_inputs_stay_as_they_are() -> None:
    strange = INPUTS[:1] + np.array([1e3, -1e6, 1e6], dtype=np.float32)
    before = strange.copy()
    scaled = Scaler.fit(INPUTS)(strange)
    np.testing.assert_array_equal(scaled, [[MAX_DEVIATION, -MAX_DEVIATION, MAX_DEVIATION]])
    np.testing.assert_array_equal(strange, before)
