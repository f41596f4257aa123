"""``predict``: hear recordings."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ser_core.cli.annotating import Annotations
from ser_core.cli.output import Commands, names, ours_alone
from ser_core.errors import AudioError, SerError, unforeseen

if TYPE_CHECKING:
    from ser_core.audio import Clip
    from ser_core.inference.parties import Party
    from ser_core.inference.predictor import Model


def add_to(commands: Commands) -> None:
    """Add the command to a parser's."""
    predict = commands.add_parser("predict", help="hear recordings")
    predict.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder of files")
    predict.add_argument("--model", metavar="NAME", help="a shipped model or a bundle's folder")
    predict.add_argument("--format", choices=("table", "json", "csv"), default="table")
    predict.add_argument(
        "--timeline", action="store_true", help="with table or json: also what is heard when"
    )
    predict.add_argument(
        "--explain", action="store_true", help="with table or json: also what carried the verdict"
    )
    predict.add_argument(
        "--channels",
        choices=("mix", "apart"),
        default="mix",
        help="apart: each channel for itself, as of a call with a party on each",
    )
    predict.add_argument(
        "--annotations",
        metavar="DIR",
        type=Path,
        help="also write there what is heard when, a file a recording and format",
    )
    predict.add_argument(
        "--as",
        dest="formats",
        type=names,
        metavar="A,B",
        help="formats of the annotations: textgrid (the default), elan, vtt, srt, audacity, csv",
    )
    predict.set_defaults(run=_predict)


def _predict(options: argparse.Namespace) -> int:
    import numpy as np

    from ser_core import audio
    from ser_core.inference import batch, bundle
    from ser_core.inference.predictor import load_model

    if options.format == "csv" and (options.timeline or options.explain):
        print("--timeline and --explain need --format table or json.", file=sys.stderr)
        return 2
    written = None
    if options.annotations is not None:
        written = Annotations(options.annotations, options.formats or ("textgrid",))
        written.try_out()
    elif options.formats:
        print("--as says how --annotations DIR are written; name a folder.", file=sys.stderr)
        return 2
    with ours_alone():
        model = load_model(options.model)
        try:
            # The networks are built at their first use, with words of the library's own.
            model.judge(np.zeros(audio.SAMPLE_RATE, dtype=np.float32))
        except (RuntimeError, ValueError) as error:
            raise bundle.damaged(model.name) from error
    apart = options.channels == "apart"
    if options.format == "csv":
        print(batch.csv_header(model.emotions, apart=apart), flush=True)
    refused = False
    for path, fault in sounds_in(options.paths):
        for row in _rows(model, path, fault, options, written):
            refused |= "error" in row
            if options.format == "json":
                print(batch.json_line(row), flush=True)
            elif options.format == "csv":
                print(batch.csv_line(row, model.emotions, apart=apart), flush=True)
            else:
                print(_table_lines(row), flush=True)
    return 1 if refused else 0


def _rows(
    model: Model,
    path: str,
    fault: AudioError | None,
    options: argparse.Namespace,
    written: Annotations | None,
) -> Iterator[dict[str, Any]]:
    """What is printed of a file: a refused one does not end the run, whatever refused it."""
    from ser_core.inference import batch

    parties: list[Party] = []
    try:
        if fault is not None:
            raise fault
        for name, clip in _clips(path, options):
            row, party = _heard(model, path, name, clip, options)
            if party is not None:
                parties.append(party)
            yield row
        if written is not None:
            written.add(model, path, parties)
    except SerError as error:
        yield batch.Row(path, error=error).to_dict()
    except Exception as error:
        yield batch.Row(path, error=unforeseen(error)).to_dict()


def _clips(path: str, options: argparse.Namespace) -> Iterator[tuple[str, Clip]]:
    """The recording as a whole, without a name, or each channel with its own."""
    from ser_core import audio
    from ser_core.audio.apart import load_apart

    if options.channels == "apart":
        yield from load_apart(path, max_duration_s=audio.LONG_DURATION_S)
    else:
        yield "", audio.load(path, max_duration_s=audio.LONG_DURATION_S)


def _heard(
    model: Model, path: str, name: str, clip: Clip, options: argparse.Namespace
) -> tuple[dict[str, Any], Party | None]:
    """The row of a recording or a channel, and what was heard over time where that is wanted."""
    from ser_core.inference import batch, parties

    party = None
    if name or options.timeline or options.annotations is not None:
        party = parties.hear(model, clip, name)
    heard = batch.Row(
        path,
        prediction=party.prediction if party else model.predict_clip(clip),
        channel=name or None,
        speech_s=party.speech_s if party and name else None,
    )
    extras: dict[str, Any] = {}
    if party is not None and options.timeline:
        extras["timeline"] = [asdict(segment) for segment in party.segments]
    if options.explain:
        from ser_core.inference.explanation import explain

        extras["explanation"] = explain(model, clip).to_dict()
    return heard.to_dict() | extras, party


def sounds_in(paths: Sequence[str]) -> Iterator[tuple[str, AudioError | None]]:
    """The files to hear, and the folders in which there is nothing to hear, with the reason."""
    from ser_core.audio import SUFFIXES

    for path in paths:
        if not os.path.isdir(path):
            yield path, None
            continue
        closed: list[OSError] = []
        everything = sorted(
            Path(folder) / name
            for folder, _, names in os.walk(path, onerror=closed.append)
            for name in names
            if not name.startswith(".")
        )
        found = [file for file in everything if file.suffix.lower() in SUFFIXES]
        others = Counter(file.suffix or "without an ending" for file in everything)
        others -= Counter(file.suffix or "without an ending" for file in found)
        if others and found:
            print(_passed_over(path, others), file=sys.stderr)
        yield from ((str(file), None) for file in found)
        for error in closed:
            yield (
                str(error.filename),
                AudioError(
                    "not_found",
                    f"The folder {Path(error.filename).name!r} cannot be read: "
                    f"{error.strerror}. Check your permission to read it.",
                ),
            )
        if not found and not closed:
            there = f" There are {_counted(others)}." if others else ""
            yield (
                path,
                AudioError(
                    "no_sounds",
                    f"There is no sound in the folder {Path(path).name!r}: files that end in "
                    f"{', '.join(sorted(SUFFIXES))} are looked for.{there} If yours end in "
                    "something else, name the files themselves.",
                ),
            )


def _passed_over(folder: str, others: Counter[str]) -> str:
    return (
        f"Left out of the folder {Path(folder).name!r}: {_counted(others)}. In a folder only files "
        "with the ending of a sound are heard; name a file itself to have it tried."
    )


def _counted(others: Counter[str]) -> str:
    return ", ".join(f"{count:,} {ending}" for ending, count in sorted(others.items()))


def _table_lines(row: dict[str, Any]) -> str:
    if "error" in row:
        return f"{'refused':<9}        {row['file']}\n    {row['error']['message']}"
    notes = f"  ({', '.join(row['warnings'])})" if row["warnings"] else ""
    who = ""
    if "channel" in row:
        who = f"  [{row['channel']}, speaks {row['speech_s']:.1f} s of {row['duration_s']:.1f} s]"
    lines = [f"{_said(row)}  {row['file']}{who}{_doubt(row)}{notes}"]
    lines += [
        f"    {part['start_s']:6.1f} to {part['end_s']:6.1f} s  {_said(part)}{_doubt(part)}"
        for part in row.get("timeline", ())
        if part["emotion"] is not None
    ]
    if "explanation" in row:
        lines.append(f"    {row['explanation']['sentence']}")
    return "\n".join(lines)


def _said(row: dict[str, Any]) -> str:
    """A verdict, and how likely it is where it is an answer."""
    from ser_core.inference.percents import whole_percents

    if row["verdict"] not in row["probabilities"]:
        return f"{row['verdict'].replace('_', ' '):<9}      "
    return f"{row['verdict']:<9} {whole_percents(row['probabilities'])[row['verdict']]:3} %"


def _doubt(row: dict[str, Any]) -> str:
    from ser_core.inference.decision import NOT_SURE

    if row["verdict"] != NOT_SURE:
        return ""
    first, second = sorted(row["probabilities"], key=lambda name: -row["probabilities"][name])[:2]
    return f"  between {first} and {second}"
