"""Training in a child process: what it leaves, however it ends."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ser_core import load_model
from ser_core.errors import JobError, SerError, SettingsError
from ser_core.jobs import costs, files, worker
from ser_core.jobs.files import ID, Run, write_json
from ser_core.jobs.manager import Jobs
from ser_core.jobs.process import Worker
from ser_core.training.flags import command_line
from ser_core.training.settings import NetworkSettings, TrainingSettings
from ui.retrain import recipes, runs

pytestmark = pytest.mark.slow

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
    jobs.workers[run_id].process.kill()
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
    jobs.workers[run_id].process.kill()
    jobs.workers[run_id].process.wait()
    folder = jobs.folder / run_id
    job = json.loads((folder / "job.json").read_bytes())
    job["settings"]["emotions"] = ["angry", "bored"]
    write_json(folder / "job.json", job)
    # Its standard input stays open: an end of it would mean that the server is gone.
    with subprocess.Popen(
        [sys.executable, "-m", "ser_core.jobs.worker", str(folder)],
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


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_a_training_ends_with_its_server(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from ser_core.jobs.manager import Jobs\n"
        "from ser_core.training.settings import *\n"
        "jobs = Jobs(Path(sys.argv[1]))\n"
        "run_id = jobs.start(TrainingSettings(epochs=300), 'speakers', owner='a')\n"
        "print(run_id, jobs.workers[run_id].process.pid, flush=True); time.sleep(600)"
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
    # At once: nobody has to be silent for a while first.
    run = wait(other, run_id, ended)
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
        "import sys; import ser_core.jobs.manager\n"
        "import ui.retrain.runs, ui.retrain.recipes, ui.retrain.charts\n"
        "print([m for m in ('tensorflow', 'keras', 'sklearn', 'librosa') if m in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert said.stdout.strip() == "[]"


def worker_of(jobs: Jobs, run_id: str) -> int:
    return jobs.workers[run_id].process.pid


def hang(jobs: Jobs, phase: str) -> str:
    """Start a training and stop its worker in a phase: it hears nothing any more."""
    run_id = jobs.start(TINY if phase == "scoring" else ENDLESS, "speakers", owner="a")
    if phase == "training":
        wait(jobs, run_id, learning)
    elif phase == "scoring":
        wait(jobs, run_id, lambda run: run.status == "scoring")
    os.kill(worker_of(jobs, run_id), signal.SIGSTOP)
    assert jobs.read(run_id).status == ("loading" if phase == "starting" else phase)
    return run_id


PHASES = {
    "starting": "Nothing had been learned yet",
    "training": "The curves up to epoch",
    "scoring": "The curves up to epoch",
}


@pytest.mark.parametrize(("phase", "left"), PHASES.items())
def test_a_training_that_hangs_loses_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, phase: str, left: str
) -> None:
    jobs = Jobs(tmp_path / "runs", at_once=1)
    run_id = hang(jobs, phase)
    # Only now: a busy machine holds up the signs of life, too.
    monkeypatch.setattr("ser_core.jobs.process.START_S", 3.0)
    jobs.grace_s = 2.0
    run = wait(jobs, run_id, ended)
    assert run.status == "failed"
    assert "hung" in run.message and left.lower() in run.message.lower()
    jobs.delete(jobs.start(TINY, "speakers", owner="a"))


@pytest.mark.parametrize(
    ("status", "silent_s", "hung"),
    [
        *[("nothing yet", 60.0, False), ("nothing yet", 300.0, True)],
        # TensorFlow is imported, and holds up the sign of life.
        *[("loading", 60.0, False), ("loading", 300.0, True)],
        *[("training", 20.0, False), ("training", 60.0, True), ("scoring", 60.0, True)],
    ],
)
def test_a_slow_start_is_no_hang(jobs: Jobs, status: str, silent_s: float, hung: bool) -> None:
    folder = left_by_a_worker(jobs, status=status)
    (folder / "seen").touch()
    last = time.time() - silent_s
    os.utime(folder / "alive", (last, last))
    claimed = (folder / "alive").stat().st_mtime - 60.0 * (status != "nothing yet")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        watched = Worker(process, folder, time.monotonic() - silent_s - 60.0, claimed)
        limits = {"time_limit_s": 900.0, "gone_s": 900.0, "memory_limit_mb": 9000.0}
        assert ("hung" in watched.too_far(limits, 30.0)) is hung
        process.kill()


def test_one_that_shows_signs_of_life_and_never_ends_is_ended(tmp_path: Path) -> None:
    """As where its main thread hangs in the export, and the one that says so goes on."""
    for mark in ("alive", "seen"):
        (tmp_path / mark).touch()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        limits = {"time_limit_s": 100.0, "gone_s": 900.0, "memory_limit_mb": 9000.0}
        for began_s, reason in ((270.0, ""), (290.0, "The training did not end in its 100 s.")):
            worker = Worker(process, tmp_path, time.monotonic() - began_s, 0.0)
            assert worker.too_far(limits, 30.0) == reason
        process.kill()


@pytest.mark.parametrize(("phase", "left"), PHASES.items())
def test_stop_means_stop_in_every_phase(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch, phase: str, left: str
) -> None:
    monkeypatch.setattr("ser_core.jobs.manager.STOP_S", 0.5)
    run_id = hang(jobs, phase)
    jobs.stop(run_id)
    run = wait(jobs, run_id, ended)
    assert run.status == "stopped"
    assert run.message.startswith("Stopped by hand.") and left.lower() in run.message.lower()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for folder in (tmp_path / "file" / "runs", Path("/proc/runs")):
        with pytest.raises(JobError, match="full or not writable") as caught:
            Jobs(folder).start(TINY, "speakers", owner="a")
        assert caught.value.code == "no_room"
        assert str(folder) not in caught.value.message


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of a process")
def test_a_disk_that_fills_midway_keeps_the_curves(jobs: Jobs) -> None:
    import resource

    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    wait(jobs, run_id, learning)
    # No file may grow beyond what the curves have now: for the worker, a full disk.
    limit = (jobs.folder / run_id / "progress.json").stat().st_size
    resource.prlimit(worker_of(jobs, run_id), resource.RLIMIT_FSIZE, (limit, limit))
    run = wait(jobs, run_id, ended)
    assert run.status == "failed"
    assert "full or not writable" in run.message
    assert len(run.history) >= 2
    assert not run.has_model
    assert {path.name for path in (jobs.folder / run_id).iterdir()} <= {
        *("job.json", "progress.json", "seen", "alive", "worker.log"),
    }


def test_room_for_what_was_learned_is_taken_before_and_given_back_for_it(jobs: Jobs) -> None:
    run_id = jobs.start(TINY, "speakers", owner="a")
    reserve = jobs.folder / run_id / "reserve"
    taken = reserve.stat().st_blocks * 512
    assert taken >= costs.bundle_bytes(TINY)
    run = wait(jobs, run_id, ended)
    assert run.status == "done"
    assert not reserve.exists()
    left = sum(path.stat().st_size for path in jobs.bundle(run_id).iterdir())
    assert left < taken
    # What is stopped from outside leaves none of it either.
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    jobs.stop(run_id)
    assert not (jobs.folder / run_id / "reserve").exists()


def test_without_room_for_what_will_be_learned_nothing_is_trained(
    jobs: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(JobError, match="full or not writable"):
        jobs.start(TINY, "speakers", owner="a")
    assert not [path for path in jobs.folder.iterdir() if path.is_dir()]


@pytest.mark.parametrize("reserved", [0, 1_000_000])
def test_curves_are_told_out_of_what_was_reserved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reserved: int
) -> None:
    files.reserve(tmp_path, reserved)
    write = files.write_json

    def on_a_full_disk(path: Path, content: dict[str, Any]) -> None:
        if (tmp_path / "reserve").stat().st_size == reserved:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(worker, "write_json", on_a_full_disk)
    tell = worker.Telling(tmp_path)
    if not reserved:
        with pytest.raises(OSError, match="No space"):
            tell(status="training")
        return
    tell(status="training")
    assert json.loads((tmp_path / "progress.json").read_bytes())["status"] == "training"
    # Only as much as it took.
    assert (tmp_path / "reserve").stat().st_size > reserved / 2


def left_by_a_worker(jobs: Jobs, **progress: object) -> Path:
    """A run whose worker died with its server, in the middle."""
    folder = jobs.folder / ("a" * 16)
    folder.mkdir(parents=True)
    about = {"settings": TINY.to_dict(), "split": "speakers", "owner": "a", "created": 1.0}
    write_json(folder / "job.json", about | {"limits": {}})
    point = dict.fromkeys(("epoch", "loss", "accuracy", "val_loss", "val_accuracy"), 1.0)
    told = {"status": "training", "message": "", "history": [point], "seconds": 1.0}
    write_json(folder / "progress.json", told | progress)
    (folder / "alive").touch()
    return folder


def test_what_a_dead_worker_left_is_told_at_once_and_cleaned(jobs: Jobs) -> None:
    folder = left_by_a_worker(jobs)
    half = folder / f"run-{folder.name}"
    half.mkdir()
    (half / "model.keras").write_bytes(b"half")
    (folder / "progress.json.12-34").write_bytes(b"half")
    run = jobs.read(folder.name)
    assert (run.status, run.has_model) == ("failed", False)
    assert "restarted" in run.message
    assert not half.exists()
    assert not (folder / "progress.json.12-34").exists()
    assert jobs.read(folder.name) == run


@pytest.mark.parametrize("name", ["job.json", "progress.json"])
@pytest.mark.parametrize(
    "content",
    [
        *("", "null", "[]", "7", "{}", "{", '"x"', "\x00\xff"),
        '{"settings": null, "split": "speakers", "owner": "a", "created": 1}',
        '{"settings": {}, "split": "speakers", "owner": [], "created": 1}',
        '{"settings": {"nonsense": 1}, "split": "speakers", "owner": "a", "created": 1}',
        '{"settings": {"epochs": "many"}, "split": "speakers", "owner": "a", "created": 1}',
        '{"settings": {}, "split": "nobody", "owner": "a", "created": 1}',
        '{"status": "dancing", "message": "", "history": [], "seconds": 1}',
        '{"status": "done", "message": 3, "history": [], "seconds": 1}',
        '{"status": "done", "message": "", "history": [{}], "seconds": 1}',
        '{"status": "done", "message": "", "history": [null], "seconds": 1}',
        '{"status": "done", "message": "", "history": null, "seconds": 1}',
        '{"status": "done", "message": "", "history": [], "seconds": null}',
        '{"status": ["done"], "message": "", "history": [], "seconds": 1}',
    ],
)
def test_damaged_files_of_a_run_are_told(jobs: Jobs, name: str, content: str) -> None:
    folder = left_by_a_worker(jobs)
    (folder / name).write_text(content, encoding="latin-1")
    if name == "job.json":
        with pytest.raises(SettingsError, match="damaged") as caught:
            jobs.read(folder.name)
        assert caught.value.code == "damaged_run"
        return
    run = jobs.read(folder.name)
    assert (run.status, run.has_model) == ("failed", False)
    assert "damaged" in run.message


def test_servers_on_one_folder_count_together(jobs: Jobs) -> None:
    other = Jobs(jobs.folder, at_once=1)
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    for owner, code in (("a", "busy"), ("b", "full")):
        with pytest.raises(SettingsError) as caught:
            other.start(TINY, "speakers", owner=owner)
        assert caught.value.code == code
    assert not other.read(run_id).ended


def test_a_run_that_said_its_last_word_is_over(jobs: Jobs) -> None:
    run_id = jobs.start(ENDLESS, "speakers", owner="a")
    wait(jobs, run_id, learning)
    os.kill(worker_of(jobs, run_id), signal.SIGSTOP)
    progress = jobs.folder / run_id / "progress.json"
    write_json(progress, json.loads(progress.read_bytes()) | {"status": "done"})
    jobs.delete(jobs.start(TINY, "speakers", owner="a"))


def test_marks_from_the_future_are_old(tmp_path: Path) -> None:
    jobs = Jobs(tmp_path / "runs", kept_s=3600.0)
    folder = left_by_a_worker(jobs)
    ahead = time.time() + 2 * 3600.0
    for path in (*folder.iterdir(), folder):
        os.utime(path, (ahead, ahead))
    jobs.delete(jobs.start(TINY, "speakers", owner="a"))
    assert not folder.exists()


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
