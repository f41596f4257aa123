"""Training, bundles and serving, on the synthetic set: no recordings needed."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ser_core import bundle, mel_windows, workflow
from ser_core.corpora import synthetic
from ser_core.errors import BundleError, SettingsError
from ser_core.evaluation import hold_out
from ser_core.examples import Auxiliary, Examples
from ser_core.gathering import gather
from ser_core.predictor import Model, load_model
from ser_core.runners import _LiteRt
from ser_core.settings import CnnSettings, NetworkSettings, TrainingSettings, recipe
from ser_core.training import fit

SMALL = TrainingSettings(
    corpora=("synthetic",), layers=NetworkSettings((32, 16), (0.2, 0.1)), epochs=12
)


@pytest.fixture(scope="session")
def examples() -> Examples:
    return gather(SMALL, None)


@pytest.fixture(scope="session")
def trained(examples: Examples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "small"
    workflow.train_and_hold_out(SMALL, examples, folder)
    return folder


def test_a_network_learns(trained: Path) -> None:
    info = json.loads((trained / "bundle.json").read_text())
    report = info["reports"]["speakers"]
    assert report["accuracy"]["value"] > 2 * report["chance"]
    assert report["n_speakers"] == 2
    assert len(info["history"]) == SMALL.epochs
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(info["history"][0])
    assert info["history"][-1]["loss"] < info["history"][0]["loss"]


def test_the_bundle_says_all_that_is_needed(trained: Path) -> None:
    info = json.loads((trained / "bundle.json").read_text())
    assert info["emotions"] == ["angry", "fearful", "happy", "sad"]
    assert info["features"]["n_mfcc"] == 40
    assert len(info["scaler"]["mean"]) == len(info["scaler"]["scale"]) == 180
    assert info["training"] == json.loads(json.dumps(SMALL.to_dict()))
    assert TrainingSettings.from_dict(info["training"]) == SMALL
    assert info["corpora"][0]["title"] == "Synthetic" and info["corpora"][0]["licence"]
    assert {"keras", "numpy"} <= set(info["versions"])
    assert 0 < info["decision"]["threshold"] < 1


def test_a_model_knows_its_training_recordings_and_no_stranger(
    examples: Examples, trained: Path, synthetic_root: Path
) -> None:
    fold = hold_out(examples, "speakers", SMALL.seed)
    model = load_model(trained)
    seen = {
        recording.name: model.predict(recording.path).seen_in_training
        for recording in synthetic.find(synthetic_root)[::9]
    }
    assert set(seen.values()) == {True, False}
    learned_from = set(examples.names[fold.train])
    assert seen == {name: name in learned_from for name in seen}


def test_same_seed_same_weights(examples: Examples) -> None:
    short = dataclasses.replace(SMALL, epochs=2)
    everyone = np.arange(len(examples))
    first, second = (fit(short, examples, everyone) for _ in range(2))
    other = fit(dataclasses.replace(short, seed=1), examples, everyone)
    for a, b in zip(first.model.get_weights(), second.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert not np.array_equal(first.model.get_weights()[0], other.model.get_weights()[0])


def test_keras_and_litert_agree(examples: Examples, trained: Path) -> None:
    import keras

    model = keras.saving.load_model(trained / "model.keras", compile=False)
    served = Model(bundle.read(trained))
    scaler = served.info["scaler"]
    inputs = (examples.inputs[:40] - np.array(scaler["mean"])) / np.array(scaler["scale"])
    inputs = np.clip(inputs, -5, 5).astype(np.float32)
    expected = np.asarray(keras.ops.softmax(model(inputs)))
    logits = served._network._run(features=inputs)  # type: ignore[attr-defined]
    found = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(found / found.sum(axis=1, keepdims=True), expected, atol=1e-5)


def expect_the_same_at_any_length(folder: Path) -> None:
    """The exported network hears windows of a fixed length, the trained one any length."""
    import keras

    trained = keras.saving.load_model(folder / "model.keras", compile=False)
    served = _LiteRt((folder / "model.tflite").read_bytes())
    rng = np.random.default_rng(0)
    clips = [rng.normal(-5, 3, (n, 64)).astype(np.float32) for n in (1, 40, 256, 257, 400)]
    windows, masks, owners = mel_windows.cut(clips)
    assert owners.tolist() == [0, 1, 2, 3, 3, 4, 4]
    features = rng.normal(size=(len(owners), 688)).astype(np.float32)
    found = served(features=features, frames=windows, mask=masks)
    # A convolution at the end of a clip hears a little of the padding, or of there being none.
    for rows, length, tolerance in ((slice(None), 256, 1e-4), (slice(0, 2), 40, 0.02)):
        inputs = {
            "features": features[rows],
            "frames": windows[rows, :length],
            "mask": masks[rows, :length],
        }
        expected = np.asarray(trained(inputs, training=False))
        np.testing.assert_allclose(found[rows], expected, atol=tolerance)
    louder, _, _ = mel_windows.cut([clip + 2.76 for clip in clips])
    np.testing.assert_allclose(louder, windows, atol=1e-4)


@pytest.mark.parametrize("network", ["mlp", "functionals", "ensemble"])
def test_every_network_goes_from_sound_to_bundle_to_verdict(
    network: str, synthetic_root: Path, tmp_path: Path
) -> None:
    settings = recipe(
        network,
        corpora=("synthetic",),
        epochs=3,
        layers=NetworkSettings((16,), (0.1,)),
        augmentation=1,
        cnn=CnnSettings((2, 4, 4, 8), 4, epochs=1, clips_per_epoch=64, members=1),
    )
    found = gather(settings, None)
    info = workflow.train_and_hold_out(settings, found, tmp_path / network)
    assert TrainingSettings.from_dict(json.loads(json.dumps(info["training"]))) == settings
    if network == "ensemble":
        expect_the_same_at_any_length(tmp_path / network)
    clip = next(synthetic_root.rglob("*.wav"))
    prediction = load_model(tmp_path / network).predict(clip)
    assert prediction.emotion in settings.emotions
    assert sum(prediction.probabilities.values()) == pytest.approx(1)
    assert (
        prediction.to_dict() == load_model(tmp_path / network).predict(clip.read_bytes()).to_dict()
    )


def test_auxiliary_recordings_of_strangers_are_not_heard(examples: Examples) -> None:
    frames = np.empty(len(examples), dtype=object)
    frames[:] = [np.full((40, 64), label, dtype=np.float16) for label in examples.labels]
    poison = np.empty(1, dtype=object)
    poison[:] = [np.full((40, 64), np.nan, dtype=np.float16)]
    speaker = examples.speakers[0]
    with_stranger = dataclasses.replace(
        examples,
        frames=frames,
        auxiliary=Auxiliary(
            poison,
            np.array(["calm"]),
            np.array([speaker]),
            np.array([examples.corpora[0]]),
            np.array(["5ad"]),
        ),
    )
    settings = recipe(
        "cnn",
        corpora=("synthetic",),
        cnn=CnnSettings((2, 4, 4, 8), 4, epochs=1, clips_per_epoch=96, members=2),
    )
    others = np.flatnonzero(examples.speakers != speaker)
    strangers = np.flatnonzero(examples.speakers == speaker)
    assert "5ad" not in with_stranger.heard_in_training(others)
    assert "5ad" in with_stranger.heard_in_training(strangers)
    fitted = fit(settings, with_stranger, others, watch=strangers)
    assert np.isfinite(fitted.logits(with_stranger, strangers)).all()
    assert np.isfinite(fitted.history[-1]["val_loss"])
    # The same recording of somebody who is in training is heard.
    alone = dataclasses.replace(settings, cnn=dataclasses.replace(settings.cnn, members=1))
    heard = fit(alone, with_stranger, np.arange(len(examples)))
    assert not np.isfinite(heard.logits(with_stranger, strangers)).all()


def test_stopping_keeps_what_was_learned(examples: Examples) -> None:
    seen: list[float] = []

    def enough(figures: dict[str, float]) -> bool:
        seen.append(figures["epoch"])
        return len(seen) == 3

    fitted = fit(SMALL, examples, np.arange(len(examples)), on_epoch=enough)
    assert seen == [1, 2, 3] and len(fitted.history) == 3


def test_early_stopping_never_looks_at_the_strangers(examples: Examples) -> None:
    """Scrambling every label on the strangers' side changes nothing that is learned."""
    settings = dataclasses.replace(SMALL, patience=2, epochs=8)
    half = len(examples) // 2
    order = np.argsort(examples.speakers, kind="stable")
    train, strangers = order[:half], order[half:]
    labels = examples.labels.copy()
    labels[strangers] = (labels[strangers] + 1) % 4
    inputs = examples.inputs.copy()
    inputs[strangers] *= 3
    scrambled = dataclasses.replace(examples, labels=labels, inputs=inputs)
    first = fit(settings, examples, train, watch=strangers)
    second = fit(settings, scrambled, train, watch=strangers)
    for a, b in zip(first.model.get_weights(), second.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(first.scaler.mean, second.scaler.mean)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"emotions": ("happy",)}, "unknown_name"),
        ({"emotions": ("happy", "hungry")}, "unknown_name"),
        ({"epochs": 0}, "out_of_bounds"),
        ({"learning_rate": 5.0}, "out_of_bounds"),
        ({"layers": {"hidden": [8, 8], "dropout": [0.1]}}, "layers"),
        ({"layers": {"hidden": [9999], "dropout": [0.1]}}, "out_of_bounds"),
        ({"unheard_of": 1}, "unknown_setting"),
        ({"epochs": "many"}, "bad_value"),
        ({"corpora": ()}, "corpora"),
    ],
)
def test_bad_settings_are_refused_in_words(changes: dict[str, object], code: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        TrainingSettings.from_dict(TrainingSettings().to_dict() | changes)
    assert refusal.value.code == code
    assert "object at" not in refusal.value.message


def test_a_shipped_bundle_that_was_changed_is_refused(trained: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    (models / "small").mkdir(parents=True)
    for file in bundle.FILES:
        (models / "small" / file).write_bytes((trained / file).read_bytes())
    bundle.register("small", models=models, default=True)
    assert bundle.read_shipped(models=models).name == "small"
    content = json.loads((models / "small" / "bundle.json").read_text())
    content["decision"]["threshold"] = 0.0
    (models / "small" / "bundle.json").write_text(json.dumps(content))
    with pytest.raises(BundleError, match="registry") as refusal:
        bundle.read_shipped(models=models)
    assert refusal.value.code == "changed_bundle"


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 99}', "\x00\x01"])
def test_a_damaged_bundle_is_refused(content: str, trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "bundle.json").write_text(content)
    (folder / "model.tflite").write_bytes((trained / "model.tflite").read_bytes())
    with pytest.raises(BundleError) as refusal:
        load_model(folder)
    assert refusal.value.code == "damaged_bundle"


@pytest.mark.parametrize("name", ["no-such-model", "../etc"])
def test_an_unknown_model_is_refused(name: str) -> None:
    with pytest.raises(BundleError, match="shipped models"):
        load_model(name)


def test_every_shipped_model_is_whole_and_says_its_scores() -> None:
    for name in bundle.names():
        info = load_model(name).info
        for report in info["reports"].values():
            assert report["n_speakers"] > 1
            assert report["uar"]["low"] <= report["uar"]["value"] <= report["uar"]["high"]
            assert report["description"] and report["corpora"]
        assert all(corpus["licence"] for corpus in info["corpora"])


def test_serving_imports_neither_tensorflow_nor_librosa(synthetic_root: Path) -> None:
    clip = next(synthetic_root.rglob("*.wav"))
    code = (
        "import sys; from ser_core import load_model; from pathlib import Path;"
        f"load_model().predict(Path({str(clip)!r}));"
        "print([m for m in ('tensorflow', 'keras', 'librosa', 'numba', 'sklearn', 'streamlit')"
        " if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"
