"""Filters, counts, the map and the parts of reports, on the committed tables."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ser_core.corpora import CORPORA
from ser_core.data import exploring, projecting, reported, tables
from ser_core.data.exploring import Selection
from ser_core.errors import CorpusError
from ser_core.inference import bundle

ROOT = Path(__file__).resolve().parents[1]

# Files of the corpora as they were brought: RAVDESS, TESS and EMO-DB complete, CREMA-D's actors
# 1001 to 1071.
FOUND = {
    "ravdess": 1440,
    "tess": 2800,
    "emodb": 535,
    "cremad": 5803,
    "nemo": 3433,
    "banglaser": 1464,
}


@pytest.fixture(scope="module")
def clips() -> pd.DataFrame:
    return exploring.manifest()


@pytest.fixture(scope="module")
def points(clips: pd.DataFrame) -> pd.DataFrame:
    return exploring.place(clips, "classic")[0]


@pytest.fixture(scope="module")
def report() -> dict:
    return bundle.read_shipped("ravdess-mlp").info["reports"]["speakers"]


def test_counts_are_the_files_less_the_stated_exclusions(clips: pd.DataFrame) -> None:
    holdings = {holding.corpus: holding for holding in exploring.holdings(clips)}
    assert {
        name: holding.n_recordings + len(holding.excluded) for name, holding in holdings.items()
    } == FOUND
    assert all(reason for holding in holdings.values() for _, _, reason in holding.excluded)


@pytest.mark.slow
@pytest.mark.parametrize("corpus", FOUND)
def test_counts_are_those_of_the_recordings_themselves(
    clips: pd.DataFrame, ser_data: Path, corpus: str
) -> None:
    if not (ser_data / corpus).is_dir():
        pytest.skip(f"{corpus} is not here")
    found = pd.DataFrame(
        [(r.name, r.emotion, r.speaker) for r in CORPORA[corpus].find(ser_data / corpus)],
        columns=["name", "emotion", "speaker"],
    )
    left_out = [name for name, _, _ in tables.info(corpus).excluded]
    kept = found[~found["name"].isin(left_out)].sort_values("name", ignore_index=True)
    shown = clips[clips["corpus"] == corpus].sort_values("name", ignore_index=True)
    pd.testing.assert_frame_equal(shown[list(kept.columns)], kept, check_dtype=False)


@pytest.mark.parametrize(
    ("corpus", "emotion", "count"),
    [
        ("emodb", "angry", 127),
        ("emodb", "bored", 81),
        ("emodb", "disgust", 46),
        ("emodb", "fearful", 69),
        ("emodb", "happy", 71),
        ("emodb", "sad", 62),
        ("emodb", "neutral", 79),
        ("ravdess", "neutral", 96),
        ("ravdess", "calm", 192),
        ("ravdess", "happy", 191),
        ("tess", "surprised", 400),
    ],
)
def test_published_counts(clips: pd.DataFrame, corpus: str, emotion: str, count: int) -> None:
    assert exploring.counts(clips, "corpus").loc[corpus, emotion] == count


@pytest.mark.parametrize("by", exploring.SPLITS)
@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(corpora=("ravdess", "emodb")),
        Selection(emotions=("sad",), genders=("female",)),
        Selection(intensities=("strong", "high")),
        Selection(intensities=(exploring.NOT_STATED,)),
    ],
)
def test_counts_add_up(clips: pd.DataFrame, by: str, selection: Selection) -> None:
    chosen = exploring.choose(clips, selection)
    assert exploring.counts(chosen, by).to_numpy().sum() == len(chosen) > 0
    assert exploring.durations(chosen)["clips"].sum() == len(chosen)


@pytest.mark.parametrize(
    ("selection", "column", "values"),
    [
        (Selection(corpora=("emodb",)), "corpus", {"emodb"}),
        (Selection(emotions=("sad", "calm")), "emotion", {"sad", "calm"}),
        (Selection(genders=("male",)), "gender", {"male"}),
        (Selection(intensities=("low",)), "intensity", {"low"}),
    ],
)
def test_filters(clips: pd.DataFrame, selection: Selection, column: str, values: set[str]) -> None:
    chosen = exploring.choose(clips, selection)
    assert set(chosen[column]) == values
    assert len(chosen) == clips[column].isin(values).sum()
    # The index is how the page knows a clip: it must survive the filter.
    assert (clips.loc[chosen.index, "name"] == chosen["name"]).all()


def test_filters_that_exclude_each_other_leave_nothing(clips: pd.DataFrame) -> None:
    assert exploring.choose(clips, Selection(("emodb",), intensities=("strong",))).empty


@pytest.mark.slow
@pytest.mark.parametrize("vector", projecting.FILES)
def test_map_is_of_the_tables_that_have_features(clips: pd.DataFrame, vector: str) -> None:
    points, about = exploring.place(clips, vector)
    table = tables.read()
    assert list(points["name"]) == list(table["name"])
    assert list(points["corpus"]) == list(table["corpus"])
    assert np.isfinite(points[["pca_1", "pca_2", "tsne_1", "tsne_2"]].to_numpy()).all()
    values = projecting.features_of(table, vector)
    assert about["inputs"] == projecting.digest(values), "run `python -m ser_core project` again"
    assert set(about["corpora"]) == set(table["corpus"])
    assert all(source["licence"] for source in about["corpora"].values())


def test_neighbours_are_people_more_than_emotions(points: pd.DataFrame) -> None:
    near = exploring.neighbourhood(points, points, projecting.N_NEIGHBOURS)
    assert near.same_speaker / near.speaker_chance > near.same_emotion / near.emotion_chance > 1


@pytest.mark.slow
def test_projection_keeps_neighbours_together(tmp_path: Path) -> None:
    table = tables.read(["emodb"]).iloc[:200].reset_index(drop=True)
    values = projecting.features_of(table, "classic")
    rows, about = projecting.project(table, values)
    again, _ = projecting.project(table, values)
    pd.testing.assert_frame_equal(rows, again)
    projecting.write(rows, about, "classic", tmp_path)
    stored, stored_about = projecting.read("classic", tmp_path)
    pd.testing.assert_frame_equal(rows, stored, check_dtype=False)
    assert stored_about["corpora"]["emodb"]["licence"]
    speakers = table["speaker"].to_numpy(dtype=str)
    plane = rows[["tsne_1", "tsne_2"]].to_numpy()
    gaps = ((plane[:, None] - plane[None]) ** 2).sum(axis=-1)
    nearest = gaps.argsort(axis=1)[:, 1]
    assert (speakers[nearest] == speakers).mean() > 2 / len(set(speakers))


@pytest.mark.parametrize("content", [None, b"not a table"])
def test_damaged_map_is_refused(tmp_path: Path, content: bytes | None) -> None:
    if content:
        (tmp_path / projecting.FILES["classic"]).write_bytes(content)
    with pytest.raises(CorpusError, match="python -m ser_core project") as error:
        projecting.read("classic", tmp_path)
    assert error.value.code == "no_projection"


def test_profile_compares_a_clip_with_its_emotion_and_its_speaker() -> None:
    table = tables.read(["emodb"])
    lines = exploring.profile(table, "03a01Fa")
    assert lines["group"].value_counts().to_dict() == {"mfcc": 40, "chroma": 12, "mel": 128}
    values = table["mfcc_2"].to_numpy(dtype=float)
    z = (values - values.mean()) / values.std()
    own = (table["name"] == "03a01Fa").to_numpy()
    happy = (table["emotion"] == "happy").to_numpy() & ~own
    assert lines.loc["mfcc_2", "clip"] == pytest.approx(z[own][0])
    assert lines.loc["mfcc_2", "emotion"] == pytest.approx(z[happy].mean())
    apart = exploring.distances(lines)
    assert apart["emotion"] > 0 and apart["speaker"] > 0
    with pytest.raises(CorpusError):
        exploring.profile(table, "nobody")


def test_recordings_are_found_by_name(synthetic_root: Path) -> None:
    assert exploring.recordings("synthetic", None) == {}
    found = exploring.recordings("synthetic", synthetic_root)
    assert found and all(path.stem == name for name, path in found.items())
    assert exploring.recordings("ravdess", synthetic_root) == {}


@pytest.mark.parametrize(
    ("selection", "covers", "ignored"),
    [
        (Selection(), "", ()),
        (Selection(corpora=("ravdess",)), "", ()),
        (Selection(genders=("female",)), "women only", ()),
        (Selection(genders=("female", "male")), "", ()),
        (Selection(corpora=("emodb",)), "", ("corpus",)),
        (Selection(genders=("male",), intensities=("strong",)), "men only", ("intensity",)),
    ],
)
def test_report_follows_the_filters_as_far_as_it_can(
    report: dict, selection: Selection, covers: str, ignored: tuple[str, ...]
) -> None:
    part = reported.part(report, selection)
    assert (part.covers, part.ignored) == (covers, ignored)
    assert (part.figures["n_recordings"] < report["n_recordings"]) == bool(covers)


def test_report_of_several_corpora_can_be_narrowed_to_one(report: dict) -> None:
    several = report | {
        "corpora": ["emodb", "ravdess"],
        "by_corpus": report["by_corpus"] | {"emodb": {"n_recordings": 1}},
    }
    part = reported.part(several, Selection(corpora=("emodb",)))
    assert (part.figures["n_recordings"], part.covers) == (1, "EMO-DB only")


def test_classification_report_is_scikit_learns(report: dict) -> None:
    emotions = list(report["recall"])
    table = reported.by_emotion(report, emotions)
    for emotion, row in table.iterrows():
        line = next(
            line.split()
            for line in report["classification_report"].splitlines()
            if line.strip().startswith(str(emotion))
        )
        shown = [f"{row[key]:.3f}" for key in ("precision", "recall", "f1")]
        assert [*shown, f"{row['clips']:.0f}"] == line[1:]
    assert list(reported.by_emotion(report, emotions, ["sad"]).index) == ["sad"]


def test_transfer_matrix_states_what_it_was_measured_on() -> None:
    matrix = reported.transfer()
    cells = reported.transfer_cells(matrix, Selection())
    assert len(cells) == len(matrix["corpora"]) ** 2
    assert ((cells["low"] <= cells["uar"]) & (cells["uar"] <= cells["high"])).all()
    assert matrix["command"].startswith("python -m ser_core evaluate --network mlp")
    manifest = exploring.choose(exploring.manifest(), Selection(emotions=tuple(matrix["emotions"])))
    for (_, test), cell in cells.set_index(["train", "test"]).iterrows():
        assert cell["n_recordings"] == (manifest["corpus"] == test).sum()
    assert set(reported.transfer_cells(matrix, Selection(("tess",)))["test"]) == {"tess"}


@pytest.mark.parametrize("content", [None, "{", json.dumps({"cells": []})])
def test_damaged_matrix_is_refused(tmp_path: Path, content: str | None) -> None:
    if content:
        (tmp_path / reported.TRANSFER).write_text(content)
    with pytest.raises(CorpusError, match="--protocol matrix") as error:
        reported.transfer(tmp_path)
    assert error.value.code == "no_matrix"


@pytest.mark.slow
def test_exploring_needs_no_training_libraries() -> None:
    code = (
        "import sys; from ser_core.data import exploring as e, reported as r; c = e.manifest(); "
        "e.place(c, 'encoder'); e.holdings(c); r.transfer(); "
        "print([m for m in ('tensorflow', 'keras', 'librosa', 'sklearn') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_counts_leave_no_clip_out() -> None:
    rows = [("ravdess", "female", "angry"), ("elsewhere", "unheard of", "sad")]
    clips = pd.DataFrame(rows, columns=["corpus", "gender", "emotion"])
    for by in ("corpus", "gender"):
        assert exploring.counts(clips, by).to_numpy().sum() == len(clips)
