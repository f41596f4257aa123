"""Who, and what, is on both sides of a split: planted leaks are found, a clean one is clean."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ser_core.audio import SAMPLE_RATE
from ser_core.cli import main
from ser_core.evaluation import leaks, manifests
from ser_core.features.fingerprint import Catalogue, fingerprint
from tests.support import voices


def write(path: Path, signal: np.ndarray, **options: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, signal, SAMPLE_RATE, **options)
    return path


def manifest(folder: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    path = folder / "split.csv"
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def split(tmp_path: Path) -> list[dict[str, str]]:
    """Four made-up voices, two a side, and where their files lie."""
    rows = []
    for speaker in (1, 2, 3, 4):
        name = f"{speaker}.wav"
        write(tmp_path / name, voices.voice(3.0, speaker))
        side = "train" if speaker < 3 else "test"
        rows.append({"file": name, "split": side, "speaker": f"Actor_0{speaker}"})
    return rows


def run(*paths: Path | str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(["check-split", *map(str, paths)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_clean_split_is_clean(
    split: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(manifest(tmp_path, split), capsys=capsys)
    assert (status, out.splitlines()) == (
        0,
        [
            "4 recordings: 2 in train, 2 in test.",
            "CLEAN: no recording and no speaker stands on both sides.",
        ],
    )


COPIES: dict[str, Callable[[np.ndarray, Path], Path]] = {
    "the same file": lambda s, at: write(at / "x.wav", s),
    "another container": lambda _, at: write(
        at / "x.flac", soundfile.read(at / "1.wav", dtype="int16")[0]
    ),
    "MP3": lambda s, at: write(at / "x.mp3", s),
    "Opus": lambda s, at: write(at / "x.ogg", s, subtype="OPUS"),
    "louder": lambda s, at: write(at / "x.wav", np.clip(4 * s, -1, 1)),
    "cut": lambda s, at: write(at / "x.wav", s[11_111:-9_999]),
    "cut, quieter and MP3": lambda s, at: write(at / "x.mp3", 0.2 * s[11_111:-9_999]),
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_planted_copy_is_found(
    kind: str,
    split: list[dict[str, str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy = COPIES[kind](voices.voice(3.0, 1), tmp_path)
    rows = [*split, {"file": copy.name, "split": "test", "speaker": "somebody else"}]
    status, out, _ = run(manifest(tmp_path, rows), capsys=capsys)
    assert status == 1
    assert f"1.wav (train) and {copy.name} (test)" in out and "NOT HONEST" in out
    exactly = kind in ("the same file", "another container")
    assert ("the same sound: 1" in out) == exactly
    assert ("as copies (coded anew, louder, or a part): 1" in out) == (not exactly)
    assert "Speakers on both sides" not in out


@pytest.mark.parametrize(
    "spelt", ["Actor_01", "actor 1", "ACTOR-001", "actor1", "  Actor  01 ", "Ａctor_01"]
)
def test_a_speaker_on_both_sides_under_any_spelling(
    spelt: str, split: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split[3]["speaker"] = spelt
    status, out, _ = run(manifest(tmp_path, split), capsys=capsys)
    assert status == 1
    assert "Speakers on both sides: 1." in out and "NOT HONEST ABOUT STRANGERS" in out
    assert ("taken for one person" in out) == (spelt != "Actor_01")


@pytest.mark.parametrize(
    ("one", "other"),
    [("Actor_01", "Actor_10"), ("1-1", "11"), ("Ann", "Anna"), ("A 1", "B 1"), ("!", "?")],
)
def test_different_people_stay_different(one: str, other: str) -> None:
    assert leaks.spelling(one) != leaks.spelling(other)


def test_the_doubled_archive_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = []
    for actor in (1, 2):
        name = f"Actor_0{actor}/03-01-05-01-01-01-0{actor}.wav"
        write(tmp_path / name, voices.voice(2.0, actor))
        again = tmp_path / leaks.DOUBLED / name
        again.parent.mkdir(parents=True)
        shutil.copy(tmp_path / name, again)
        rows += [{"file": name, "split": "train"}, {"file": str(again), "split": "test"}]
    status, out, _ = run(manifest(tmp_path, rows), capsys=capsys)
    assert status == 1
    assert "2 of them are RAVDESS's doubled archive" in out
    assert "'ravdess-01': 1 in train, 1 in test" in out  # read from the files' names
    assert "Kids are talking by the door" in out


def test_sentences_on_both_sides_are_told_and_are_no_leak(
    split: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ["Dogs are sitting.", "It is eleven", "dogs are sitting", "Something else"]
    rows = [row | {"sentence": text} for row, text in zip(split, said, strict=True)]
    status, out, _ = run(manifest(tmp_path, rows), capsys=capsys)
    assert status == 0
    assert "Sentences on both sides: 1 ('Dogs are sitting.')" in out


def test_folders_are_a_split_too(
    split: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = tmp_path / "pair"
    for row in split:
        (root / row["split"]).mkdir(parents=True, exist_ok=True)
        shutil.copy(tmp_path / row["file"], root / row["split"])
    for paths in ([root], [root / "train", root / "test"]):
        status, out, _ = run(*paths, capsys=capsys)
        # Nobody knows who speaks: that is not called clean.
        assert status == 2
        assert "Unknown speakers: 4 recordings" in out and "NO LEAK FOUND" in out
    shutil.copy(root / "train" / "1.wav", root / "test" / "new.wav")
    status, out, _ = run(root, capsys=capsys)
    assert status == 1 and "train/1.wav" in out and "test/new.wav" in out


def test_json_says_the_same(
    split: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    split[3]["speaker"] = "actor 1"
    found = [*split, {"file": "1.wav", "split": "test", "speaker": "x"}]
    status, out, _ = run(manifest(tmp_path, found), "--format", "json", capsys=capsys)
    report = json.loads(out)
    assert status == 1 and report["leaks"] and not report["clean"]
    assert report["recordings"] == {"train": 2, "test": 3}
    assert report["pairs"][0] | {"files": 0} == {
        "files": 0, "sides": ["train", "test"], "same_sound": True, "likeness": 1.0,
        "doubled_archive": False,
    }  # fmt: skip
    assert report["speakers"][0]["spellings"] == ["Actor_01", "actor 1"]


def test_another_label_on_the_other_side_is_told(
    split: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [row | {"emotion": "angry"} for row in split]
    rows.append({"file": "1.wav", "split": "test", "speaker": "x", "emotion": "sad"})
    _, out, _ = run(manifest(tmp_path, rows), capsys=capsys)
    assert "1 of them have another emotion on the other side" in out


def test_folds_are_sides_and_copies_within_one_are_told(
    split: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for row, fold in zip(split, "1233", strict=True):
        row["split"] = fold
    rows = [*split, {"file": "4.wav", "split": "3", "speaker": "Actor_04"}]
    status, out, _ = run(manifest(tmp_path, rows), capsys=capsys)
    assert status == 0
    assert "5 recordings: 1 in 1, 1 in 2, 3 in 3." in out
    assert "Held twice within a side, the same sound: 1." in out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("file,speaker\na.wav,x\n", "no column split"),
        ("a,b\n", "no column file and no split"),
        ("file,split\na.wav,\n", "Line 2"),
        ("file,split\na.wav,train\n", "only 'train'"),
        ("", "no column"),
        (b"\xff\xfe\x00", "no CSV in UTF-8"),
        (None, "cannot be read"),
    ],
)
def test_what_is_no_split_is_bad_usage(
    content: str | bytes | None, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "split.csv"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    status, out, err = run(path, capsys=capsys)
    assert (status, out) == (2, "")
    assert says in err and str(tmp_path) not in err


def test_a_semicolon_and_a_byte_order_mark(split: list[dict[str, str]], tmp_path: Path) -> None:
    lines = ["File;Split;Speaker", *(";".join(row.values()) for row in split)]
    (tmp_path / "excel.csv").write_text("\r\n".join(lines), encoding="utf-8-sig")
    found = manifests.read([tmp_path / "excel.csv"])
    assert [(e.name, e.side, e.speaker) for e in found] == [tuple(r.values()) for r in split]


def test_a_file_that_cannot_be_heard_is_told_and_nothing_is_called_clean(
    split: list[dict[str, str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [*split, {"file": "gone.wav", "split": "test", "speaker": "x"}]
    status, out, _ = run(manifest(tmp_path, rows), capsys=capsys)
    assert status == 2 and "Not looked into: 1 files, the first 'gone.wav'" in out


def test_a_fingerprint_of_next_to_nothing_matches_nothing() -> None:
    short = fingerprint(np.ones(100, dtype=np.float32))
    catalogue = Catalogue([short, fingerprint(voices.voice(2.0, 1))])
    assert catalogue.find(short) == [] and Catalogue([]).find(short) == []


@pytest.mark.slow
@pytest.mark.parametrize("corpus", ["emodb", "ravdess"])
def test_takes_of_one_speaker_are_no_copies(corpus: str, ser_data: Path) -> None:
    """The hardest to tell apart: one speaker, the same words, again and again."""
    folder = ser_data / {"emodb": "emodb/wav", "ravdess": "ravdess/Actor_21"}[corpus]
    files = sorted(folder.glob("*.*"))[:60]
    found = [
        manifests.Entry(path, "train" if number % 2 else "test", path.name)
        for number, path in enumerate(files)
    ]
    assert len(found) == 60 and leaks.check(found).pairs == ()


def test_the_same_file_on_both_sides_of_two_names(
    split: list[dict[str, str]], tmp_path: Path
) -> None:
    if not hasattr(os, "symlink"):
        pytest.skip("no links here")
    (tmp_path / "link.wav").symlink_to(tmp_path / "1.wav")
    rows = [*split, {"file": "link.wav", "split": "test", "speaker": "x"}]
    (pair,) = leaks.check(manifests.read([manifest(tmp_path, rows)])).pairs
    assert pair.same_sound and {pair.first.name, pair.second.name} == {"1.wav", "link.wav"}
