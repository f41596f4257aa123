"""The speech encoder's numbers in committed tables: what they hold, and what is refused."""

from __future__ import annotations

import numpy as np
import pyarrow.parquet as pq
import pytest

from ser_core.assets import registry
from ser_core.corpora import CORPORA
from ser_core.data import encoder_tables, tables
from ser_core.data.encoder_extraction import write_tables
from ser_core.data.extraction import extract
from ser_core.errors import CorpusError, SettingsError
from ser_core.features import encoder
from ser_core.training.gathering import gather
from ser_core.training.settings import TrainingSettings, recipe
from tests.support.corpus_trees import grow

SHARED = ("ravdess", "emodb", "cremad", "nemo", "banglaser")


def a_table(tmp_path, n=40, corpus="emodb"):
    """Some recordings with numbers of known mean and spread; one lies far out."""
    manifest = tables.read([corpus], features=False).iloc[:n].reset_index(drop=True)
    rng = np.random.default_rng(0)
    scale = np.geomspace(0.01, 10, encoder.N_FEATURES)
    inputs = rng.normal(size=(n, encoder.N_FEATURES)) * scale + 3
    inputs[:, 5] = 7.0
    tables.write(manifest, corpus, tmp_path, features=None)
    encoder_tables.write(manifest, inputs, tmp_path)
    return manifest, inputs


def test_what_is_written_is_read_to_within_half_a_step(tmp_path):
    _, inputs = a_table(tmp_path)
    read = encoder_tables.read(["emodb"], tmp_path).astype(np.float64)
    step = encoder_tables.STEP * inputs.std(axis=0)
    # Half precision rounds, too.
    assert (np.abs(read - inputs) <= 0.51 * step + 1e-3 * np.abs(inputs)).all()
    assert read[:, 5] == pytest.approx(7.0, rel=1e-3)


@pytest.mark.slow
def test_what_lies_far_out_is_bounded(tmp_path):
    manifest, inputs = a_table(tmp_path, n=400)
    inputs[0, 0] += 1e3
    encoder_tables.write(manifest, inputs, tmp_path)
    read = encoder_tables.read(["emodb"], tmp_path)[:, 0].astype(np.float64)
    furthest = encoder_tables.MOST * encoder_tables.STEP * inputs[:, 0].std()
    assert read.max() == pytest.approx(inputs[:, 0].mean() + furthest, rel=1e-2)


@pytest.mark.parametrize("corpus", SHARED)
def test_the_committed_tables_are_of_the_recordings_and_name_their_terms(corpus):
    read = encoder_tables.read([corpus])
    assert read.shape == (len(tables.read([corpus], features=False)), encoder.N_FEATURES)
    assert np.isfinite(read).all()
    assert encoder_tables.made_with(corpus) == registry.read()["encoder"][encoder.NETWORK], (
        "run `python -m ser_core extract --data DIR --encoder` again"
    )
    schema = pq.read_schema(encoder_tables.path_of(corpus))
    assert CORPORA[corpus].LICENCE.encode() in schema.metadata[b"undertone"]


def test_the_committed_tables_are_those_that_may_be_shared_and_small():
    there = encoder_tables.available()
    assert set(there) == set(SHARED)
    assert all(CORPORA[corpus].SHARE_FEATURES for corpus in there)
    sizes = [encoder_tables.path_of(corpus).stat().st_size for corpus in there]
    assert sum(sizes) < 15e6
    assert sum(path.stat().st_size for path in tables.DATA_DIR.iterdir()) < 25e6


def test_a_network_over_the_encoder_is_gathered_from_the_tables_alone():
    settings = recipe("encoder", corpora=("emodb", "ravdess"), augmentation=0)
    examples = gather(settings, None)
    table = tables.read(["emodb", "ravdess"], features=False)
    assert examples.names.tolist() == table["name"].tolist()
    assert examples.inputs.shape == (len(table), encoder.N_FEATURES)
    assert set(examples.kinds) > {"bored", "calm", "angry"}


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"corpora": ("tess",)}, CorpusError, "no_features"),
        ({"corpora": ("emodb", "tess")}, CorpusError, "no_features"),
        ({"corpora": ("emodb",), "augmentation": 1}, SettingsError, "needs_audio"),
    ],
)
def test_what_the_tables_cannot_give_is_refused(changes, error, code):
    settings = recipe("encoder", **{"augmentation": 0} | changes)
    with pytest.raises(error) as refusal:
        gather(settings, None)
    assert refusal.value.code == code
    assert "--data DIR" in refusal.value.message


def test_numbers_of_other_recordings_are_refused(tmp_path):
    manifest, _ = a_table(tmp_path)
    manifest.loc[3, "sha256"] = "0" * 64
    tables.write(manifest, "emodb", tmp_path, features=None)
    with pytest.raises(CorpusError, match="--encoder") as refusal:
        encoder_tables.read(["emodb"], tmp_path)
    assert refusal.value.code == "other_recordings"


def test_a_file_of_another_program_is_refused(tmp_path):
    a_table(tmp_path)
    (tmp_path / "registry.json").unlink()
    for content in (b"PAR1 not a table", tables.path_of("emodb", tmp_path).read_bytes()):
        encoder_tables.path_of("emodb", tmp_path).write_bytes(content)
        with pytest.raises(CorpusError) as refusal:
            encoder_tables.read(["emodb"], tmp_path)
        assert refusal.value.code == "damaged_table"


@pytest.mark.slow
def test_one_command_makes_them_and_passes_over_what_may_not_be_shared(tmp_path):
    data, out = tmp_path / "data", tmp_path / "out"
    for corpus in ("emodb", "tess"):
        grow(data, corpus)
    extract(data, out, ["emodb", "tess"], workers=1, progress=False)
    written = write_tables(data, out, ["emodb", "tess"], cache=tmp_path / "cache")
    assert [path.name for path in written] == ["encoder-emodb.parquet"]
    read = encoder_tables.read(["emodb"], out)
    assert read.shape == (len(tables.read(["emodb"], out)), encoder.N_FEATURES)


def test_the_classic_features_are_gathered_as_before():
    settings = TrainingSettings(corpora=("emodb",))
    examples = gather(settings, None)
    assert examples.inputs.shape == (329, 180)
