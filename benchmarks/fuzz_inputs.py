"""Mutated files of all that is read besides recordings: what becomes of each.

    python -m benchmarks.fuzz_inputs [--each 2000] [--seed 0] [--only run,table] [--keep FOLDER]

Zips (many recordings, one's own with labels, a split), folders and tables of labels, splits,
models (``bundle.json``, networks, the registry), tables and figures of the data folder, what runs
of Retrain leave, settings, addresses of the pages, requests and messages of the service, and what
``predict --out`` goes on with. Each case is made of a whole one by changing its parts, and goes
where a visitor's or a user's would. `benchmarks.fuzzing` says what must never be; the exit status
is 1 if there is any of it.
"""

from __future__ import annotations

import sys

from benchmarks import fuzz_models, fuzz_own, fuzz_pages, fuzzing
from benchmarks.fuzzing import Fuzz, Kind

_KINDS: dict[str, Kind] = {**fuzz_own.KINDS, **fuzz_models.KINDS, **fuzz_pages.KINDS}


def _made(kind: str, number: int, seed: int) -> bytes:
    return _KINDS[kind].made(number, seed)


def _tried(kind: str, case: bytes) -> str:
    return _KINDS[kind].tried(case)


FUZZ = Fuzz(
    "benchmarks.fuzz_inputs",
    {kind: each.one_in for kind, each in _KINDS.items()},
    _made,
    _tried,
    fuzz_own.warm,
)


if __name__ == "__main__":
    sys.exit(fuzzing.main(FUZZ, __doc__, each=2_000))
