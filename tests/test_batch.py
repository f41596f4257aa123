"""Many files, zips, and the same rows as the command line's."""

from __future__ import annotations

import copy
import csv
import io
import json
import zipfile

import numpy as np
import pytest

from benchmarks.fuzz_zips import Member, Zip, written
from ser_core import load_model
from ser_core.cli import main
from ser_core.emotions import EMOTIONS
from ser_core.errors import AudioError
from ser_core.inference import batch
from ser_core.inference.batch import csv_file, expand, predict_many, to_csv, to_json_lines
from tests.support.voices import encoded, voice

ONE, OTHER = encoded(voice(2.0)), encoded(voice(2.5), format="FLAC")


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def locked() -> bytes:
    content = bytearray(zipped({"a.wav": ONE}))
    # The flag of encryption, in the local header and in the directory.
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(content)


def broken(method: int = zipfile.ZIP_STORED) -> bytes:
    content = bytearray(zipped({"a.wav": ONE}, method))
    content[200] ^= 0xFF
    return bytes(content)


def misnamed() -> bytes:
    """A zip that says its names are UTF-8, which they are not."""
    return zipped({"é.wav": ONE}).replace("é".encode(), b"\xff\xff")


@pytest.mark.parametrize(
    ("members", "names"),
    [
        ({"b.wav": ONE, "a.flac": OTHER}, ["a.flac", "b.wav"]),
        ({"Actor_01/a.wav": ONE, "Actor_02/a.wav": ONE}, ["a.wav", "a.wav"]),
        ({"../../etc/passwd.wav": ONE, "/root/b.wav": ONE}, ["passwd.wav", "b.wav"]),
        ({"..\\..\\c.wav": ONE}, ["c.wav"]),
        ({"__MACOSX/._a.wav": b"x", "a.wav": ONE, ".DS_Store": b"x", "dir/": b""}, ["a.wav"]),
        ({"notes.txt": b"x"}, ["notes.txt"]),
        ({".": b"x", ".\\": b"x", "a.wav": ONE}, ["a.wav"]),
    ],
)
def test_a_zip_gives_its_files_by_their_bare_names(
    members: dict[str, bytes], names: list[str]
) -> None:
    assert [name for name, _ in expand([("many.zip", zipped(members))])] == names


def test_other_files_are_left_as_they_are_and_in_order() -> None:
    pack = zipped({"a.wav": ONE})
    found = expand([("x.wav", ONE), ("pack.zip", pack), ("y.flac", OTHER)])
    assert found == [("x.wav", ONE), ("a.wav", ONE), ("y.flac", OTHER)]


def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "MAX_UNPACKED_BYTES", 100_000)
    monkeypatch.setattr(batch, "RATIO_FROM_BYTES", 20_000)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ([("a.zip", zipped({f"{n}.wav": b"x" for n in range(201)}))], "too_many_files"),
        ([(f"{n}.wav", b"x") for n in range(201)], "too_many_files"),
        ([("a.zip", zipped({"a.wav": ONE, "b.wav": ONE}))], "unpacked_too_large"),
        ([("a.wav", ONE), ("b.wav", ONE)], "unpacked_too_large"),
        ([("a.zip", zipped({"a.wav": bytes(90_000)}))], "zip_bomb"),
        ([("a.zip", locked())], "zip_locked"),
        ([("a.zip", zipped({"folder/": b"", ".hidden": b"x"}))], "zip_empty"),
        ([("a.zip", broken())], "zip_damaged"),
        ([("a.zip", broken(zipfile.ZIP_LZMA))], "zip_damaged"),
        ([("a.zip", misnamed())], "zip_damaged"),
        ([("a.zip", zipped({"a.wav": ONE})[:500])], "zip_damaged"),
        ([("a.zip", b"PK\x03\x04" + bytes(100))], "zip_damaged"),
    ],
)
def test_zips_that_are_not_opened(
    monkeypatch: pytest.MonkeyPatch, files: list[tuple[str, bytes]], code: str
) -> None:
    small_limits(monkeypatch)
    with pytest.raises(AudioError) as caught:
        expand(files)
    assert caught.value.code == code
    assert "Traceback" not in caught.value.message


def test_rows_are_in_order_and_refusals_among_them() -> None:
    files = [("a.wav", ONE), ("b.txt", b"hello"), ("c.zip", zipped({"x.wav": ONE})), ("d", OTHER)]
    told: list[float] = []
    rows = predict_many(load_model(), files, progress=told.append)
    assert [row.file for row in rows] == ["a.wav", "b.txt", "c.zip", "d"]
    assert [row.error and row.error.code for row in rows] == [None, "not_audio", "zip_in_zip", None]
    assert rows[0].prediction == load_model().predict(ONE)
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_the_same_rows_as_the_command_line(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    contents = {"a.wav": ONE, "b.wav": b"hello", "c, d.flac": OTHER}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    files = [(str(tmp_path / name), content) for name, content in contents.items()]
    model = load_model()
    rows = predict_many(model, files)
    assert main(["predict", str(tmp_path), "--format", "json"]) == 1
    assert capsys.readouterr().out == to_json_lines(rows)
    assert main(["predict", str(tmp_path), "--format", "csv"]) == 1
    text = to_csv(rows, model.emotions)
    assert capsys.readouterr().out == text
    parsed = list(csv.DictReader(io.StringIO(text)))
    assert [row["error"] for row in parsed] == ["", "not_audio", ""]
    assert parsed[2]["file"].endswith("c, d.flac")
    first = json.loads(to_json_lines(rows).splitlines()[0])
    assert list(first) == [
        *(
            "file",
            "verdict",
            "emotion",
            "confidence",
            "decided",
            "probabilities",
            "duration_s",
            "warnings",
        )
    ]
    assert float(parsed[0]["confidence"]) == first["confidence"]


@pytest.mark.slow
def test_timeline_and_explanation_on_the_command_line(
    tmp_path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(voice(8.0)))
    given = ["predict", str(path), "--timeline", "--explain"]
    assert main([*given, "--format", "json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert row["timeline"][0]["start_s"] == 0.0
    assert row["explanation"]["sentence"]
    assert main(given) == 0
    assert row["explanation"]["sentence"] in capsys.readouterr().out
    assert main([*given, "--format", "csv"]) == 2


@pytest.mark.parametrize("name", ["=2+5.wav", "+1.wav", "-1.wav", "@SUM(A1).wav", "\t=1.wav"])
def test_no_cell_begins_like_a_formula(name: str) -> None:
    rows = predict_many(load_model(), [(name, ONE), (name, b"Dear listener,")])
    cells = [cell for row in csv.reader(io.StringIO(to_csv(rows, EMOTIONS))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert cells.count(f"'{name}") == 2
    # JSON has no formulas: the name stays as it is.
    assert json.loads(to_json_lines(rows).splitlines()[0])["file"] == name


def test_the_file_for_spreadsheets_says_that_it_is_utf8() -> None:
    rows = predict_many(load_model(), [("\u6124\u6012.wav", ONE)])
    content = csv_file(rows, EMOTIONS)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig") == to_csv(rows, EMOTIONS)


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (Member(b"", ONE), None),
        (Member(b"b.wav", ONE, outside=0o120777 << 16), None),
        (Member(b"b.wav", ONE, local_name=b"c.wav"), "zip_damaged"),
        (Member(b"b.wav", ONE, offset=2**31), "zip_damaged"),
        (Member(b"b.wav", ONE, central={"method": 12}), "zip_damaged"),
        (Member(b"b.wav", ONE, central={"flags": 64}), "zip_damaged"),
        (Member(b"b.wav", ONE, local={"flags": 1}), None),
        (Member(b"b.wav", ONE, extra=b"\1\0\0\0", central={"size": 2**32 - 1}), "zip_damaged"),
    ],
    ids=range(8),
)
def test_zips_that_lie_are_refused_or_give_what_is_whole(odd: Member, code: str | None) -> None:
    content = written(Zip([Member(b"a.wav", ONE), odd]))
    if code is None:
        assert expand([("a.zip", content)])[0] == ("a.wav", ONE)
        return
    with pytest.raises(AudioError) as caught:
        expand([("a.zip", content)])
    assert caught.value.code == code


def test_members_that_overlap_are_no_way_around_the_most() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.wav", bytes(20_000_000))
        # The same bytes again and again, as members of their own.
        archive.filelist += [copy.copy(archive.filelist[0]) for _ in range(150)]
    with pytest.raises(AudioError) as caught:
        expand([("a.zip", file.getvalue())])
    assert caught.value.code in ("zip_bomb", "zip_damaged", "unpacked_too_large")


def test_a_visit_may_unpack_less() -> None:
    content = zipped({"a.wav": np.random.default_rng(0).bytes(3000)})
    assert len(expand([("a.zip", content)], 3000)) == 1
    with pytest.raises(AudioError) as caught:
        expand([("a.zip", content)], 2999)
    assert caught.value.code == "unpacked_too_large"
