"""A corpus that is registered is known everywhere: nothing else has a list of its own."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from ser_core.cli import main
from ser_core.corpora import CORPORA, synthetic
from ser_core.corpora._shared import Recording, find
from ser_core.data import exploring, tables
from ser_core.data.extraction import extract
from ui.explore import charts as explore_charts

pytestmark = pytest.mark.slow

FILE_NAME = re.compile(r"mine-(\d\d)-(angry|fearful|happy|sad)-(\d\d)")


def parse(path: Path) -> Recording | None:
    match = FILE_NAME.fullmatch(path.stem)
    if match is None:
        return None
    speaker, emotion, _ = match.groups()
    return Recording(
        "mine", path.stem, path, f"mine-{speaker}", "female", emotion, None, None, "zxx"
    )


@pytest.fixture
def mine(synthetic_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data root of a new corpus."""
    about = {key: value for key, value in vars(synthetic).items() if key.isupper()} | {
        "NAME": "mine",
        "TITLE": "My corpus",
        "FILE_NAME": FILE_NAME,
        "SPEAKER_GROUPS": {str(n): (f"mine-{n:02d}", f"mine-{n + 1:02d}") for n in (1, 3, 5, 7)},
        "parse": parse,
        "find": lambda root: find(root, parse),
    }
    monkeypatch.setitem(CORPORA, "mine", SimpleNamespace(**about))
    root = tmp_path / "data"
    root.mkdir()
    for recording in synthetic.find(synthetic_root):
        name = recording.path.name.replace("synthetic", "mine")
        (root / name).symlink_to(recording.path)
    return root


def test_tables_pages_and_commands_know_it(
    mine: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (made,) = extract(mine, tmp_path / "tables", workers=1, progress=False)
    assert (made.corpus, made.n_recordings) == ("mine", synthetic.EXPECTED_RECORDINGS)
    assert tables.available(tmp_path / "tables") == ("mine",)
    clips = exploring.manifest(tmp_path / "tables")
    assert exploring.counts(clips, "corpus").loc["mine"].sum() == len(clips)
    assert "mine" in explore_charts.corpus_colours()

    capsys.readouterr()
    assert main(["corpora", "--data", str(mine)]) == 0
    assert "My corpus: complete, 192 of 192 recordings" in capsys.readouterr().out

    toy = ["--corpora", "mine", "--epochs", "2", "--hidden", "8", "--dropout", "0"]
    words = ["train", *toy, "--data", str(mine), "--out", str(tmp_path / "toy")]
    assert main([*words, "--holdout", "speakers"]) == 0
    assert "mine: " in capsys.readouterr().out
    assert main(["evaluate", *toy, "--data", str(mine)]) == 0
    assert "chance 25%" in capsys.readouterr().out
