"""Annotation files, read back by other libraries than wrote them."""

from __future__ import annotations

import csv
import io
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pysubs2
import pytest
import textgrid
from elan_data import ELAN_Data

from ser_core import audio, load_model
from ser_core.cli import main
from ser_core.data import sounds
from ser_core.errors import SerError
from ser_core.inference import annotation
from ser_core.inference.annotation_files import Annotated
from ser_core.inference.parties import Party
from ser_core.inference.timeline import Segment, timeline


@pytest.fixture(scope="module")
def heard() -> tuple[Annotated, list[Segment]]:
    """Two voices in turn, as heard, and the stretches in which somebody speaks."""
    model, clip = load_model(), audio.load(sounds.make("two"))
    segments = timeline(model, clip).segments()
    party = Party("", model.predict_clip(clip), tuple(segments))
    spoken = [part for part in segments if part.verdict != "no_speech"]
    return annotation.annotate(model, "two voices.wav", [party]), spoken


def times(segments: list[Segment]) -> list[tuple[float, float]]:
    return [
        (pytest.approx(s.start_s, abs=1e-3), pytest.approx(s.end_s, abs=1e-3)) for s in segments
    ]


def said(segments: list[Segment]) -> list[str]:
    return [segment.verdict.replace("_", " ") for segment in segments]


def test_a_textgrid(heard: tuple[Annotated, list[Segment]], tmp_path: Path) -> None:
    annotated, spoken = heard
    path = tmp_path / "x.TextGrid"
    path.write_bytes(annotation.write(annotated, "textgrid"))
    grid = textgrid.TextGrid.fromFile(path)
    assert grid.maxTime == pytest.approx(annotated.duration_s)
    tiers = {tier.name: [part for part in tier if part.mark] for tier in grid}
    assert list(tiers) == ["verdict", "confidence", "doubt", "notes"]
    assert [(part.minTime, part.maxTime) for part in tiers["verdict"]] == times(spoken)
    assert [part.mark for part in tiers["verdict"]] == said(spoken)
    shares = [s.probabilities.get(s.verdict, max(s.probabilities.values())) for s in spoken]
    assert [float(p.mark) for p in tiers["confidence"]] == pytest.approx(shares, abs=0.006)
    assert all(part.mark.startswith(("else ", "between ")) for part in tiers["doubt"])
    (note,) = tiers["notes"]
    assert load_model().id in note.mark and "temperature" in note.mark


def test_an_elan_file(heard: tuple[Annotated, list[Segment]], tmp_path: Path) -> None:
    annotated, spoken = heard
    path = tmp_path / "x.eaf"
    path.write_bytes(annotation.write(annotated, "elan"))
    document = ELAN_Data.from_file(path, init_df=True)
    assert document.tier_names == ["verdict", "confidence", "doubt"]
    rows = document.tier_data[document.tier_data["TIER_ID"] == "verdict"]
    assert list(rows["TEXT"]) == said(spoken)
    found = zip(rows["START"] / 1000, rows["STOP"] / 1000, strict=True)
    assert list(found) == times(spoken)
    properties = {p.get("NAME"): p.text for p in document.tree.iter("PROPERTY")}
    assert properties["model"] == load_model().id and "temperature" in properties["calibration"]
    (media,) = document.tree.iter("MEDIA_DESCRIPTOR")
    assert media.get("RELATIVE_MEDIA_URL") == "./two voices.wav"


@pytest.mark.parametrize("name", ["vtt", "srt"])
def test_captions(name: str, heard: tuple[Annotated, list[Segment]]) -> None:
    annotated, spoken = heard
    content = annotation.write(annotated, name).decode()
    cues = list(pysubs2.SSAFile.from_string(content, format_=name))
    if name == "srt":
        # There is no place for notes: the last caption, behind the end, holds them.
        assert cues[-1].start == round(1000 * annotated.duration_s)
        assert load_model().id in cues.pop().plaintext
    else:
        assert f"NOTE model: {load_model().id}" in content
    assert [(cue.start / 1000, cue.end / 1000) for cue in cues] == times(spoken)
    for cue, segment, verdict in zip(cues, spoken, said(spoken), strict=True):
        first, doubt = cue.plaintext.split("\n")
        assert first.startswith(verdict) and ("%" in first) == (segment.verdict != "not_sure")
        assert doubt.startswith("between " if segment.verdict == "not_sure" else "else ")


def test_audacity_labels(heard: tuple[Annotated, list[Segment]]) -> None:
    annotated, spoken = heard
    content = annotation.write(annotated, "audacity").decode()
    notes, *rows = csv.reader(io.StringIO(content), delimiter="\t", quoting=csv.QUOTE_NONE)
    assert notes[:2] == ["0.000000", "0.000000"] and load_model().id in notes[2]
    assert [(float(start), float(end)) for start, end, _ in rows] == times(spoken)
    assert all(row[2].startswith(name) for row, name in zip(rows, said(spoken), strict=True))


def test_a_row_a_stretch(heard: tuple[Annotated, list[Segment]]) -> None:
    annotated, spoken = heard
    content = annotation.write(annotated, "csv").decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert float(rows[0]["start_s"]) == 0
    assert float(rows[-1]["end_s"]) == pytest.approx(annotated.duration_s, abs=1e-3)
    voiced = [row for row in rows if row["verdict"] != "no_speech"]
    assert [row["verdict"] for row in voiced] == [segment.verdict for segment in spoken]
    for row, segment in zip(voiced, spoken, strict=True):
        assert float(row["confidence"]) == segment.confidence
        shares = {name: float(row[name]) for name in segment.probabilities}
        assert shares == segment.probabilities
        assert row["model"] == load_model().id and row["doubt"] and row["calibration"]


def test_parties_have_lanes_of_their_own(heard: tuple[Annotated, list[Segment]]) -> None:
    model, clip = load_model(), audio.load(sounds.make("two"))
    prediction = model.predict_clip(clip)
    segments = tuple(timeline(model, clip).segments())
    parties = [Party(name, prediction, segments) for name in ("left", "right")]
    annotated = annotation.annotate(model, "call.wav", parties)
    assert "left: verdict" in annotation.write(annotated, "textgrid").decode()
    assert 'TIER_ID="right: doubt"' in annotation.write(annotated, "elan").decode()
    assert "<v left>" in annotation.write(annotated, "vtt").decode()
    assert "verdict of right" in annotation.write(annotated, "srt").decode()
    rows = csv.DictReader(io.StringIO(annotation.write(annotated, "csv").decode("utf-8-sig")))
    assert {row["channel"] for row in rows} == {"left", "right"}


def test_nobody_speaks_and_all_formats_are_written() -> None:
    model, clip = load_model(), audio.load(sounds.make("melody"))
    party = Party("", model.predict_clip(clip), tuple(timeline(model, clip).segments()))
    annotated = annotation.annotate(model, "melody.wav", [party])
    for name in annotation.FORMATS:
        assert b"No speech heard" in annotation.write(annotated, name) or name == "csv"


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_predict_writes_a_file_a_recording_and_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / "a" / "one.wav", tmp_path / "b" / "One.wav", tmp_path / "c" / "text.wav"]
    for path in paths:
        path.parent.mkdir()
        path.write_bytes(sounds.make("raised"))
    paths[2].write_text("no sound")
    out = tmp_path / "out"
    words = ("predict", *map(str, paths), "--annotations", str(out))
    assert run(*words, capsys=capsys)[0] == 1
    assert sorted(path.name for path in out.iterdir()) == ["One-2.TextGrid", "one.TextGrid"]
    status, _, err = run(*words[:2], *words[4:], "--as", "vtt,audacity,csv", capsys=capsys)
    assert (status, err) == (0, "")
    made = {path.name for path in out.iterdir()} - {"One-2.TextGrid", "one.TextGrid"}
    assert made == {"one.vtt", "one.labels.txt", "one.csv"}


@pytest.mark.parametrize("kind", annotation.FORMATS)
def test_a_zip_holds_a_file_a_recording(kind: str, heard: tuple[Annotated, list[Segment]]) -> None:
    several = [replace(heard[0], file=name) for name in ("a/one.wav", "One.mp3", "two.wav")]
    suffix = annotation.FORMATS[kind].suffix
    with zipfile.ZipFile(io.BytesIO(annotation.zipped(several, kind))) as archive:
        names = [f"{stem}{suffix}" for stem in ("one", "One-2", "two")]
        assert archive.namelist() == names
        for name in names:
            assert b"ordinary" in archive.read(name) or b"angry" in archive.read(name)


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("--as", "vtt"), 2, "name a folder"),
        (("--annotations", "x", "--as", "docx"), 1, "textgrid, elan, vtt, srt, audacity, csv"),
        (("--annotations", "/proc/x"), 1, "Name another folder with --annotations"),
    ],
)
def test_what_cannot_be_written_is_told_before_anything_is_heard(
    arguments: tuple[str, ...], status: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, out, err = run("predict", "nowhere.wav", *arguments, capsys=capsys)
    assert (found, out) == (status, "") and says in err


def test_a_writer_that_is_not_installed_is_told_with_the_way_out(
    heard: tuple[Annotated, list[Segment]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "praatio", None)
    with pytest.raises(SerError, match=r"pip install '.\[annotations\]'") as refused:
        annotation.write(heard[0], "textgrid")
    assert refused.value.code == "not_installed"
    annotation.write(heard[0], "csv")
