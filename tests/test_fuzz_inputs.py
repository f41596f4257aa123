"""Mutated zips, tables, models, runs, addresses and requests: refused in words, or understood."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks import fuzz_inputs, fuzzing

pytestmark = pytest.mark.slow

EACH = 15
UNDERSTOOD = {
    *("heard", "understood", "leaks", "none found", "told", "read", "2800 rows", "taken", "done"),
    *("goes on", "shown", "answered", "failed"),
}
"""What becomes of cases in which nothing was wrong that counts."""


def test_mutated_inputs_of_every_kind_are_understood_or_refused() -> None:
    tally = fuzzing.run(fuzz_inputs.FUZZ, list(fuzz_inputs.FUZZ.kinds), EACH, seed=12)
    assert tally.faults == []
    assert set(tally.outcomes) == set(fuzz_inputs.FUZZ.kinds)
    # The mutations are neither too weak to break anything nor too strong to get past the door.
    outcomes: Counter[str] = sum(tally.outcomes.values(), Counter())
    understood = sum(outcomes[name] for name in UNDERSTOOD)
    assert outcomes.total() / 10 < understood < outcomes.total() * 0.8


def _no_answer(_kind: str, _case: bytes) -> str:
    raise IndexError("list index out of range")


def _no_end(_kind: str, _case: bytes) -> str:
    numbers = bytearray(250 * 2**20)
    return f"{len(numbers):,} bytes"


@pytest.mark.parametrize(
    ("tried", "said"),
    [(_no_answer, "error IndexError"), (_no_end, "error: 262,144,000 bytes with")],
)
def test_what_must_not_be_is_noticed(tried: object, said: str) -> None:
    fuzz = fuzzing.Fuzz("", {}, lambda *_: b"", tried, lambda: None)  # type: ignore[arg-type]
    found = fuzzing.outcome(fuzz, "", b"")
    assert found.startswith(said)
    tally = fuzzing.Tally()
    tally.add("x", 1, found)
    tally.add("x", 2, "zip_damaged")
    assert tally.outcomes["x"] == {"fault": 1, "zip_damaged": 1} and len(tally.faults) == 1
