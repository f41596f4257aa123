"""How far a recording lies from those that a network learned from."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.training.fitting import exchange_voices
from ser_core.training.novelty import Novelty

# Little work, but TensorFlow is loaded for it.
pytestmark = pytest.mark.slow

N, N_FEATURES = 400, 24


def corpora(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two corpora that differ in where they lie, and are spread alike."""
    names = np.repeat(["one", "two"], N // 2)
    inputs = rng.normal(size=(N, N_FEATURES)) * np.linspace(0.5, 2, N_FEATURES)
    inputs[N // 2 :, 0] += 12
    return inputs.astype(np.float32), names


def distance(novelty: Novelty, inputs: np.ndarray) -> np.ndarray:
    places = inputs @ novelty.matrix + novelty.offset
    squares = np.square(places[:, None] - novelty.centres).mean(axis=2)
    return np.asarray(squares.min(axis=1))


def test_what_is_like_a_corpus_lies_at_one_and_what_is_not_lies_further() -> None:
    rng = np.random.default_rng(0)
    inputs, names = corpora(rng)
    novelty = Novelty.fit(inputs, names)
    again, _ = corpora(rng)
    assert distance(novelty, again).mean() == pytest.approx(1.0, abs=0.15)
    between = again.copy()
    between[:, 0] = 6
    assert distance(novelty, between).mean() > 1.3


def test_the_network_says_the_same_distance() -> None:
    from ser_core.training import networks
    from ser_core.training.settings import NetworkSettings

    rng = np.random.default_rng(1)
    inputs, names = corpora(rng)
    novelty = Novelty.fit(inputs, names)
    bare = networks.mlp(N_FEATURES, 3, NetworkSettings((8,), (0.0,)))
    found = np.asarray(networks.with_novelty(bare, novelty)(inputs))
    assert found.shape == (N, 4)
    np.testing.assert_allclose(found[:, :3], np.asarray(bare(inputs)), atol=1e-5)
    np.testing.assert_allclose(found[:, 3], distance(novelty, inputs), rtol=1e-3, atol=1e-3)


def test_joined_classes_keep_their_share() -> None:
    from ser_core.training import networks
    from ser_core.training.settings import NetworkSettings

    def softmax(logits: np.ndarray) -> np.ndarray:
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(shares / shares.sum(axis=1, keepdims=True))

    rng = np.random.default_rng(2)
    inputs = rng.normal(size=(20, 6)).astype(np.float32)
    bare = networks.mlp(6, 4, NetworkSettings((8,), (0.0,)))
    apart = softmax(np.asarray(bare(inputs)))
    joined = softmax(np.asarray(networks.folded(bare, [(0,), (1, 3), (), (2,)])(inputs)))
    np.testing.assert_allclose(joined[:, 0], apart[:, 0], atol=1e-5)
    np.testing.assert_allclose(joined[:, 1], apart[:, 1] + apart[:, 3], atol=1e-5)
    np.testing.assert_allclose(joined[:, 2], 0, atol=1e-6)


def test_exchanged_voices_keep_what_sets_an_emotion_apart() -> None:
    rng = np.random.default_rng(3)
    speakers = np.repeat(["a", "b", "c"], 60)
    labels = np.tile(np.repeat([0, 1], 30), 3)
    # Each voice lies somewhere else; the emotion is the difference along the last feature.
    inputs = np.zeros((180, 5), dtype=np.float32)
    inputs[np.arange(180), np.repeat([0, 1, 2], 60)] = 10
    inputs[:, 4] = labels
    moved = inputs.copy()
    exchange_voices(moved, np.arange(180), labels, speakers, np.full(180, "one"), rng)
    changed = np.abs(moved - inputs).max(axis=1) > 0.1
    assert 0.2 < changed.mean() < 0.6
    np.testing.assert_allclose(moved[:, 4], labels, atol=1e-5)
    # Between two voices, never beyond one.
    np.testing.assert_allclose(moved[:, :3].sum(axis=1), 10, atol=1e-4)
