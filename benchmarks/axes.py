"""Whether arousal and valence can be learned from emotion labels, on corpora never heard.

    python -m benchmarks.axes --data DIR

Each emotion gets a place on both axes, louder kinds of it a higher arousal; a ridge regression on
the speech encoder's numbers learns the places from five corpora and is asked about the sixth. There
the rank correlation with the places is told; how often a happy recording lies above an angry one,
and above any unpleasant one, on the axis of valence (area under the curve); and how often of two
recordings of one actor, one sentence and one emotion the one that was meant to be stronger has the
higher arousal, which no place of an emotion can give away.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score

from ser_core.corpora import find_all, get
from ser_core.data.examples import Examples
from ser_core.inference import bundle
from ser_core.training.gathering import gather
from ser_core.training.settings import TrainingSettings

# After the usual circumplex (Russell 1980), by ear; only their order is judged.
PLACES = {
    "angry": (1.0, -0.8),
    "surprised": (0.8, 0.2),
    "fearful": (0.7, -0.7),
    "happy": (0.6, 1.0),
    "disgust": (0.0, -0.8),
    "neutral": (-0.5, 0.0),
    "sad": (-0.6, -0.8),
    "calm": (-0.8, 0.3),
    "bored": (-0.9, -0.4),
}
STRONGER = {"low": 0, "normal": 0, "medium": 1, "high": 2, "strong": 2}
"""RAVDESS has two intensities, CREMA-D three; the others none."""
BY_INTENSITY = {0: -0.3, 1: 0.0, 2: 0.3}
UNPLEASANT = ("angry", "disgust", "fearful", "sad")
PENALTY = 3_000.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    settings = TrainingSettings.from_dict(bundle.read_shipped("strangers").info["training"])
    examples = gather(settings, options.data, progress=True)
    examples = replace(examples, inputs=np.asarray(examples.inputs, np.float32), copies=None)
    recordings = {
        (corpus, recording.name): recording
        for corpus in settings.corpora
        for recording in find_all(options.data, get(corpus).parse)
    }
    found = [recordings[key] for key in zip(examples.corpora, examples.names, strict=True)]
    strength = np.array([STRONGER.get(recording.intensity or "", -1) for recording in found])
    # One actor's one sentence in one emotion.
    twins = [f"{one.speaker} {one.emotion} {one.statement}" for one in found]
    places = np.array([PLACES[kind] for kind in examples.kinds])
    louder = (strength >= 0) & (places[:, 0] > 0)
    places[louder, 0] += [BY_INTENSITY[step] for step in strength[louder]]
    for corpus in settings.corpora:
        inside = examples.corpora == corpus
        told = learned(examples, ~inside, places, inside)
        print(f"{corpus:10} {figures(told, places[inside], examples.kinds[inside])}", end="")
        print(intensity(told[:, 0], strength[inside], np.array(twins)[inside]), flush=True)


def learned(
    examples: Examples, train: np.ndarray, places: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    """Arousal and valence of some recordings, learned from others; shape (n_asked, 2)."""
    inputs = examples.inputs
    mean, spread = inputs[train].mean(axis=0), inputs[train].std(axis=0) + 1e-6
    cells = np.char.add(examples.corpora[train].astype(str), examples.kinds[train].astype(str))
    _, group, counts = np.unique(cells, return_inverse=True, return_counts=True)
    sizes = {corpus: (examples.corpora[train] == corpus).sum() for corpus in set(examples.corpora)}
    weights = np.sqrt([sizes[corpus] for corpus in examples.corpora[train]]) / counts[group]
    ridge = Ridge(alpha=PENALTY)
    ridge.fit((inputs[train] - mean) / spread, places[train], weights / weights.mean())
    return np.asarray(ridge.predict((inputs[asked] - mean) / spread))


def figures(told: np.ndarray, places: np.ndarray, kinds: np.ndarray) -> str:
    arousal, valence = (spearmanr(told[:, axis], places[:, axis])[0] for axis in (0, 1))
    areas = []
    for others in (("angry",), UNPLEASANT):
        among = np.isin(kinds, ("happy", *others))
        areas.append(100 * roc_auc_score(kinds[among] == "happy", told[among, 1]))
    return (
        f"rank correlation: arousal {arousal:.2f}, valence {valence:.2f}; happy above angry "
        f"{areas[0]:.0f}%, above unpleasant {areas[1]:.0f}%"
    )


def intensity(arousal: np.ndarray, strength: np.ndarray, twins: np.ndarray) -> str:
    groups: dict[str, list[int]] = defaultdict(list)
    for row in np.flatnonzero(strength >= 0).tolist():
        groups[twins[row]].append(row)
    pairs = [
        arousal[one] > arousal[other]
        for rows in groups.values()
        for one, other in permutations(rows, 2)
        if strength[one] > strength[other]
    ]
    if not pairs:
        return "\n"
    return f"; stronger above weaker {100 * np.mean(pairs):.0f}% of {len(pairs):,} pairs\n"


if __name__ == "__main__":
    main()
