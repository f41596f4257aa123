"""``train --own`` and ``calibrate``: somebody's own recordings."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from ser_core.cli.output import Commands, Share, folder_named, ours_alone, room_for
from ser_core.errors import SettingsError

if TYPE_CHECKING:
    from ser_core.data.own_sounds import Heard
    from ser_core.inference.predictor import Model

_BUNDLE_MB = 10
OWN_HELP = (
    "a folder or a zip with labels by folder, by file name or by a CSV in it (file, emotion, "
    "speaker); or such a CSV"
)


def add_to(commands: Commands) -> None:
    """Add the command to a parser's."""
    calibrate = commands.add_parser(
        "calibrate",
        help="fit a shipped model's doubt to some labelled recordings of yours",
        description="Trains nothing: says how often the model is right on these recordings, and "
        "fits its temperature and threshold to them. Twenty clips will do.",
    )
    calibrate.add_argument("own", metavar="DIR", help=OWN_HELP)
    calibrate.add_argument("--out", metavar="DIR", required=True, type=folder_named)
    calibrate.add_argument("--model", metavar="NAME", help="a shipped model or a bundle's folder")
    calibrate.set_defaults(run=_calibrate)


def add_own(train: argparse.ArgumentParser) -> None:
    """Give ``train`` the options for recordings of one's own."""
    group = train.add_argument_group("your own recordings")
    group.add_argument("--own", metavar="DIR", help=OWN_HELP)
    group.add_argument(
        "--alone",
        action="store_true",
        help="learn from these alone, not on top of the shipped model where it knows the labels",
    )
    group.add_argument(
        "--model", metavar="NAME", help="the model to learn on top of; default: the app's"
    )


def train(options: argparse.Namespace) -> int:
    """Train on recordings of one's own, and say what was understood and what came of it."""
    from ser_core import workflow_own
    from ser_core.evaluation import own_words
    from ser_core.inference import own_bundle
    from ser_core.training.own import OwnSettings

    out: Path = options.out
    with room_for(out, _BUNDLE_MB):
        heard, model = _heard(options.own, options.model, for_base=True)
        settings = OwnSettings(heard.own.name, on_top=not options.alone)
        with Share() as tell:
            made = workflow_own.train(
                settings,
                heard,
                model,
                name=out.resolve().name,
                title=options.title or "",
                progress=tell,
            )
        own_bundle.save(out, made)
    print("\n".join(own_words.lines(made.info)))
    print(f"The bundle is in {out}.")
    return 0


def _calibrate(options: argparse.Namespace) -> int:
    from ser_core import workflow_own
    from ser_core.evaluation import own_words
    from ser_core.inference import own_bundle

    out: Path = options.out
    with room_for(out, _BUNDLE_MB):
        heard, model = _heard(options.own, options.model)
        made = workflow_own.calibrate(heard, model, name=out.resolve().name)
        own_bundle.save(out, made)
    print("\n".join(own_words.calibrated(made.info)))
    print(f"The bundle is in {out}.")
    return 0


def _heard(path: str, name: str | None, *, for_base: bool = False) -> tuple[Heard, Model]:
    """Own recordings, heard; what was understood of them is told before anything is learned."""
    from ser_core.data import own, own_lines, own_sounds
    from ser_core.inference import own_bundle
    from ser_core.inference.predictor import load_model

    found = own.read(path)
    with ours_alone():
        model = load_model(name)
        if for_base:
            own_bundle.refuse_base(model.source)
        with Share() as tell:
            heard = own_sounds.hear(found, model, progress=tell)
    print("\n".join(own_lines.lines(heard.own)), flush=True)
    return heard, model


def refuse_settings(options: argparse.Namespace, given: list[str]) -> None:
    """Raise `SettingsError` for what does not go together with, or without, ``--own``."""
    if options.own is None:
        if options.alone or options.model:
            raise SettingsError(
                "needs_own", "--alone and --model go with --own DIR, your own recordings."
            )
        return
    if given:
        raise SettingsError(
            "not_with_own",
            f"{', '.join(given)} shape a network that learns from the corpora; --own DIR trains "
            "one that needs no such setting. Leave the one or the other out.",
        )
