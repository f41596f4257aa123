"""Training and calibrating on somebody's own recordings: made-up voices, a folder a person."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ser_core import workflow_own
from ser_core.audio import SAMPLE_RATE
from ser_core.cli import main
from ser_core.corpora import synthetic
from ser_core.data import own, own_sounds
from ser_core.data.own_sounds import Heard
from ser_core.errors import BundleError, CorpusError, SettingsError
from ser_core.evaluation import own_calibration, own_scores
from ser_core.inference import annotation, own_bundle
from ser_core.inference.bundle import Bundle
from ser_core.inference.predictor import Model, load_model
from ser_core.training.own import Material, OwnSettings, fit, prior

pytestmark = pytest.mark.slow

LABELS = {"angry": "Wut", "sad": "Trauer", "happy": "dringend"}
N_PEOPLE, N_TAKES = 4, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of four people, two of them words that Undertone knows; not to be changed."""
    root = tmp_path_factory.mktemp("own") / "mine"
    for recording, signal in synthetic.generate():
        person, take = int(recording.speaker[-2:]), int(recording.name[-2:])
        if recording.emotion in LABELS and person <= N_PEOPLE and take <= N_TAKES:
            place = root / f"person {person}" / LABELS[recording.emotion]
            place.mkdir(parents=True, exist_ok=True)
            soundfile.write(place / f"{take}.flac", signal, SAMPLE_RATE)
    return root


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def heard(folder: Path, model: Model) -> Heard:
    return own_sounds.hear(own.read(folder), model)


@pytest.fixture(scope="module")
def both(heard: Heard, model: Model) -> dict[str, Bundle]:
    """On top of the shipped model, and alone."""
    return {
        way: workflow_own.train(settings, heard, model, name="trained")
        for way, settings in (
            ("on top", OwnSettings("mine")),
            ("alone", OwnSettings("mine", on_top=False)),
        )
    }


@pytest.fixture(params=["on top", "alone"])
def made(request: pytest.FixtureRequest, both: dict[str, Bundle]) -> Bundle:
    return both[request.param]


def test_what_is_heard_is_what_embed_gives(folder: Path, heard: Heard, model: Model) -> None:
    path = folder / heard.own.clips[5].name
    assert np.array_equal(heard.numbers[5], model.embed(own_sounds.audio.load(path)))
    assert len(heard.own.clips) == len(heard.numbers) == N_PEOPLE * N_TAKES * len(LABELS)
    assert heard.classes == ("Trauer", "Wut", "dringend") and not heard.seen.any()


def test_a_bundle_hears_with_its_own_words(
    made: Bundle, folder: Path, heard: Heard, tmp_path: Path
) -> None:
    own_bundle.save(tmp_path / "trained", made)
    again = load_model(tmp_path / "trained")
    assert again.emotions == heard.classes and again.name == "trained"
    right = 0
    for clip in heard.own.clips:
        said = again.predict(folder / clip.name)
        right += said.emotion == clip.label
        assert set(said.probabilities) == {*heard.classes, "ordinary"}
        assert sum(said.probabilities.values()) == pytest.approx(1)
        assert said.seen_in_training and said.verdict in {*heard.classes, "not_sure"}
    assert right > 0.8 * len(heard.own.clips)
    assert again.id == Model(made).id != load_model().id


def test_what_leaves_the_house_says_whom_it_learned_from(
    made: Bundle, heard: Heard, model: Model
) -> None:
    said = annotation.what_this_is(Model(made))
    assert "recordings of its owner" in said
    assert ("actors" in said) == made.info["own"]["on_top"]
    assert annotation.what_this_is(model) == annotation.WHAT_THIS_IS


def test_alone_it_takes_no_shipped_network(both: dict[str, Bundle], tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    own_bundle.save(folder, both["alone"])
    assert [path.name for path in folder.iterdir()] == ["bundle.json"]
    own_bundle.save(folder, both["on top"])
    (folder / "model.tflite").unlink()
    with pytest.raises(BundleError, match="There is no model"):
        load_model(folder)


def test_the_report_is_about_strangers(made: Bundle, heard: Heard) -> None:
    report = made.info["reports"]["speakers"]
    assert report["n_speakers"] == N_PEOPLE and len(report["folds"]) == N_PEOPLE
    assert report["n_recordings"] == len(heard.own.clips)
    assert report["uar"]["low"] <= report["uar"]["value"] <= report["uar"]["high"]
    facts = made.info["own"]
    sizes = [point["n_clips"] for point in facts["curve"]]
    assert sizes == sorted(set(sizes)) and sizes[-1] == 27
    assert facts["curve"][-1]["uar"] == pytest.approx(report["uar"]["value"], abs=1e-4)
    assert facts["shipped"]["answers"] == {"Trauer": "sad", "Wut": "angry"}
    assert facts["shipped"]["n_recordings"] == 2 * N_PEOPLE * N_TAKES
    assert any("More people" in line for line in facts["advice"])


def test_folds_keep_whole_speakers_aside(heard: Heard) -> None:
    examples = heard.examples()
    many = dataclasses.replace(
        examples, speakers=np.array([f"p{n // 2}" for n in range(len(examples))])
    )
    for given, n_folds in ((examples, N_PEOPLE), (many, own_scores.MOST_FOLDS)):
        protocol, folds = own_scores.folds_of(given, knows_speakers=True, seed=0)
        assert protocol == "speakers" and len(folds) == n_folds
        assert sorted(np.concatenate([fold.test for fold in folds])) == list(range(len(given)))
        for fold in folds:
            assert not set(given.speakers[fold.train]) & set(given.speakers[fold.test])


def test_without_speakers_the_report_says_that_it_flatters(heard: Heard, model: Model) -> None:
    clips = tuple(dataclasses.replace(clip, speaker="") for clip in heard.own.clips)
    nobody = dataclasses.replace(heard.own, clips=clips, speakers_from="")
    made = workflow_own.train(
        OwnSettings("mine"), dataclasses.replace(heard, own=nobody), model, name="x"
    )
    assert list(made.info["reports"]) == ["random"]
    assert "nobody says who speaks" in made.info["reports"]["random"]["description"]
    assert "Say who speaks" in made.info["own"]["advice"][0]


def test_on_top_of_what_knows_the_very_clips_nothing_is_learned(heard: Heard, model: Model) -> None:
    known = dataclasses.replace(heard, seen=np.arange(len(heard.seen)) == 0)
    made = workflow_own.train(OwnSettings("mine"), known, model, name="x")
    assert made.info["own"]["on_top"] is False and made.info["own"]["n_seen"] == 1


def test_the_more_clips_the_more_they_count() -> None:
    """A shipped model that is always wrong is corrected by many clips, not by a few."""
    rng = np.random.default_rng(0)
    labels = np.arange(400) % 2
    scaled = rng.normal(size=(400, 30)).astype(np.float32) + labels[:, None] * 0.5
    logs = np.log(np.where((1 - labels)[:, None] == np.arange(3), 0.8, 0.1)).astype(np.float32)
    material = Material.of(scaled, labels, 2, logs=logs, prior=prior(("a", "b"), ("a", "b")))

    def right(n_clips: int) -> float:
        weights = fit(OwnSettings("x"), material, np.arange(n_clips))
        rest = np.arange(300, 400)
        return float(np.mean(weights.logits(material, rest).argmax(axis=1) == labels[rest]))

    assert right(2) < 0.3 and right(300) > 0.9


def test_the_same_recording_twice_is_kept_once_or_not_at_all(
    folder: Path, model: Model, tmp_path: Path
) -> None:
    shutil.copytree(folder, tmp_path / "mine")
    first, second = sorted((tmp_path / "mine" / "person 1" / "Wut").iterdir())[:2]
    shutil.copy(first, first.with_name("again.flac"))
    # Coded anew and quieter, under another name and label.
    sound, rate = soundfile.read(second)
    soundfile.write(tmp_path / "mine" / "person 2" / "Trauer" / "wrong.ogg", 0.5 * sound, rate)
    (tmp_path / "mine" / "person 2" / "Trauer" / "broken.wav").write_bytes(b"no sound")
    heard = own_sounds.hear(own.read(tmp_path / "mine"), model)
    codes = sorted(one.code for one in heard.own.left_out)
    assert codes == ["contradictory", "contradictory", "duplicate", "not_audio"]
    assert len(heard.own.clips) == N_PEOPLE * N_TAKES * len(LABELS) - 1


class TestCalibration:
    """Nothing is trained; a temperature and a threshold are fitted."""

    def test_a_bundle_of_the_same_weights_with_another_decision(
        self, heard: Heard, model: Model, tmp_path: Path
    ) -> None:
        made = workflow_own.calibrate(heard, model, name="here")
        own_bundle.save(tmp_path / "here", made)
        again = load_model(tmp_path / "here")
        assert again.emotions == model.emotions
        assert again.decision.ordinary_bias == model.decision.ordinary_bias
        facts = again.info["calibrated"]
        assert facts["n_recordings"] == 2 * N_PEOPLE * N_TAKES
        assert facts["after"]["threshold"] == pytest.approx(again.decision.threshold)
        assert facts["before"]["threshold"] == pytest.approx(model.decision.threshold, abs=1e-4)

    def test_a_model_that_is_too_sure_learns_doubt(self, heard: Heard, model: Model) -> None:
        """As sure as it can be, and right by chance."""
        rng = np.random.default_rng(1)
        sure = np.full(heard.logits.shape, -4.0, dtype=np.float32)
        sure[np.arange(len(sure)), rng.choice([0, 3], len(sure))] = 4.0
        sure[:, -1] = 1.0
        decision, facts = own_calibration.calibrate(dataclasses.replace(heard, logits=sure), model)
        assert decision.temperature > model.decision.temperature
        assert facts["after"]["ece"] < facts["before"]["ece"]

    def test_labels_that_it_has_no_answer_for_are_refused(self, heard: Heard, model: Model) -> None:
        clips = tuple(dataclasses.replace(c, label=f"{c.label}!x") for c in heard.own.clips)
        others = dataclasses.replace(heard, own=dataclasses.replace(heard.own, clips=clips))
        with pytest.raises(CorpusError) as refusal:
            own_calibration.calibrate(others, model)
        assert refusal.value.code == "no_answers"


def test_nothing_is_put_upon_a_model_of_other_numbers(heard: Heard) -> None:
    with pytest.raises(SettingsError) as refusal:
        workflow_own.train(OwnSettings("mine"), heard, load_model("ravdess-mlp"), name="x")
    assert refusal.value.code == "no_base"


class TestCommands:
    """`train --own`, `calibrate` and `predict` with what they made."""

    def test_train_says_what_it_understood_first(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "mine-model"
        assert main(["train", "--own", str(folder), "--out", str(out)]) == 0
        said = capsys.readouterr().out.splitlines()
        assert said[0] == f"{N_PEOPLE * N_TAKES * len(LABELS)} clips in 'mine'."
        assert "Trauer 12, Wut 12, dringend 12" in said[1] and "4 speakers" in said[2]
        assert said[3].startswith("UAR ") and said[-1] == f"The bundle is in {out}."
        clip = str(folder / "person 1" / "Wut" / "1.flac")
        assert main(["predict", clip, "--model", str(out), "--format", "csv"]) == 0
        header = capsys.readouterr().out.splitlines()[0]
        assert header.startswith("file,verdict,emotion,confidence,decided,Trauer,Wut,dringend")
        assert main(["evaluate", "--model", str(out)]) == 1
        assert "somebody's own recordings" in capsys.readouterr().err

    def test_calibrate_says_how_it_does_here(
        self, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["calibrate", str(folder), "--out", str(tmp_path / "c")]) == 0
        said = capsys.readouterr().out
        assert "strangers on 24 clips (Trauer as sad, Wut as angry)" in said
        assert "As shipped: temperature 0.78, threshold 0.80" in said and "Calibrated:" in said

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["--own", "DIR", "--epochs", "3"], "--epochs shape a network"),
            (["--own", "DIR", "--holdout", "random"], "--holdout shape a network"),
            (["--alone"], "go with --own"),
            (["--own", "DIR", "--model", "ravdess-mlp"], "does not hear through"),
            (["--own", "gone"], "cannot be read"),
        ],
    )
    def test_what_does_not_go_together_is_refused(
        self,
        words: list[str],
        said: str,
        folder: Path,
        tmp_path: Path,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        words = [str(folder) if word == "DIR" else word for word in words]
        assert main(["train", *words, "--out", str(tmp_path / "x")]) == 1
        assert said in capsys.readouterr().err
        assert not (tmp_path / "x").exists()
