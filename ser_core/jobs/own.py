"""A training on somebody's own recordings in a child process, with nothing on the disk.

The server has heard the recordings; what the child gets through its standard input is numbers and
labels, and what it gives back is the content of a ``bundle.json``. It takes seconds, so there is
nothing to follow and nothing to keep: a pipe in, a pipe out, and its end.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np

from ser_core import assets, language
from ser_core.data.own import LeftOut, Own, OwnClip
from ser_core.data.own_sounds import Heard
from ser_core.errors import JobError, SerError
from ser_core.inference.bundle import Bundle
from ser_core.inference.facts import BundleInfo
from ser_core.inference.predictor import Model
from ser_core.jobs.costs import WALL_PER_PROCESSOR_S
from ser_core.jobs.spare import MODEST
from ser_core.language import gettext as _

AT_ONCE = 2
"""Such trainings at the same time; who comes then is told to come again."""

LIMIT_S = 120
"""Seconds of processor time after which one is ended; sixty clips take five."""

CALIBRATE = "calibrate"
"""What is asked for instead of settings where nothing is to be trained."""

Progress = Callable[[float], None]

SEATS = threading.BoundedSemaphore(AT_ONCE)
"""One a training that runs."""


def run(heard: Heard, model: Model, task: str, name: str, *, progress: Progress) -> Bundle:
    """Train on, or calibrate by, own recordings that were heard by a shipped model.

    Parameters
    ----------
    heard : Heard
    model : Model
    task : str
        Settings as JSON (`ser_core.training.own.OwnSettings`), or `CALIBRATE`.
    name : str
        Of the bundle.
    progress : callable
        Told the share done, 0 to 1. What it raises ends the training.

    Returns
    -------
    Bundle

    Raises
    ------
    SerError
        What the training refuses; and `JobError` with code ``full`` or ``failed``.
    """
    if not SEATS.acquire(blocking=False):
        raise JobError(
            "full",
            _(
                "{count} others are training on their recordings here just now. Try again in half "
                "a minute."
            ).format(count=AT_ONCE),
        )
    try:
        info = _ask(packed(heard, model, task, name), progress)
    finally:
        SEATS.release()
    on_top = "head" not in info or "mixing" in info["head"]
    return Bundle(name, info, model.source.tflite if on_top else b"")


def _ask(request: bytes, progress: Progress) -> BundleInfo:
    process = subprocess.Popen(
        [sys.executable, "-m", "ser_core.jobs.own_worker", language.current()],
        cwd=assets.ROOT,
        env=os.environ | MODEST,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdin is not None and process.stdout is not None
    watch = threading.Timer(WALL_PER_PROCESSOR_S * LIMIT_S, process.kill)
    watch.start()
    try:
        with process.stdin:
            process.stdin.write(request)
        for line in process.stdout:
            told = json.loads(line)
            if "info" in told:
                info: BundleInfo = told["info"]
                return info
            if "error" in told:
                raise SerError(told["error"], told["message"])
            progress(told["done"])
    except (OSError, ValueError):
        pass  # it died over it, which is said below
    finally:
        watch.cancel()
        process.kill()
        process.wait()
        process.stdout.close()
    raise JobError(
        "failed",
        _(
            "The training ended unexpectedly, most often because the server ran out of memory or "
            "time. Try again, or with fewer recordings."
        ),
    )


def packed(heard: Heard, model: Model, task: str, name: str) -> bytes:
    """All that a training needs to know, without a sound."""
    own = asdict(replace(heard.own, clips=(), left_out=()))
    words = {
        "own": own,
        "clips": [(clip.name, clip.label, clip.speaker) for clip in heard.own.clips],
        "left_out": [(one.name, one.code, one.reason) for one in heard.own.left_out],
        "digests": heard.digests,
        "model": model.name,
        "task": task,
        "name": name,
    }
    file = io.BytesIO()
    np.savez(
        file,
        words=np.array(json.dumps(words)),
        numbers=heard.numbers,
        logits=heard.logits,
        shares=heard.shares,
        seen=heard.seen,
    )
    return file.getvalue()


def unpacked(request: bytes) -> tuple[Heard, str, str, str]:
    """What `packed` was given: the recordings, the model's name, the task and the bundle's name."""
    with np.load(io.BytesIO(request), allow_pickle=False) as arrays:
        words = json.loads(str(arrays["words"]))
        clips = tuple(OwnClip(name, b"", label, who) for name, label, who in words["clips"])
        left_out = tuple(LeftOut(*one) for one in words["left_out"])
        heard = Heard(
            Own(**words["own"] | {"clips": clips, "left_out": left_out}),
            arrays["numbers"],
            arrays["logits"],
            arrays["shares"],
            tuple(words["digests"]),
            arrays["seen"],
        )
    return heard, words["model"], words["task"], words["name"]
