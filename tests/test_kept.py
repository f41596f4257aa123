"""What was made from recordings: bounded over all visits together, and gone with its visit."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from ser_core.audio import Clip
from ui.kept import Kept, n_bytes, one_at_a_time


def make(size: int):
    return lambda: bytes(size)


def test_the_sum_is_bounded_and_the_oldest_makes_room() -> None:
    kept = Kept(most_bytes=100)
    for visit in range(30):
        kept.get(f"visit {visit}", "clip", 0, make(30), 3)
        assert kept.n_bytes() <= 100
    # The newest three are there, whoever has them; the others are made again.
    made: list[int] = []
    for visit in (29, 28, 27, 0):
        kept.get(f"visit {visit}", "clip", 0, lambda v=visit: made.append(v) or b"", 3)
    assert made == [0]


def test_one_visit_has_few_of_a_kind() -> None:
    kept = Kept(most_bytes=1000)
    for key in range(5):
        kept.get("a", "clip", key, make(10), 2)
    kept.get("a", "log-mel", 0, make(10), 2)
    assert kept.n_bytes() == 30


def test_what_is_larger_than_all_room_is_kept_alone() -> None:
    kept = Kept(most_bytes=100)
    kept.get("a", "clip", 0, make(50), 3)
    assert len(kept.get("b", "clip", 0, make(500), 3)) == 500
    assert kept.n_bytes() == 500


def test_a_visit_is_forgotten_alone() -> None:
    kept = Kept()
    for visit in ("a", "b"):
        kept.get(visit, "clip", 0, make(10), 3)
    kept.forget("a")
    assert kept.n_bytes() == 10


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"1234", 4),
        (np.zeros(10, np.float32), 40),
        (Clip(signal=np.zeros(10, np.float32)), 40),
        ({"a": b"12", "b": [b"3", (b"4",)]}, 4),
        ("text", 0),
        (None, 0),
    ],
)
def test_values_know_their_size(value: object, expected: int) -> None:
    assert n_bytes(value) == expected


def test_large_recordings_are_worked_on_one_at_a_time() -> None:
    large, small = bytes(10**7), bytes(10)
    came = threading.Event()

    def other() -> None:
        with one_at_a_time(small):
            pass
        with one_at_a_time(large):
            came.set()

    with one_at_a_time(large), one_at_a_time(large):
        waiting = threading.Thread(target=other)
        waiting.start()
        assert not came.wait(0.1)
    assert came.wait(30)
    waiting.join()
