"""What all fuzzing shares: each case is tried in a process that may die, within bounds.

A case is a kind, a number and a seed, and always the same. It ends in what was heard or understood,
or in the code of a refusal. What must never be: a process that ended, an error that is no refusal,
an answer that makes no sense, more than `MOST_MB` beyond what the process had, or more than
`MOST_S` of its time.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from ser_core.errors import SerError

MOST_S, MOST_MB = 5.0, 200.0
# Whatever hangs is ended; on a busy machine everything takes longer.
_HUNG_S = 30
_ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Fuzz:
    """What is fuzzed.

    Attributes
    ----------
    module : str
        That runs this, with ``--child SEED``, too.
    kinds : mapping of str to int
        And of how many cases one is made, for some take longer than others.
    made : callable
        From a kind, a number and a seed to the case's bytes.
    tried : callable
        From a kind and the case's bytes to what became of it, in a word; raises `SerError` for a
        refusal.
    ready : callable
        Called once in the process, before the first case.
    """

    module: str
    kinds: dict[str, int]
    made: Callable[[str, int, int], bytes]
    tried: Callable[[str, bytes], str]
    ready: Callable[[], object]


@dataclass(frozen=True)
class Kind:
    """One kind of case.

    Attributes
    ----------
    change : callable
        From a generator of chances to a case's bytes.
    tried : callable
        From these to what became of them, as of `Fuzz`.
    one_in : int
        Of how many cases one is made.
    """

    change: Callable[[np.random.Generator], bytes]
    tried: Callable[[bytes], str]
    one_in: int = 1

    def made(self, number: int, seed: int) -> bytes:
        """The case of this number: always the same."""
        return self.change(np.random.default_rng([seed, number]))


@dataclass
class Tally:
    """What became of the cases, by kind, and those that must not be."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, kind: str, number: int, outcome: str) -> None:
        """Count a case; one that ended the process or was not refused in words is a fault."""
        wrong = outcome.startswith(("died", "hung", "error"))
        self.outcomes.setdefault(kind, Counter())["fault" if wrong else outcome] += 1
        if wrong:
            self.faults.append(f"{kind} {number}: {outcome}")


def run(fuzz: Fuzz, kinds: Sequence[str], each: int, seed: int, *, first: int = 0) -> Tally:
    """Try `each` cases of each kind, in a process that is started anew where it dies."""
    tally = Tally()
    work = [
        (kind, number)
        for kind in kinds
        for number in range(first, first + max(1, each // fuzz.kinds[kind]))
    ]
    done = 0
    while done < len(work):
        for outcome in _outcomes(fuzz.module, work[done:], seed):
            tally.add(*work[done], outcome)
            done += 1
    return tally


def _outcomes(module: str, work: list[tuple[str, int]], seed: int) -> Iterator[str]:
    """What becomes of one case after the other, until one ends the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--child", str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=None if os.environ.get("VERBOSE") else subprocess.DEVNULL,
        text=True,
        cwd=_ROOT,
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        process.stdout.readline()  # Its own start is no case's time.
        for kind, number in work:
            late = threading.Timer(_HUNG_S, process.kill)
            late.start()
            try:
                process.stdin.write(json.dumps([kind, number]) + "\n")
                process.stdin.flush()
                said = process.stdout.readline()
            except BrokenPipeError:
                said = ""
            hung = not late.is_alive()
            late.cancel()
            if not said:
                yield "hung" if hung else f"died {process.wait()}"
                return
            yield said.strip()
        process.stdin.close()


def _child(fuzz: Fuzz, seed: int) -> None:
    # What libraries print must not be taken for an outcome.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    fuzz.ready()
    print("ready", file=answers, flush=True)
    for line in sys.stdin:
        kind, number = json.loads(line)
        print(outcome(fuzz, kind, fuzz.made(kind, number, seed)), file=answers, flush=True)


def outcome(fuzz: Fuzz, kind: str, case: bytes) -> str:
    """What becomes of a case, in this process; begins with ``error`` where that must not be."""
    before, began = _memory_mb("VmRSS"), time.process_time()
    # The peak is counted from here on, where the system lets it.
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    try:
        said = fuzz.tried(kind, case)
    except SerError as error:
        said = error.code
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        return f"error {type(error).__name__} in {Path(where.filename).name}, line {where.lineno}"
    took, grew = time.process_time() - began, _memory_mb("VmHWM") - before
    if took > MOST_S:
        return f"error: {said} after {took:.1f} s"
    return f"error: {said} with {grew:.0f} MB" if grew > MOST_MB else said


def _memory_mb(name: str) -> float:
    with contextlib.suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith(name):
                return int(line.split()[1]) / 1024
    return 0.0


def main(fuzz: Fuzz, about: str, each: int) -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--each", type=int, default=each, help="cases of each kind")
    parser.add_argument("--first", type=int, default=0, help="number of the first case")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="kinds, separated by commas")
    parser.add_argument("--keep", type=Path, help="a folder for the cases that must not be")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        _child(fuzz, options.child)
        return 0
    total: Counter[str] = Counter()
    faults = []
    for kind in options.only.split(",") if options.only else fuzz.kinds:
        tally = run(fuzz, [kind], options.each, options.seed, first=options.first)
        counts = tally.outcomes[kind]
        total += counts
        faults += tally.faults
        said = ", ".join(f"{count} {name}" for name, count in counts.most_common())
        print(f"{kind:>15}: {said}", flush=True)
        for fault in tally.faults:
            print(f"{'':>15}  {fault}", flush=True)
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                number = int(fault.removeprefix(kind).split(":")[0])
                kept = options.keep / f"{kind}-{options.seed}-{number}"
                kept.write_bytes(fuzz.made(kind, number, options.seed))
    told = dict(total.most_common())
    print(f"{'all':>15}: {total.total():,} cases, {told}; {len(faults)} that must not be")
    return bool(faults)
