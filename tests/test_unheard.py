"""Voices that the model never heard: a table, and clips that come whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest

from ser_core import load_model
from ser_core.corpora import cremad
from ser_core.data import unheard, unheard_fetch
from ser_core.errors import CorpusError, DataError
from tests.support import unheard as made
from tests.support.downloads import Server

EMOTIONS = ("angry", "fearful", "happy", "sad")


def refused(**most: float) -> CorpusError:
    with pytest.raises(CorpusError) as caught:
        unheard_fetch.fetch(unheard.clips(), **most)
    assert str(unheard.folder()) not in caught.value.message
    assert not list(unheard.folder().glob("*.part"))
    return caught.value


def test_the_shipped_table_is_even_and_of_actors_whom_the_model_never_heard() -> None:
    clips = unheard.clips()
    assert len(clips) == len({clip.name for clip in clips}) == len({c.sha256 for c in clips}) == 36
    assert Counter(clip.emotion for clip in clips) == dict.fromkeys(EMOTIONS, 9)
    assert Counter(clip.gender for clip in clips) == {"female": 18, "male": 18}
    assert set(Counter(clip.speaker for clip in clips).values()) == {2}
    assert len({clip.statement for clip in clips}) == len(cremad.STATEMENTS)
    learned = {
        speaker
        for corpus in load_model().info["corpora"]
        if corpus["name"] == "cremad"
        for speaker in (f"cremad-{actor}" for actor in range(1001, 1001 + corpus["n_speakers"]))
    }
    assert not learned & {clip.speaker for clip in clips}
    # A handful of megabytes, whatever is asked for.
    assert sum(clip.n_bytes for clip in clips) < 4e6
    assert all(5 <= clip.n_listeners <= 15 and 0 <= clip.recognised <= 1 for clip in clips)


@pytest.mark.parametrize(
    ("faults", "served_by"),
    [
        ({}, "first"),
        ({"first": "missing"}, "mirror"),
        ({"first": "other content"}, "mirror"),
        ({"first": "breaks off"}, "mirror"),
        ({"first": "500"}, "mirror"),
    ],
)
def test_clips_come_whole_from_the_first_address_that_has_them(
    clips_server: Server, faults: dict[str, str], served_by: str
) -> None:
    clips, told = unheard.clips(), []
    for place, fault in faults.items():
        for path in [path for path in clips_server.files if path.startswith(f"/{place}/")]:
            if fault == "missing":
                del clips_server.files[path]
            else:
                clips_server.faults[path] = [fault]
    unheard_fetch.fetch(clips, progress=told.append)
    assert unheard.missing(clips) == []
    assert all(unheard.read(clip) == made.wav(clip.name) for clip in clips)
    assert told == sorted(told) and told[-1] == 1
    assert (
        sum(n for path, n in clips_server.requests.items() if served_by in path) >= len(clips) - 4
    )
    # What is there is not fetched again, and nothing else lies beside it.
    asked = clips_server.requests.total()
    unheard_fetch.fetch(clips)
    assert clips_server.requests.total() == asked
    assert {path.name for path in unheard.folder().iterdir()} == {f"{c.name}.wav" for c in clips}


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        ("missing", "download_failed", "it answered 404"),
        ("500", "download_failed", "it answered 500"),
        ("breaks off", "download_failed", "the transfer broke off"),
        ("other content", "wrong_checksum", "something else"),
        ("longer", "wrong_checksum", "something else"),
    ],
)
def test_what_neither_address_has_is_refused_in_words(
    clips_server: Server, fault: str, code: str, said: str
) -> None:
    for path in list(clips_server.files):
        if fault == "missing":
            del clips_server.files[path]
        elif fault == "longer":
            clips_server.files[path] += b"and more"
        else:
            clips_server.faults[path] = [fault] * 9
    refusal = refused()
    assert refusal.code == code
    assert refusal.message.count(said) == 2
    assert len(unheard.missing(unheard.clips())) == len(made.names())
    if fault not in ("missing", "longer"):
        # A second try, once the fault is over, brings them.
        clips_server.faults.clear()
        unheard_fetch.fetch(unheard.clips())
        assert unheard.missing(unheard.clips()) == []


def test_without_a_network_it_says_so(clips_server: Server) -> None:
    clips_server.close()
    refusal = refused()
    assert refusal.code == "no_network"
    assert "reaches neither address" in refusal.message


def test_a_file_that_was_damaged_on_the_disk_is_fetched_again(clips_server: Server) -> None:
    clips = unheard.clips()
    unheard_fetch.fetch(clips)
    path = unheard.folder() / f"{clips[0].name}.wav"
    path.write_bytes(path.read_bytes()[:-1])
    assert unheard.read(clips[0]) is None
    unheard_fetch.fetch(clips)
    assert unheard.read(clips[0]) == made.wav(clips[0].name)


def test_it_is_given_up_after_a_while(clips_server: Server) -> None:
    assert refused(most_s=0).code == "too_slow"


@pytest.mark.parametrize(
    ("number", "code"), [(errno.ENOSPC, "disk_full"), (errno.EROFS, "not_writable")]
)
def test_what_the_disk_refuses_is_told(
    clips_server: Server, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def refuse(*paths: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(unheard_fetch.os, "replace", refuse)
    assert refused().code == code


def test_a_disk_without_room_is_told_before_anything_is_fetched(
    clips_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=0))
    assert refused().code == "disk_full"
    assert clips_server.requests.total() == 0


def test_two_who_ask_at_once_get_each_file_once(clips_server: Server) -> None:
    clips = unheard.clips()
    both = [threading.Thread(target=unheard_fetch.fetch, args=(clips,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert unheard.missing(clips) == []
    assert set(clips_server.requests.values()) == {1}


@pytest.mark.parametrize("content", [None, b"", b"name,sha256\n1072_DFA_ANG_XX,00\n", b"\xff\xfe"])
def test_a_damaged_table_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.setattr(unheard, "TABLE", tmp_path / "unheard.csv")
    if content is not None:
        unheard.TABLE.write_bytes(content)
    with pytest.raises(DataError) as caught:
        unheard.clips()
    assert caught.value.code == "no_data"
    assert "git checkout" in caught.value.message
