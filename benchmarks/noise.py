"""How much of the clean score is kept in noise that was not used in training.

    python -m benchmarks.noise --data DIR [--model strangers] [--folds 5]

Trains as a shipped model was trained, on all speaker groups but one, then judges that group's
recordings clean and with three noises that the augmentation does not make (hammering, a humming
machine, a passing car), at 10 dB below the speech; so for each group, or the first few. Clean and
noisy are measured in one run on the same networks, and all folds' figures are written to
``data/noise.json`` for the About page.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy.signal import lfilter

from ser_core import audio
from ser_core.assets import datafiles
from ser_core.corpora import paths_of
from ser_core.data import tables
from ser_core.data.examples import Examples
from ser_core.data.noises import mixed
from ser_core.evaluation import metrics
from ser_core.evaluation.splits import make_folds
from ser_core.features import encoder
from ser_core.features.classic import extract
from ser_core.inference import bundle
from ser_core.training.fitting import fit
from ser_core.training.gathering import gather
from ser_core.training.settings import TrainingSettings

RATE = audio.SAMPLE_RATE
SNR_DB = 10.0


def hammering(n: int, rng: np.random.Generator) -> np.ndarray:
    """Blows on metal, three a second."""
    blows = (rng.random(n) < 3 / RATE) * rng.uniform(0.5, 1, n)
    ring = np.exp(-np.arange(RATE // 4) / (0.04 * RATE))
    ring = ring * np.sin(2 * np.pi * rng.uniform(800, 2500) * np.arange(RATE // 4) / RATE)
    if not blows.any():
        blows[n // 2] = 1.0
    return np.convolve(blows, ring)[:n]


def machine(n: int, rng: np.random.Generator) -> np.ndarray:
    """A hum of 50 Hz and its overtones that swells and fades."""
    time = np.arange(n) / RATE
    hum = sum(rng.uniform(0.2, 1) * np.sin(2 * np.pi * 50 * k * time) for k in range(1, 30))
    return hum * (1 + 0.7 * np.sin(2 * np.pi * rng.uniform(0.5, 2) * time))


def car(n: int, rng: np.random.Generator) -> np.ndarray:
    """A rumble that comes and goes."""
    rumble = lfilter([1.0], [1.0, -0.98], rng.standard_normal(n))
    return rumble * np.hanning(n)


NOISES = {"hammering": hammering, "machine": machine, "passing car": car}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", choices=bundle.names(), default="strangers")
    parser.add_argument("--folds", type=int, default=5)
    options = parser.parse_args()
    settings = TrainingSettings.from_dict(bundle.read_shipped(options.model).info["training"])
    examples = gather(settings, options.data, progress=True)
    compute = encoder.features if settings.architecture.vector == "encoder" else extract
    paths = paths_of(examples.corpora.tolist(), examples.names.tolist(), options.data)
    judged: list[np.ndarray] = []
    predicted: dict[str, list[np.ndarray]] = {"clean": [], **{name: [] for name in NOISES}}
    folds = make_folds(examples, "speakers")
    for fold in folds[: options.folds]:
        fitted = fit(settings, examples, fold.train)
        test = fold.test[examples.labels[fold.test] >= 0]
        judged.append(test)
        conditions: dict[str, list[np.ndarray]] = {name: [] for name in predicted}
        for i in test:
            signal = audio.load(paths[i]).signal
            conditions["clean"].append(signal)
            rng = np.random.default_rng(int(i))
            for name, make in NOISES.items():
                conditions[name].append(mixed(signal, make(len(signal), rng), SNR_DB, RATE))
        for name, signals in conditions.items():
            heard = np.stack([compute(signal) for signal in signals])
            changed = replace(examples.subset(test), inputs=heard)
            logits = fitted.logits(changed, np.arange(len(changed)))
            predicted[name].append(logits[:, : len(examples.emotions)].argmax(axis=1))
    strangers = examples.subset(np.concatenate(judged))
    means = scores(strangers, predicted)
    if len(judged) < len(folds):
        return
    kept = tables.DATA_DIR / "noise.json"
    known = json.loads(kept.read_text()) if kept.exists() else {}
    known[options.model] = {
        "snr_db": SNR_DB,
        "n_recordings": len(strangers),
        "n_speakers": len(np.unique(strangers.speakers)),
        "uar": {name: round(mean / 100, 4) for name, mean in means.items()},
        "command": f"python -m benchmarks.noise --model {options.model} --data DIR",
    }
    kept.write_text(json.dumps(known, indent=1) + "\n")
    datafiles.register(kept)


def scores(strangers: Examples, predicted: dict[str, list[np.ndarray]]) -> dict[str, float]:
    """Mean UAR over the corpora in each condition, printed with each corpus's."""
    means: dict[str, float] = {}
    for name, parts in predicted.items():
        shares = {}
        for corpus in np.unique(strangers.corpora):
            inside = strangers.corpora == corpus
            confusions = metrics.speaker_confusions(
                strangers.labels[inside],
                np.concatenate(parts)[inside],
                strangers.speakers[inside],
                len(strangers.emotions),
            )
            shares[str(corpus)] = 100 * metrics.uar(confusions.sum(axis=0))
        means[name] = mean = float(np.mean(list(shares.values())))
        figures = ", ".join(f"{corpus} {share:.1f}" for corpus, share in shares.items())
        print(f"{name:12} UAR {mean:.1f} ({100 * mean / means['clean']:.0f}% of clean): {figures}")
    return means


if __name__ == "__main__":
    main()
