"""``predict``: hear recordings."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from ser_core.cli.annotating import Annotations
from ser_core.cli.finding import sounds_in
from ser_core.cli.hearing import Item, Wanted
from ser_core.cli.lines import FORMATS
from ser_core.cli.output import PATHS_HELP, Commands, names
from ser_core.cli.outputs import open_output
from ser_core.cli.processes import WORTH_IT, Hearers, Here, Processes, cores, refused
from ser_core.errors import SerError


def add_to(commands: Commands) -> None:
    """Add the command to a parser's."""
    predict = commands.add_parser("predict", help="hear recordings")
    predict.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help=PATHS_HELP,
    )
    predict.add_argument("--model", metavar="NAME", help="a shipped model or a bundle's folder")
    predict.add_argument("--format", choices=FORMATS, default="table")
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
    predict.add_argument(
        "--out",
        metavar="FILE",
        type=Path,
        help="with json or csv: write there; each row also has the file's SHA-256 and the model",
    )
    predict.add_argument(
        "--resume",
        action="store_true",
        help="go on with FILE: what it holds, by digest, is not heard again",
    )
    many = predict.add_mutually_exclusive_group()
    many.add_argument(
        "--jobs",
        type=_count,
        metavar="N",
        help="processes; default: one for each core, where there are many recordings",
    )
    many.add_argument(
        "--scheduler", metavar="ADDRESS", help="a Dask scheduler whose workers hear them instead"
    )
    predict.set_defaults(run=_predict)


def _predict(options: argparse.Namespace) -> int:
    fault = _misfit(options)
    if fault:
        print(fault, file=sys.stderr)
        return 2
    annotations = None
    if options.annotations is not None:
        annotations = Annotations(options.annotations, options.formats or ("textgrid",))
        annotations.try_out()
    wanted = Wanted(
        model=options.model,
        format=options.format,
        timeline=options.timeline,
        explain=options.explain,
        apart=options.channels == "apart",
        annotations=annotations.formats if annotations else (),
        traced=options.out is not None,
    )
    found: Iterator[Item] = (Item(path, fault) for path, fault in sounds_in(options.paths))
    hearers, found = _hearers(wanted, found, options)
    try:
        output = open_output(options.out, wanted, hearers.introduction, resume=options.resume)
        with contextlib.closing(output):
            some_refused = output.refused
            items = (replace(item, known=output.known(item.file)) for item in found)
            for item, heard in hearers.hear(items):
                text, is_refused = heard.text, heard.refused
                if annotations is not None:
                    try:
                        annotations.add(item.file, heard.annotations)
                    except SerError as error:
                        text += refused(wanted, hearers.introduction, item, error).text
                        is_refused = True
                some_refused |= is_refused
                if text:
                    output.write(text)
    finally:
        hearers.close()
    return 1 if some_refused else 0


def _misfit(options: argparse.Namespace) -> str:
    """Which options do not go together, in words."""
    if options.format == "csv" and (options.timeline or options.explain):
        return "--timeline and --explain need --format table or json."
    if options.formats and options.annotations is None:
        return "--as says how --annotations DIR are written; name a folder."
    if options.out is not None and options.format == "table":
        return "--out FILE needs --format json or csv."
    if options.resume and options.out is None:
        return "--resume goes on with the file that --out FILE names; name it."
    return ""


def _hearers(
    wanted: Wanted, items: Iterator[Item], options: argparse.Namespace
) -> tuple[Hearers, Iterator[Item]]:
    """Whoever hears the recordings, and these, of which some were looked at."""
    if options.scheduler is not None:
        from ser_core.cli.scheduler import Scheduler

        return Scheduler(wanted, options.scheduler), items
    jobs = options.jobs or cores()
    first = list(islice(items, max(jobs, WORTH_IT + 1)))
    count = min(jobs, len(first))
    if count < 2 or (options.jobs is None and len(first) <= WORTH_IT):
        return Here(wanted), chain(first, items)
    return Processes(wanted, count), chain(first, items)


def _count(text: str) -> int:
    """A number of processes."""
    count = int(text)
    if count < 1:
        raise ValueError
    return count
