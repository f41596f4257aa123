"""Training in a child process: what it gives, what is refused, what is kept."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ser_core import load_model
from ser_core.errors import SerError, SettingsError
from ser_core.jobs import costs
from ser_core.jobs.files import ID, write_json
from ser_core.jobs.manager import Jobs
from ser_core.jobs.spare import ROOM_MB, Spare
from ser_core.training.flags import command_line
from ser_core.training.settings import NetworkSettings, TrainingSettings
from tests.support.trainings import (
    ENDLESS,
    TINY,
    ended,
    learning,
    left_by_a_worker,
    wait,
)
from ui.retrain import recipes, runs

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def test_a_run_gives_what_the_command_line_gives(
    jobs: Jobs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In a process that had TensorFlow awake before, too.
    monkeypatch.setenv("SER_WARM", "1")
    jobs.spare = Spare(available_mb=lambda: ROOM_MB)
    jobs.warm()
    split = "speakers"
    run = wait(jobs, jobs.start(TINY, split, owner="a"), ended)
    assert jobs.workers[run.id].line is not None
    assert (run.status, len(run.history), run.has_model) == ("done", 3, True)

    words = command_line(TINY, split, str(tmp_path / "by-hand")).split()[1:]
    environment = {key: value for key, value in os.environ.items() if key != "SER_DATA"}
    subprocess.run(
        [sys.executable, *words],
        check=True,
        capture_output=True,
        # No folder `corpora` here, so it learns from the tables.
        cwd=tmp_path,
        env=environment | {"PYTHONPATH": str(ROOT)},
    )
    by_page = json.loads((jobs.bundle(run.id) / "bundle.json").read_bytes())
    by_hand = json.loads((tmp_path / "by-hand" / "bundle.json").read_bytes())
    for info in (by_page, by_hand):
        info.pop("name")
        info["reports"][split].pop("command")
    assert by_page == by_hand
    assert by_page["history"] == run.history
    assert (jobs.bundle(run.id) / "model.tflite").read_bytes() == (
        tmp_path / "by-hand" / "model.tflite"
    ).read_bytes()
    assert load_model(jobs.bundle(run.id)).emotions == TINY.emotions
    assert by_page["n_weights"] == costs.n_weights(TINY)


def test_the_snippet_trains_the_same_model(jobs: Jobs, tmp_path: Path) -> None:
    run = wait(jobs, jobs.start(TINY, "random", owner="a"), ended)
    subprocess.run(
        [sys.executable, "-c", runs.snippet(run)],
        check=True,
        capture_output=True,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert (tmp_path / "my-model" / "model.tflite").read_bytes() == (
        jobs.bundle(run.id) / "model.tflite"
    ).read_bytes()


def test_a_stop_keeps_what_was_learned(jobs: Jobs) -> None:
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    wait(jobs, run_id, learning)
    jobs.stop(run_id)
    run = wait(jobs, run_id, ended)
    assert run.status == "stopped" and "by hand" in run.message
    assert run.has_model and 2 <= len(run.history) < ENDLESS.epochs
    load_model(jobs.bundle(run_id))


def test_a_stop_before_the_first_epoch_ends_at_once(jobs: Jobs) -> None:
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    jobs.stop(run_id)
    run = jobs.read(run_id)
    assert (run.status, run.history, run.has_model) == ("stopped", [], False)
    assert "nothing to keep" in run.message


@pytest.mark.parametrize(
    ("settings", "split", "code"),
    [
        pytest.param(
            TrainingSettings(layers=NetworkSettings((512,) * 4, (0.0,) * 4), epochs=300),
            "speakers",
            "too_long",
            id="too long",
        ),
        pytest.param(
            TrainingSettings(layers=NetworkSettings((512,) * 6, (0.0,) * 6), epochs=1),
            "speakers",
            "too_large",
            id="too large",
        ),
        pytest.param(TrainingSettings(members=2), "speakers", "too_many", id="members"),
        pytest.param(TrainingSettings(corpora=("tess",)), "speakers", "no_features", id="no table"),
        pytest.param(TrainingSettings(corpora=("../x",)), "speakers", "unknown_corpus", id="path"),
        pytest.param(TrainingSettings(augmentation=2), "speakers", "needs_audio", id="augmented"),
        pytest.param(
            TrainingSettings(network="encoder", corpora=("tess",)),
            "speakers",
            "no_features",
            id="no table of the encoder's",
        ),
        pytest.param(
            TrainingSettings(network="encoder", corpora=("ravdess", "cremad")),
            "speakers",
            "too_large",
            id="too much for the memory",
        ),
        pytest.param(TINY, "../x", "unknown_name", id="split"),
    ],
)
def test_what_cannot_be_trained_is_refused(
    jobs: Jobs, settings: TrainingSettings, split: str, code: str
) -> None:
    with pytest.raises(SerError) as refusal:
        jobs.start(settings, split, owner="a")
    assert refusal.value.code == code
    assert not jobs.folder.exists()


def test_one_training_a_visitor_and_a_few_in_all(jobs: Jobs) -> None:
    jobs.at_once = 2
    first = jobs.start(ENDLESS, "speakers", owner="a")
    with pytest.raises(SettingsError) as busy:
        jobs.start(TINY, "speakers", owner="a")
    assert busy.value.code == "busy"
    jobs.start(ENDLESS, "speakers", owner="b")
    with pytest.raises(SettingsError) as full:
        jobs.start(TINY, "speakers", owner="c")
    assert full.value.code == "full" and "2" in full.value.message
    jobs.stop(first)
    jobs.start(TINY, "speakers", owner="a")


@pytest.mark.parametrize(
    "address",
    ["", "..", "../../etc/passwd", "a" * 15, "a" * 17, "A" * 16, "a" * 15 + "/", "a" * 16],
)
def test_an_address_reaches_no_other_folder(jobs: Jobs, address: str) -> None:
    (jobs.folder / "..").resolve().joinpath("job.json").write_text("{}")
    for use in (jobs.read, jobs.stop, jobs.seen, jobs.delete, jobs.bundle):
        with pytest.raises(SettingsError) as refusal:
            use(address)
        assert refusal.value.code == "no_run"


def test_a_deleted_run_is_gone(jobs: Jobs) -> None:
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    jobs.delete(run_id)
    assert not (jobs.folder / run_id).exists()
    with pytest.raises(SettingsError):
        jobs.read(run_id)


@pytest.mark.parametrize(
    ("limits", "remaining"), [({"kept": 3}, 3), ({"kept_s": 0.0}, 1)], ids=["number", "age"]
)
def test_old_runs_make_room(tmp_path: Path, limits: dict[str, float], remaining: int) -> None:
    jobs = Jobs(tmp_path / "runs", **limits)
    for _ in range(4):
        run_id = jobs.start(ENDLESS, "speakers", owner="a")
        jobs.stop(run_id)
        for path in [jobs.folder / run_id / "alive", jobs.folder / run_id / "job.json"]:
            if path.exists():
                os.utime(path, (0, 0))
    assert len([path for path in jobs.folder.iterdir() if path.is_dir()]) == remaining
    assert jobs.read(run_id).id == run_id


def test_ids_are_random_tokens(jobs: Jobs) -> None:
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    assert ID.fullmatch(run_id)
    jobs.stop(run_id)


@pytest.mark.parametrize("name", recipes.PRESETS)
def test_every_preset_is_short_enough(name: str) -> None:
    settings, split, _ = recipes.PRESETS[name]
    costs.refuse(settings, 767)
    assert recipes.settings_of(recipes.controls(settings, split)) == settings
    assert recipes.name_of(settings, split) == name


def test_a_refusal_says_how_many_epochs_would_do() -> None:
    layers = NetworkSettings((512, 512), (0.0, 0.0))
    with pytest.raises(SettingsError) as refusal:
        costs.refuse(TrainingSettings(layers=layers, epochs=300), 7_000)
    epochs = int(refusal.value.message.split("epochs to ")[1].split(",")[0])
    costs.refuse(TrainingSettings(layers=layers, epochs=epochs), 7_000)


def test_the_server_needs_no_tensorflow() -> None:
    code = (
        "import sys; import ser_core.jobs.manager\n"
        "import ui.retrain.runs, ui.retrain.recipes, ui.retrain.charts\n"
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'librosa') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert said.stdout.strip() == "[]"


def test_servers_on_one_folder_count_together(jobs: Jobs) -> None:
    other = Jobs(jobs.folder, at_once=1)
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    for owner, code in (("a", "busy"), ("b", "full")):
        with pytest.raises(SettingsError) as caught:
            other.start(TINY, "speakers", owner=owner)
        assert caught.value.code == code
    assert not other.read(run_id).ended


@pytest.mark.parametrize("took_s", [10.0, 60.0])
def test_the_estimate_follows_this_machine(jobs: Jobs, took_s: float) -> None:
    folder = left_by_a_worker(jobs, status="done")
    about = json.loads((folder / "job.json").read_bytes())
    ended_at = (folder / "progress.json").stat().st_mtime
    write_json(folder / "job.json", about | {"created": ended_at - took_s, "estimate": 20.0})
    estimate = jobs.estimate(TINY, 767)
    assert estimate == pytest.approx(took_s / 20.0 * costs.seconds(TINY, 767))


def test_without_a_training_the_estimate_is_by_the_machines_speed(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(costs, "slowness", lambda: 2.5)
    assert jobs.estimate(TINY, 767) == pytest.approx(2.5 * costs.seconds(TINY, 767))
