"""A damaged table or file of figures is noticed, said which, and never believed."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from ser_core import assets
from ser_core.assets import datafiles
from ser_core.corpora import synthetic
from ser_core.data import encoder_tables, projecting, reported, tables, voice
from ser_core.data.extraction import extract
from ser_core.errors import CorpusError, DataError
from ser_core.inference import explanation

READERS = {
    **{f"{name}.parquet": name for name in tables.available()},
    "projection.parquet": lambda root: projecting.read("classic", root),
    "projection-encoder.parquet": lambda root: projecting.read("encoder", root),
    **{
        f"encoder-{name}.parquet": partial(encoder_tables.read, [name])
        for name in ("ravdess", "cremad", "emodb", "nemo", "banglaser")
    },
    "transfer.json": reported.transfer,
    "voices.json": lambda root: voice.spread(root / "voices.json"),
    "faithfulness.json": lambda root: explanation.checks(root / "faithfulness.json"),
}

REGISTERED = sorted(json.loads((assets.DATA / datafiles.REGISTRY).read_text()))


def read(name: str, root: Path) -> object:
    reader = READERS[name]
    return tables.read([reader], root, features=False) if isinstance(reader, str) else reader(root)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(assets.DATA, tmp_path / "data"))


def test_every_file_of_the_data_folder_is_registered() -> None:
    known = json.loads((assets.DATA / datafiles.REGISTRY).read_text())
    there = {path.name for path in assets.DATA.iterdir()} - {"README.md", datafiles.REGISTRY}
    assert set(known) == there
    for name in there:
        datafiles.check(assets.DATA / name)


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_flipped_bits_are_noticed(name: str, folder: Path) -> None:
    read(name, folder)
    whole = (folder / name).read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(len(whole), size=20):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << rng.integers(8)
        (folder / name).write_bytes(damaged)
        with pytest.raises(DataError) as refusal:
            read(name, folder)
        assert refusal.value.code == "changed_data"
        assert name in refusal.value.message
        assert datafiles.maker(name) in refusal.value.message
        assert str(folder) not in refusal.value.message
    (folder / name).write_bytes(whole)
    read(name, folder)


@pytest.mark.slow
@pytest.mark.parametrize("name", REGISTERED)
def test_every_flipped_bit_of_every_file_is_noticed(name: str, tmp_path: Path) -> None:
    shutil.copy(assets.DATA / datafiles.REGISTRY, tmp_path)
    path = Path(shutil.copy(assets.DATA / name, tmp_path))
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    # The first and the last bit, too; of a small file, all of its bytes.
    bits = [0, 8 * len(whole) - 1, *rng.integers(8 * len(whole), size=60).tolist()]
    if len(whole) < 2_000:
        bits += [8 * place + place % 8 for place in range(len(whole))]
    for number, bit in enumerate(bits):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        # The disk's clock may stand still from one to the next.
        os.utime(path, ns=(number, number))
        with pytest.raises(DataError) as refusal:
            datafiles.check(path)
        assert refusal.value.code == "changed_data" and name in refusal.value.message
    path.write_bytes(whole)
    datafiles.check(path)


@pytest.mark.parametrize("content", [b"", b"null", b"[]", b"{", b"[" * 50_000, None], ids=range(6))
def test_a_damaged_registry_is_told(
    content: bytes | None, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assets, "DATA", folder)
    if content is None:
        (folder / datafiles.REGISTRY).unlink()
    else:
        (folder / datafiles.REGISTRY).write_bytes(content)
    with pytest.raises(DataError) as refusal:
        tables.read(["ravdess"], folder)
    assert refusal.value.code == "no_registry"


def test_a_file_that_nobody_registered_is_not_believed(folder: Path) -> None:
    known = json.loads((folder / datafiles.REGISTRY).read_text())
    del known["tess.parquet"]
    (folder / datafiles.REGISTRY).write_text(json.dumps(known))
    with pytest.raises(DataError, match=r"tess\.parquet"):
        read("tess.parquet", folder)


def test_a_missing_file_is_told_as_missing(folder: Path) -> None:
    (folder / "voices.json").unlink()
    with pytest.raises(CorpusError) as refusal:
        read("voices.json", folder)
    assert refusal.value.code == "no_voices"


@pytest.mark.slow
def test_extract_registers_what_it_writes(synthetic_root: Path, tmp_path: Path) -> None:
    extract(synthetic_root, tmp_path, ["synthetic"], workers=1, progress=False)
    known = json.loads((tmp_path / datafiles.REGISTRY).read_text())
    assert set(known) == {"synthetic.parquet"}
    whole = tables.read(["synthetic"], tmp_path)
    assert len(whole) == synthetic.EXPECTED_RECORDINGS
    # A damaged table is made again, not taken for a current one.
    path = tmp_path / "synthetic.parquet"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    (made,) = extract(synthetic_root, tmp_path, ["synthetic"], workers=1, progress=False)
    assert not made.already_current
    assert tables.read(["synthetic"], tmp_path).equals(whole)


def test_files_elsewhere_are_nobodys_business(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(folder / "voices.json", alone)
    voice.spread(alone / "voices.json")
