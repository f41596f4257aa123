"""Tables: written whole, read fast, with their terms."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from ser_core.corpora import CORPORA, NOT_STATED
from ser_core.data import tables
from ser_core.emotions import ALL_EMOTIONS
from ser_core.errors import CorpusError
from ser_core.features.classic import FeatureSettings, feature_names

SETTINGS = FeatureSettings()


def rows(corpus: str, n: int = 3, settings: FeatureSettings | None = SETTINGS) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "corpus": corpus,
            "name": [f"{corpus}-{i}" for i in range(n)],
            "speaker": [f"{corpus}-{i % 2}" for i in range(n)],
            "gender": "female",
            "emotion": "happy",
            "intensity": [None] * n,
            "statement": "Say the word back",
            "language": "en",
            "duration_s": np.linspace(1, 2, n),
            "sha256": [f"{i:064x}" for i in range(n)],
        }
    )
    if settings is None:
        return frame
    values = np.random.default_rng(0).normal(size=(n, 180)).astype(np.float32)
    return frame.join(pd.DataFrame(values, columns=list(feature_names(settings))))


def test_what_is_written_is_read(tmp_path):
    path = tables.write(
        rows("emodb"),
        "emodb",
        tmp_path,
        features=SETTINGS,
        excluded=[("03a01Fa", "silent", "all zero")],
        inputs="abc",
    )
    assert path == tmp_path / "emodb.parquet"
    assert {file.name for file in tmp_path.iterdir()} == {"emodb.parquet", "registry.json"}
    read = tables.read(["emodb"], tmp_path)
    assert list(read.columns) == [*tables.MANIFEST, *feature_names(SETTINGS)]
    assert (read.dtypes[list(feature_names(SETTINGS))] == np.float32).all()
    assert read["intensity"].isna().all()
    expected = rows("emodb")
    np.testing.assert_array_equal(read["mfcc_1"], expected["mfcc_1"])
    assert list(read["name"]) == list(expected["name"])

    info = tables.info("emodb", tmp_path)
    assert info.features == SETTINGS
    assert info.excluded == (("03a01Fa", "silent", "all zero"),)
    assert (info.title, info.inputs) == ("EMO-DB", "abc")
    assert "Burkhardt" in info.licence
    assert "Burkhardt" in info.citation
    assert info.source == CORPORA["emodb"].SOURCE


def test_the_order_is_the_one_asked_for(tmp_path):
    for corpus in ("ravdess", "emodb"):
        tables.write(rows(corpus), corpus, tmp_path, features=SETTINGS)
    for order in (["emodb", "ravdess"], ["ravdess", "emodb"]):
        assert list(dict.fromkeys(tables.read(order, tmp_path)["corpus"])) == order
    assert tables.available(tmp_path) == ("ravdess", "emodb")


def test_manifests_come_only_without_features(tmp_path):
    tables.write(rows("emodb"), "emodb", tmp_path, features=SETTINGS)
    tables.write(rows("tess", settings=None), "tess", tmp_path, features=None)
    assert set(tables.read(root=tmp_path)["corpus"]) == {"emodb"}
    everything = tables.read(root=tmp_path, features=False)
    assert set(everything["corpus"]) == {"tess", "emodb"}
    assert tuple(everything.columns) == tables.MANIFEST
    assert tables.info("tess", tmp_path).features is None


@pytest.mark.parametrize(
    ("corpora", "code", "message"),
    [
        (["savee"], "unknown_corpus", "savee"),
        (["cremad"], "no_table", "ser_core extract"),
        ([], "no_table", "extract"),
        (["tess"], "no_features", "licence"),
        (["emodb", "ravdess"], "mixed_features", "different feature settings"),
        (["synthetic"], "damaged_table", "Delete it"),
        (["nemo"], "other_rate", "8,000 Hz, and here they have 16,000"),
    ],
)
def test_refusals(corpora, code, message, tmp_path):
    tables.write(rows("emodb"), "emodb", tmp_path, features=SETTINGS)
    other = FeatureSettings(level_dbfs=None)
    slow = FeatureSettings(sampling_rate=8_000)
    tables.write(rows("nemo"), "nemo", tmp_path, features=slow)
    tables.write(rows("ravdess"), "ravdess", tmp_path, features=other)
    tables.write(rows("tess", settings=None), "tess", tmp_path, features=None)
    (tmp_path / "synthetic.parquet").write_bytes(b"PAR1 but not really PAR1")
    # Without one, what a file holds is all that tells.
    (tmp_path / "registry.json").unlink()
    with pytest.raises(CorpusError, match=message) as caught:
        tables.read(corpora, tmp_path)
    assert caught.value.code == code
    assert str(tmp_path) not in caught.value.message


def test_an_empty_folder_holds_no_table(tmp_path):
    assert tables.available(tmp_path) == ()
    with pytest.raises(CorpusError, match="extract"):
        tables.read(root=tmp_path)


def test_a_table_of_another_program_is_refused(tmp_path):
    rows("emodb").to_parquet(tmp_path / "emodb.parquet")
    with pytest.raises(CorpusError) as caught:
        tables.info("emodb", tmp_path)
    assert caught.value.code == "damaged_table"


# The tables that come with Undertone.


@pytest.mark.parametrize(
    ("corpus", "recordings", "speakers", "with_features"),
    [
        ("ravdess", 1439, 24, True),
        ("emodb", 535, 10, True),
        ("cremad", 5797, 71, True),
        ("nemo", 3433, 9, True),
        ("banglaser", 1464, 34, True),
        ("tess", 2800, 2, False),
    ],
)
def test_published_tables(corpus, recordings, speakers, with_features):
    frame = tables.read([corpus], features=with_features)
    about = tables.info(corpus)
    assert (len(frame), frame["speaker"].nunique()) == (recordings, speakers)
    assert about.licence == CORPORA[corpus].LICENCE
    assert (about.features == FeatureSettings()) if with_features else about.features is None
    assert frame["name"].is_unique
    assert frame["sha256"].is_unique
    assert set(frame["emotion"]) <= set(ALL_EMOTIONS)
    assert set(frame["gender"]) <= ({NOT_STATED} if corpus == "banglaser" else {"female", "male"})
    assert frame["duration_s"].between(0.5, 10).all()
    every_speaker = {s for group in CORPORA[corpus].SPEAKER_GROUPS.values() for s in group}
    assert set(frame["speaker"]) <= every_speaker
    if with_features:
        values = frame[list(feature_names())].to_numpy()
        assert values.shape == (recordings, 180)
        assert np.isfinite(values).all()


def test_what_was_left_out_of_the_published_tables():
    left_out = {c: {n for n, _, _ in tables.info(c).excluded} for c in tables.available()}
    assert left_out == {
        "ravdess": {"03-01-03-01-02-02-07"},
        "tess": set(),
        "emodb": set(),
        "nemo": set(),
        "banglaser": set(),
        "cremad": {
            "1006_TIE_HAP_XX",
            "1006_TIE_NEU_XX",
            "1013_WSI_DIS_XX",
            "1013_WSI_SAD_XX",
            "1017_IWW_ANG_XX",
            "1017_IWW_FEA_XX",
        },
    }


def test_the_manifest_agrees_with_the_names():
    for corpus in tables.available():
        frame = tables.read([corpus], features=False)
        for row in frame.itertuples():
            recording = CORPORA[corpus].parse(tables.Path(corpus, f"{row.name}.wav"))
            assert recording is not None
            assert (row.speaker, row.emotion) == (recording.speaker, recording.emotion)


@pytest.mark.slow
def test_reading_tables_needs_no_librosa():
    code = (
        "import sys; from ser_core.data import tables; tables.read(); "
        "print(sorted({'librosa', 'numba', 'tensorflow', 'scipy.signal'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_table_whose_end_makes_no_sense_is_refused(tmp_path):
    tables.write(rows("emodb"), "emodb", tmp_path, features=SETTINGS)
    (tmp_path / "registry.json").unlink()
    path = tmp_path / "emodb.parquet"
    whole = path.read_bytes()
    # What stands before the last eight bytes says where everything lies.
    path.write_bytes(whole[:-2_000] + b"\xff" * 1_992 + whole[-8:])
    with pytest.raises(CorpusError) as caught:
        tables.available(tmp_path, features=True)
    assert caught.value.code == "damaged_table"
