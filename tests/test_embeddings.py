"""Recordings in numbers: what the network is given, as people who train elsewhere want it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from ser_core import audio, load_model
from ser_core.cli import main
from ser_core.data import sounds
from ser_core.features import classic, encoder
from ser_core.features.classic import FeatureSettings
from ser_core.inference import bundle
from ser_core.inference.windows import WINDOW_S
from tests.support import voices
from tests.support.models import Ruled


def run(*arguments: str | Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main([*map(str, arguments)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


@pytest.mark.parametrize("name", bundle.names())
def test_a_short_clip_is_what_the_network_is_given(name: str) -> None:
    model = load_model(name)
    clip = voices.clip(voices.voice(3.0))
    settings = model.info["features"]
    expected = (
        encoder.features(clip.signal)
        if "n_mfcc" not in settings
        else classic.extract(clip.signal, FeatureSettings(**settings))
    )
    found = model.embed(clip)
    assert found.dtype == np.float32 and np.array_equal(found, expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", bundle.names())
def test_a_long_one_is_as_its_parts_and_as_long(name: str) -> None:
    model = load_model(name)
    short, long = (voices.clip(voices.voice(seconds)) for seconds in (5.0, 9.0))
    assert model.embed(long).shape == model.embed(short).shape
    assert np.corrcoef(model.embed(long), model.embed(short))[0, 1] > 0.9
    assert np.isfinite(model.embed(voices.clip(voices.not_speech()["melody"]))).all()


def test_windows_count_by_their_speech() -> None:
    loudness = Ruled(lambda signal: float(np.abs(signal).mean()))
    voice = voices.voice(8.0)
    quiet = np.concatenate([voice, np.zeros(20 * audio.SAMPLE_RATE, dtype=np.float32)])
    alone, beside = (float(loudness.embed(voices.clip(s))[0]) for s in (voice, quiet))
    assert beside == pytest.approx(alone, rel=0.3)


def test_the_command_writes_both_kinds_and_tells_what_it_refuses(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.wav").write_bytes(sounds.make("raised"))
    (tmp_path / "b.wav").write_text("no sound")
    (tmp_path / "c.wav").write_bytes(sounds.make("two"))
    files = [tmp_path / name for name in ("a.wav", "b.wav", "c.wav")]
    model = load_model()
    expected = np.stack([model.embed(audio.load(files[place])) for place in (0, 2)])
    for ending in ("npz", "parquet"):
        out = tmp_path / "made" / f"x.{ending}"
        status, said, err = run("embed", *files, "--out", out, capsys=capsys)
        assert status == 1 and "b.wav: " in err
        assert said == f"2 recordings, 1,536 numbers each, in x.{ending}.\n"
        if ending == "npz":
            found = np.load(out)
            assert str(found["model"]) == model.id
        else:
            table = pq.read_table(out)
            assert json.loads(table.schema.metadata[b"undertone"]) == {"model": model.id}
            found = table.to_pydict()
        assert [str(name) for name in found["recording"]] == [str(files[0]), str(files[2])]
        assert np.allclose(found["embedding"], expected, atol=1e-5)
        assert np.asarray(found["duration_s"])[0] == pytest.approx(audio.load(files[0]).duration_s)
    assert {path.name for path in (tmp_path / "made").iterdir()} == {"x.npz", "x.parquet"}


@pytest.mark.slow
@pytest.mark.parametrize("name", bundle.names())
def test_passages_are_what_the_whole_is_made_of(name: str) -> None:
    model = load_model(name)
    clip = voices.clip(np.concatenate([voices.voice(4.0), np.zeros(64_000), voices.voice(4.0)]))
    found = model.embed_passages(clip)
    mean = np.average(found.values, axis=0, weights=found.speech_s)
    assert mean == pytest.approx(model.embed(clip), abs=1e-3)
    assert (np.diff(found.starts_s) >= 0.5).all() and (found.speech_s > 0).all()
    # Where nobody speaks for long enough there is none.
    assert np.diff(found.starts_s).max() > 1.0
    assert found.ends_s - found.starts_s == pytest.approx(WINDOW_S)
    short, silent = voices.voice(2.0), np.zeros(32_000)
    (ends,) = model.embed_passages(voices.clip(short)).ends_s
    assert ends == pytest.approx(2.0)
    assert model.embed_passages(voices.clip(silent)).values.shape == (0, found.values.shape[1])


def test_the_command_writes_a_row_a_passage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.wav").write_bytes(sounds.make("two"))
    (tmp_path / "b.wav").write_bytes(sounds.make("melody"))
    out = tmp_path / "x.npz"
    words = ("--out", out, "--passages")
    status, said, _ = run("embed", tmp_path / "a.wav", tmp_path / "b.wav", *words, capsys=capsys)
    expected = load_model().embed_passages(audio.load(tmp_path / "a.wav"))
    assert status == 0
    assert (
        said
        == f"{len(expected.starts_s)} passages of 2 recordings, 1,536 numbers each, in x.npz.\n"
    )
    found = np.load(out)
    assert set(found["recording"]) == {str(tmp_path / "a.wav")}
    assert np.array_equal(found["embedding"], expected.values)
    assert np.array_equal(found["start_s"], expected.starts_s)
    assert np.array_equal(found["end_s"], expected.ends_s)
    out.unlink()
    status, said, err = run("embed", tmp_path / "b.wav", *words, capsys=capsys)
    assert (status, said) == (0, "") and "Nobody speaks" in err and not out.exists()


@pytest.mark.parametrize(
    ("out", "says"),
    [("x.csv", ".npz or .parquet"), ("/proc/x/y.npz", "Name another folder with --out")],
)
def test_a_place_that_will_not_do_is_told_before_anything_is_heard(
    out: str, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said, err = run("embed", "nowhere.wav", "--out", out, capsys=capsys)
    assert (status, said) == (1, "") and says in err and "nowhere" not in err


def test_parquet_without_its_package_says_what_brings_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    status, _, err = run("embed", "nowhere.wav", "--out", "x.parquet", capsys=capsys)
    assert status == 1 and "undertone[train]" in err


def test_nothing_heard_is_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run("embed", "nowhere.wav", "--out", tmp_path / "x.npz", capsys=capsys)
    assert status == 1 and "nowhere.wav" in err and not list(tmp_path.iterdir())
