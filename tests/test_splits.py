"""Splits: each recording is tested once, strangers are strangers, and a leak is refused."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from ser_core.corpora import CORPORA
from ser_core.data.examples import Examples
from ser_core.errors import SettingsError
from ser_core.evaluation.splits import Fold, make_folds, refuse_leak


def examples_of(*corpora: str, per_speaker: int = 8) -> Examples:
    """Features are noise; the speakers are the corpora's own."""
    speakers = [
        (corpus, speaker)
        for corpus in corpora
        for group in CORPORA[corpus].SPEAKER_GROUPS.values()
        for speaker in group
        for _ in range(per_speaker)
    ]
    n = len(speakers)
    return Examples(
        inputs=np.zeros((n, 180), dtype=np.float32),
        labels=np.arange(n) % 4,
        emotions=("angry", "fearful", "happy", "sad"),
        kinds=np.array(["angry", "fearful", "happy", "sad"])[np.arange(n) % 4],
        speakers=np.array([speaker for _, speaker in speakers]),
        genders=np.full(n, "female"),
        corpora=np.array([corpus for corpus, _ in speakers]),
        hashes=np.array([f"{i:064x}" for i in range(n)]),
        names=np.array([f"clip {i}" for i in range(n)]),
    )


@pytest.mark.parametrize(
    ("corpora", "protocol", "n_folds"),
    [
        (("ravdess",), "speakers", 5),
        (("ravdess",), "random", 5),
        (("tess",), "speakers", 2),
        (("emodb", "ravdess"), "corpora", 2),
        (("ravdess", "tess", "emodb", "cremad"), "speakers", 5),
        (("ravdess", "tess", "emodb", "cremad"), "corpora", 4),
    ],
)
def test_every_recording_is_tested_once(
    corpora: tuple[str, ...], protocol: str, n_folds: int
) -> None:
    examples = examples_of(*corpora)
    folds = make_folds(examples, protocol)
    assert len(folds) == n_folds
    tested = np.sort(np.concatenate([fold.test for fold in folds]))
    np.testing.assert_array_equal(tested, np.arange(len(examples)))
    for fold in folds:
        assert not set(fold.train) & set(fold.test)
        if protocol != "random":
            assert not set(examples.speakers[fold.train]) & set(examples.speakers[fold.test])


def test_ravdess_uses_the_published_groups() -> None:
    folds = make_folds(examples_of("ravdess"), "speakers")
    first = examples_of("ravdess").speakers[folds[0].test]
    assert sorted(set(first)) == [f"ravdess-{actor:02d}" for actor in (2, 5, 14, 15, 16)]


@pytest.mark.parametrize("protocol", ["speakers", "random"])
def test_a_planted_duplicate_is_refused(protocol: str) -> None:
    examples = examples_of("ravdess")
    hashes = examples.hashes.copy()
    hashes[:] = hashes[0]  # every recording the same sound
    with pytest.raises(SettingsError, match="both sides") as refusal:
        make_folds(dataclasses.replace(examples, hashes=hashes), protocol)
    assert refusal.value.code == "leak"


def test_a_planted_speaker_is_refused() -> None:
    examples = examples_of("ravdess")
    fold = Fold("planted", np.arange(0, 10), np.arange(10, 20))
    with pytest.raises(SettingsError, match="ravdess-05"):
        refuse_leak(examples, fold, strangers=True)
    refuse_leak(examples, fold, strangers=False)


@pytest.mark.parametrize(
    ("protocol", "code"), [("corpora", "one_corpus"), ("nonsense", "unknown_protocol")]
)
def test_what_cannot_be_split_is_refused_in_words(protocol: str, code: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        make_folds(examples_of("ravdess"), protocol)
    assert refusal.value.code == code
