"""Training in a child process: what it leaves, however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ser_core import costs, load_model
from ser_core.errors import SerError, SettingsError
from ser_core.flags import command_line
from ser_core.jobs import ID, Jobs, Run, write_json
from ser_core.settings import NetworkSettings, TrainingSettings
from ui import recipes, runs

ROOT = Path(__file__).resolve().parents[1]
TINY = TrainingSettings(layers=NetworkSettings((8,), (0.0,)), batch_size=128, epochs=3)
# Long enough never to end by itself within a test.
ENDLESS = TrainingSettings(layers=NetworkSettings((8,), (0.0,)), batch_size=128, epochs=300)
PATIENCE_S = 120


@pytest.fixture
def jobs(tmp_path: Path) -> Iterator[Jobs]:
    started = Jobs(tmp_path / "runs")
    yield started
    started.close()


def wait(jobs: Jobs, run_id: str, until: Callable[[Run], bool]) -> Run:
    """Look at a run until it is as expected: what is waited for is an event, not a time."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        run = jobs.read(run_id)
        if until(run):
            return run
        if run.ended:
            break
        time.sleep(0.02)
    pytest.fail(f"still {run.status}: {run.message}")


def ended(run: Run) -> bool:
    return run.ended


def learning(run: Run) -> bool:
    return len(run.history) >= 2 and run.status == "training"


def test_a_run_gives_what_the_command_line_gives(jobs: Jobs, tmp_path: Path) -> None:
    split = "speakers"
    run = wait(jobs, jobs.start(TINY, split, owner="a"), ended)
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


def test_a_killed_training_is_told_with_what_is_kept(jobs: Jobs) -> None:
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    n_epochs = len(wait(jobs, run_id, learning).history)
    jobs._jobs[run_id].process.kill()
    run = wait(jobs, run_id, ended)
    assert run.status == "failed" and not run.has_model
    assert "signal 9" in run.message and "memory" in run.message
    assert len(run.history) >= n_epochs
    assert f"up to epoch {len(run.history)} are kept" in run.message


@pytest.mark.parametrize(
    ("limits", "status", "said"),
    [
        pytest.param({"memory_limit_mb": 50}, "failed", "more than 50 MB", id="memory"),
        pytest.param({"gone_s": 0.0}, "stopped", "nobody had looked", id="visitor gone"),
        pytest.param({"time_limit_s": 0.0}, "stopped", "had used its 0 s", id="time"),
    ],
)
def test_a_training_that_goes_too_far_ends(
    tmp_path: Path, limits: dict[str, float], status: str, said: str
) -> None:
    jobs = Jobs(tmp_path / "runs", **limits)
    run = wait(jobs, jobs.start(ENDLESS, "speakers", owner="a"), ended)
    assert run.status == status and said in run.message
    jobs.close()


def test_a_training_whose_settings_fail_says_why(jobs: Jobs) -> None:
    # Past the server's own checks, as a job of another version might be.
    run_id = jobs.start(TINY, "speakers", owner="a")
    jobs._jobs[run_id].process.kill()
    jobs._jobs[run_id].process.wait()
    folder = jobs.folder / run_id
    job = json.loads((folder / "job.json").read_bytes())
    job["settings"]["emotions"] = ["angry", "bored"]
    write_json(folder / "job.json", job)
    # Its standard input stays open: an end of it would mean that the server is gone.
    with subprocess.Popen(
        [sys.executable, "-m", "ser_core.job_worker", str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
    ) as worker:
        worker.wait()
    run = jobs.read(run_id)
    assert run.status == "failed"
    assert run.message.startswith("No recording of bored in ravdess")


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
            TrainingSettings(network="functionals"), "speakers", "unknown_name", id="no sound"
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
    assert len(list(jobs.folder.iterdir())) == remaining
    assert jobs.read(run_id).id == run_id


def test_ids_are_random_tokens(jobs: Jobs) -> None:
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    assert ID.fullmatch(run_id)
    jobs.stop(run_id)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_a_training_ends_with_its_server(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from ser_core.jobs import Jobs\n"
        "from ser_core.settings import *\n"
        "jobs = Jobs(Path(sys.argv[1]))\n"
        "run_id = jobs.start(TrainingSettings(epochs=300), 'speakers', owner='a')\n"
        "print(run_id, jobs._jobs[run_id].process.pid, flush=True); time.sleep(600)"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "runs")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    run_id, worker = server.stdout.readline().split()
    # A second server over the same folder sees it as well.
    other = Jobs(tmp_path / "runs")
    wait(other, run_id, learning)
    server.kill()
    server.wait()
    deadline = time.monotonic() + PATIENCE_S
    while _lives(int(worker)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _lives(int(worker))
    os.utime(tmp_path / "runs" / run_id / "alive", (0, 0))
    run = other.read(run_id)
    assert run.status == "failed" and "restarted" in run.message and run.history


def _lives(process: int) -> bool:
    try:
        # An orphan may stay a zombie where nobody collects it.
        return Path(f"/proc/{process}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


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
        "import sys; import ser_core.jobs, ui.runs, ui.recipes, ui.training_charts\n"
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'librosa') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert said.stdout.strip() == "[]"
