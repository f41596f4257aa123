"""Metrics against hand-made cases and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from ser_core.evaluation import metrics


def test_uar_is_the_mean_recall() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 4, 300), rng.integers(0, 4, 300)
    speakers = rng.choice(["a", "b", "c"], 300)
    confusions = metrics.speaker_confusions(labels, predicted, speakers, 4)
    assert confusions.shape == (3, 4, 4)
    assert metrics.uar(confusions.sum(axis=0)) == pytest.approx(
        balanced_accuracy_score(labels, predicted)
    )
    assert metrics.accuracy(confusions.sum(axis=0)) == pytest.approx((labels == predicted).mean())


def test_the_interval_is_over_speakers_not_clips() -> None:
    # Ten clips of each of four speakers, all right or all wrong by speaker: 50% +- much.
    confusions = np.zeros((4, 2, 2), dtype=np.int64)
    confusions[:2, 0, 0] = confusions[:2, 1, 1] = 10
    confusions[2:, 0, 1] = confusions[2:, 1, 0] = 10
    found = metrics.interval(metrics.uar, confusions)
    assert found["value"] == 0.5
    assert found["low"] <= 0.05 and found["high"] >= 0.95


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_is_recovered(temperature: float) -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (20_000, 4))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels = np.array([rng.choice(4, p=row) for row in probabilities])
    found = metrics.fit_temperature(logits * temperature, labels)
    assert found == pytest.approx(temperature, rel=0.1)


def test_probabilities_of_a_group_never_see_its_own_labels() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(0, 2, (200, 3))
    labels = (logits + rng.normal(0, 2, logits.shape)).argmax(axis=1)
    groups = np.repeat(["a", "b"], 100)
    before = metrics.cross_fitted_probabilities(logits, labels, groups)
    changed = labels.copy()
    changed[:100] = (labels[:100] + 1) % 3
    after = metrics.cross_fitted_probabilities(logits, changed, groups)
    np.testing.assert_array_equal(before[:100], after[:100])
    assert not np.allclose(before[100:], after[100:])


def test_calibration_error_of_the_overconfident() -> None:
    probabilities = np.tile([0.95, 0.05], (100, 1))
    labels = np.repeat([0, 1], 50)
    found = metrics.calibration(probabilities, labels)
    assert found["ece"] == pytest.approx(0.45)
    assert found["bins"] == [
        {"low": 0.9, "high": 1.0, "confidence": 0.95, "accuracy": 0.5, "count": 100}
    ]


def test_risk_coverage_answers_the_surest_first() -> None:
    confidence = np.linspace(0.5, 1, 100)
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    labels = (confidence < 0.75).astype(int)  # right only where it is sure
    points = {p["coverage"]: p for p in metrics.risk_coverage(probabilities, labels)}
    assert points[1.0]["accuracy"] == 0.5
    assert points[0.5]["accuracy"] == 1.0
    assert points[0.5]["threshold"] == pytest.approx(0.75, abs=0.01)


def test_a_missing_emotion_has_no_recall() -> None:
    labels = np.array([0, 0, 1])
    scores = metrics.score(labels, labels, np.array(["a", "a", "b"]), ("angry", "happy", "sad"))
    assert scores["recall"] == {"angry": 1.0, "happy": 1.0, "sad": None}
    assert scores["uar"]["value"] == 1.0
    assert "macro avg" in scores["classification_report"]
