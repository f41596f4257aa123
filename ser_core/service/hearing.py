"""Recordings in, what the service answers out: in the words and numbers of ``predict``."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ser_core import audio
from ser_core.errors import SerError, unforeseen
from ser_core.inference import annotation, embeddings, parties
from ser_core.inference.batch import Row
from ser_core.inference.parties import Party
from ser_core.inference.predictor import Model
from ser_core.service.limits import Deadline

_LEFT_OUT = ("learned", "scaler", "history", "format", "head")


def card(model: Model) -> dict[str, Any]:
    """What a model is, what it learned from and how well it hears whom."""
    info = {name: value for name, value in model.info.items() if name not in _LEFT_OUT}
    reports = {
        name: {key: value for key, value in report.items() if key != "curves"}
        for name, report in model.info["reports"].items()
    }
    return (
        {"id": model.id, "what_this_is": annotation.what_this_is(model)}
        | info
        | {"reports": reports}
    )


def verdict(model: Model, name: str, content: bytes, deadline: Deadline) -> dict[str, Any]:
    """One recording; raises `SerError` for one that cannot be heard."""
    clip = audio.load(content, max_duration_s=audio.LONG_DURATION_S)
    deadline()
    return Row(name, model.predict_clip(clip, progress=deadline)).to_dict()


def verdicts(
    model: Model, files: Sequence[tuple[str, bytes]], deadline: Deadline
) -> dict[str, Any]:
    """Several recordings: a refused one is a row like any other."""
    rows = []
    for name, content in files:
        try:
            deadline()
            rows.append(verdict(model, name, content, deadline))
        except SerError as error:
            rows.append(Row(name, error=error).to_dict())
        except Exception as error:
            rows.append(Row(name, error=unforeseen(error)).to_dict())
    return {"rows": rows}


def timeline(
    model: Model, name: str, content: bytes, apart: bool, deadline: Deadline
) -> dict[str, Any]:
    """What is heard when; each channel for itself where they are heard apart."""
    rows = [
        Row(
            name,
            party.prediction,
            channel=party.name or None,
            speech_s=party.speech_s if party.name else None,
        ).to_dict()
        | {"timeline": [asdict(segment) for segment in party.segments]}
        for party in _parties(model, content, apart, deadline)
    ]
    return {"rows": rows} if apart else rows[0]


def annotated(
    model: Model, name: str, content: bytes, apart: bool, kind: str, deadline: Deadline
) -> bytes:
    """What is heard when, as a file for another tool."""
    annotation.ready([kind])
    heard = _parties(model, content, apart, deadline)
    return annotation.write(annotation.annotate(model, name, heard), kind)


def embedded(
    model: Model, files: Sequence[tuple[str, bytes]], kind: str, deadline: Deadline
) -> bytes | dict[str, Any]:
    """Recordings in numbers: as JSON values, or as a file of one of `embeddings.SUFFIXES`."""
    embeddings.ready(f".{kind}")
    rows: list[embeddings.Embedded] = []
    for name, content in files:
        clip = audio.load(content, max_duration_s=audio.LONG_DURATION_S)
        deadline()
        rows += embeddings.embed(model, clip, name)
    if kind != "json":
        file = io.BytesIO()
        embeddings.write_to(file, f".{kind}", rows, model.id)
        return file.getvalue()
    return {
        "model": model.id,
        "rows": [
            {"file": row.file, "duration_s": row.duration_s, "embedding": row.values.tolist()}
            for row in rows
        ],
    }


def _parties(model: Model, content: bytes, apart: bool, deadline: Deadline) -> list[Party]:
    longest = audio.LONG_DURATION_S
    if apart:
        return list(parties.hear_apart(model, content, max_duration_s=longest, progress=deadline))
    clip = audio.load(content, max_duration_s=longest)
    deadline()
    return [parties.hear(model, clip, progress=deadline)]
