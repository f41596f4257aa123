"""``undertone predict FILE`` from the start of the process to its end.

    python -m benchmarks.cold_start

Beside it what the usual recipe spends before it can hear anything: importing librosa and
TensorFlow.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

from benchmarks.speed import Figure, command, tell, voice

ROUNDS = 9
USUAL = "import librosa, tensorflow, keras; librosa.load"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "voice.wav")
        path.write_bytes(voice(4.0, 48_000))
        runs, usual = [], []
        for turn in range(ROUNDS):
            runs.append(command("-m", "ser_core", "predict", str(path)))
            if turn % 4 == 1:
                usual.append(command("-c", USUAL))
    tell(
        "A cold start: undertone predict FILE",
        [
            Figure("processor time", median(run.cpu_s for run in runs), "s", 0.45),
            Figure("on the clock", median(run.wall_s for run in runs), "s"),
            Figure("memory at most", median(run.peak_mb for run in runs), "MB", 110),
            Figure("imports of the usual recipe", median(run.cpu_s for run in usual), "s"),
            Figure("their memory", median(run.peak_mb for run in usual), "MB"),
        ],
    )


if __name__ == "__main__":
    main()
