"""The shipped report of the original recipe, repeated: the first fold of each protocol."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ser_core import load_model
from ser_core.data.examples import Examples
from ser_core.evaluation.metrics import speaker_confusions, uar
from ser_core.evaluation.splits import make_folds
from ser_core.training.fitting import fit
from ser_core.training.gathering import gather
from ser_core.training.settings import TrainingSettings

pytestmark = pytest.mark.slow

INFO = load_model("ravdess-mlp").info
SETTINGS = TrainingSettings.from_dict(INFO["training"])

x86 = pytest.mark.skipif(
    platform.machine() not in {"x86_64", "AMD64"},
    reason="other processors add up in another order: the figures differ by a point or two",
)


def judge(examples: Examples, protocol: str) -> tuple[dict[str, Any], float]:
    """What the report says of a protocol's first fold, and its UAR when it is done again."""
    fold = make_folds(examples, protocol, seed=SETTINGS.seed)[0]
    heard = fit(SETTINGS, examples, fold.train).logits(examples, fold.test).argmax(axis=1)
    confusions = speaker_confusions(
        examples.labels[fold.test], heard, examples.speakers[fold.test], len(examples.emotions)
    )
    (told,) = [one for one in INFO["reports"][protocol]["folds"] if one["name"] == fold.name]
    return told, float(uar(confusions.sum(axis=0)))


@x86
@pytest.mark.parametrize("protocol", ["speakers", "random"])
def test_the_committed_table_gives_the_shipped_figures(protocol: str) -> None:
    told, again = judge(gather(SETTINGS, None), protocol)
    assert round(again, 4) == told["uar"]


def test_recordings_give_the_features_of_the_committed_table(ser_data: Path) -> None:
    heard, published = gather(SETTINGS, ser_data), gather(SETTINGS, None)
    assert heard.names.tolist() == published.names.tolist()
    np.testing.assert_allclose(heard.inputs, published.inputs, rtol=1e-6)


@x86
def test_features_are_the_same_whatever_the_processor_can_do() -> None:
    """As seen by turning off what newer processors have."""
    code = (
        "import hashlib, numpy as np; from ser_core.features.classic import extract;"
        "noise = np.random.default_rng(0).normal(scale=0.1, size=40_000).astype('float32');"
        "print(hashlib.sha256(extract(noise).tobytes()).hexdigest())"
    )
    found = set()
    for changes in ({}, {"OPENBLAS_CORETYPE": "Haswell"}, {"OPENBLAS_NUM_THREADS": "1"}):
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | changes,
            cwd=Path(__file__).resolve().parents[1],
            capture_output=True,
            text=True,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1
