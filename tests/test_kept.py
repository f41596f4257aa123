"""What was made from recordings: bounded over all visits together, and gone with its visit."""

from __future__ import annotations

import contextlib
import threading
import tracemalloc
from functools import partial

import numpy as np
import pytest
from streamlit.runtime.media_file_manager import MediaFileManager
from streamlit.runtime.media_file_storage import MediaFileStorageError
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage

from ser_core import audio
from ser_core.audio import Clip
from ser_core.speech import quality
from ui import inside
from ui.kept import (
    AT_ONCE,
    LARGE_BYTES,
    LONG_S,
    WAITING,
    Kept,
    decoding,
    n_bytes,
    one_at_a_time,
)


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


LONG, SHORT = LONG_S + 1, LONG_S - 1
LARGE, SMALL = bytes(LARGE_BYTES + 1), bytes(LARGE_BYTES)


@pytest.mark.parametrize(
    ("turn", "at_once", "other_kind"),
    [
        pytest.param(partial(one_at_a_time, LONG), 1, partial(one_at_a_time, SHORT)),
        pytest.param(partial(decoding, LARGE), 1, partial(decoding, SMALL)),
        pytest.param(partial(decoding, SMALL), 3, partial(decoding, LARGE)),
    ],
    ids=["long", "large files", "small files"],
)
def test_what_takes_much_memory_is_done_in_turns(
    turn, at_once: int, other_kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    came, said = threading.Event(), []
    told = threading.Event()

    @contextlib.contextmanager
    def spinner(text: str):
        said.append(text)
        told.set()
        yield

    monkeypatch.setattr("streamlit.spinner", spinner)

    def other() -> None:
        with other_kind():
            assert not said
        with turn():
            came.set()

    with contextlib.ExitStack() as turns:
        for _ in range(at_once):
            turns.enter_context(turn())
        waiting = threading.Thread(target=other)
        waiting.start()
        assert told.wait(30) and not came.is_set()
    assert came.wait(30)
    waiting.join()
    assert said == [WAITING]


def test_so_many_short_recordings_are_worked_on_at_once_and_one_that_has_a_place_needs_no_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, go, came = threading.Event(), threading.Event(), threading.Event()

    @contextlib.contextmanager
    def spinner(_text: str):
        told.set()
        yield

    monkeypatch.setattr("streamlit.spinner", spinner)
    inside_now = threading.Barrier(AT_ONCE + 1)

    def work() -> None:
        with one_at_a_time(SHORT), one_at_a_time(SHORT):
            inside_now.wait(30)
            go.wait(30)

    def other() -> None:
        with one_at_a_time(LONG):
            assert not told.is_set()
        with one_at_a_time(SHORT):
            came.set()

    threads = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    inside_now.wait(30)
    threads.append(threading.Thread(target=other))
    threads[-1].start()
    assert told.wait(30) and not came.is_set()
    go.set()
    assert came.wait(30)
    for thread in threads:
        thread.join()


def test_a_page_that_is_left_while_it_waits_takes_no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextlib.contextmanager
    def spinner(_text: str):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("streamlit.spinner", spinner)
    left = []

    def other() -> None:
        try:
            with one_at_a_time(LONG):
                pass
        except KeyboardInterrupt:
            left.append(True)

    with one_at_a_time(LONG), one_at_a_time(LONG):
        waiting = threading.Thread(target=other)
        waiting.start()
        waiting.join()
    assert left
    with one_at_a_time(LONG):
        pass


def test_what_pages_play_is_bounded_in_sum_and_the_oldest_goes() -> None:
    storage = MemoryMediaFileStorage("/media")
    media = MediaFileManager(storage)

    def show(number: int) -> str:
        url = media.add(bytes([number]) * 40, "audio/wav", str(number))
        inside.bound_media(media, inside.file_id(url), most=100)
        return url.rsplit("/", 1)[-1]

    first, second = show(1), show(2)
    # Shown again, it is no longer the oldest.
    show(1)
    third = show(3)
    for name in (first, third):
        assert len(storage.get_file(name).content) == 40
    with pytest.raises(MediaFileStorageError):
        storage.get_file(second)
    # Its page shows it again when it runs next.
    assert len(storage.get_file(show(2)).content) == 40


@pytest.mark.slow
@pytest.mark.parametrize(
    "work",
    [
        pytest.param(quality.measure, id="quality"),
        pytest.param(lambda clip: audio.digest(clip.signal), id="digest"),
    ],
)
def test_a_long_recording_is_measured_without_a_copy_of_it(work) -> None:
    clip = Clip(signal=np.random.default_rng(0).normal(0, 0.1, 240 * 16_000).astype(np.float32))
    tracemalloc.start()
    try:
        work(clip)
        assert tracemalloc.get_traced_memory()[1] < 1.7 * clip.signal.nbytes
    finally:
        tracemalloc.stop()
