"""All benchmarks of speed, one after the other: ``python -m benchmarks``, or ``make bench``.

Each prints one table and writes its figures to ``build/benchmarks``. What wants a browser, the
corpora or an hour has a command of its own in its first lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SPEED = ("cold_start", "verdict", "long_recording", "many_files", "visit", "usual")
KEPT = Path("build", "benchmarks")


def main() -> int:
    failed = [
        name
        for name in SPEED
        if subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}", "--json", str(KEPT / f"{name}.json")],
            # Libraries' words at their start are not figures.
            stderr=None if os.environ.get("VERBOSE") else subprocess.DEVNULL,
        ).returncode
    ]
    for name in failed:
        print(f"{name} ended early: VERBOSE=1 {sys.executable} -m benchmarks says how")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
