"""Many files: one process, two, and a Dask cluster of two workers on this machine; and memory.

    python -m benchmarks.many_files

The same files in alternation; that the output is the same to the byte is tried as well. Memory is
that of the asking process and of each that hears, after a thousand and after ten thousand files.
"""

from __future__ import annotations

import filecmp
import multiprocessing
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import distributed

from benchmarks.memory import memory_mb
from benchmarks.speed import Figure, Run, command, tell, voice
from ser_core.cli.hearing import Item, Wanted
from ser_core.cli.processes import Processes

N_FILES, N_SHORT = 400, 10_000
ROUNDS = 2


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "files")
        folder.mkdir()
        # Links would do as well, but whoever reads a disk should read it.
        content = voice(4.0, 48_000)
        for number in range(N_FILES):
            (folder / f"{number:04}.wav").write_bytes(content)
        figures = _speeds(folder, Path(name)) + _memory(Path(name))
    tell(f"{N_FILES} files of 4 s at 48 kHz, and {N_SHORT:,} short ones", figures)


def _speeds(folder: Path, place: Path) -> list[Figure]:
    found: dict[str, list[Run]] = {"1": [], "2": [], "dask": []}
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs="CRITICAL"
    ) as cluster:
        ways = {
            "1": ("--jobs", "1"),
            "2": ("--jobs", "2"),
            "dask": ("--scheduler", cluster.scheduler_address),
        }
        for turn in range(ROUNDS):
            for way, words in ways.items():
                out = place / f"{way}.jsonl"
                out.unlink(missing_ok=True)
                run = command(
                    *("-m", "ser_core", "predict", str(folder), "--format", "json"),
                    *("--out", str(out), *words),
                )
                # A worker has its model after its first file.
                if turn or way != "dask":
                    found[way].append(run)
    for way in ("2", "dask"):
        if not filecmp.cmp(place / "1.jsonl", place / f"{way}.jsonl", shallow=False):
            raise RuntimeError(f"{way} says something else than one process")
    wall = {way: median(run.wall_s for run in runs) for way, runs in found.items()}
    cpu = {way: median(run.cpu_s for run in runs) for way, runs in found.items()}
    return [
        Figure("one process", N_FILES / wall["1"], "files/s"),
        Figure("two processes", N_FILES / wall["2"], "files/s"),
        Figure("two processes: faster than one by", wall["1"] / wall["2"], "times", 1.8, True),
        Figure("two workers of Dask", N_FILES / wall["dask"], "files/s"),
        Figure("processor time a file, one process", 1000 * cpu["1"] / N_FILES, "ms"),
        Figure("processor time a file, two processes", 1000 * cpu["2"] / N_FILES, "ms"),
        Figure("two idle cores would give", 2 * cpu["1"] / cpu["2"], "times", 1.8, True),
    ]


def _memory(place: Path) -> list[Figure]:
    short = place / "short.wav"
    short.write_bytes(voice(0.5))
    processes = Processes(Wanted(format="json"), 2)
    at: dict[int, tuple[float, float]] = {}
    try:
        for told, _ in enumerate(processes.hear(_named(short)), start=1):
            if told in (1_000, N_SHORT):
                children = [child.pid or 0 for child in multiprocessing.active_children()]
                at[told] = memory_mb(os.getpid()), max(map(memory_mb, children))
    finally:
        processes.close()
    (asks, hears), (asks_later, hears_later) = at[1_000], at[N_SHORT]
    return [
        Figure("memory of each process that hears", hears_later, "MB"),
        Figure("its growth from 1,000 to 10,000 files", hears_later - hears, "MB", 2),
        Figure("growth of the process that asks", asks_later - asks, "MB", 2),
    ]


def _named(path: Path) -> Iterator[Item]:
    for _ in range(N_SHORT):
        yield Item(str(path))


if __name__ == "__main__":
    main()
