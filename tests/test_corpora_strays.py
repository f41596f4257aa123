"""Files that belong to a corpus and are not read are told, each kind in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from ser_core.corpora import CORPORA
from ser_core.data.inspection import inspect
from ser_core.data.strays import look
from tests.support.corpus_trees import grow, write

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n"


def told(root: Path, name: str) -> list[str]:
    return look(root, {name: CORPORA[name]}, CORPORA)[name].lines


@pytest.mark.parametrize(
    ("corpus", "file", "own"),
    [
        ("ravdess", "ravdess/Actor_01/03-01-05-01-01-01-01 (1).wav", "03-01-05-01-01-01-01"),
        ("ravdess", "ravdess/03-01-05-01-01-01-01_x.wav", "03-01-05-01-01-01-01"),
        ("ravdess", "Copy of 03-01-05-01-01-01-01.WAV", "03-01-05-01-01-01-01"),
        ("tess", "OAF_back_angry - Copy.wav", "OAF_back_angry"),
        ("emodb", "wav/03a01Fa~1.wav", "03a01Fa"),
        ("cremad", "AudioWAV/x_1001_DFA_ANG_XX.wav", "1001_DFA_ANG_XX"),
        ("nemo", "samples/EB0_anger_1 2.wav", "EB0_anger_1"),
        ("banglaser", "banglaser/03-01-01-01-01-01-01 (1).wav", "03-01-01-01-01-01-01"),
        ("turevdb", "1157_hl_acik(2).wav", "1157_hl_acik"),
        ("emogator", "000001-03-1 copy.mp3", "000001-03-1"),
    ],
)
def test_renamed_recordings(corpus: str, file: str, own: str, tmp_path: Path) -> None:
    (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / file).write_bytes(b"")
    (line,) = told(tmp_path, corpus)
    assert line.startswith(f"renamed, so not read: 1 file, {Path(file).name}; to do: ")
    assert f"({own}." in line
    for other in CORPORA:
        assert other == corpus or told(tmp_path, other) == []


def test_pointers_songs_and_videos(tmp_path: Path) -> None:
    grow(tmp_path, "ravdess")
    for name in (
        "03-02-05-01-01-01-01.wav",
        "01-01-05-01-01-01-01.mp4",
        "02-02-05-01-01-01-01.mp4",
    ):
        write(tmp_path / "ravdess" / "more" / "a.wav").rename(tmp_path / "ravdess" / name)
    (tmp_path / "ravdess" / "03-01-05-01-01-01-09.wav").write_bytes(POINTER)
    pointers, song, video = told(tmp_path, "ravdess")
    assert "Git LFS pointers, not sounds: 1 file, 03-01-05-01-01-01-09.wav" in pointers
    assert "git lfs pull" in pointers
    assert song.startswith("left out as song: 2 files, 02-02-05-01-01-01-01.mp4")
    assert video.startswith("left out as video: 1 file")
    (status,) = inspect(tmp_path, ["ravdess"], workers=1, progress=False)
    for line in (pointers, song, video):
        assert f"  {line}" in status.text.splitlines()
    assert status.state == "damaged"
    # Said once, and by no other line.
    assert status.text.count("03-01-05-01-01-01-09") == 1
    assert "not understood" not in status.text


def test_other_kinds_of_bursts(tmp_path: Path) -> None:
    write(tmp_path / "emogator" / "000001-07-1.wav")
    assert told(tmp_path, "emogator")[0].startswith("left out as another kind of burst: 1 file")


def test_what_is_read_is_no_stray(tmp_path: Path) -> None:
    for name in CORPORA:
        grow(tmp_path, name)
    (tmp_path / "notes.wav").write_bytes(b"")
    assert all(told(tmp_path, name) == [] for name in CORPORA)


def test_the_real_corpora_hold_none(ser_data: Path) -> None:
    found = look(ser_data, CORPORA, CORPORA)
    assert {name: strays.lines for name, strays in found.items() if strays.lines} == {}
