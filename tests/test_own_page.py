"""A visitor's own recordings on Retrain, as Streamlit runs it; and the child that trains."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
import soundfile
import streamlit
from streamlit.testing.v1 import AppTest

from ser_core.audio import SAMPLE_RATE
from ser_core.corpora import synthetic
from ser_core.data import own, own_sounds
from ser_core.data.own_sounds import Heard
from ser_core.errors import JobError, SerError
from ser_core.inference.predictor import Model, load_model
from ser_core.jobs import own as own_jobs
from ser_core.training.own import OwnSettings
from ui import theme
from ui.retrain import charts as training_charts

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
LABELS = {"angry": "Wut", "sad": "Trauer"}


@pytest.fixture(scope="module")
def packed() -> bytes:
    """Two classes of three people in a zip with a table."""
    file, rows = io.BytesIO(), ["file,emotion,speaker"]
    with zipfile.ZipFile(file, "w") as archive:
        for recording, signal in synthetic.generate():
            person, take = recording.speaker[-2:], recording.name[-2:]
            if recording.emotion in LABELS and person <= "03" and take <= "03":
                sound = io.BytesIO()
                soundfile.write(sound, signal, SAMPLE_RATE, format="FLAC")
                name = f"{recording.name}.flac"
                archive.writestr(f"mine/{name}", sound.getvalue())
                rows.append(f"{name},{LABELS[recording.emotion]},{person}")
        archive.writestr("mine/labels.csv", "\n".join(rows))
    return file.getvalue()


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.fixture(scope="module")
def heard(packed: bytes, model: Model) -> Heard:
    return own_sounds.hear(own.read_zip("mine.zip", packed), model)


def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("SER_RUNS", str(tmp_path))
    streamlit.cache_resource.clear()
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    app.run().switch_page("pages/retrain.py").run()
    assert not app.exception
    return app


def shown(app: AppTest) -> str:
    parts = (*app.markdown, *app.caption, *app.error, *app.header, *app.metric)
    return " ".join(str(one.value) for one in parts).replace("\\", "")


def press(app: AppTest, label: str) -> AppTest:
    (found,) = [one for one in app.button if one.label == label]
    return found.click().run()


def test_upload_train_and_take_to_listen(
    packed: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(tmp_path, monkeypatch)
    assert "Your own recordings" in shown(app)
    app.file_uploader[0].upload("mine.zip", packed, "application/zip").run()
    said = shown(app)
    assert "18 clips in 'mine.zip'" in said and "Trauer 9, Wut 9" in said and "3 speakers" in said
    assert "Download your model" not in [one.label for one in app.get("download_button")]
    press(app, "Train on these")
    assert not app.exception
    assert "What would help" in shown(app) and "strangers" in app.metric[-1].label
    press(app, "Use yours on Listen")
    assert app.title[0].value == "Listen" and not app.exception
    own_model = app.session_state["own_model"]
    assert own_model.emotions == ("Trauer", "Wut")
    assert any("mine.zip" in option for option in app.selectbox(key="model").options)
    assert list(tmp_path.iterdir()) == []
    app.switch_page("pages/retrain.py").run()
    press(app, "Forget them")
    assert app.session_state["own_work"] is None and "own_model" not in app.session_state


def test_what_is_no_zip_of_labelled_recordings_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = opened(tmp_path, monkeypatch)
    app.file_uploader[0].upload("mine.zip", b"no zip", "application/zip").run()
    assert "is no zip" in shown(app) and not app.exception


def test_the_child_gives_what_the_library_gives(heard: Heard, model: Model) -> None:
    shares: list[float] = []
    task = json.dumps(OwnSettings("mine.zip").to_dict())
    made = own_jobs.run(heard, model, task, "x", progress=shares.append)
    assert made.tflite == model.source.tflite and shares == sorted(shares) and shares
    again = Model(made)
    assert again.emotions == ("Trauer", "Wut")
    here = own_jobs.unpacked(own_jobs.packed(heard, model, task, "x"))[0]
    assert here.own.classes == heard.own.classes and (here.numbers == heard.numbers).all()
    calibrated = own_jobs.run(heard, model, own_jobs.CALIBRATE, "y", progress=shares.append)
    assert calibrated.info["emotions"] == list(model.emotions)


def test_a_refusal_in_the_child_is_one_here(heard: Heard) -> None:
    with pytest.raises(SerError) as refusal:
        own_jobs.run(
            heard,
            load_model("ravdess-mlp"),
            json.dumps(OwnSettings("x").to_dict()),
            "x",
            progress=lambda share: None,
        )
    assert refusal.value.code == "no_base"


def test_one_that_dies_is_told(heard: Heard, model: Model) -> None:
    with pytest.raises(JobError) as refusal:
        own_jobs.run(heard, model, "nonsense", "x", progress=lambda share: None)
    assert refusal.value.code == "failed"


def test_too_many_at_once_are_told(
    heard: Heard, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_jobs, "SEATS", own_jobs.threading.BoundedSemaphore(1))
    own_jobs.SEATS.acquire()
    with pytest.raises(JobError) as refusal:
        own_jobs.run(heard, model, "{}", "x", progress=lambda share: None)
    assert refusal.value.code == "full"


def test_the_learning_curve_shows_chance_and_the_shipped_model() -> None:
    points = [{"n_clips": n, "uar": 0.5 + n / 1000, "low": 0.4, "high": 0.8} for n in (10, 20, 40)]
    figure = training_charts.by_clips(points, 0.25, 0.6)  # type: ignore[arg-type]
    assert list(figure.data[0].x) == [10, 20, 40]
    assert [shape.y0 for shape in figure.layout.shapes] == [0.25, 0.6]


@pytest.mark.parametrize(
    ("word", "known"), [("Wut", "angry"), ("TRISTESSE", "sad"), ("ordinary", "neutral")]
)
def test_words_for_an_emotion_have_its_colour(word: str, known: str) -> None:
    assert theme.colour(word) == theme.EMOTION_COLOURS[known]
    assert theme.colour("dringend") == theme.colour("dringend") in theme.COLOURS.values()
