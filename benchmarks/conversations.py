"""What is named right along conversations of strangers, as loud as recorded and at any loudness.

    python -m benchmarks.conversations --data DIR [--model strangers] [--folds 5]

Trains as a shipped model was trained, on all speaker groups but one, and joins clips of that
group's speakers to conversations of six, half a second and more between them; so for each group.
Each quarter of a second with speech counts.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ser_core import audio
from ser_core.audio import SAMPLE_RATE, Clip
from ser_core.corpora import paths_of
from ser_core.evaluation.splits import make_folds
from ser_core.features import encoder, passages
from ser_core.inference import bundle
from ser_core.inference.predictor import Model
from ser_core.inference.runners import Runner
from ser_core.inference.timeline import timeline
from ser_core.speech.activity import Speech
from ser_core.training.callbacks import logits_of
from ser_core.training.fitting import Fitted, fit
from ser_core.training.gathering import gather
from ser_core.training.settings import TrainingSettings

CORPORA = ("ravdess", "cremad", "emodb", "nemo")
A_FOLD, CLIPS = 30, 6
PAUSE_S = (0.6, 1.2)
GAIN_DB = 12.0

Signal = NDArray[np.float32]


class Stranger(Runner):
    """A fold's network, heard as a shipped one is."""

    def __init__(self, fitted: Fitted) -> None:
        self._fitted = fitted

    def features(self, signals: Sequence[Signal]) -> NDArray[np.float32]:
        return np.stack([encoder.features(signal) for signal in signals])

    def features_along(
        self, signal: Signal, windows: Sequence[tuple[int, int]], speech: Speech
    ) -> NDArray[np.float32]:
        return passages.features(signal, windows, speech, encoder.load())

    def judge(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        scaled = self._fitted.scaler(features[:, self._fitted.columns])
        return logits_of(self._fitted.model, scaled)

    def along(
        self,
        signal: Signal,
        windows: Sequence[tuple[int, int]],
        speech: Speech,
        *,
        progress: Callable[[float], None] | None = None,
        so_far: Callable[[NDArray[np.float32]], None] | None = None,
    ) -> NDArray[np.float32]:
        return self.judge(self.features_along(signal, windows, speech))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", choices=bundle.names(), default="strangers")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    shipped = bundle.read_shipped(options.model)
    settings = TrainingSettings.from_dict(shipped.info["training"])
    examples = gather(settings, options.data, progress=True)
    paths = paths_of(examples.corpora.tolist(), examples.names.tolist(), options.data)
    counts: dict[float, NDArray[np.int_]] = {gain: np.zeros(4, int) for gain in (0.0, GAIN_DB)}
    for number, fold in enumerate(make_folds(examples, "speakers")[: options.folds]):
        model = Model(shipped, Stranger(fit(settings, examples, fold.train)))
        rng = np.random.default_rng(number)
        test = fold.test[examples.labels[fold.test] >= 0]
        for _ in range(A_FOLD):
            inside = test[examples.corpora[test] == rng.choice(CORPORA)]
            chosen = rng.choice(inside, CLIPS, replace=False)
            signals = [audio.load(paths[i]).signal for i in chosen]
            labels = examples.labels[chosen]
            for gain in counts:
                counts[gain] += judged(model, signals, labels, gain, rng)
    for gain, (cells, right, told, told_right) in counts.items():
        print(
            f"up to {gain:.0f} dB louder or softer: {cells:,} quarters of a second; likeliest "
            f"emotion right {100 * right / cells:.1f}%, told an emotion {100 * told / cells:.1f} "
            f"%, of which right {100 * told_right / told:.1f}%"
        )


def judged(
    model: Model,
    signals: Sequence[Signal],
    labels: NDArray[np.intp],
    gain_db: float,
    rng: np.random.Generator,
) -> NDArray[np.int_]:
    """Cells with speech; those whose likeliest emotion is right; told one; told the right one."""
    parts, spans, at = [], [], 0
    for signal, label in zip(signals, labels.tolist(), strict=True):
        pause = 1e-4 * rng.standard_normal(int(SAMPLE_RATE * rng.uniform(*PAUSE_S)))
        parts += [pause, signal * 10 ** (rng.uniform(-gain_db, gain_db) / 20)]
        start = at + len(pause)
        at = start + len(signal)
        spans.append((start / SAMPLE_RATE, at / SAMPLE_RATE, label))
    heard = timeline(model, Clip(np.concatenate(parts).astype(np.float32), peak=1.0))
    middles = (heard.starts_s + heard.ends_s) / 2
    best = heard.probabilities[:, : len(model.emotions)].argmax(axis=1)
    found = np.zeros(4, int)
    for start_s, stop_s, label in spans:
        cells = np.flatnonzero((middles >= start_s) & (middles < stop_s) & heard.speech)
        right = best[cells] == label
        told = heard.decided[cells]
        found += (len(cells), right.sum(), told.sum(), (right & told).sum())
    return found


if __name__ == "__main__":
    main()
