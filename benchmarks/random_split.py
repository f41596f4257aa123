"""What lifts the original recipe's score on a random split of RAVDESS: luck, and two leaks.

    python -m benchmarks.random_split [--data DIR]

Twenty single splits, four fifths to train on and one to test, as the recipe is usually scored; then
two mistakes that are easily made, each cross-validated: every recording twice, as in the archive
that most people download, and, where there are recordings, an augmented copy of each made before
the split. Prints accuracies. The leaks are made here on purpose, around
`ser_core.evaluation.splits`, which refuses them.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold, train_test_split

from ser_core.data.examples import Examples
from ser_core.training.fitting import fit
from ser_core.training.gathering import gather
from ser_core.training.settings import recipe

N_SINGLE_SPLITS = 20
SETTINGS = recipe("mlp")


def accuracy(examples: Examples, train: np.ndarray, test: np.ndarray) -> float:
    """Share of the test that is right, in per cent."""
    heard = fit(SETTINGS, examples, train).logits(examples, test).argmax(axis=1)
    return 100 * float((heard == examples.labels[test]).mean())


def told(label: str, accuracies: list[float]) -> None:
    low, high, mean = min(accuracies), max(accuracies), np.mean(accuracies)
    print(f"{label}: {mean:.1f}% on average, {low:.1f} to {high:.1f}%", flush=True)


def cross_validated(examples: Examples) -> list[float]:
    """Accuracy on each fifth of a random split, whatever stands on both sides."""
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    places = np.zeros(len(examples))
    return [accuracy(examples, *fold) for fold in folds.split(places, examples.labels)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="recordings; without them no augmented copies")
    options = parser.parse_args()
    # Copies are used where they are asked for below, and nowhere else.
    asked = replace(SETTINGS, augmentation=1) if options.data else SETTINGS
    examples = gather(asked, options.data)
    everyone = np.arange(len(examples))

    single = [
        accuracy(
            examples,
            *train_test_split(
                everyone, test_size=0.2, stratify=examples.labels, random_state=number
            ),
        )
        for number in range(N_SINGLE_SPLITS)
    ]
    told(f"{N_SINGLE_SPLITS} single splits", single)
    print(f"    {sum(share >= 80 for share in single)} of them reach 80%", flush=True)

    twice = examples.subset(np.tile(everyone, 2))
    told("every recording twice", cross_validated(twice))
    if examples.copies is not None:
        inputs = np.concatenate([examples.inputs, examples.copies[:, 0]])
        told("augmented before the split", cross_validated(replace(twice, inputs=inputs)))


if __name__ == "__main__":
    main()
