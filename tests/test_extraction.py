"""Recordings in, tables out."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ser_core import audio
from ser_core.corpora import CORPORA
from ser_core.data import extraction, tables
from ser_core.data.extraction import extract
from ser_core.data.measuring import measure_batches
from ser_core.errors import CorpusError
from ser_core.features import classic
from ser_core.features.classic import FeatureSettings
from tests.support.corpus_trees import LAYOUTS, grow, tone, write


def run(data, out, *corpora, **options):
    return extract(data, out, corpora or None, workers=1, progress=False, **options)


def test_a_table_holds_what_the_core_hears(tmp_path):
    (result,) = run(grow(tmp_path, "emodb"), tmp_path / "out", "emodb")
    assert (result.corpus, result.n_recordings, result.n_speakers) == ("emodb", 4, 4)
    table = tables.read(["emodb"], tmp_path / "out")
    recordings = CORPORA["emodb"].find(tmp_path)
    assert list(table["name"]) == [recording.name for recording in recordings]
    for recording, (_, row) in zip(recordings, table.iterrows(), strict=True):
        clip = audio.load(recording.path)
        expected = classic.extract(clip.signal)
        found = row[list(classic.feature_names())].to_numpy(dtype=np.float32)
        np.testing.assert_allclose(found, expected, rtol=1e-5)
        assert row["duration_s"] == pytest.approx(clip.duration_s)
        assert (row["speaker"], row["emotion"]) == (recording.speaker, recording.emotion)


def test_everything_that_is_found_is_extracted_and_tess_as_a_manifest(tmp_path):
    for corpus in ("tess", "cremad"):
        grow(tmp_path, corpus)
    results = run(tmp_path, tmp_path / "out")
    assert [(result.corpus, result.with_features) for result in results] == [
        ("tess", False),
        ("cremad", True),
    ]
    assert tables.info("tess", tmp_path / "out").features is None
    assert "manifest only" in results[0].text

    run(tmp_path, tmp_path / "own", "tess", all_features=True)
    assert tables.info("tess", tmp_path / "own").features == FeatureSettings()


def test_unreadable_silent_and_twin_files_are_reported_and_skipped(tmp_path):
    grow(tmp_path, "cremad")
    (tmp_path / "1003_DFA_ANG_XX.wav").write_bytes(b"no sound")
    write(tmp_path / "1076_MTI_SAD_XX.wav", np.zeros(8000))
    for name in ("1006_TIE_HAP_XX", "1006_TIE_NEU_XX"):
        write(tmp_path / f"{name}.wav", tone(5))
    (result,) = run(tmp_path, tmp_path / "out", "cremad")
    expected = {
        "1003_DFA_ANG_XX": "unreadable",
        "1006_TIE_HAP_XX": "contradictory",
        "1006_TIE_NEU_XX": "contradictory",
        "1076_MTI_SAD_XX": "silent",
    }
    assert result.n_recordings == 4
    assert {e.name: e.code for e in result.excluded} == expected
    assert {n: c for n, c, _ in tables.info("cremad", tmp_path / "out").excluded} == expected
    assert all(f"left out: {name}:" in result.text for name in expected)


def test_the_doubled_archive_gives_each_recording_once(tmp_path):
    grow(tmp_path, "ravdess", list(LAYOUTS["ravdess"])[1])
    (result,) = run(tmp_path, tmp_path / "out", "ravdess")
    assert result.n_recordings == 4
    assert [e.code for e in result.excluded] == ["copy"] * 4
    assert "4 second copies" in result.text
    assert tables.info("ravdess", tmp_path / "out").excluded == ()


@pytest.mark.slow
def test_a_stopped_run_goes_on_where_it_stopped(synthetic_root, tmp_path, monkeypatch):
    data = synthetic_root
    whole = run(data, tmp_path / "whole", "synthetic")[0]
    decoded = []

    def stops_after_two(batches, settings, *, workers):
        for number, batch in enumerate(measure_batches(batches, settings, workers=workers)):
            if number == 2:
                raise KeyboardInterrupt
            decoded.append(len(batch))
            yield batch

    out = tmp_path / "out"
    monkeypatch.setattr(extraction, "measure_batches", stops_after_two)
    with pytest.raises(KeyboardInterrupt):
        run(data, out, "synthetic")
    assert tables.available(out) == ()
    with pytest.raises(KeyboardInterrupt):
        run(data, out, "synthetic")
    (result,) = run(data, out, "synthetic")
    assert sum(decoded) == result.n_recordings == whole.n_recordings == 192
    one, other = (tables.read(["synthetic"], folder) for folder in (out, tmp_path / "whole"))
    assert one.equals(other)
    assert {file.name for file in out.iterdir()} == {"synthetic.parquet", "registry.json"}


@pytest.mark.slow
def test_a_current_table_is_left_alone_and_an_old_one_is_not(tmp_path, monkeypatch):
    grow(tmp_path, "ravdess", list(LAYOUTS["ravdess"])[1])
    (tmp_path / "03-01-03-01-01-01-05.wav").write_bytes(b"no sound")
    out = tmp_path / "out"
    first = run(tmp_path, out, "ravdess")[0]
    again = run(tmp_path, out, "ravdess")[0]
    assert (first.already_current, again.already_current) == (False, True)
    assert again.n_recordings == first.n_recordings
    assert [(e.path, e.code) for e in again.excluded if e.code != "copy"] == [
        (e.path, e.code) for e in first.excluded if e.code != "copy"
    ]
    assert "already current" in again.text

    # The code may change under the same settings; the table must follow.
    extraction.sample_features.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(extraction, "extract_features", lambda signal, settings: signal[:180])
        assert not run(tmp_path, out, "ravdess")[0].already_current
    extraction.sample_features.cache_clear()

    other = FeatureSettings(level_dbfs=None)
    assert not run(tmp_path, out, "ravdess", settings=other)[0].already_current
    assert tables.info("ravdess", out).features == other

    # The same name and size, another sound.
    write(tmp_path / "ravdess/Actor_01/03-01-05-01-01-01-01.wav", tone(7))
    assert not run(tmp_path, out, "ravdess", settings=other)[0].already_current

    write(tmp_path / "ravdess" / "03-01-05-01-01-01-09.wav")
    assert run(tmp_path, out, "ravdess", settings=other)[0].n_recordings == 5


@pytest.mark.slow
def test_parallel_and_serial_agree(tmp_path):
    data = tmp_path / "data"
    for number in range(10, 80):
        write(data / f"10{number}_DFA_ANG_XX.wav")
    run(data, tmp_path / "one", "cremad")
    extract(data, tmp_path / "two", ["cremad"], workers=2, progress=False)
    one, two = (tables.read(["cremad"], tmp_path / folder) for folder in ("one", "two"))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.parametrize(
    ("corpora", "code", "message"),
    [
        (["savee"], "unknown_corpus", "savee"),
        (["ravdess"], "no_recordings", "RAVDESS"),
        ([], "no_recordings", "ser_core corpora"),
    ],
)
def test_nothing_to_extract(corpora, code, message, tmp_path):
    with pytest.raises(CorpusError, match=message) as caught:
        run(tmp_path / "empty", tmp_path / "out", *corpora)
    assert caught.value.code == code


def test_nothing_usable(tmp_path):
    write(tmp_path / "1076_MTI_SAD_XX.wav", np.zeros(8000))
    with pytest.raises(CorpusError, match="1076_MTI_SAD_XX"):
        run(tmp_path, tmp_path / "out", "cremad")


def test_a_folder_that_cannot_be_written(tmp_path):
    grow(tmp_path, "emodb")
    (tmp_path / "out").write_text("a file where the folder should be")
    with pytest.raises(CorpusError, match="--out") as caught:
        run(tmp_path, tmp_path / "out", "emodb")
    assert caught.value.code == "not_writable"


@pytest.mark.slow
@pytest.mark.parametrize("corpus", ["ravdess", "emodb", "cremad"])
def test_the_published_features_are_those_of_the_recordings(corpus, ser_data):
    found = {recording.name: recording.path for recording in CORPORA[corpus].find(ser_data)}
    if not found:
        pytest.skip(f"{corpus} is not in the data folder")
    table = tables.read([corpus]).set_index("name")
    for name in table.index[:: len(table) // 7]:
        expected = classic.extract(audio.load(found[name]).signal)
        published = table.loc[name, list(classic.feature_names())].to_numpy(dtype=np.float32)
        np.testing.assert_allclose(published, expected, rtol=1e-6)
