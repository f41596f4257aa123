"""``embed``: recordings in numbers, for trainings elsewhere."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ser_core.cli.finding import sounds_in
from ser_core.cli.output import PATHS_HELP, Commands, ours_alone, room_for
from ser_core.errors import SerError, SettingsError, unforeseen

_MEGABYTES = 50


def add_to(commands: Commands) -> None:
    """Add the command to a parser's."""
    embed = commands.add_parser("embed", help="recordings in numbers, for trainings elsewhere")
    embed.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help=PATHS_HELP,
    )
    embed.add_argument(
        "--out", metavar="FILE", type=Path, required=True, help="ends in .npz or .parquet"
    )
    embed.add_argument(
        "--passages",
        action="store_true",
        help="a row for each window of 3 s, every half second, in which somebody speaks",
    )
    embed.add_argument("--model", metavar="NAME", help="a shipped model or a bundle's folder")
    embed.set_defaults(run=_embed)


def _embed(options: argparse.Namespace) -> int:
    from ser_core import audio
    from ser_core.inference import embeddings
    from ser_core.inference.predictor import load_model

    out: Path = options.out
    if out.suffix.lower() not in embeddings.SUFFIXES:
        raise SettingsError(
            "unknown_format",
            f"Embeddings are written as .npz or .parquet, and {out.name!r} ends in neither. Name "
            "another file with --out.",
        )
    embeddings.ready(out.suffix.lower())
    with ours_alone():
        model = load_model(options.model)
    rows: list[embeddings.Embedded] = []
    heard = refused = 0
    with room_for(out.parent, _MEGABYTES):
        for path, fault in sounds_in(options.paths):
            try:
                if fault is not None:
                    raise fault
                clip = audio.load(path, max_duration_s=audio.LONG_DURATION_S)
                with ours_alone():
                    rows += embeddings.embed(model, clip, path, passages=options.passages)
                heard += 1
            except SerError as error:
                refused += 1
                print(f"{path}: {error.message}", file=sys.stderr)
            except Exception as error:
                refused += 1
                print(f"{path}: {unforeseen(error).message}", file=sys.stderr)
        if rows:
            embeddings.write(out, rows, model.id)
    if rows:
        what = f"{len(rows):,} passages of {heard:,}" if options.passages else f"{heard:,}"
        print(f"{what} recordings, {len(rows[0].values):,} numbers each, in {out.name}.")
    elif heard:
        print("Nobody speaks in any of the recordings; nothing was written.", file=sys.stderr)
    return 1 if refused else 0
