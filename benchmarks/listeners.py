"""What CREMA-D's listeners chose, beside what the model says when it never heard the speaker.

    python -m benchmarks.listeners VOTES --data DIR [--model strangers]

VOTES is a CSV of the published votes by voice alone (CREMA-D's processedResults/tabulatedVotes.csv)
of some of the clips: name, then the votes for angry, disgust, fearful, happy, neutral and sad.
Trains the shipped recipe as its reports did, five speaker groups and each corpus left out, and
writes votes and answers of these clips to ``data/listeners.csv`` for Explore. Each answer is of the
networks that did not know the speaker, by temperature, bias and thresholds that were fitted without
the speakers of the same group.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ser_core.assets import datafiles
from ser_core.data import tables, unheard
from ser_core.data.examples import Examples
from ser_core.emotions import ORDINARY
from ser_core.evaluation import listeners
from ser_core.evaluation.protocols import Evaluation, cross_validate
from ser_core.evaluation.served import fit_decision
from ser_core.inference import bundle
from ser_core.inference.decision import NOT_SURE
from ser_core.training.gathering import gather
from ser_core.training.settings import TrainingSettings


def without(one: Evaluation, examples: Examples, speakers: set[str]) -> Evaluation:
    """A cross-validation without the recordings of some speakers."""
    rows = ~np.isin(examples.speakers[one.tested], sorted(speakers))
    return replace(one, logits=one.logits[rows], tested=one.tested[rows], folds=one.folds[rows])


def answers(evaluations: Sequence[Evaluation], examples: Examples) -> dict[str, str]:
    """What is answered about each recording by networks that did not know its speaker."""
    strangers = evaluations[0]
    spoken = [*examples.emotions, ORDINARY, NOT_SURE]
    found: dict[str, str] = {}
    for fold in np.unique(strangers.folds):
        own = strangers.folds == fold
        places = strangers.tested[own]
        group = set(examples.speakers[places].tolist())
        decision = fit_decision(
            [without(one, examples, group) for one in evaluations], examples, knows_ordinary=True
        )
        said = decision.answers(decision.shares(strangers.logits[own]))
        found |= dict(
            zip(examples.names[places].tolist(), (spoken[each] for each in said), strict=True)
        )
    return found


def write(votes: Path, heard: dict[str, str], out: Path) -> int:
    """Write the table of the clips that were voted on and are known; returns how many they are."""
    with votes.open(encoding="utf-8", newline="") as lines:
        rows = [row[:7] for row in csv.reader(lines) if row[0] in heard]
    with out.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines, lineterminator="\n")
        table.writerow(["name", *unheard.VOTES, "heard"])
        table.writerows([*row, heard[row[0]]] for row in sorted(rows))
    datafiles.register(out)
    return len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("votes", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", default="strangers")
    options = parser.parse_args()
    settings = TrainingSettings.from_dict(bundle.read_shipped(options.model).info["training"])
    examples = gather(settings, options.data, progress=True)
    evaluations = [cross_validate(settings, examples, name) for name in ("speakers", "corpora")]
    out = tables.DATA_DIR / listeners.FILE
    count = write(options.votes, answers(evaluations, examples), out)
    print(f"{out}: {count:,} clips")


if __name__ == "__main__":
    main()
