"""Listen with many files: a table, a zip, and one of them looked at."""

from __future__ import annotations

import gc
import io
import json
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ser_core import audio, load_model
from ser_core.data import sounds
from ser_core.inference import batch
from tests.support.pages import (
    open_page,
    open_section,
    press,
    said,
    sweep,
    table,
    upload,
    upload_many,
    verdict,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def listen() -> AppTest:
    return open_page("pages/listen.py")


@pytest.fixture(scope="module")
def spoken() -> bytes:
    """A synthetic voice of some seconds."""
    return sounds.make("raised")


def names(app: AppTest) -> list[str]:
    """Of the files in the table; a mark before one says that it is warned of."""
    return [name.removeprefix(":material/warning: ") for name in table(app)["File"]]


def test_many_files_get_a_table(listen: AppTest, spoken: bytes) -> None:
    upload_many(listen, ("a.wav", spoken), ("letter.txt", b"Dear listener,"), ("b.wav", sweep(2.0)))
    assert not listen.exception
    shown = table(listen)
    assert names(listen) == ["a.wav", "letter.txt", "b.wav"]
    assert shown["Verdict"].iloc[1] == ["refused"]
    assert "Three files: two heard, one refused" in said(listen)
    assert r"letter.txt: " in said(listen)
    assert [len(course) > 0 for course in shown["Over time"]] == [True, False, True]
    assert "As a zip" in {button.label for button in listen.download_button}
    (kind,) = [box for box in listen.selectbox if box.label == "What was heard when, as"]
    kind.select("elan").run()
    assert "--annotations DIR --as elan` writes it" in " ".join(c.value for c in listen.caption)
    assert verdict(listen) == load_model().predict(spoken).headline


def test_a_file_plays_without_being_opened(listen: AppTest, spoken: bytes) -> None:
    upload_many(listen, ("a.wav", spoken), ("letter.txt", b"Dear listener,"), ("b.wav", sweep(2.0)))
    opened, players = verdict(listen), len(listen.get("audio"))
    assert [isinstance(sign, str) for sign in table(listen)["Play"]] == [True, False, True]
    (chooser,) = [box for box in listen.selectbox if box.label.startswith("Play a file")]
    chooser.select(2).run()
    assert not listen.exception and verdict(listen) == opened
    assert len(listen.get("audio")) == players + 1
    assert "b.wav" in {caption.value for caption in listen.caption}
    listen.switch_page("pages/about.py").run()
    listen.switch_page("pages/listen.py").run()
    assert len(listen.get("audio")) == players
    press(listen, "Clear")
    assert not listen.get("audio")


def test_a_second_single_upload_is_the_next_recording_and_no_table(listen: AppTest) -> None:
    upload(listen, sweep(2.0), "first.wav")
    upload(listen, sweep(3.0), "second.wav")
    assert not listen.dataframe
    assert "second.wav, 3.0 s" in said(listen)


def test_a_single_upload_joins_the_files_that_are_there(listen: AppTest, spoken: bytes) -> None:
    upload_many(listen, ("a.wav", spoken), ("b.wav", sweep(2.0)))
    upload(listen, sweep(3.0), "late.wav")
    assert names(listen) == ["a.wav", "b.wav", "late.wav"]
    assert "Three files: three heard" in said(listen)
    assert "late.wav, 3.0 s" in said(listen)


def test_zip_is_opened_and_a_file_of_it_can_be_chosen(listen: AppTest, spoken: bytes) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("folder/a.wav", spoken)
        archive.writestr("folder/b.wav", sweep(3.0))
    upload(listen, packed.getvalue(), "both.zip")
    assert names(listen) == ["a.wav", "b.wav"]
    (chooser,) = [box for box in listen.selectbox if box.label.startswith("Open a file")]
    chooser.select(1).run()
    assert any(text.value == r"b.wav, 3.0 s" for text in listen.markdown)


def test_table_is_filtered_sorted_and_survives_a_page_change(listen: AppTest) -> None:
    upload_many(
        listen, ("b.wav", sweep(2.0)), ("a.wav", sweep(3.0)), ("c.wav", sounds.make("slow"))
    )
    (order,) = [box for box in listen.selectbox if box.label == "Order"]
    order.select("Longest first").run()
    assert names(listen) == ["c.wav", "a.wav", "b.wav"]
    (wanted,) = [group for group in listen.button_group if group.label == "Show only"]
    # As each row tells it: the verdict alone, or with its share.
    kind = table(listen)["Verdict"].iloc[0][0].split(",")[0]
    wanted.set_value([kind])
    listen.run()
    assert all(kind in told for (told,) in table(listen)["Verdict"])
    listen.switch_page("pages/about.py").run()
    listen.switch_page("pages/listen.py").run()
    assert len(table(listen)) >= 1
    press(listen, "Clear")
    assert not listen.dataframe


def test_the_same_file_twice_is_two_rows(listen: AppTest, spoken: bytes) -> None:
    upload_many(listen, ("a.wav", sweep()), ("a.wav", sweep()), ("b.wav", spoken))
    assert "Three files: three heard" in said(listen)
    assert names(listen) == ["a.wav", "a.wav", "b.wav"]
    (box,) = [box for box in listen.selectbox if box.label.startswith("Open a file")]
    box.set_value(2).run()
    assert any(text.value.startswith("b.wav, ") for text in listen.markdown)


def test_clear_leaves_nothing_of_the_voice(listen: AppTest) -> None:
    upload(listen, sweep(3.21))
    open_section(listen, "Why?")
    length = round(3.21 * audio.SAMPLE_RATE)

    def held_samples() -> int:
        gc.collect()
        # Not isinstance: other libraries' weak references would be followed to nowhere.
        clips = [each for each in gc.get_objects() if type(each) is audio.Clip]
        return sum(len(clip.signal) == length for clip in clips)

    assert held_samples() > 0
    press(listen, "Clear")
    assert held_samples() == 0


def test_unsafe_zip_is_refused_and_keeps_the_earlier_clip(listen: AppTest, spoken: bytes) -> None:
    upload(listen, spoken)
    heard = verdict(listen)
    upload(listen, b"PK\x03\x04 and then nothing", "broken.zip")
    assert listen.error[0].value.startswith(r"broken.zip: ")
    assert verdict(listen) == heard


def test_rows_are_those_of_the_command_line(spoken: bytes, capsys, tmp_path: Path) -> None:
    from ser_core.cli import main

    (tmp_path / "a.wav").write_bytes(spoken)
    (tmp_path / "b.txt").write_bytes(b"Dear listener,")
    paths = [tmp_path / "a.wav", tmp_path / "b.txt"]
    rows = batch.predict_many(load_model(), [(str(path), path.read_bytes()) for path in paths])
    for kind, written in (
        ("json", batch.to_json_lines(rows)),
        ("csv", batch.to_csv(rows, load_model().emotions)),
    ):
        assert main(["predict", *map(str, paths), "--format", kind]) == 1
        assert capsys.readouterr().out == written
    assert json.loads(batch.to_json_lines(rows).splitlines()[1])["error"]["code"] == "not_audio"
