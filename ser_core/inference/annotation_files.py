"""The writers of annotation files; each imports what it writes with when it is called."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any


@dataclass(frozen=True)
class Stretch:
    """A stretch of one verdict, in words.

    Attributes
    ----------
    start_s, end_s : float
    verdict, emotion : str
    confidence : float
    decided : bool
    probabilities : mapping of str to float
        As `ser_core.inference.timeline.Segment` has them.
    label : str
        The verdict and how sure it is; empty where nobody speaks.
    doubt : str
        Why it is unsure, or what else it may be.
    """

    start_s: float
    end_s: float
    verdict: str
    emotion: str
    confidence: float
    decided: bool
    probabilities: Mapping[str, float]
    label: str
    doubt: str

    @property
    def certainty(self) -> float:
        """Probability of the answer; where there is none, of the most likely one."""
        return self.probabilities.get(self.verdict, max(self.probabilities.values(), default=0.0))


@dataclass(frozen=True)
class Lane:
    """What was heard of one party.

    Attributes
    ----------
    name : str
        Empty where there is only one.
    stretches : tuple of Stretch
    """

    name: str
    stretches: tuple[Stretch, ...]

    @property
    def spoken(self) -> tuple[Stretch, ...]:
        """Without those in which nobody speaks."""
        return tuple(part for part in self.stretches if part.label)

    def tier(self, what: str) -> str:
        """Name of one of its tiers."""
        return f"{self.name}: {what}" if self.name else what


@dataclass(frozen=True)
class Annotated:
    """All that a file says.

    Attributes
    ----------
    file : str
        Name of the recording.
    duration_s : float
    lanes : tuple of Lane
    answers : tuple of str
        What a stretch may have a probability of.
    notes : tuple of (str, str)
        What they are about, and what they say.
    """

    file: str
    duration_s: float
    lanes: tuple[Lane, ...]
    answers: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]

    @property
    def note(self) -> str:
        """The notes in one text."""
        return "; ".join(f"{about}: {said}" for about, said in self.notes)

    def tiers(self) -> Iterator[tuple[str, list[tuple[float, float, str]]]]:
        """Names of tiers, and the stretches and texts of each."""
        for lane in self.lanes:
            for what, text in (
                ("verdict", lambda part: part.verdict.replace("_", " ")),
                ("confidence", lambda part: f"{part.certainty:.2f}"),
                ("doubt", lambda part: part.doubt),
            ):
                yield lane.tier(what), [(p.start_s, p.end_s, text(p)) for p in lane.spoken]

    def cues(self) -> Iterator[tuple[Lane, Stretch]]:
        """The stretches of all lanes in the order of time."""
        every = [(lane, part) for lane in self.lanes for part in lane.spoken]
        yield from sorted(every, key=lambda cue: cue[1].start_s)


def textgrid(annotated: Annotated) -> bytes:
    """For Praat: tiers of intervals; the notes are a tier, for the format has no other place."""
    from praatio.data_classes.interval_tier import IntervalTier
    from praatio.data_classes.textgrid import Textgrid, _tgToDictionary
    from praatio.utilities.textgrid_io import getTextgridAsStr

    end_s = annotated.duration_s
    grid = Textgrid(0, end_s)
    for name, parts in annotated.tiers():
        grid.addTier(IntervalTier(name, parts, 0, end_s))
    grid.addTier(IntervalTier("notes", [(0, end_s, annotated.note)], 0, end_s))
    text: str = getTextgridAsStr(_tgToDictionary(grid), "long_textgrid", True)
    return text.encode()


def elan(annotated: Annotated) -> bytes:
    """For ELAN: tiers, the notes as properties of the document, the recording linked."""
    from pympi import Elan

    document = Elan.Eaf(author="Undertone")
    document.remove_tier("default")
    kind = "audio/x-wav" if PurePath(annotated.file).suffix.lower() == ".wav" else "unknown"
    document.add_linked_file(f"./{annotated.file}", f"./{annotated.file}", kind)
    for about, said in annotated.notes:
        document.add_property(about, said)
    for name, parts in annotated.tiers():
        document.add_tier(name)
        for start_s, end_s, text in parts:
            document.add_annotation(name, round(1000 * start_s), round(1000 * end_s), text)
    head = b'<?xml version="1.0" encoding="UTF-8"?>\n'
    return head + bytes(Elan.to_string(document, encoding="UTF-8"))


def vtt(annotated: Annotated) -> bytes:
    """Captions; the notes are the file's comments, a party is the caption's voice."""
    from webvtt import WebVTT

    file = io.StringIO()
    captions = _captions(annotated, lambda lane: f"<v {lane.name}>" if lane.name else "")
    comments = [f"{about}: {said}" for about, said in annotated.notes]
    WebVTT(captions=captions, header_comments=comments).write(file)
    return file.getvalue().encode()


def srt(annotated: Annotated) -> bytes:
    """Captions; the format has no comments, so the last one, behind the end, holds the notes."""
    from webvtt import Caption, WebVTT

    file = io.StringIO()
    captions = _captions(annotated, lambda lane: f"{lane.name}: " if lane.name else "")
    end_s = annotated.duration_s
    captions.append(Caption(_clock(end_s), _clock(end_s + 5), annotated.note))
    WebVTT(captions=captions).write(file, format="srt")
    return f"{file.getvalue()}\n".encode()


def audacity(annotated: Annotated) -> bytes:
    """A label a line, for Audacity's File, Import, Labels; the first, at 0 s, holds the notes."""
    lines = [f"0.000000\t0.000000\t{annotated.note}"]
    for lane, part in annotated.cues():
        text = f"{lane.tier(part.label)} ({part.doubt})" if part.doubt else lane.tier(part.label)
        lines.append(f"{part.start_s:.6f}\t{part.end_s:.6f}\t{text}")
    return "".join(f"{line}\n" for line in lines).encode()


def _captions(annotated: Annotated, who: Callable[[Lane], str]) -> list[Any]:
    from webvtt import Caption

    return [
        Caption(
            _clock(part.start_s),
            _clock(part.end_s),
            [f"{who(lane)}{part.label}", *([part.doubt] if part.doubt else [])],
        )
        for lane, part in annotated.cues()
    ]


def _clock(seconds: float) -> str:
    milliseconds = round(1000 * seconds)
    minutes, rest = divmod(milliseconds, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02}.{rest % 1000:03}"
