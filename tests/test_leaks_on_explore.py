"""A split judged on Explore: by its names, and by its recordings in memory."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.evaluation import leak_words, leaks, manifests
from tests.support import voices
from tests.support.pages import open_page
from ui import cached

ANN, BEN = (voices.encoded(voices.voice(3.0, speaker)) for speaker in (1, 2))

COPY = voices.encoded(0.5 * voices.voice(3.0, 1), format="OGG")

TABLE = "file,split,speaker\na.wav,train,Ann\nb.ogg,test,Ben"


def zipped(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


def explore_splits() -> AppTest:
    app = open_page("pages/explore.py")
    app.button_group(key="step").set_value("splits").run()
    app.session_state["deeper-own-split"] = True
    return app.run()


def told(app: AppTest) -> str:
    assert not app.exception
    said = [str(each.value) for each in (*app.markdown, *app.error, *app.info)]
    return " ".join(said).replace("\\", "")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("a,train,Ann\nb,test,Ben", "NO LEAK BY NAME"),
        ("a,train,Ann 1\nb,test,ann_01", "Speakers on both sides: 1."),
        ("a,train,Ann\na,test,Ben", "Recordings on both sides, the same file: 1."),
        ("a,train,Ann\nb,train,Ben", "only 'train'"),
        ("a,,Ann", "Line 2 of 'The table'"),
    ],
)
def test_explore_judges_a_table_by_its_names(rows: str, says: str) -> None:
    app = explore_splits()
    app.text_area(key="own-split").set_value(f"file,split,speaker\n{rows}").run()
    assert says in told(app)


@pytest.mark.parametrize(
    ("files", "table", "says"),
    [
        ({"x/a.wav": ANN, "x/b.ogg": BEN}, TABLE, "CLEAN"),
        ({"x/a.wav": ANN, "x/b.ogg": ANN, "x/s.csv": TABLE.encode()}, "", "the same sound: 1."),
        ({"train/a.wav": ANN, "test/a.wav": BEN}, "", "Unknown speakers: 2"),
        ({"in/train/a.wav": ANN, "in/test/b.ogg": COPY}, "", "NOT HONEST: recordings"),
        ({"x/a.wav": ANN, "y/a.wav": ANN, "b.ogg": BEN}, TABLE, "the first 'a.wav': The recording"),
        ({"/etc/passwd": ANN}, "file,split\n/etc/hosts,train\nb,test", "'hosts' is not among"),
    ],
    ids=["clean", "its own table", "folders", "a copy in folders", "one of two", "a path"],
)
def test_a_split_in_memory(files: dict[str, bytes], table: str, says: str) -> None:
    entries, sounds = manifests.packed(files, table)
    shares: list[float] = []
    report = leaks.check(entries, sounds, progress=shares.append)
    assert says in "\n".join(leak_words.lines(report))
    assert shares == sorted(shares) and shares[-1] == 1.0


@pytest.mark.slow
def test_explore_listens_to_the_recordings_of_a_zip() -> None:
    app = explore_splits()
    for files, table, says in (
        ({"x/a.wav": ANN, "x/b.ogg": COPY}, TABLE, "as copies (coded anew, louder, or a part): 1."),
        ({"x/a.wav": ANN}, TABLE, "the first 'b.ogg': The recording 'b.ogg' is not among"),
        ({"x/a.wav": ANN}, "", "there is no recording here"),
    ):
        app.text_area(key="own-split").set_value(table).run()
        app.file_uploader[0].set_value(("split.zip", zipped(files), "application/zip")).run()
        assert says in told(app)
        assert not app.run().file_uploader[0].value
    app.text_area(key="own-split").set_value(TABLE).run()
    assert "NO LEAK BY NAME" in told(app)


@pytest.mark.slow
def test_explore_listens_to_the_corpora_at_hand(
    ser_data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SER_DATA", str(ser_data))
    cached.recordings.clear()
    app = explore_splits()
    rows = "file,split\n03a01Fa.wav,train\n03a01Nc.wav,train\n08a01Na.wav,test"
    app.text_area(key="own-split").set_value(rows).run()
    (listen,) = [button for button in app.button if button.label.startswith("Listen to these 3")]
    listen.click().run()
    assert "CLEAN: no recording and no speaker" in told(app)
    cached.recordings.clear()
