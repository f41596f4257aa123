"""Ten minutes of speech: verdict and timeline, their processor time and memory.

python -m benchmarks.long_recording
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from threadpoolctl import threadpool_limits

from benchmarks.speed import Figure, tell, voice
from ser_core import audio, load_model
from ser_core.audio import Clip
from ser_core.features import classic, pictures
from ser_core.inference.predictor import Model
from ser_core.inference.timeline import Timeline, nothing_yet, timeline
from ui import cached, sound_charts


def memory_mb(name: str) -> float:
    """A line of /proc/self/status, VmRSS or VmHWM (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


class _Shown(Exception):  # noqa: N818
    """There is something to show."""


def to_first_lane(model: Model, clip: Clip) -> float:
    """Processor time until the app has something of a decoded recording to draw on its lanes."""

    def stop(_: Timeline) -> None:
        raise _Shown

    begun = time.process_time()
    try:
        cached.wav(clip.signal, clip.sampling_rate)
        nothing = nothing_yet(model.emotions, model.answers)
        levels = pictures.log_mel(clip.signal)
        drawn = sound_charts.sound(
            clip.signal, clip.sampling_rate, levels, classic.mel_centres(), nothing
        )
        drawn.to_json()
        timeline(model, clip, so_far=stop)
    except _Shown:
        pass
    return time.process_time() - begun


def main() -> None:
    with threadpool_limits(1):
        model = load_model()
        clip = audio.load(voice(600.0), max_duration_s=audio.LONG_DURATION_S)
        model.predict(voice(10.0))
        # From here on the system counts the most that is held.
        Path("/proc/self/clear_refs").write_text("5")
        start_mb = memory_mb("VmRSS")
        begun, wall = time.process_time(), time.perf_counter()
        timeline(model, clip)
        between = time.process_time()
        model.predict_clip(clip)
        cpu_s, wall_s = time.process_time() - begun, time.perf_counter() - wall
        most_mb = memory_mb("VmHWM")
        first_s = to_first_lane(model, Clip(clip.signal))
    tell(
        "Ten minutes of speech, decoded: what is heard when, and the verdict",
        [
            Figure("timeline", between - begun, "s"),
            Figure("verdict, after it", cpu_s - (between - begun), "s"),
            Figure("both", cpu_s, "s", 2),
            Figure("both, on the clock", wall_s, "s"),
            Figure("memory over the start, at most", most_mb - start_mb, "MB", 60),
            Figure("to its first lane, with all that the page draws before", first_s, "s", 0.3),
        ],
    )


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main()
