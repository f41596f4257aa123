"""What somebody's own 20, 60 or 200 clips give over the shipped model: EMO-DB's German speakers.

    python -m benchmarks.own_recordings --data DIR [--halves 20]

EMO-DB stands for a user's own recordings: labels in German and speakers come from a CSV. The
shipped model learned from EMO-DB, so one is trained first by its recipe and seed from the other
five corpora, with its decision (in the user's cache, some twenty minutes on one core). Then, for
each of several random halves of the ten speakers, clips of the one half are learned from or
calibrated on, and all clips of the other half are judged; these are never looked at before.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from ser_core import workflow_own
from ser_core.corpora import get
from ser_core.data import own, own_lines, own_sounds
from ser_core.data.label_words import answer
from ser_core.data.own_sounds import Heard
from ser_core.evaluation import metrics, own_calibration, own_scores
from ser_core.inference import bundle
from ser_core.inference.decision import Decision
from ser_core.inference.predictor import Model, load_model
from ser_core.training.own import Material, OwnSettings, fit
from ser_core.training.settings import TrainingSettings

GERMAN = {
    "angry": "Wut",
    "fearful": "Angst",
    "happy": "Freude",
    "sad": "Trauer",
    "neutral": "neutral",
    "bored": "Langeweile",
    "disgust": "Ekel",
}
SIZES = (20, 60, 200)
WAYS = {"on top": OwnSettings("EMO-DB"), "alone": OwnSettings("EMO-DB", on_top=False)}


def base_without_emodb(data: Path) -> Model:
    """The shipped recipe on all its corpora but EMO-DB, with the shipped decision."""
    from ser_core.training.fitting import fit as fit_network
    from ser_core.training.gathering import cache_folder, gather

    shipped = bundle.read_shipped()
    folder = cache_folder(data) / "strangers-without-emodb"
    if not (folder / "bundle.json").is_file():
        values = shipped.info["training"]
        corpora = [name for name in values["corpora"] if name != "emodb"]
        settings = TrainingSettings.from_dict(values | {"corpora": corpora})
        examples = gather(settings, data, progress=True)
        everyone = np.arange(len(examples))
        fitted = fit_network(settings, examples, everyone)
        info = bundle.describe(
            settings,
            examples,
            fitted,
            everyone,
            name=folder.name,
            title="Strangers, without EMO-DB",
            decision=Decision.from_dict(shipped.info["decision"]),
            reports={},
        )
        bundle.save(folder, fitted, info)
    return load_model(folder)


def heard_as_own(data: Path, model: Model, labels: list[str]) -> Heard:
    """EMO-DB by a CSV with labels in German, and speakers."""
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "labels.csv"
        with table.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file, delimiter=";")
            rows.writerow(("Datei", "Emotion", "Sprecher"))
            for recording in get("emodb").find(data):
                if recording.emotion in labels:
                    place = Path(folder) / recording.path.name
                    place.symlink_to(recording.path.resolve())
                    rows.writerow((place.name, GERMAN[recording.emotion], recording.speaker))
        found = own.read(folder)
        print("\n".join(own_lines.lines(found)))
        return own_sounds.hear(found, model)


def drawn(
    material: Material, rows: NDArray[np.intp], size: int, rng: np.random.Generator
) -> NDArray[np.intp]:
    """About so many clips, as even over the classes as there are clips."""
    each = round(size / material.n_classes)
    labels = material.labels[rows]
    return np.concatenate(
        [rng.permutation(rows[labels == label])[:each] for label in range(material.n_classes)]
    )


def uar(labels: NDArray[np.intp], said: NDArray[np.intp], n_classes: int) -> float:
    """In percent."""
    confusion = metrics.speaker_confusions(labels, said, np.full(len(labels), ""), n_classes)
    return 100 * float(metrics.uar(confusion.sum(axis=0)))


def shipped_said(heard: Heard, model: Model) -> NDArray[np.intp] | None:
    """The class of each clip by the shipped model alone; None where it has no word for one."""
    meant = [answer(label) for label in heard.classes]
    if len(set(meant)) < len(meant) or not set(meant) <= set(model.answers):
        return None
    places = [meant.index(name) if name in meant else -1 for name in model.answers]
    said = model.decision.told(heard.shares).argmax(axis=1)
    return np.array([places[place] for place in said], dtype=np.intp)


def trial(heard: Heard, model: Model, halves: int) -> None:
    """Print a row a number of clips."""
    material, examples = workflow_own.material_of(heard, model), heard.examples()
    people, n = np.unique(examples.speakers), material.n_classes
    shipped = shipped_said(heard, model)
    print(f"\n{n} classes, {len(heard.own.clips)} clips, {halves} halves of {len(people)} speakers")
    print("clips | shipped | on top | alone | told beforehand, on top | alone")
    for size in SIZES:
        found: dict[str, list[float]] = {}
        counts = []
        for number in range(halves):
            rng = np.random.default_rng(number)
            learned = np.isin(examples.speakers, rng.permutation(people)[: len(people) // 2])
            rows, test = (
                drawn(material, np.flatnonzero(learned), size, rng),
                np.flatnonzero(~learned),
            )
            counts.append(len(rows))
            if shipped is not None:
                found.setdefault("shipped", []).append(uar(material.labels[test], shipped[test], n))
            for way, settings in WAYS.items():
                said = fit(settings, material, rows).logits(material, test).argmax(axis=1)
                found.setdefault(way, []).append(uar(material.labels[test], said, n))
                found.setdefault(f"told {way}", []).append(told(settings, heard, model, rows))
        cells = [
            f"{np.mean(found[name]):.1f} ({min(found[name]):.0f} to {max(found[name]):.0f})"
            if name in found
            else "-"
            for name in ("shipped", "on top", "alone", "told on top", "told alone")
        ]
        print(f"{np.mean(counts):.0f} | " + " | ".join(cells), flush=True)


def told(settings: OwnSettings, heard: Heard, model: Model, rows: NDArray[np.intp]) -> float:
    """The UAR that a training on these clips would report, in percent."""
    some = subset(heard, rows)
    examples, material = some.examples(), workflow_own.material_of(some, model)
    protocol, folds = own_scores.folds_of(examples, knows_speakers=True, seed=0)
    scored = own_scores.cross_validate(settings, material, examples, protocol, folds)
    return 100 * scored.report["uar"]["value"]


def subset(heard: Heard, rows: NDArray[np.intp]) -> Heard:
    """Some of the recordings."""
    clips = tuple(heard.own.clips[row] for row in rows)
    return Heard(
        dataclasses.replace(heard.own, clips=clips),
        heard.numbers[rows],
        heard.logits[rows],
        heard.shares[rows],
        tuple(heard.digests[row] for row in rows),
        heard.seen[rows],
    )


def calibrations(heard: Heard, model: Model, halves: int) -> None:
    """Print what calibrating alone gives on the other half: sure how often, right how often."""
    examples = heard.examples()
    material = workflow_own.material_of(heard, model)
    people = np.unique(examples.speakers)
    answers = own_calibration.answers_of(heard, model)
    wanted = np.array([model.answers.index(answers[kind]) for kind in examples.kinds])
    print("\ncalibrated on | ECE | answered | right | temperature | threshold")
    for size in (0, *SIZES):
        figures = []
        for number in range(halves):
            rng = np.random.default_rng(number)
            learned = np.isin(examples.speakers, rng.permutation(people)[: len(people) // 2])
            test, decision = np.flatnonzero(~learned), model.decision
            if size:
                rows = drawn(material, np.flatnonzero(learned), size, rng)
                decision, _ = own_calibration.calibrate(subset(heard, rows), model)
            shares = decision.shares(heard.logits[test])
            said = decision.answers(shares)
            right = (said == wanted[test])[said >= 0]
            ece = metrics.calibration(decision.told(shares), wanted[test])["ece"]
            shares_right = (100 * ece, 100 * np.mean(said >= 0), 100 * np.mean(right))
            figures.append([*map(float, shares_right), decision.temperature, decision.threshold])
        means = np.mean(figures, axis=0)
        print(f"{size} | " + " | ".join(f"{value:.2f}" for value in means), flush=True)


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", metavar="DIR", type=Path, required=True)
    parser.add_argument("--halves", type=int, default=20)
    options = parser.parse_args()
    model = base_without_emodb(options.data)
    with threadpool_limits(1):
        for labels in (list(GERMAN)[:5], list(GERMAN)):
            heard = heard_as_own(options.data, model, labels)
            trial(heard, model, options.halves)
            if len(labels) == 5:
                calibrations(heard, model, options.halves)


if __name__ == "__main__":
    main()
