"""The child process of `ser_core.jobs.own`: ``python -m ser_core.jobs.own_worker LANGUAGE``."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from ser_core import language
from ser_core.errors import SerError
from ser_core.jobs import own


def main() -> None:
    """Read a request from standard input, and write what came of it, a line of JSON each."""
    if hasattr(os, "nice"):
        os.nice(10)
    request = sys.stdin.buffer.read()
    # What libraries print must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def tell(**told: Any) -> None:
        answers.write(json.dumps(told, allow_nan=False) + "\n")
        answers.flush()

    try:
        _limit_time()
        from ser_core import workflow_own
        from ser_core.inference.predictor import load_model
        from ser_core.training.own import OwnSettings

        heard, model_name, task, name = own.unpacked(request)
        model = load_model(model_name)
        with language.use(sys.argv[1]):
            if task == own.CALIBRATE:
                made = workflow_own.calibrate(heard, model, name=name)
            else:
                settings = OwnSettings(**json.loads(task))
                made = workflow_own.train(
                    settings, heard, model, name=name, progress=lambda share: tell(done=share)
                )
        tell(info=made.info)
    except SerError as error:
        tell(error=error.code, message=error.message)


def _limit_time() -> None:
    try:
        import resource
    except ImportError:  # Windows: the server's clock alone ends it.
        return
    resource.setrlimit(resource.RLIMIT_CPU, (own.LIMIT_S, own.LIMIT_S))


if __name__ == "__main__":
    main()
