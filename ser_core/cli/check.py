"""``check-split``: is anybody, or any recording, on both sides?"""

from __future__ import annotations

import argparse
import json
import sys

from ser_core.cli.output import Commands


def add_to(commands: Commands) -> None:
    """Add the command to a parser's."""
    check = commands.add_parser(
        "check-split",
        help="is anybody, or any recording, on both sides of a split?",
        description="Looks for speakers, recordings (copies coded anew, louder or cut, too) and "
        "sentences on both sides. Exit status: 0 clean, 1 leaks, 2 where that cannot be said.",
    )
    check.add_argument(
        "paths",
        nargs="+",
        metavar="MANIFEST",
        help="a CSV with the columns file and split (and speaker, sentence, emotion), or a folder "
        "with train and test in it, or two folders",
    )
    check.add_argument("--format", choices=("text", "json"), default="text")
    check.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from ser_core.errors import DataError
    from ser_core.evaluation import leak_words, leaks, manifests

    try:
        entries = manifests.read(options.paths)
    except DataError as error:
        print(error.message, file=sys.stderr)
        return 2
    print(f"Listening to {len(entries):,} recordings.", file=sys.stderr)
    report = leaks.check(entries)
    if options.format == "json":
        print(json.dumps(leak_words.as_dict(report), ensure_ascii=False, indent=1))
    else:
        print("\n".join(leak_words.lines(report)))
    if report.leaks:
        return 1
    return 0 if report.complete else 2
