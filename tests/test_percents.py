"""Whole per cent of shares that are shown together."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.inference.percents import whole_percents


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ((0.828, 0.098, 0.048, 0.026), (83, 10, 5, 2)),
        # Rounded down each for itself these would be 97.
        ((0.709, 0.149, 0.099, 0.043), (71, 15, 10, 4)),
        ((0.25, 0.25, 0.25, 0.25), (25, 25, 25, 25)),
        ((1 / 3, 1 / 3, 1 / 3), (34, 33, 33)),
        ((0.9999, 0.0001, 0.0, 0.0), (99, 1, 0, 0)),
        ((0.0, 1.0), (1, 99)),
        ((0.5, 0.3, 0.1, 0.06, 0.04), (50, 30, 10, 6, 4)),
    ],
)
def test_they_add_to_100_and_none_is_certain(
    shares: tuple[float, ...], said: tuple[int, ...]
) -> None:
    names = [str(number) for number in range(len(shares))]
    assert whole_percents(dict(zip(names, shares, strict=True))) == dict(
        zip(names, said, strict=True)
    )


def test_any_shares_add_to_100_and_keep_their_order() -> None:
    rng = np.random.default_rng(0)
    for values in rng.dirichlet(np.full(5, 0.3), 500):
        shares = dict(zip("abcde", values.tolist(), strict=True))
        whole = whole_percents(shares)
        assert sum(whole.values()) == 100 and max(whole.values()) <= 99
        order = sorted(shares, key=lambda name: shares[name])
        numbers = [whole[name] for name in order]
        assert numbers == sorted(numbers)
        assert all(abs(whole[name] - 100 * shares[name]) <= 1 + 1e-9 for name in shares)
