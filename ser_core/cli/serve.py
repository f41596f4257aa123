"""``serve``: hear recordings over HTTP and WebSocket."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ser_core.cli.output import Commands, ours_alone


def add_to(commands: Commands) -> None:
    """Add the command to a parser's."""
    serve = commands.add_parser(
        "serve",
        help="hear recordings over HTTP and WebSocket",
        description="Answers until it is ended; the page /docs says what can be asked. A token is "
        "taken from $UNDERTONE_TOKEN or from a file, never from the command, which others can see.",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen at")
    serve.add_argument("--port", type=int, default=8000, help="0 is any that is free")
    serve.add_argument("--model", metavar="NAME", help="a shipped model or a bundle's folder")
    serve.add_argument(
        "--at-once",
        type=int,
        metavar="N",
        help="recordings worked on at the same time; default: the processors, at most 4",
    )
    serve.add_argument(
        "--token-file",
        type=Path,
        metavar="FILE",
        help="holds the token that requests must bear; default: $UNDERTONE_TOKEN, else none",
    )
    serve.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a page of another origin that may ask, as https://example.org; may be repeated",
    )
    serve.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> int:
    from ser_core.inference.predictor import load_model
    from ser_core.service import app
    from ser_core.service.settings import Settings, token_of

    given = {"at_once": options.at_once} if options.at_once is not None else {}
    settings = Settings(
        host=options.host,
        port=options.port,
        token=token_of(options.token_file),
        origins=tuple(options.origin),
        **given,
    )
    if not settings.is_here_only and settings.token is None:
        print(
            f"Anybody who reaches {settings.host} may ask. To ask for a token, set "
            "$UNDERTONE_TOKEN or name --token-file.",
            file=sys.stderr,
        )
    with ours_alone():
        model = load_model(options.model)
        app.warm(model)
    app.run(settings, model)
    return 0
