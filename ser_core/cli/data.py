"""``corpora``, ``fetch``, ``extract``, ``voices``, ``explain-check``, ``project``: the data."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ser_core.cli.output import (
    DATA_HELP,
    Commands,
    Share,
    names,
    repeatable,
    room_for,
    room_for_json,
    write_json,
)


def add_to(commands: Commands) -> None:
    """Add the commands to a parser's."""
    corpora = commands.add_parser("corpora", help="which corpora are there, and what is wrong")
    corpora.add_argument("--data", metavar="DIR", help=DATA_HELP)
    corpora.set_defaults(run=_corpora)

    fetch = commands.add_parser("fetch", help="download a corpus from its official address")
    fetch.add_argument(
        "corpus", metavar="CORPUS", help="or whisper-tiny, of which the speech encoder is made"
    )
    fetch.add_argument("--data", metavar="DIR", help=DATA_HELP)
    fetch.set_defaults(run=_fetch)

    extract = commands.add_parser("extract", help="compute manifests and feature tables")
    extract.add_argument("--data", metavar="DIR", required=True)
    extract.add_argument("--out", metavar="DIR", help="default: the project's data folder")
    extract.add_argument("--corpora", type=names, metavar="A,B", help="default: all found")
    extract.add_argument(
        "--all-features",
        action="store_true",
        help="also where the licence forbids passing features on (for your own use)",
    )
    extract.add_argument(
        "--encoder",
        action="store_true",
        help="also what the speech encoder says, for corpora whose licence allows passing it on",
    )
    extract.set_defaults(run=_extract)

    voices = commands.add_parser("voices", help="measure the voices of the corpora")
    voices.add_argument("--data", metavar="DIR", help=DATA_HELP)
    voices.add_argument(
        "--corpora", type=names, metavar="A,B", help="default: those whose tables hold features"
    )
    voices.add_argument("--out", metavar="FILE", type=Path, help="default: data/voices.json")
    voices.set_defaults(run=_voices)

    check = commands.add_parser("explain-check", help="check that explanations are true")
    check.add_argument("--data", metavar="DIR", help=DATA_HELP)
    check.add_argument("--model", metavar="NAME", help="a shipped model or a bundle's folder")
    check.add_argument(
        "--corpora", type=names, metavar="A,B", help="default: those that have tables"
    )
    check.add_argument("--clips", type=int, default=60, metavar="N")
    check.add_argument("--seed", type=int, default=0)
    check.add_argument("--out", metavar="FILE", type=Path, help="default: data/faithfulness.json")
    check.set_defaults(run=_explain_check)

    project = commands.add_parser("project", help="make the maps of the clips for the Explore page")
    project.add_argument("--seed", type=int, default=0)
    project.set_defaults(run=_project)


def _corpora(options: argparse.Namespace) -> int:
    from ser_core.corpora import data_root, existing
    from ser_core.data.inspection import inspect

    root = data_root(options.data)
    # Without a word of where they are, nothing is there yet; that is no mistake.
    if options.data or os.environ.get("SER_DATA"):
        existing(root)
    for status in inspect(root):
        print(status.text)
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from ser_core.corpora import data_root
    from ser_core.data.fetch import fetch, fetch_weights
    from ser_core.features.encoder_weights import NAME

    if options.corpus == NAME:
        fetch_weights(data_root(options.data), say=print)
    else:
        fetch(options.corpus, data_root(options.data), say=print)
    return 0


def _extract(options: argparse.Namespace) -> int:
    from ser_core.corpora import existing
    from ser_core.data import tables
    from ser_core.data.extraction import extract

    data, out = existing(Path(options.data)), Path(options.out or tables.DATA_DIR)
    extracted = extract(data, out, options.corpora, all_features=options.all_features)
    for extraction in extracted:
        print(extraction.text)
    if options.encoder:
        from ser_core.data.encoder_extraction import write_tables
        from ser_core.training.gathering import cache_folder

        corpora = [extraction.corpus for extraction in extracted]
        with room_for(out, 20):
            for path in write_tables(data, out, corpora, cache=cache_folder(data), progress=True):
                print(f"{path.name}: what the speech encoder says of the same recordings")
    return 0


def _voices(options: argparse.Namespace) -> int:
    from ser_core.corpora import data_root, existing
    from ser_core.data import tables, voice

    corpora = options.corpora or tables.available(features=True)
    out = options.out or voice.VOICES
    with room_for_json(out), Share() as progress:
        found = voice.survey(
            existing(data_root(options.data)),
            corpora,
            command=repeatable(options),
            progress=progress,
        )
    write_json(out, found)
    return 0


def _explain_check(options: argparse.Namespace) -> int:
    from ser_core.corpora import data_root, existing
    from ser_core.data import tables
    from ser_core.evaluation import faithfulness
    from ser_core.inference import explanation
    from ser_core.inference.predictor import load_model

    model = load_model(options.model)
    path = options.out or explanation.CHECKS
    with room_for_json(path), Share() as progress:
        known = explanation.checks(path)
        found = faithfulness.check(
            model,
            existing(data_root(options.data)),
            options.corpora or tables.available(),
            n_clips=options.clips,
            seed=options.seed,
            command=repeatable(options),
            progress=progress,
        )
    write_json(path, known | {model.name: found})
    marked, random = (100 * found[part]["value"] for part in ("marked", "random"))
    gap = found["difference"]
    print(
        f"{model.title}, {found['n_clips']} clips: hiding the marked part lowers the verdict's "
        f"probability by {marked:.1f} points, an equal random part by {random:.1f}; difference "
        f"{100 * gap['value']:.1f} (95%: {100 * gap['low']:.1f} to {100 * gap['high']:.1f}); "
        f"larger on {100 * found['larger_share']:.0f}% of the clips."
    )
    return 0


def _project(options: argparse.Namespace) -> int:
    from ser_core.data import projecting, tables

    clips = tables.read()
    for vector, what in (("classic", "the 180 features"), ("encoder", "the speech encoder")):
        with room_for(tables.DATA_DIR, 5):
            values = projecting.features_of(clips, vector)
            rows, about = projecting.project(clips, values, seed=options.seed)
        projecting.write(rows, about, vector)
        n, near = len(rows), about["n_neighbours"]
        print(
            f"{n:,} clips placed through {what}. Of their {near} nearest neighbours "
            f"{100 * rows['same_speaker'].mean() / near:.1f}% have the same speaker, "
            f"{100 * rows['same_emotion'].mean() / near:.1f}% the same emotion."
        )
    return 0
