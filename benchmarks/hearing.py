"""How often speech is missed, how much of a conversation is named right, and how long it takes.

python -m benchmarks.hearing DATA CLIPS [MODEL]
"""

from __future__ import annotations

import csv
import resource
import sys
import time
from pathlib import Path

import numpy as np

from ser_core import audio, load_model
from ser_core.corpora import CORPORA
from ser_core.inference.explanation import explain
from ser_core.inference.timeline import timeline
from ser_core.speech.activity import find_speech

N_CLIPS = 200


def main(data: Path, clips: Path, name: str | None = None) -> None:
    model = load_model(name)
    chance = np.random.default_rng(7)
    for corpus in ("ravdess", "tess", "emodb", "cremad"):
        found = CORPORA[corpus].find(data / corpus)
        chosen = chance.choice(len(found), min(N_CLIPS, len(found)), replace=False)
        spoken = [find_speech(audio.load(found[index].path)).is_speech for index in chosen]
        print(f"{corpus}: no speech heard in {spoken.count(False)} of {len(spoken)} clips")

    clip = audio.load(clips / "conversation.flac")
    heard = timeline(model, clip)
    at = (heard.starts_s + heard.ends_s) / 2
    best = heard.probabilities[:, : len(model.emotions)].argmax(axis=1)
    cells: list[tuple[bool, bool]] = []
    for row in csv.DictReader((clips / "conversation.csv").open()):
        inside = (at >= float(row["start_s"])) & (at < float(row["end_s"])) & heard.speech
        right = best[inside] == model.emotions.index(row["emotion"])
        cells += zip(right.tolist(), heard.decided[inside].tolist(), strict=True)
    right, decided = np.array(cells).T
    print(
        f"conversation, {model.name}: {100 * right.mean():.0f}% of {len(right) * 0.25:.1f} s of "
        f"speech named right; decided in {100 * decided.mean():.0f}%, there right in "
        f"{100 * right[decided].mean():.0f}%"
    )

    content = (clips / "03-01-05-02-01-01-08.wav").read_bytes()
    short = audio.load(content)
    long = audio.Clip(signal=np.tile(clip.signal, 22)[: 600 * audio.SAMPLE_RATE])
    for label, work in {
        "speech of 4 s": lambda: find_speech(short),
        "verdict on 4 s, decoding included": lambda: model.predict(content),
        "explanation of 4 s": lambda: explain(model, short),
        "timeline of 10 min": lambda: timeline(model, long),
    }.items():
        work() if "min" not in label else None
        start = time.process_time()
        work()
        print(f"{label}: {1000 * (time.process_time() - start):.0f} ms of processor time")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
