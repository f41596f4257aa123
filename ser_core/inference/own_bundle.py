"""Bundles that are made without a training of Keras: a head of one's own, or another decision.

They hold what serving needs and nothing to train on: ``bundle.json`` and, where a shipped network
is part of them, its ``model.tflite``.
"""

from __future__ import annotations

import copy
import hashlib
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from ser_core.errors import SettingsError
from ser_core.inference import learned
from ser_core.inference.bundle import Bundle
from ser_core.inference.decision import Decision
from ser_core.inference.facts import (
    BundleInfo,
    CalibratedFacts,
    CorpusFacts,
    OwnFacts,
    Report,
)
from ser_core.inference.head import Head
from ser_core.language import gettext as _


def refuse_base(base: Bundle) -> None:
    """Raise `SettingsError` for a model that nothing of one's own can be put upon."""
    if base.info["network"] != "encoder" or "head" in base.info:
        raise SettingsError(
            "no_base",
            _(
                "The model {name!r} does not hear through the speech encoder, or is one of "
                "somebody's own already. Name another with --model, or none: the default does."
            ).format(name=base.name),
        )


def headed(
    base: Bundle,
    head: Head,
    classes: tuple[str, ...],
    *,
    name: str,
    title: str,
    decision: Decision,
    training: dict[str, Any],
    reports: dict[str, Report],
    own: OwnFacts,
    digests: list[str],
    n_speakers: int,
) -> Bundle:
    """A bundle of a network of somebody's own.

    Parameters
    ----------
    base : Bundle
        Whose numbers, and on top of it whose answers, it sees.
    head : Head
    classes : tuple of str
        In the order of the head's columns.
    name, title : str
    decision : Decision
    training : dict
        Settings as plain JSON values.
    reports : dict
        One a protocol.
    own : dict
    digests : list of str
        Of the sounds that it learned from.
    n_speakers : int
        0 where nobody says who speaks.

    Returns
    -------
    Bundle
    """
    told: Any = decision.to_dict()
    recordings: CorpusFacts = {
        "name": "own",
        "title": "your own recordings",
        "licence": "yours",
        "source": "",
        "citation": "",
        "n_recordings": len(digests),
        "n_speakers": n_speakers,
    }
    known = learned.pack(digests)
    on_top = head.mixing is not None
    info: BundleInfo = {
        **base.info,
        "name": name,
        "title": title,
        "emotions": list(classes),
        "decision": told,
        "training": training,
        "seed": int(training["seed"]),
        "n_weights": head.n_weights + (base.info["n_weights"] if on_top else 0),
        "history": [],
        "corpora": [recordings, *(base.info["corpora"] if on_top else [])],
        "reports": reports,
        "learned": learned.joined(known, base.info["learned"]) if on_top else known,
        "head": head.to_dict(),
        "base": copy.deepcopy(base.info["decision"]),
        "own": own,
    }
    info["base"].pop("served", None)
    return Bundle(name, info, base.tflite if on_top else b"")


def recalibrated(
    base: Bundle, decision: Decision, *, name: str, calibrated: CalibratedFacts
) -> Bundle:
    """A model with a decision that was fitted to somebody's recordings."""
    told: Any = replace(decision, served={}).to_dict()
    info: BundleInfo = {
        **base.info,
        "name": name,
        "title": f"{base.info['title']}, calibrated on {calibrated['name']}",
        "decision": told,
        "calibrated": calibrated,
    }
    return Bundle(name, info, base.tflite)


def files(made: Bundle) -> dict[str, bytes]:
    """The files of such a bundle, by name; ``bundle.json`` last."""
    told: BundleInfo = {
        **made.info,
        "network_sha256": hashlib.sha256(made.tflite).hexdigest(),
    }
    text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
    found = {"model.tflite": made.tflite} if made.tflite else {}
    return found | {"bundle.json": f"{text}\n".encode()}


def save(folder: Path, made: Bundle) -> None:
    """Write one; made if missing, and what lay there of another bundle is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    content = files(made)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=folder) as place:
        for name, part in content.items():
            (Path(place) / name).write_bytes(part)
        for stale in ("model.keras", "model.tflite"):
            if stale not in content:
                (folder / stale).unlink(missing_ok=True)
        for name in content:
            (Path(place) / name).replace(folder / name)
