"""What other visitors notice of a training, and what a training takes.

    OMP_NUM_THREADS=1 python -m benchmarks.visitors_while_training

Opens Listen in this process as Streamlit runs it, gives it a new clip again and again (decoded,
measured, judged and drawn each time), first while nothing else runs, then while the original
recipe trains in its child process, several times in turn, so that other load on the machine falls
on both. Prints medians, then the time and the memory of the original recipe alone and of the
largest training that is allowed, and how long a stop takes.
"""

from __future__ import annotations

import io
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
from streamlit.testing.v1 import AppTest

from benchmarks.memory import memory_mb
from ser_core.audio import SAMPLE_RATE
from ser_core.emotions import ALL_EMOTIONS
from ser_core.jobs import costs
from ser_core.jobs.costs import n_recordings
from ser_core.jobs.manager import Jobs
from ser_core.training.settings import NetworkSettings, TrainingSettings

ROOT = Path(__file__).resolve().parents[1]
ROUNDS = 3
CLIPS = 12
ORIGINAL = TrainingSettings()


def clip(seed: int) -> bytes:
    """Three seconds of a buzz that nobody has sent before."""
    rng = np.random.default_rng(seed)
    moments = np.arange(3 * SAMPLE_RATE) / SAMPLE_RATE
    phase = 2 * np.pi * np.cumsum(120 + 40 * np.sin(3 * moments)) / SAMPLE_RATE
    voice = np.sum([np.sin(k * phase) / k for k in range(1, 15)], axis=0) * 0.2
    file = io.BytesIO()
    soundfile.write(file, voice + rng.normal(0, 0.001, len(voice)), SAMPLE_RATE, format="WAV")
    return file.getvalue()


def hear(app: AppTest, seed: int) -> float:
    """Seconds of one rerun of Listen with a new clip, which is cleared again."""
    app.file_uploader[0].set_value((f"{seed}.wav", clip(seed), "audio/wav"))
    began = time.perf_counter()
    app.run()
    took = time.perf_counter() - began
    assert not app.exception and app.header
    next(button for button in app.button if button.label == "Clear").click().run()
    return took


def largest_allowed() -> TrainingSettings:
    """The most weights over the most recordings, for as many epochs as are allowed."""
    layers = NetworkSettings((512,) * 4, (0.0,) * 4)
    corpora = ("ravdess", "emodb", "cremad")
    for epochs in range(300, 0, -5):
        settings = TrainingSettings(
            corpora=corpora, emotions=ALL_EMOTIONS, layers=layers, batch_size=256, epochs=epochs
        )
        if costs.seconds(settings, n_recordings(settings)) <= costs.LONGEST_S:
            return settings
    raise AssertionError("nothing is allowed")


def alone(jobs: Jobs, settings: TrainingSettings, label: str) -> None:
    """Train with nothing beside it and say what it took."""
    began = time.perf_counter()
    run_id = jobs.start(settings, "speakers", owner=label)
    process = jobs.workers[run_id].process.pid
    peak, first = 0.0, None
    while not (run := jobs.read(run_id)).ended:
        peak = max(peak, memory_mb(process))
        if first is None and run.status == "training":
            first = time.perf_counter() - began
        time.sleep(0.05)
    took = time.perf_counter() - began
    estimate = costs.seconds(settings, n_recordings(settings))
    print(
        f"{label}: {run.status}, {len(run.history)} epochs in {took:.1f} s (estimate "
        f"{estimate:.0f} s), of which {first or 0:.1f} s until TensorFlow was awake; "
        f"{costs.n_weights(settings):,} weights, {n_recordings(settings):,} recordings, "
        f"at most {peak:.0f} MB"
    )


def stopped(jobs: Jobs, settings: TrainingSettings) -> None:
    """Stop in the middle of an epoch and say how long that takes."""
    run_id = jobs.start(settings, "speakers", owner="stopped")
    while not jobs.read(run_id).history:
        time.sleep(0.05)
    began = time.perf_counter()
    jobs.stop(run_id)
    while jobs.read(run_id).status == "training":
        time.sleep(0.005)
    still = time.perf_counter() - began
    while not jobs.read(run_id).ended:
        time.sleep(0.05)
    print(
        f"Stop, the largest allowed: no more training after {still:.2f} s; scored and kept after "
        f"{time.perf_counter() - began:.1f} s"
    )


def main() -> None:
    """Measure and print."""
    if hasattr(os, "getloadavg"):
        print(f"{os.cpu_count()} processors, load before: {os.getloadavg()[0]:.1f}")
    # The page in this process and these jobs use the same folder.
    os.environ["SER_RUNS"] = tempfile.mkdtemp(prefix="undertone-benchmark-")
    jobs = Jobs()
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120).run()
    app.switch_page("pages/listen.py").run()
    seeds = iter(range(10**6))
    for _ in range(3):
        hear(app, next(seeds))
    times: dict[str, list[float]] = {"idle": [], "TensorFlow waking": [], "training": []}
    for _ in range(ROUNDS):
        times["idle"] += [hear(app, next(seeds)) for _ in range(CLIPS)]
        run_id = jobs.start(ORIGINAL, "speakers", owner="other")
        while jobs.read(run_id).status == "loading":
            times["TensorFlow waking"].append(hear(app, next(seeds)))
        for _ in range(CLIPS):
            if jobs.read(run_id).ended:
                break
            times["training"].append(hear(app, next(seeds)))
        jobs.delete(run_id)
    idle = statistics.median(times["idle"])
    for label, values in times.items():
        middle = statistics.median(values)
        print(
            f"Listen with a new clip, {label}: median {1000 * middle:.0f} ms, slowest "
            f"{1000 * max(values):.0f} ms, {len(values)} clips, {middle / idle:.2f} times idle"
        )
    alone(jobs, ORIGINAL, "the original recipe")
    alone(jobs, largest_allowed(), "the largest allowed")
    stopped(jobs, largest_allowed())


if __name__ == "__main__":
    main()
