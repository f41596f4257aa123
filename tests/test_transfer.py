"""The matrix over the corpora: who is tested by whom, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.data.examples import Examples
from ser_core.errors import SettingsError
from ser_core.evaluation.splits import make_folds
from ser_core.training.settings import NetworkSettings, TrainingSettings

pytestmark = pytest.mark.slow

EMOTIONS = ("angry", "sad")


def examples(corpora: tuple[str, ...] = ("ravdess", "emodb"), *, per_speaker: int = 8) -> Examples:
    """Two speakers of each of two groups a corpus; the first feature tells the emotion."""
    people = {
        "ravdess": ("ravdess-01", "ravdess-02", "ravdess-03"),
        "emodb": ("emodb-03", "emodb-09", "emodb-11"),
    }
    rng = np.random.default_rng(0)
    speakers = np.array([p for c in corpora for p in people[c] for _ in range(per_speaker)])
    labels = np.arange(len(speakers)) % 2
    inputs = rng.normal(size=(len(speakers), 180)).astype(np.float32)
    inputs[:, 0] += 8 * labels
    numbers = np.array([f"{n}" for n in range(len(speakers))])
    return Examples(
        inputs=inputs,
        labels=labels,
        emotions=EMOTIONS,
        kinds=np.array(EMOTIONS)[labels],
        speakers=speakers,
        genders=np.full(len(speakers), "female"),
        corpora=np.array([speaker.split("-")[0] for speaker in speakers]),
        hashes=numbers,
        names=numbers,
    )


def settings(*corpora: str) -> TrainingSettings:
    return TrainingSettings(
        emotions=EMOTIONS, corpora=corpora, layers=NetworkSettings((4,), (0.0,)), epochs=3
    )


def test_every_pair_is_scored_on_all_clips_of_the_test() -> None:
    from ser_core.evaluation.transfer import cross_corpus_matrix

    told = []
    matrix = cross_corpus_matrix(
        settings("ravdess", "emodb"),
        examples(),
        command="repeat me",
        progress=lambda name, figures: told.append(name),
    )
    pairs = [(cell["train"], cell["test"]) for cell in matrix["cells"]]
    assert pairs == [(a, b) for a in ("ravdess", "emodb") for b in ("ravdess", "emodb")]
    for cell in matrix["cells"]:
        assert (cell["n_recordings"], cell["n_speakers"], cell["n_train"]) == (24, 3, 24)
        assert cell["uar"]["low"] <= cell["uar"]["value"] <= cell["uar"]["high"]
    assert (matrix["chance"], matrix["command"]) == (0.5, "repeat me")
    assert {name.split(" on ")[0] for name in told} == {"ravdess", "emodb"}


@pytest.mark.parametrize(
    ("corpora", "change", "code"),
    [
        (("ravdess",), None, "one_corpus"),
        (("ravdess", "emodb"), "one emotion", "no_recordings"),
        (("ravdess", "emodb"), "same sound", "leak"),
    ],
)
def test_refusals(corpora: tuple[str, ...], change: str | None, code: str) -> None:
    from ser_core.evaluation.transfer import cross_corpus_matrix

    given = examples(corpora)
    if change == "one emotion":
        given.labels[given.corpora == "emodb"] = 0
    if change == "same sound":
        given.hashes[-1] = given.hashes[0]
    with pytest.raises(SettingsError) as error:
        cross_corpus_matrix(settings(*corpora), given)
    assert error.value.code == code


def test_one_speaker_at_a_time_can_be_left_out() -> None:
    folds = make_folds(examples(), "speakers", each_speaker=True)
    assert len(folds) == 6
    assert all(len(set(examples().speakers[fold.test])) == 1 for fold in folds)
