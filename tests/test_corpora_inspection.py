"""What `python -m ser_core corpora` says."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from ser_core.corpora import CORPORA, synthetic
from ser_core.data import tables
from ser_core.data.extraction import extract
from ser_core.data.inspection import inspect
from ser_core.errors import CorpusError
from tests.support.corpus_trees import LAYOUTS, grow, tone, write


def look(root, name, **options):
    (status,) = inspect(root, [name], workers=1, progress=False, **options)
    return status


@pytest.fixture(autouse=True)
def no_published_tables(monkeypatch, tmp_path):
    monkeypatch.setattr(tables, "DATA_DIR", tmp_path / "no tables")


@pytest.mark.parametrize("name", CORPORA)
def test_absent_says_how_to_get_it(name, tmp_path):
    status = look(tmp_path / "nowhere", name)
    assert status.state == "absent"
    assert status.recordings == status.excluded == status.missing_speakers == ()
    assert f"{CORPORA[name].TITLE}: absent" in status.text
    assert CORPORA[name].LICENCE in status.text
    can_fetch = name == "synthetic" or CORPORA[name].REMOTES
    assert (f"ser_core fetch {name}" in status.text) == bool(can_fetch)
    assert CORPORA[name].ACCESS.splitlines()[0] in status.text


@pytest.mark.parametrize("name", CORPORA)
def test_incomplete_names_who_is_missing(name, tmp_path):
    status = look(grow(tmp_path, name), name)
    assert status.state == "incomplete"
    assert status.n_found == 4
    if name != "tess":  # four files hold both of its speakers
        assert status.missing_speakers
        assert f"missing speakers: {status.missing_speakers[0]}" in status.text


def test_complete(synthetic_root):
    status = look(synthetic_root, "synthetic")
    assert status.state == "complete"
    assert status.n_found == len(status.recordings) == 192
    assert "complete, 192 of 192 recordings, 8 of 8 speakers" in status.text
    assert "to do" not in status.text


@pytest.mark.slow
def test_missing_recordings_are_named_from_the_published_table(
    synthetic_root, tmp_path, monkeypatch
):
    shutil.copytree(synthetic_root, tmp_path, dirs_exist_ok=True)
    recordings = synthetic.find(tmp_path)
    monkeypatch.setattr(tables, "DATA_DIR", tmp_path / "tables")
    extract(tmp_path, tmp_path / "tables", ["synthetic"], workers=1, progress=False)
    recordings[17].path.unlink()
    status = look(tmp_path, "synthetic", decode=False)
    assert status.missing == (recordings[17].name,)
    assert recordings[17].name in status.text
    assert status.missing_speakers == ()


def test_damaged_and_silent_files_are_named(tmp_path):
    grow(tmp_path, "cremad")
    (tmp_path / "cremad/AudioWAV/1003_DFA_ANG_XX.wav").write_bytes(b"not a sound")
    write(tmp_path / "cremad/AudioWAV/1076_MTI_SAD_XX.wav", np.zeros(8000))
    status = look(tmp_path, "cremad")
    assert status.state == "damaged"
    assert len(status.recordings) == 4
    assert {e.name: e.code for e in status.excluded} == {
        "1003_DFA_ANG_XX": "unreadable",
        "1076_MTI_SAD_XX": "silent",
    }
    assert "replace the damaged files: 1003_DFA_ANG_XX.wav" in status.text
    assert "left out: 1076_MTI_SAD_XX: digital silence" in status.text


def test_twins_are_named(tmp_path):
    for name in ("1006_TIE_HAP_XX", "1006_TIE_NEU_XX"):
        write(tmp_path / f"{name}.wav", tone(1))
    text = look(tmp_path, "cremad").text
    assert "1006_TIE_HAP_XX: the same sound as 1006_TIE_NEU_XX" in text
    assert "1006_TIE_NEU_XX: the same sound as 1006_TIE_HAP_XX" in text
    assert "0 usable" in text


def test_the_doubled_archive_is_named(tmp_path):
    grow(tmp_path, "ravdess", list(LAYOUTS["ravdess"])[1])
    status = look(tmp_path, "ravdess")
    assert status.n_found == 4
    assert "duplicated: 4 files are there twice, in Actor_01, Actor_02, Actor_24" in status.text
    assert str(tmp_path) not in status.text


def test_names_outside_the_grammar_are_counted(tmp_path):
    grow(tmp_path, "emodb")
    write(tmp_path / "emodb" / "my-own.wav")
    status = look(tmp_path, "emodb")
    assert [path.name for path in status.unknown] == ["my-own.wav"]
    assert "not understood: 1 sound files, my-own.wav" in status.text


def test_without_decoding_files_are_told_by_their_names(tmp_path):
    (tmp_path / "1003_DFA_ANG_XX.wav").write_bytes(b"")
    assert look(tmp_path, "cremad", decode=False).n_found == 1
    assert look(tmp_path, "cremad", decode=False).state == "incomplete"
    assert look(tmp_path, "cremad").state == "damaged"


def test_all_corpora_in_the_registrys_order(tmp_path):
    assert [status.corpus for status in inspect(tmp_path, progress=False)] == list(CORPORA)


def test_unknown_corpus(tmp_path):
    with pytest.raises(CorpusError, match="savee"):
        inspect(tmp_path, ["savee"])
