"""Downloading, against a server on this machine that misbehaves as real ones do."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import zipfile

import numpy as np
import pooch
import pytest
import soundfile

from ser_core.corpora import CORPORA, Remote, emodb, ravdess, tess
from ser_core.data import extraction, tables
from ser_core.data.fetch import fetch, fetch_weights
from ser_core.errors import CorpusError
from ser_core.features import encoder_weights
from tests.support.corpus_trees import RATE, tone
from tests.support.downloads import Server


def wav(seed: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, tone(seed), RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def archive(files: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as content:
        for name, data in files.items():
            content.writestr(name, data)
    return file.getvalue()


def md5(data: bytes) -> str:
    return f"md5:{hashlib.md5(data).hexdigest()}"


RAVDESS = {f"Actor_01/03-01-0{emotion}-01-01-01-01.wav": wav(emotion) for emotion in range(1, 9)}
RAVDESS_ZIP = archive(RAVDESS)
EMODB = {f"wav/03a01{letter}a.wav": wav(seed) for seed, letter in enumerate("WLEAFTN")}
TESS = {f"OAF_{word}_angry.wav": wav(seed) for seed, word in enumerate(("back", "bar", "base"))}


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(pooch.core.time, "sleep", lambda seconds: None)
    server = Server()
    server.files["/ravdess.zip"] = RAVDESS_ZIP
    server.files["/emodb.zip"] = archive(EMODB)
    monkeypatch.setattr(ravdess, "EXPECTED_RECORDINGS", len(RAVDESS))
    monkeypatch.setattr(emodb, "EXPECTED_RECORDINGS", len(EMODB))
    monkeypatch.setattr(tess, "EXPECTED_RECORDINGS", len(TESS))
    remote = Remote(f"{server.url}/ravdess.zip", "ravdess.zip", md5(RAVDESS_ZIP), size_mb=1)
    monkeypatch.setattr(ravdess, "REMOTES", (remote,))
    monkeypatch.setattr(
        emodb, "REMOTES", (Remote(f"{server.url}/emodb.zip", "emodb.zip", size_mb=1),)
    )
    monkeypatch.setattr(tess, "REMOTES", (Remote(server.url, doi="10.5683/SP2/E8H2MF"),))
    list_of_files = []
    for number, (name, data) in enumerate(TESS.items()):
        server.files[f"/api/access/datafile/{number}"] = data
        entry = {"id": number, "filename": name, "md5": md5(data).removeprefix("md5:")}
        list_of_files.append({"label": name, "dataFile": entry})
    list_of_files.append({"label": "a", "dataFile": {"id": 99, "filename": "a.pdf", "md5": "0"}})
    listing = {"status": "OK", "data": {"latestVersion": {"files": list_of_files}}}
    server.files["/api/datasets/:persistentId/"] = json.dumps(listing).encode()
    yield server
    server.close()


def refused(name, root) -> CorpusError:
    with pytest.raises(CorpusError) as caught:
        fetch(name, root, progress=False)
    assert str(root) not in caught.value.message
    return caught.value


def test_an_archive_is_downloaded_checked_and_unpacked(server, tmp_path):
    said = []
    found = fetch("ravdess", tmp_path / "data", progress=False, say=said.append)
    assert len(found) == len(RAVDESS)
    assert found == CORPORA["ravdess"].find(tmp_path / "data")
    # Nothing but the corpus is left behind.
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["ravdess"]
    assert any("CC BY-NC-SA 4.0" in text for text in said)


def test_what_is_complete_is_not_downloaded_again(server, tmp_path):
    fetch("ravdess", tmp_path, progress=False)
    said = []
    assert len(fetch("ravdess", tmp_path, progress=False, say=said.append)) == len(RAVDESS)
    assert server.requests["/ravdess.zip"] == 1
    assert "complete already" in said[0]


@pytest.mark.parametrize("fault", ["breaks off", "500", "other content"])
def test_a_fault_that_passes_is_survived(fault, server, tmp_path):
    server.faults["/ravdess.zip"] = [fault]
    assert len(fetch("ravdess", tmp_path, progress=False)) == len(RAVDESS)
    assert server.requests["/ravdess.zip"] == 2


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        ("breaks off", "download_failed", "the transfer broke off"),
        ("500", "download_failed", "its server answered 500"),
        ("other content", "wrong_checksum", "checksum"),
    ],
)
def test_a_fault_that_stays_is_reported_and_leaves_nothing(fault, code, message, server, tmp_path):
    server.faults["/ravdess.zip"] = [fault] * 3
    error = refused("ravdess", tmp_path)
    assert error.code == code
    assert message in error.message
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    # The next try starts clean.
    assert len(fetch("ravdess", tmp_path, progress=False)) == len(RAVDESS)


def test_no_server(server, tmp_path):
    server.close()
    error = refused("ravdess", tmp_path)
    assert error.code == "download_failed"
    assert "could not be reached" in error.message


def test_too_little_room_is_said_before_the_download(server, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 2 * 1024**2})
    monkeypatch.setattr("ser_core.data.fetch.shutil.disk_usage", lambda path: usage)
    error = refused("ravdess", tmp_path)
    assert error.code == "disk_full"
    assert "3 MB" in error.message
    assert not server.requests


def full_disk(*args: object, **kwargs: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize(
    ("where", "requests"),
    [("requests.models.Response.iter_content", 2), ("zipfile.ZipFile.extractall", 1)],
)
def test_the_disk_fills_up_on_the_way(where, requests, server, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(where, full_disk)
        error = refused("ravdess", tmp_path)
    assert error.code == "disk_full"
    assert not (tmp_path / "ravdess").exists()
    # With room again it goes on; an archive that came whole is not downloaded twice.
    assert len(fetch("ravdess", tmp_path, progress=False)) == len(RAVDESS)
    assert server.requests["/ravdess.zip"] == requests


def test_a_folder_that_is_not_complete_is_left_alone(server, tmp_path):
    own = tmp_path / "ravdess" / "03-01-05-01-01-01-01.wav"
    own.parent.mkdir()
    own.write_bytes(b"my only copy")
    assert refused("ravdess", tmp_path).code == "in_the_way"
    assert own.read_bytes() == b"my only copy"
    assert not server.requests


def test_an_archive_with_too_few_recordings(server, tmp_path, monkeypatch):
    monkeypatch.setattr(ravdess, "EXPECTED_RECORDINGS", 1440)
    error = refused("ravdess", tmp_path)
    assert error.code == "incomplete"
    assert "8 recordings" in error.message
    assert "1,440" in error.message


def test_a_data_root_that_cannot_be_written(server, tmp_path):
    (tmp_path / "data").write_text("a file where the folder should be")
    assert refused("ravdess", tmp_path / "data").code == "not_writable"


class TestWithoutPublishedChecksum:
    """EMO-DB: the recordings themselves are held against the table."""

    @pytest.fixture(autouse=True)
    def table(self, tmp_path, monkeypatch):
        monkeypatch.setattr(tables, "DATA_DIR", tmp_path / "tables")
        for name, data in EMODB.items():
            path = tmp_path / "reference" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        extraction.extract(tmp_path / "reference", corpora=["emodb"], workers=1, progress=False)

    def test_the_known_recordings_are_taken(self, server, tmp_path):
        assert len(fetch("emodb", tmp_path / "data", progress=False)) == len(EMODB)
        assert [path.name for path in (tmp_path / "data").iterdir()] == ["emodb"]

    def test_other_recordings_are_refused(self, server, tmp_path):
        forged = dict(EMODB) | {"wav/03a01Fa.wav": wav(99)}
        server.files["/emodb.zip"] = archive(forged)
        error = refused("emodb", tmp_path / "data")
        assert error.code == "other_recordings"
        assert "03a01Fa.wav" in error.message
        assert not [path for path in (tmp_path / "data").rglob("*") if path.is_file()]

    def test_what_is_no_archive_is_refused(self, server, tmp_path):
        server.faults["/emodb.zip"] = ["other content"]
        assert refused("emodb", tmp_path / "data").code == "bad_archive"
        assert len(fetch("emodb", tmp_path / "data", progress=False)) == len(EMODB)


class TestDataverse:
    """TESS: file by file, each with the checksum of the listing."""

    def test_the_sound_files_are_downloaded(self, server, tmp_path):
        assert len(fetch("tess", tmp_path, progress=False)) == len(TESS)
        assert sorted(path.name for path in (tmp_path / "tess").iterdir()) == sorted(TESS)
        assert server.requests["/api/access/datafile/99"] == 0

    def test_a_broken_run_goes_on_where_it_broke(self, server, tmp_path):
        server.faults["/api/access/datafile/2"] = ["500"] * 3
        assert refused("tess", tmp_path).code == "download_failed"
        assert not (tmp_path / "tess").exists()
        assert len(fetch("tess", tmp_path, progress=False)) == len(TESS)
        assert server.requests["/api/access/datafile/0"] == 1

    def test_a_file_with_another_checksum_is_refused(self, server, tmp_path):
        server.faults["/api/access/datafile/1"] = ["other content"] * 3
        assert refused("tess", tmp_path).code == "wrong_checksum"

    @pytest.mark.parametrize(
        "answer",
        [
            b"<html>",
            b'{"data": null}',
            b'{"data": {}}',
            b'{"data": {"latestVersion": {"files": []}}}',
        ],
    )
    def test_a_listing_that_is_none(self, answer, server, tmp_path):
        server.files["/api/datasets/:persistentId/"] = answer
        error = refused("tess", tmp_path)
        assert error.code == "download_failed"
        assert tess.SOURCE in error.message


def test_a_corpus_without_direct_download_says_where_to_ask(tmp_path):
    error = refused("cremad", tmp_path)
    assert error.code == "ask_for_it"
    assert "git lfs pull" in error.message
    assert "ask the authors" in error.message


@pytest.mark.slow
def test_the_synthetic_corpus_is_computed(tmp_path):
    said = []
    assert len(fetch("synthetic", tmp_path, say=said.append)) == 192
    assert "nothing is downloaded" in said[0]


def test_an_unknown_corpus(tmp_path):
    assert refused("savee", tmp_path).code == "unknown_corpus"


def test_the_published_digests_are_those_of_the_original_recordings(ser_clips):
    # EMO-DB's originals are 16 kHz, so that the table's digests are those of its own samples.
    known = tables.read(["emodb"], features=False).set_index("name")["sha256"]
    for name in ("03a01Fa", "08a05Fe", "11b10Wa"):
        samples, _ = soundfile.read(ser_clips / f"{name}.wav", dtype="int16")
        digest = hashlib.sha256(samples.astype(np.dtype("<i2")).tobytes()).hexdigest()
        assert known[name] == digest


@pytest.fixture
def weights(server, monkeypatch):
    content = b"weights" * 10_000
    server.files["/tiny.en.pt"] = content
    monkeypatch.setattr(encoder_weights, "URL", f"{server.url}/tiny.en.pt")
    monkeypatch.setattr(encoder_weights, "SHA256", hashlib.sha256(content).hexdigest())
    return content


def test_the_encoders_weights_are_downloaded_once(weights, server, tmp_path):
    said = []
    path = fetch_weights(tmp_path, progress=False, say=said.append)
    assert path == tmp_path / "whisper-tiny" / "tiny.en.pt"
    assert path.read_bytes() == weights
    assert "MIT" in said[0] and "published" in said[-1]
    fetch_weights(tmp_path, progress=False)
    assert server.requests["/tiny.en.pt"] == 1


@pytest.mark.parametrize(
    ("fault", "code"), [("breaks off", "download_failed"), ("other content", "wrong_checksum")]
)
def test_other_weights_than_the_published_are_thrown_away(fault, code, weights, server, tmp_path):
    server.faults["/tiny.en.pt"] = [fault] * 3
    with pytest.raises(CorpusError) as caught:
        fetch_weights(tmp_path, progress=False)
    assert caught.value.code == code
    assert "Whisper tiny.en" in caught.value.message
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_no_room_for_the_weights(weights, tmp_path, monkeypatch):
    usage = type("Usage", (), {"free": 2 * 1024**2})
    monkeypatch.setattr("ser_core.data.fetch.shutil.disk_usage", lambda path: usage)
    with pytest.raises(CorpusError) as caught:
        fetch_weights(tmp_path, progress=False)
    assert caught.value.code == "disk_full"
