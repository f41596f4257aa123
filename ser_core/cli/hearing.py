"""What ``predict`` says of one recording: the work that other processes and machines can take."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ser_core.cli.lines import Lines
from ser_core.errors import AudioError, SerError, unforeseen

if TYPE_CHECKING:
    from ser_core.audio import AudioSource, Clip
    from ser_core.inference.parties import Party

UNREADABLE = ""
"""Stands for the digest of a recording that could not be read."""


@dataclass(frozen=True)
class Wanted:
    """What is wanted of each recording.

    Attributes
    ----------
    model : str or None
        A shipped model or a bundle's folder.
    format : str
        Of `ser_core.cli.lines.FORMATS`.
    timeline, explain : bool
        Whether also what is heard when, and what carried the verdict.
    apart : bool
        Whether each channel is heard for itself.
    annotations : tuple of str
        Formats of the annotation files that are made besides.
    traced : bool
        Whether each row holds the SHA-256 of the file and the model's id.
    folder : str
        Where names begin that are not absolute; empty for the folder one is in.
    """

    model: str | None = None
    format: str = "table"
    timeline: bool = False
    explain: bool = False
    apart: bool = False
    annotations: tuple[str, ...] = ()
    traced: bool = False
    folder: str = ""


@dataclass(frozen=True)
class Item:
    """A recording to hear.

    Attributes
    ----------
    file : str
        As it was named; a path, or an address such as ``s3://bucket/a.wav``.
    fault : AudioError or None
        Why there is nothing to hear.
    known : str or None
        Digest of what was heard of it in an earlier run, `UNREADABLE` where that failed.
    """

    file: str
    fault: AudioError | None = None
    known: str | None = None


@dataclass(frozen=True)
class Heard:
    """What is said of a recording.

    Attributes
    ----------
    text : str
        Its lines; empty where an earlier run has said it of the same bytes.
    refused : bool
    annotations : mapping
        Content of each annotation file by its format.
    """

    text: str
    refused: bool = False
    annotations: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Introduction:
    """What is to be known of the model before anything is heard.

    Attributes
    ----------
    model_id : str
    emotions : tuple of str
    """

    model_id: str
    emotions: tuple[str, ...]


class Listener:
    """A model that was tried out, and what is wanted of it.

    Parameters
    ----------
    wanted : Wanted

    Raises
    ------
    BundleError
        For a model that is not there or does not run.
    """

    def __init__(self, wanted: Wanted) -> None:
        from ser_core.inference.predictor import load_model

        self._wanted, self._model = wanted, load_model(wanted.model)
        # Networks are built at their first use, and say so: not between the lines of what is heard.
        self._model.try_out()
        self.introduction = Introduction(self._model.id, self._model.emotions)
        self._lines = lines_of(wanted, self.introduction)

    def hear(self, item: Item) -> Heard:
        """Hear a recording; whatever goes wrong is said of it, and ends nothing."""
        from ser_core.inference import annotation

        rows: list[dict[str, Any]] = []
        annotations: dict[str, bytes] = {}
        digest = UNREADABLE
        try:
            if item.fault is not None:
                raise item.fault
            source, digest = self._source(item.file)
            if item.known and item.known == digest:
                return Heard("")
            parties: list[Party] = []
            for name, clip in _clips(source, apart=self._wanted.apart):
                row, party = self._heard(item.file, name, clip)
                rows.append(row)
                if party is not None:
                    parties.append(party)
            if self._wanted.annotations:
                annotated = annotation.annotate(self._model, Path(item.file).name, parties)
                annotations = {
                    each: annotation.write(annotated, each) for each in self._wanted.annotations
                }
        except Exception as error:
            if item.known == digest == UNREADABLE:
                return Heard("")
            rows.append(refusal(item.file, error))
        if self._wanted.traced:
            rows = [row | {"sha256": digest, "model": self._model.id} for row in rows]
        refused = any("error" in row for row in rows)
        return Heard(self._lines.text(rows), refused, annotations)

    def _source(self, file: str) -> tuple[AudioSource, str]:
        """What to decode, and the digest of the file where it is wanted."""
        from ser_core import audio

        source = file
        if self._wanted.folder and file and not audio.is_remote(file):
            source = str(Path(self._wanted.folder) / file)
        if not self._wanted.traced:
            return source, UNREADABLE
        content = audio.read(source)
        return content, hashlib.sha256(content).hexdigest()

    def _heard(self, file: str, name: str, clip: Clip) -> tuple[dict[str, Any], Party | None]:
        """The row of a recording or a channel, and what was heard over time where it is wanted."""
        from ser_core.inference import batch, parties

        party = None
        if name or self._wanted.timeline or self._wanted.annotations:
            party = parties.hear(self._model, clip, name)
        row = batch.Row(
            file,
            prediction=party.prediction if party else self._model.predict_clip(clip),
            channel=name or None,
            speech_s=party.speech_s if party and name else None,
        ).to_dict()
        if party is not None and self._wanted.timeline:
            row["timeline"] = [asdict(segment) for segment in party.segments]
        if self._wanted.explain:
            from ser_core.inference.explanation import explain

            row["explanation"] = explain(self._model, clip).to_dict()
        return row, party


def lines_of(wanted: Wanted, introduction: Introduction) -> Lines:
    """How the rows of a model are written."""
    return Lines(wanted.format, introduction.emotions, wanted.apart, wanted.traced)


def refusal(file: str, error: Exception) -> dict[str, Any]:
    """The row of a recording that was not heard."""
    from ser_core.inference import batch

    told = error if isinstance(error, SerError) else unforeseen(error)
    return batch.Row(file, error=told).to_dict()


def _clips(source: AudioSource, *, apart: bool) -> Iterator[tuple[str, Clip]]:
    """The recording as a whole, without a name, or each channel with its own."""
    from ser_core import audio
    from ser_core.audio.apart import load_apart

    if apart:
        yield from load_apart(source, max_duration_s=audio.LONG_DURATION_S)
    else:
        yield "", audio.load(source, max_duration_s=audio.LONG_DURATION_S)
