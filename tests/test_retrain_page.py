"""The Retrain page as Streamlit runs it, over runs that no training had to make."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import plotly.graph_objects as go
import pytest
import streamlit
from streamlit.testing.v1 import AppTest

from ser_core import language
from ser_core.inference import bundle
from ser_core.jobs.files import write_json
from ser_core.jobs.manager import Jobs
from ser_core.training import declared
from ser_core.training.settings import TrainingSettings
from ui import frame
from ui.retrain import beating, recipes
from ui.retrain import charts as training_charts
from ui.retrain import words as retrain_words

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
HISTORY = [
    {"epoch": n, "loss": 1 / n, "accuracy": share, "val_loss": 1.0, "val_accuracy": 0.5}
    for n, share in enumerate((0.9, 0.8, 0.9, 0.9, 0.9), 1)
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SER_RUNS", str(tmp_path))
    streamlit.cache_resource.clear()
    return tmp_path


@pytest.fixture
def kept_run(folder: Path) -> Callable[..., str]:
    """A run as a worker leaves it; with a model, that of the shipped network."""

    def keep(
        letter: str = "a",
        *,
        status: str = "done",
        model: bool = True,
        split: str = "speakers",
        history: Sequence[dict[str, float]] = HISTORY,
    ) -> str:
        run_id = letter * 16
        place = folder / run_id
        place.mkdir()
        settings = replace(recipes.ORIGINAL, seed=ord(letter))
        about = {"settings": settings.to_dict(), "split": split, "owner": "o", "created": 0.0}
        write_json(place / "job.json", about)
        told = {"status": status, "message": "Said.", "history": list(history), "seconds": 9.0}
        write_json(place / "progress.json", told)
        if model:
            shipped = bundle.MODELS / "ravdess-mlp"
            shutil.copytree(shipped, place / f"run-{run_id}")
            path = place / f"run-{run_id}" / "bundle.json"
            info = json.loads(path.read_bytes())
            info["reports"] = {split: info["reports"][split]}
            write_json(path, info)
        return run_id

    return keep


def open_page(**params: str | list[str]) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    for name, value in params.items():
        app.query_params[name] = value
    app.run().switch_page("pages/retrain.py").run()
    assert not app.exception
    return app


def button(app: AppTest, label: str):
    (found,) = [one for one in app.button if one.label == label]
    return found


def shown(app: AppTest) -> str:
    kinds = (app.markdown, app.caption, app.warning, app.info, app.error)
    return "\n".join(element.value for kind in kinds for element in kind)


@pytest.mark.parametrize("name", recipes.PRESETS)
def test_a_preset_sets_every_slider(folder: Path, name: str) -> None:
    app = open_page(layers="5", epochs="300", seed="3")
    button(app, name).click().run()
    settings, split, lesson = recipes.PRESETS[name]
    assert lesson in shown(app)
    assert not button(app, "Train").disabled
    assert [s.value for s in app.slider if s.label.endswith("units")] == list(
        settings.layers.hidden
    )
    assert app.radio(key="split").value == split


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"emotions": ["angry", "bored"]}, "no bored clip in RAVDESS"),
        ({"emotions": "angry"}, "at least 2"),
        ({"corpora": ""}, "choose at least one"),
        ({"features": ""}, "at least 1"),
        (
            {"corpora": ["RAVDESS", "CREMA-D"], "layers": "6", "units1": "512", "epochs": "300"},
            "Lower the epochs to",
        ),
    ],
)
def test_what_cannot_be_trained_is_told_before(
    folder: Path, params: dict[str, str | list[str]], said: str
) -> None:
    app = open_page(**params)
    assert any(said in warning.value for warning in app.warning)
    assert button(app, "Train").disabled


@pytest.mark.parametrize(
    "params",
    [
        {"layers": "99"},
        {"units1": "-1"},
        {"split": "'; DROP"},
        {"rate": "__import__('os')"},
        {"corpora": "../../etc"},
        {"seed": "1e99"},
    ],
)
def test_a_wrong_address_changes_nothing(folder: Path, params: dict[str, str]) -> None:
    app = open_page(**params)
    assert "87,748" in shown(app)
    assert not button(app, "Train").disabled


@pytest.mark.parametrize("run_id", ["b" * 16, "../../../etc", "b" * 15])
def test_an_unknown_run_is_told(folder: Path, run_id: str) -> None:
    app = open_page(run=run_id)
    assert "etc" not in shown(app)
    if len(run_id) == 16:
        assert "not here any more" in shown(app)


def test_an_outcome_on_strangers(kept_run: Callable[..., str]) -> None:
    app = open_page(run=kept_run())
    (score,) = app.metric
    assert score.label == "Right on average over the emotions, strangers"
    assert "unweighted average recall" in score.help
    assert "95%\u00a0interval" in shown(app) and "Right of all clips" in shown(app)
    assert "it never heard in training" in shown(app)
    assert "gap of 40 points" in shown(app)
    assert any("--holdout speakers" in code.value for code in app.code)


def test_the_kept_epoch_is_marked_and_said(kept_run: Callable[..., str]) -> None:
    told = [point | {"aside_loss": abs(point["epoch"] - 2)} for point in HISTORY]
    app = open_page(run=kept_run(history=told))
    assert "Epoch 2 of 5 is kept" in shown(app) and "had a say" in shown(app)
    # In training it was right about other shares then.
    assert "gap of 30 points" in shown(app)
    assert "kept: epoch 2" in app.get("plotly_chart")[0].proto.spec


def test_a_random_split_is_never_called_strangers(kept_run: Callable[..., str]) -> None:
    app = open_page(run=kept_run(split="random"))
    assert all("strangers" not in metric.label for metric in app.metric)
    assert "all of whom were heard in training" in shown(app)
    button(app, "The same with unseen speakers").click().run()
    assert app.radio(key="split").value == "speakers"


def test_an_end_without_a_model_keeps_the_curves(kept_run: Callable[..., str]) -> None:
    app = open_page(run=kept_run(status="failed", model=False))
    assert [error.value for error in app.error] == ["Said."]
    assert app.get("plotly_chart")
    assert "Use on Listen" not in [one.label for one in app.button]


def test_runs_are_compared(kept_run: Callable[..., str]) -> None:
    app = open_page(run=[kept_run("a"), kept_run("b", split="random")])
    (table,) = app.dataframe
    assert list(table.value["Run"].str[-4:]) == ["aaaa", "bbbb"]
    assert {"≠ Split", "≠ Seed", "Layers"} <= set(table.value.columns)
    assert "marked ≠: Split and Seed" in shown(app)
    assert "not comparable" in shown(app)


def test_use_on_listen_marks_the_model_as_ones_own(kept_run: Callable[..., str]) -> None:
    app = open_page(run=kept_run())
    button(app, "Use on Listen").click().run()
    assert app.title[0].value == "Listen"
    assert app.session_state["own_models"] == {"Yours: The original recipe · aaaa": "a" * 16}
    Jobs().delete("a" * 16)
    assert not app.run().exception


@pytest.mark.parametrize(
    ("learned", "tested", "split", "said"),
    [
        (0.99, 0.55, "speakers", "44 points: it has learned its speakers by heart"),
        (0.70, 0.55, "speakers", "15 points: some of what it learned"),
        (0.60, 0.55, "speakers", "only 5 points"),
        (0.50, 0.55, "speakers", "no gap"),
        (0.99, 0.79, "random", "held-out clips of the same people"),
    ],
)
def test_the_gap_in_words(learned: float, tested: float, split: str, said: str) -> None:
    history = [{"epoch": 1, "loss": 1, "accuracy": learned, "val_loss": 1, "val_accuracy": tested}]
    assert said in retrain_words.gap(history, split)


def seen(drawn: go.Figure) -> go.Figure:
    return go.Figure(drawn.to_dict())


@pytest.mark.parametrize("n_epochs", [0, 1, 5])
def test_curves_have_a_fixed_axis(n_epochs: int) -> None:
    figure = seen(training_charts.live(HISTORY[:n_epochs], 40, "strangers", 0.25))
    assert tuple(figure.layout.xaxis.range) == (0, 41)
    assert [len(trace.x) for trace in figure.data] == [n_epochs] * 2
    with_loss = seen(training_charts.live(HISTORY[:n_epochs], 40, "strangers", 0.25, loss=True))
    assert [len(trace.x) for trace in with_loss.data] == [n_epochs] * 4


@pytest.mark.parametrize(("epochs", "ends"), [(3, 5), (5, 5), (40, 40)])
def test_the_run_to_beat_reaches_to_the_end(epochs: int, ends: int) -> None:
    figure = seen(training_charts.live([], epochs, "strangers", 0.25, shipped=HISTORY))
    faint = figure.data[0]
    assert (faint.name, faint.x[-1], faint.y[-1]) == ("shipped", ends, 0.5)
    assert any("to beat 50" in mark.text for mark in figure.layout.annotations)
    levelled = seen(training_charts.live([], 5, "strangers", 0.25, shipped=HISTORY, level=0.6))
    assert any("to beat 60" in mark.text for mark in levelled.layout.annotations)


@pytest.mark.parametrize(
    ("settings", "split", "n_points", "said"),
    [
        # Another seed is another fifth: one of those that the shipped one was tested on.
        (recipes.ORIGINAL, "speakers", 100, "To beat: 66%, by"),
        (replace(recipes.ORIGINAL, seed=1), "speakers", 100, "To beat: 48%, by"),
        (recipes.ORIGINAL, "random", 100, "To beat: 71%, by"),
        (replace(recipes.ORIGINAL, seed=1), "random", 100, "clips of people it knew"),
        (replace(recipes.ORIGINAL, corpora=("emodb",)), "speakers", 100, "other corpora"),
        (recipes.ENCODER, "speakers", 15, "copies in noise and rooms as well and"),
        (recipes.ENCODER, "random", 0, "was not scored by such a split"),
        (replace(recipes.ORIGINAL, emotions=("angry", "sad")), "speakers", 0, "tells angry, fearf"),
    ],
)
def test_what_to_beat_is_said_with_where_it_cannot_be_compared(
    settings: TrainingSettings, split: str, n_points: int, said: str
) -> None:
    infos = [bundle.read_shipped(name).info for name in bundle.names()]
    shipped = beating.to_beat(settings, split, infos)
    assert len(shipped.history) == n_points and said in shipped.said
    fair = settings.corpora == ("ravdess",)
    assert ("Not quite a fair match" in shipped.said) is (n_points > 0 and not fair)


def test_there_is_a_line_to_beat_before_anything_is_trained(folder: Path) -> None:
    app = open_page()
    assert "To beat: 66%" in shown(app)
    (chart,) = app.get("plotly_chart")
    assert "shipped" in chart.proto.spec and "No epoch is over yet" in chart.proto.alt


def test_a_full_disk_is_told_and_the_curves_stay(
    kept_run: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    app = open_page(run=kept_run())
    monkeypatch.setattr("ser_core.jobs.manager.write_json", refuse)
    button(app, "Train").click().run()
    assert "full or not writable" in shown(app)
    assert frame.FAULT not in shown(app)
    assert app.get("plotly_chart")
    app.switch_page("pages/listen.py").run()
    assert not app.exception and not app.error


def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("SER_RUNS", str(tmp_path / "file" / "runs"))
    streamlit.cache_resource.clear()
    app = open_page()
    button(app, "Train").click().run()
    assert "full or not writable" in shown(app)
    assert str(tmp_path) not in shown(app)


@pytest.mark.parametrize("name", ["job.json", "progress.json", "bundle.json"])
@pytest.mark.parametrize("content", ["", "null", "[]", "{}", '{"history": 3}'])
def test_a_damaged_run_is_told_and_the_page_lives(
    folder: Path, kept_run: Callable[..., str], name: str, content: str
) -> None:
    damaged, whole = kept_run("a"), kept_run("b")
    where = folder / damaged / (f"run-{damaged}" if name == "bundle.json" else ".")
    (where / name).write_text(content)
    app = open_page(run=[damaged, whole])
    assert "damaged" in shown(app)
    assert frame.FAULT not in shown(app)
    assert not button(app, "Train").disabled


def test_the_table_names_every_setting_that_is_shown_in_the_readers_language() -> None:
    for entry in declared.entries(TrainingSettings):
        assert (entry.setting.label or entry.setting.name.capitalize()) in recipes.COLUMNS


@pytest.mark.parametrize(
    ("control", "told"),
    [("split", "random"), ("network", "encoder"), ("emotions", "sad"), ("features", "mel")],
)
def test_an_address_is_read_whoever_made_it(control: str, told: str) -> None:
    label = recipes.label_of(control)
    for mine in language.LANGUAGES:
        for theirs in language.LANGUAGES:
            with language.use(theirs):
                sent = label(told)
            with language.use(mine):
                assert recipes.readable(control, [sent, told, "x"]) == [label(told)] * 2 + ["x"]
