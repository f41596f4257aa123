"""What the benchmarks of speed share: sounds to hear, clocks, and how figures are told and kept.

A figure is the median of rounds that alternate with what it is compared to, in one process or at
least in one minute: machines are shared. Processor time is that of all threads.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np
import soundfile
import soxr

from ser_core.audio import SAMPLE_RATE
from ser_core.data import sounds

# By a small process of its own: the memory of whoever starts a process counts as that one's, too.
_LAUNCH = """
import json, resource, subprocess, sys, time
begun = time.perf_counter()
done = subprocess.run([sys.executable, *sys.argv[1:]], stdout=-3, stderr=-3)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
wall = time.perf_counter() - begun
print(json.dumps([done.returncode, used.ru_utime + used.ru_stime, wall, used.ru_maxrss / 1024]))
"""
_PACKAGES = ("numpy", "scipy", "soxr", "soundfile", "ai-edge-litert", "librosa", "tensorflow")


@dataclass(frozen=True)
class Figure:
    """What was measured.

    Attributes
    ----------
    name : str
    value : float
    unit : str
    goal : float or None
        None for what is only there to be compared with.
    at_least : bool
        Whether the goal is reached from below.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the goal is met, in a word."""
        if self.goal is None:
            return ""
        met = self.value >= self.goal if self.at_least else self.value <= self.goal
        return "met" if met else "missed"


def voice(duration_s: float, rate: int = SAMPLE_RATE) -> bytes:
    """A WAV file, 16 bit, of made-up voices one after the other."""
    names = [sound.name for sound in sounds.SOUNDS if sound.name != "melody"]
    parts = [soundfile.read(io.BytesIO(sounds.make(name)), dtype="float32")[0] for name in names]
    once = np.concatenate(parts)
    count = round(duration_s * SAMPLE_RATE)
    signal = np.tile(once, -(-count // len(once)))[:count]
    if rate != SAMPLE_RATE:
        signal = soxr.resample(signal, SAMPLE_RATE, rate)
    file = io.BytesIO()
    soundfile.write(file, signal, rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


def alternated(
    works: Mapping[str, Callable[[], object]], rounds: int
) -> dict[str, tuple[float, float]]:
    """Median processor and wall time of each, in seconds: in alternation, after one warm round."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            wall, cpu = time.perf_counter(), time.process_time()
            work()
            if turn:
                times[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    return {
        name: (median(cpu for cpu, _ in found), median(wall for _, wall in found))
        for name, found in times.items()
    }


@dataclass(frozen=True)
class Run:
    """What a command took, with all the processes that it waited for."""

    cpu_s: float
    wall_s: float
    peak_mb: float


def command(*words: str) -> Run:
    """Run ``python`` with some words, its output thrown away."""
    done = subprocess.run(
        [sys.executable, "-c", _LAUNCH, *words], capture_output=True, text=True, check=True
    )
    status, cpu_s, wall_s, peak_mb = json.loads(done.stdout)
    if status:
        raise RuntimeError(f"{' '.join(words)} ended with {status}")
    return Run(cpu_s, wall_s, peak_mb)


def tell(title: str, figures: list[Figure]) -> None:
    """Print the figures as a table; with ``--json FILE``, also write them there."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", type=Path)
    kept = parser.parse_args().json
    width = max(len(figure.name) for figure in figures)
    print(title)
    for figure in figures:
        goal = "" if figure.goal is None else f"{figure.goal:g}, {figure.verdict}"
        print(f"  {figure.name:{width}}  {figure.value:10,.2f} {figure.unit:10} {goal}")
    if kept is not None:
        content = {
            "title": title,
            "machine": machine(),
            "figures": [asdict(figure) | {"verdict": figure.verdict} for figure in figures],
        }
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, object]:
    """On what it was measured, and with what."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(":")[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        processor = platform.processor()
    return {
        "processor": processor,
        "cores": os.cpu_count(),
        "busy": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in _PACKAGES},
        "measured": time.strftime("%Y-%m-%d"),
    }
