"""What was heard when, as a file that other tools open: Praat, ELAN, players, Audacity, tables.

Each stretch has its verdict, how sure that is and what else it may be; the file's own place for
notes (where a format has none, a tier or an entry of its own) names the model and its calibration.
"""

from __future__ import annotations

import importlib
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from ser_core import figures
from ser_core.emotions import ORDINARY, shown
from ser_core.errors import SerError
from ser_core.inference import annotation_files, batch
from ser_core.inference.annotation_files import Annotated, Lane, Stretch
from ser_core.inference.decision import NO_SPEECH, NOT_SURE
from ser_core.inference.parties import Party
from ser_core.inference.percents import whole_percents
from ser_core.inference.predictor import Model
from ser_core.inference.timeline import Segment
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_

WHAT_THIS_IS = N_(
    "Undertone hears how something is said, not what anybody feels. It learned from actors."
)
"""What must be known of a verdict of a shipped model wherever it goes."""


def what_this_is(model: Model) -> str:
    """The same of any model: one may have learned from its owner's recordings."""
    if "own" not in model.info:
        return _(WHAT_THIS_IS)
    if model.info["own"]["on_top"]:
        return _(
            "Undertone hears how something is said, not what anybody feels. It learned from actors "
            "and from recordings of its owner."
        )
    return _(
        "Undertone hears how something is said, not what anybody feels. It learned from recordings "
        "of its owner."
    )


_PROTOCOLS = {
    "speakers": N_("{points} points on speakers it never met"),
    "corpora": N_("{points} points on corpora it never heard"),
}
# What a format cannot write: times have milliseconds.
_SHORTEST_S = 0.001


@dataclass(frozen=True)
class Format:
    """A kind of annotation file.

    Attributes
    ----------
    label : str
        What people call it.
    suffix : str
        Ending of such files' names.
    mime : str
    package : str or None
        What writes it, where that is not Undertone itself.
    write : callable
        An `Annotated` in, a file's content out.
    """

    label: str
    suffix: str
    mime: str
    package: str | None
    write: Callable[[Annotated], bytes]


def annotate(model: Model, file: str, parties: Sequence[Party]) -> Annotated:
    """Put what was heard into words for the writers.

    Parameters
    ----------
    model : Model
    file : str
        Name of the recording, without its folder.
    parties : sequence of Party
        One for each lane of the file.
    """
    lanes = tuple(
        Lane(party.name, tuple(_stretch(part) for part in party.segments if _long(part)))
        for party in parties
    )
    return Annotated(
        file=file,
        duration_s=max(party.prediction.duration_s for party in parties),
        lanes=lanes,
        answers=(*model.emotions, ORDINARY),
        notes=tuple(_notes(model, parties)),
    )


def write(annotated: Annotated, format_name: str) -> bytes:
    """An annotation file's content.

    Raises
    ------
    SerError
        With code ``not_installed`` where its writer is not; see `ready`.
    """
    ready([format_name])
    return FORMATS[format_name].write(annotated)


class Stems:
    """Names of recordings' annotation files, without endings: each is given once."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, file: str) -> str:
        """Named like the recording, as Praat and ELAN want it; a second one has a number."""
        stem = name = PurePath(file).stem
        number = 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{stem}-{number}"
        self._taken.add(name.casefold())
        return name


def zipped(several: Iterable[Annotated], format_name: str) -> bytes:
    """A zip of annotation files, one a recording.

    Raises
    ------
    SerError
        With code ``not_installed`` where the writer is not; see `ready`.
    """
    made, stems = io.BytesIO(), Stems()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for annotated in several:
            name = f"{stems.of(annotated.file)}{FORMATS[format_name].suffix}"
            archive.writestr(name, write(annotated, format_name))
    return made.getvalue()


def ready(names: Iterable[str]) -> None:
    """See that what writes these formats is installed.

    Raises
    ------
    SerError
        With code ``not_installed``.
    """
    for name in names:
        package = FORMATS[name].package
        try:
            if package is not None:
                importlib.import_module(package)
        except ModuleNotFoundError as error:
            raise SerError(
                "not_installed",
                _(
                    "The package {name} is not installed, and writing {label} needs it. It "
                    "comes with undertone[annotations]: pip install '.[annotations]' in a "
                    "clone of Undertone."
                ).format(name=error.name, label=_(FORMATS[name].label)),
            ) from error


def _long(segment: Segment) -> bool:
    return segment.end_s - segment.start_s >= _SHORTEST_S


def _stretch(segment: Segment) -> Stretch:
    said = _("not sure")
    if segment.verdict in segment.probabilities:
        share = whole_percents(segment.probabilities)[segment.verdict]
        said = _("{emotion}, {percent}").format(
            emotion=shown(segment.verdict), percent=figures.percent(share)
        )
    return Stretch(
        start_s=segment.start_s,
        end_s=segment.end_s,
        verdict=segment.verdict,
        emotion=segment.emotion or "",
        confidence=segment.confidence,
        decided=segment.decided,
        probabilities=segment.probabilities,
        label="" if segment.verdict == NO_SPEECH else said,
        doubt=_doubt(segment),
    )


def _doubt(segment: Segment) -> str:
    """Why it is unsure, or what else it may be."""
    if segment.verdict == NO_SPEECH or len(segment.probabilities) < 2:
        return ""
    shares = whole_percents(segment.probabilities)
    first, second = sorted(shares, key=lambda name: -segment.probabilities[name])[:2]
    if segment.verdict == NOT_SURE:
        return _("between {first} ({share}) and {second} ({second_share})").format(
            first=shown(first),
            share=figures.percent(shares[first]),
            second=shown(second),
            second_share=figures.percent(shares[second]),
        )
    other = second if first == segment.verdict else first
    return _("else {emotion}, {percent}").format(
        emotion=shown(other), percent=figures.percent(shares[other])
    )


def _notes(model: Model, parties: Sequence[Party]) -> Iterable[tuple[str, str]]:
    yield "model", model.id
    yield "calibration", _calibration(model)
    for party in parties:
        about = f" of {party.name}" if party.name else ""
        yield f"verdict{about}", party.prediction.headline
        for warning in party.prediction.warnings:
            yield f"warning{about}: {warning.code}", warning.message
    yield "what this is", what_this_is(model)


def _calibration(model: Model) -> str:
    said = _("temperature {temperature}, threshold {threshold}").format(
        temperature=figures.number(model.decision.temperature, 3),
        threshold=figures.number(model.decision.threshold, 3),
    )
    local = model.info.get("calibrated")
    if local is not None:
        return _("{settings}, fitted to {clips} clips; error {points} points on them").format(
            settings=said,
            clips=local["n_recordings"],
            points=figures.number(100 * local["after"]["ece"], 1),
        )
    reports = model.info["reports"]
    errors = [
        _(text).format(points=figures.number(100 * reports[name]["calibration"]["ece"], 1))
        for name, text in _PROTOCOLS.items()
        if name in reports
    ]
    if not errors:
        return said
    return _("{settings}; calibration error {errors}").format(
        settings=said, errors=_(" and ").join(errors)
    )


def _csv(annotated: Annotated) -> bytes:
    """A row a stretch, silence too; UTF-8 with a byte order mark, as spreadsheets want it."""
    notes = dict(annotated.notes)
    rows: list[Sequence[Any]] = [
        (
            *("file", "channel", "start_s", "end_s", "verdict", "emotion", "confidence"),
            *("decided", *annotated.answers, "doubt", "model", "calibration"),
        )
    ]
    rows += [
        (
            annotated.file,
            lane.name,
            round(part.start_s, 3),
            round(part.end_s, 3),
            part.verdict,
            part.emotion,
            part.confidence,
            str(part.decided).lower(),
            *(part.probabilities.get(name, 0.0) for name in annotated.answers),
            part.doubt,
            notes["model"],
            notes["calibration"],
        )
        for lane in annotated.lanes
        for part in lane.stretches
    ]
    return "".join(batch.csv_row(row) + "\n" for row in rows).encode("utf-8-sig")


FORMATS: dict[str, Format] = {
    "textgrid": Format(
        "Praat TextGrid", ".TextGrid", "text/plain", "praatio", annotation_files.textgrid
    ),
    "elan": Format("ELAN", ".eaf", "application/xml", "pympi", annotation_files.elan),
    "vtt": Format("WebVTT", ".vtt", "text/vtt", "webvtt", annotation_files.vtt),
    "srt": Format("SubRip", ".srt", "application/x-subrip", "webvtt", annotation_files.srt),
    "audacity": Format(
        N_("Audacity labels"), ".labels.txt", "text/plain", None, annotation_files.audacity
    ),
    "csv": Format(N_("CSV, a row a stretch"), ".csv", "text/csv", None, _csv),
}
"""The formats by their names on the command line."""
