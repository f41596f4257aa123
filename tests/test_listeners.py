"""CREMA-D's listeners beside the model: shares, who agrees with whom, what is disputed."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from ser_core.assets import datafiles
from ser_core.data import tables
from ser_core.errors import DataError
from ser_core.evaluation import listeners

VOTES = ["angry", "disgust", "fearful", "happy", "neutral", "sad"]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Four clips of two speakers: clear, split, tied, and one of disgust that is not compared."""
    rows = [
        ("1003_DFA_ANG_XX", 4, 0, 0, 0, 0, 0, "angry"),
        ("1003_DFA_SAD_XX", 0, 0, 0, 0, 3, 1, "ordinary"),
        ("1008_DFA_SAD_XX", 0, 0, 0, 0, 2, 2, "sad"),
        ("1008_DFA_HAP_XX", 0, 0, 0, 1, 3, 0, "not_sure"),
        ("1008_DFA_DIS_XX", 0, 4, 0, 0, 0, 0, "not_sure"),
    ]
    path = tmp_path / "listeners.csv"
    pd.DataFrame(rows, columns=["name", *VOTES, "heard"]).to_csv(path, index=False)
    datafiles.register(path)
    return path


def test_shares_agreement_and_disagreement_are_counted(small: Path) -> None:
    clips = listeners.read(small)
    assert clips["intended"].tolist() == ["angry", "sad", "sad", "happy"]
    chosen, answered = listeners.chosen(clips), listeners.answered(clips)
    assert chosen.loc["sad", ["sad", "neutral"]].tolist() == [0.375, 0.625]
    assert answered.loc["sad", ["sad", "ordinary", "not_sure"]].tolist() == [0.5, 0.5, 0.0]
    assert list(chosen.index) == list(answered.index) == ["angry", "happy", "sad"]
    # Where the votes are even or the model is not sure, there is nothing to agree on.
    assert listeners.agreement(clips)["value"] == 1.0
    assert listeners.as_meant(clips)["value"] == 0.25
    apart = listeners.disagreement(clips)
    assert apart.round(3).to_dict() == {"sad": 0.583, "happy": 0.5, "angry": 0.0}
    assert list(apart.index) == ["sad", "happy", "angry"]


def test_the_shipped_table_is_of_clips_that_are_in_the_corpus_table() -> None:
    clips = listeners.read()
    known = tables.read(["cremad"], features=False).set_index("name")
    assert set(clips["speaker"]) == {f"cremad-{number}" for number in range(1003, 1072, 5)}
    assert (known.loc[clips["name"], "emotion"].to_numpy() == clips["intended"]).all()
    assert set(clips["heard"]) <= set(listeners.ANSWERED)
    assert clips[VOTES].sum(axis=1).min() >= 4


@pytest.mark.parametrize("content", ["", "name,heard\n1003_DFA_ANG_XX,angry\n", "name\nnobody\n"])
def test_a_damaged_table_is_told(tmp_path: Path, content: str) -> None:
    path = tmp_path / "listeners.csv"
    path.write_text(content)
    datafiles.register(path)
    with pytest.raises(DataError, match="missing or damaged"):
        listeners.read(path)
