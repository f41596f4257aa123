"""``train`` and ``evaluate``."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ser_core.cli import own
from ser_core.cli.output import (
    DATA_HELP,
    Bar,
    Commands,
    folder_named,
    ours_alone,
    repeatable,
    room_for,
)
from ser_core.errors import SerError
from ser_core.training import flags
from ser_core.training.settings import TrainingSettings

if TYPE_CHECKING:
    from ser_core.data.examples import Examples
    from ser_core.inference.facts import BundleInfo, Interval, Report
    from ser_core.training.fitting import Fitted

BUNDLE_MB = 20
"""What a bundle may take on the disk; the shipped ones take 8 MB."""


def add_to(commands: Commands) -> None:
    """Add the commands to a parser's."""
    train = commands.add_parser("train", help="train a model and write its bundle")
    _add_settings(train)
    own.add_own(train)
    train.add_argument("--out", metavar="DIR", required=True, type=folder_named)
    train.add_argument("--title", help="name for people; default: the corpora and the network")
    train.add_argument(
        "--holdout",
        choices=("speakers", "random"),
        help="train on four fifths and score on the rest, as the Retrain page does; without it "
        "the model learns from everyone and is scored by cross-validation",
    )
    train.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="score a recipe by cross-validation")
    _add_settings(evaluate)
    evaluate.add_argument("--model", metavar="NAME", help="score this model's recipe again")
    evaluate.add_argument(
        "--protocol",
        choices=("random", "speakers", "corpora", "matrix", "served"),
        default="speakers",
        help="served: verdicts as people are given them, with ordinary and not sure",
    )
    evaluate.add_argument(
        "--each-speaker",
        action="store_true",
        help="with speakers: leave out one speaker at a time, not the corpora's fixed groups",
    )
    evaluate.add_argument("--format", choices=("table", "json"), default="table")
    evaluate.set_defaults(run=_evaluate)


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="DIR", help=f"{DATA_HELP}, else tables")
    flags.add_settings(parser)


def _examples(settings: TrainingSettings, data: str | None) -> Examples:
    from ser_core.corpora import CORPORA, existing, get, synthetic
    from ser_core.data.strays import look
    from ser_core.training.gathering import default_data, gather

    wanted = {name: get(name) for name in settings.corpora}
    root = Path(data) if data else default_data()
    if root is not None:
        for name, strays in look(existing(root), wanted, CORPORA).items():
            for line in strays.lines:
                print(f"{wanted[name].TITLE}: {line}", file=sys.stderr)
    where = f"recordings in {root}" if root else "the committed feature tables"
    if synthetic.NAME in settings.corpora:
        where = "sounds made by a formula, which are no evidence about people"
    print(f"Learning from {where}.", file=sys.stderr)
    return gather(settings, root, progress=True)


def _train(options: argparse.Namespace) -> int:
    beside = [flag for flag in ("data", "holdout") if getattr(options, flag)]
    own.refuse_settings(options, [*(f"--{flag}" for flag in beside), *flags.given(options)])
    if options.own is not None:
        return own.train(options)
    settings = flags.settings_of(options)
    save = Saver()
    with room_for(options.out, BUNDLE_MB):
        with ours_alone():
            info = _trained(options, settings, save)
        for report in info["reports"].values():
            print(_summary(report))
        if save.fault is not None:
            why = getattr(save.fault, "strerror", None) or type(save.fault).__name__
            raise SerError(
                "not_written",
                f"The model is trained, but it could not be written to {options.out.name!r}: "
                f"{why}. Nothing is lost: its bundle is in {save.spare}. Move it from there.",
            )
    print(f"The bundle is in {options.out}.")
    return 0


class Saver:
    """Writes a bundle where it was asked for, else where there is room: it took hours.

    Attributes
    ----------
    spare : Path or None
        Where it lies instead.
    fault : Exception or None
        Why it does.
    """

    def __init__(self) -> None:
        self.spare: Path | None = None
        self.fault: Exception | None = None

    def __call__(self, folder: Path, fitted: Fitted, info: BundleInfo) -> None:
        """Write it; raises what kept it from `folder` only where it can be written nowhere."""
        from ser_core.inference import bundle

        try:
            bundle.save(folder, fitted, info)
        except Exception as fault:  # The libraries that write have errors of their own.
            for place in (tempfile.gettempdir(), Path.home(), Path.cwd()):
                spare = None
                try:
                    spare = Path(tempfile.mkdtemp(prefix="undertone-", dir=place))
                    bundle.save(spare / folder.name, fitted, info)
                except Exception:
                    if spare is not None:
                        shutil.rmtree(spare, ignore_errors=True)
                    continue
                self.spare, self.fault = spare / folder.name, fault
                return
            raise


def _trained(options: argparse.Namespace, settings: TrainingSettings, save: Saver) -> BundleInfo:
    """Train, score and write the bundle; its ``bundle.json``."""
    examples = _examples(settings, options.data)
    # Only now: a corpus that is not there is told at once, and TensorFlow takes seconds to load.
    from ser_core import workflow

    with Bar(settings.n_epochs) as bar:
        if options.holdout:
            return workflow.train_and_hold_out(
                settings,
                examples,
                options.out,
                split=options.holdout,
                command=repeatable(options),
                on_epoch=lambda figures: bar("training", figures),
                save=save,
            )
        return workflow.train_and_cross_validate(
            settings,
            examples,
            options.out,
            protocols=_protocols(settings),
            title=options.title,
            progress=bar,
            save=save,
        )


def _protocols(settings: TrainingSettings) -> tuple[str, ...]:
    # Where there are several corpora, an unseen one says more than a random split.
    return ("speakers", "corpora" if len(settings.corpora) > 1 else "random")


def _evaluate(options: argparse.Namespace) -> int:
    if options.each_speaker and options.protocol != "speakers":
        raise SerError(
            "each_speaker",
            "--each-speaker leaves out one speaker at a time and goes with --protocol speakers; "
            f"--protocol {options.protocol} was given. Leave one of the two out.",
        )
    with ours_alone():
        return _evaluated(options)


def _evaluated(options: argparse.Namespace) -> int:
    if options.model:
        from ser_core.inference.predictor import load_model

        info = load_model(options.model).info
        if "own" in info:
            raise SerError(
                "own_recordings",
                f"The model {options.model!r} is of somebody's own recordings, which are not in "
                "it; its score is in its bundle.json. With the recordings, train --own DIR scores "
                "it again.",
            )
        settings = TrainingSettings.from_dict(info["training"])
    else:
        settings = flags.settings_of(options)
    examples = _examples(settings, options.data)
    if options.protocol == "matrix":
        return _matrix(options, settings, examples)
    if options.protocol == "served":
        return _served(options, settings, examples)
    from ser_core.evaluation import protocols

    with Bar(settings.n_epochs) as bar:
        report = protocols.cross_validate(
            settings,
            examples,
            options.protocol,
            each_speaker=options.each_speaker,
            progress=bar,
        ).report
    if options.format == "json":
        print(json.dumps(report, ensure_ascii=False))
        return 0
    print(_summary(report))
    print()
    print(report["classification_report"])
    print("Confusion (rows: meant, columns: heard)")
    width = max(map(len, settings.emotions)) + 2
    print(" " * width + "".join(f"{emotion:>{width}}" for emotion in settings.emotions))
    for emotion, row in zip(settings.emotions, report["confusion"], strict=True):
        print(f"{emotion:<{width}}" + "".join(f"{count:>{width}}" for count in row))
    return 0


def _matrix(options: argparse.Namespace, settings: TrainingSettings, examples: Examples) -> int:
    from ser_core.evaluation.transfer import cross_corpus_matrix

    with Bar(settings.n_epochs) as bar:
        matrix = cross_corpus_matrix(settings, examples, command=repeatable(options), progress=bar)
    if options.format == "json":
        print(json.dumps(matrix, ensure_ascii=False, indent=1))
        return 0
    print(f"UAR in %, {matrix['description']}; chance {100 * matrix['chance']:.0f}%")
    width = max(map(len, settings.corpora)) + 2
    print(" " * width + "".join(f"{name:>{width + 8}}" for name in settings.corpora))
    for train in settings.corpora:
        row = [cell["uar"] for cell in matrix["cells"] if cell["train"] == train]
        figures = (
            f"{100 * u['value']:.0f} ({100 * u['low']:.0f}-{100 * u['high']:.0f})" for u in row
        )
        print(f"{train:<{width}}" + "".join(f"{text:>{width + 8}}" for text in figures))
    return 0


def _served(options: argparse.Namespace, settings: TrainingSettings, examples: Examples) -> int:
    from ser_core import workflow
    from ser_core.evaluation.splits import PROTOCOLS

    protocols = _protocols(settings)
    with Bar(settings.n_epochs) as bar:
        decision = workflow.evaluate_served(settings, examples, protocols=protocols, progress=bar)
    if options.format == "json":
        print(json.dumps(decision.to_dict(), ensure_ascii=False))
        return 0
    for protocol, held in decision.served.items():
        print(f"{', '.join(held['corpora'])}: {PROTOCOLS[protocol]}")
        print(f"  expected calibration error {100 * held['ece']:.1f}%")
        print(
            f"  emotions answered {_percent(held['coverage'])}, right {_percent(held['accuracy'])}"
        )
        for kind, given in (("ordinary", held.get("ordinary")), ("neither", held.get("neither"))):
            if given is not None:
                print(
                    f"  of {given['n_recordings']:,} {kind}: emotion {_percent(given['emotion'])}, "
                    f"ordinary {_percent(given['ordinary'])}, "
                    f"not_sure {_percent(given['not_sure'])}"
                )
        by_corpus = held["ordinary"]["by_corpus"] if "ordinary" in held else {}
        for corpus, part in held["by_corpus"].items():
            line = (
                f"  {corpus}: answered {_percent(part['coverage'])}, right "
                f"{_percent(part['accuracy'])}, calibration error {_percent(part['ece'])}"
            )
            if corpus in by_corpus:
                line += f", ordinary given an emotion {_percent(by_corpus[corpus]['emotion'])}"
            print(line)
    return 0


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"


def _summary(report: Report) -> str:
    def share(score: Interval) -> str:
        value, low, high = (100 * share for share in (score["value"], score["low"], score["high"]))
        return f"{value:.1f}% (95%: {low:.1f} to {high:.1f})"

    recall = ", ".join(
        f"{name} {'not tested' if value is None else format(100 * value, '.0f')}"
        for name, value in report["recall"].items()
    )
    return "\n".join(
        [
            f"{', '.join(report['corpora'])}: {report['description']}",
            f"  {report['n_recordings']:,} recordings of {report['n_speakers']} speakers, "
            f"{len(report['folds'])} fold(s), chance {100 * report['chance']:.0f}%",
            f"  UAR      {share(report['uar'])}",
            f"  accuracy {share(report['accuracy'])}",
            f"  recall   {recall}",
            f"  expected calibration error {100 * report['calibration']['ece']:.1f}%",
            *(
                f"  {fold['name']}: UAR {100 * fold['uar']:.1f}%, {fold['n_speakers']} speakers"
                for fold in report["folds"]
            ),
        ]
    )
