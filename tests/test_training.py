"""Training, bundles and serving, on the synthetic set: no recordings needed."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from ser_core import workflow
from ser_core.architectures import ARCHITECTURES
from ser_core.corpora import synthetic
from ser_core.data.examples import Examples
from ser_core.errors import BundleError, SettingsError
from ser_core.evaluation.protocols import hold_out
from ser_core.evaluation.splits import Fold, make_folds
from ser_core.inference import bundle
from ser_core.inference.predictor import load_model
from ser_core.training.best import kept_epoch
from ser_core.training.fitting import fit
from ser_core.training.gathering import gather
from ser_core.training.settings import NetworkSettings, TrainingSettings, recipe

pytestmark = pytest.mark.slow

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
    served = bundle.read(trained)
    scaler = served.info["scaler"]
    inputs = (examples.inputs[:40] - np.array(scaler["mean"])) / np.array(scaler["scale"])
    inputs = np.clip(inputs, -5, 5).astype(np.float32)
    expected = np.asarray(keras.ops.softmax(model(inputs)))
    network = Interpreter(model_content=served.tflite)
    network.resize_tensor_input(network.get_input_details()[0]["index"], inputs.shape)
    network.allocate_tensors()
    network.set_tensor(network.get_input_details()[0]["index"], inputs)
    network.invoke()
    logits = network.get_tensor(network.get_output_details()[0]["index"])
    found = np.exp(logits - logits.max(axis=1, keepdims=True))
    np.testing.assert_allclose(found / found.sum(axis=1, keepdims=True), expected, atol=1e-5)


@pytest.mark.parametrize("network", ARCHITECTURES)
def test_every_network_goes_from_sound_to_bundle_to_verdict(
    network: str, synthetic_root: Path, tmp_path: Path
) -> None:
    settings = recipe(
        network,
        corpora=("synthetic",),
        epochs=3,
        layers=NetworkSettings((16,), (0.1,)),
        augmentation=1,
        members=2,
    )
    found = gather(settings, None)
    info = workflow.train_and_hold_out(settings, found, tmp_path / network)
    assert TrainingSettings.from_dict(json.loads(json.dumps(info["training"]))) == settings
    clip = next(synthetic_root.rglob("*.wav"))
    prediction = load_model(tmp_path / network).predict(clip)
    assert prediction.emotion in settings.emotions
    assert sum(prediction.probabilities.values()) == pytest.approx(1)
    assert (
        prediction.to_dict() == load_model(tmp_path / network).predict(clip.read_bytes()).to_dict()
    )


@pytest.fixture(scope="session")
def of_all_kinds(examples: Examples) -> Examples:
    """Forty numbers a clip: six voices, three of the named emotions, ordinary ones and others."""
    rng = np.random.default_rng(0)
    kinds = np.array(["angry", "happy", "sad", "neutral", "calm", "disgust"])
    places = np.tile(np.repeat(np.arange(6), 10), 6)
    speakers = np.array([f"voice-{place // 60}" for place in range(360)])
    inputs = rng.normal(size=(360, 40)).astype(np.float32)
    inputs[np.arange(360), places] += 4
    return Examples(
        inputs=inputs,
        labels=np.where(places < 3, places, -1),
        emotions=("angry", "happy", "sad"),
        kinds=kinds[places],
        speakers=speakers,
        genders=speakers,
        corpora=np.full(360, "one"),
        hashes=np.array([f"{place:064x}" for place in range(360)]),
        names=speakers,
    )


HEARS_ALL = recipe(
    "encoder", layers=NetworkSettings((16,), (0.0,)), epochs=40, batch_size=16, augmentation=0
)


def test_ordinary_speech_and_what_is_neither_have_outputs_of_their_own(
    of_all_kinds: Examples,
) -> None:
    train = np.flatnonzero(of_all_kinds.speakers != "voice-5")
    strangers = np.flatnonzero(of_all_kinds.speakers == "voice-5")
    fitted = fit(HEARS_ALL, of_all_kinds, train)
    # Behind the outputs comes the novelty.
    found = fitted.logits(of_all_kinds, strangers)[:, :5].argmax(axis=1)
    # Neutral and calm are one answer.
    expected = of_all_kinds.outputs[strangers]
    assert sorted(set(expected.tolist())) == [0, 1, 2, 3, 4]
    assert (found == expected).mean() > 0.9


def test_strangers_of_any_emotion_are_not_heard(of_all_kinds: Examples) -> None:
    """A stranger's ordinary speech is kept out of training as their emotions are."""
    inputs = of_all_kinds.inputs.copy()
    strangers = of_all_kinds.speakers == "voice-5"
    inputs[strangers & (of_all_kinds.labels < 0)] = np.nan
    poisoned = dataclasses.replace(of_all_kinds, inputs=inputs)
    for fold in make_folds_by_voice(poisoned):
        if "voice-5" in set(poisoned.speakers[fold.train].tolist()):
            continue
        fitted = fit(HEARS_ALL, poisoned, fold.train)
        emotional = fold.test[poisoned.labels[fold.test] >= 0]
        assert np.isfinite(fitted.logits(poisoned, emotional)).all()


def make_folds_by_voice(examples: Examples) -> list[Fold]:
    return make_folds(examples, "speakers", each_speaker=True)


def test_stopping_keeps_what_was_learned(examples: Examples) -> None:
    seen: list[float] = []

    def enough(figures: dict[str, float]) -> bool:
        seen.append(figures["epoch"])
        return len(seen) == 3

    fitted = fit(SMALL, examples, np.arange(len(examples)), on_epoch=enough)
    assert seen == [1, 2, 3] and len(fitted.history) == 3


@pytest.mark.parametrize("changes", [{"patience": 2}, {"keep_best": True}])
def test_choosing_an_epoch_never_looks_at_the_strangers(
    examples: Examples, changes: dict[str, Any]
) -> None:
    """Scrambling every label on the strangers' side changes nothing that is learned."""
    settings = dataclasses.replace(SMALL, **changes, epochs=8)
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


@pytest.mark.parametrize("strangers", [True, False])
def test_the_best_epoch_is_kept_by_those_who_were_kept_aside(
    examples: Examples, strangers: bool
) -> None:
    # Fast enough to be past its best before its end.
    settings = dataclasses.replace(SMALL, keep_best=True, epochs=12, learning_rate=0.05)
    everyone = np.arange(len(examples))
    fitted = fit(settings, examples, everyone, strangers=strangers)
    best = kept_epoch(fitted.history)
    lowest = min(point["aside_loss"] for point in fitted.history)
    assert len(fitted.history) == 12
    assert fitted.history[best - 1]["aside_loss"] == lowest
    # What is kept is what the same training has when it is ended there.
    until = fit(
        dataclasses.replace(settings, keep_best=True),
        examples,
        everyone,
        strangers=strangers,
        on_epoch=lambda figures: figures["epoch"] == best,
    )
    for a, b in zip(fitted.model.get_weights(), until.model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_history_without_anybody_aside_keeps_its_last_epoch() -> None:
    assert kept_epoch([]) is None and kept_epoch([{"epoch": 1, "loss": 1.0}]) is None
    losses = [0.9, 0.5, 0.5, 0.7]
    history = [{"epoch": n, "aside_loss": loss} for n, loss in enumerate(losses, 1)]
    assert kept_epoch(history) == 2


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
