"""Somebody's own recordings with labels: a folder, a zip or a table of files, and what they hold.

Labels come from a table, from the names of folders or from the names of files; they may be any
words. What was understood can be looked at before anything is learned from it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ser_core import audio, figures
from ser_core.assets.reading import content_of
from ser_core.corpora._shared import files, some
from ser_core.data import own_names, own_tables
from ser_core.data.own_names import Found
from ser_core.emotions import ORDINARY
from ser_core.errors import CorpusError
from ser_core.inference import batch, zip_refusals
from ser_core.inference.decision import NO_SPEECH, NOT_SURE
from ser_core.language import gettext as _

MAX_FILES = 2_000
"""Most recordings that are taken; whoever has more has a corpus (docs/adding.md)."""

FEWEST = 5
"""Fewest clips of a class: with less, there is next to nothing to learn and to test."""

MOST_CLASSES = 20
LONGEST_LABEL = 40

_RESERVED = (ORDINARY, NOT_SURE, NO_SPEECH)
# Labels come to stand in sentences, tables and annotations of all kinds.
_STRANGE = re.compile(r"[^\w .'+-]")
_TABLES = (".csv", ".tsv")
_ZIP = b"PK\x03\x04"


@dataclass(frozen=True)
class OwnClip:
    """A labelled recording.

    Attributes
    ----------
    name : str
        Its place in the folder or zip, with slashes.
    source : Path or bytes
        The file, or its content.
    label : str
    speaker : str
        Empty where nobody says who speaks.
    """

    name: str
    source: Path | bytes = field(repr=False)
    label: str
    speaker: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A file, or a row of a table, that is not learned from.

    Attributes
    ----------
    name : str
    code : str
        ``no_label``, ``no_speaker``, ``no_file``, ``no_sound``, ``no_speech``, ``duplicate``,
        ``contradictory``, or the code of the refusal of a recording that cannot be heard.
    reason : str
        The same for people.
    """

    name: str
    code: str
    reason: str


@dataclass(frozen=True)
class Own:
    """What was understood of somebody's own recordings.

    Attributes
    ----------
    name : str
        What they are called: the folder's, the zip's or the table's name.
    clips : tuple of OwnClip
    left_out : tuple of LeftOut
    labels_from, speakers_from : str
        Where labels and speakers were found, in words; the latter is empty where nobody says who
        speaks.
    """

    name: str
    clips: tuple[OwnClip, ...]
    left_out: tuple[LeftOut, ...]
    labels_from: str
    speakers_from: str

    @property
    def classes(self) -> dict[str, int]:
        """How many clips each class has, in the order of their names."""
        return dict(sorted(Counter(clip.label for clip in self.clips).items()))

    @property
    def speakers(self) -> dict[str, int]:
        """How many clips are of each speaker; empty where nobody says who speaks."""
        found = Counter(clip.speaker for clip in self.clips if clip.speaker)
        return dict(sorted(found.items()))

    @property
    def has_strangers(self) -> bool:
        """Whether somebody can be kept aside whom a model has not heard."""
        return len(self.speakers) > 1


def read(path: str | Path) -> Own:
    """Understand a folder, a zip or a table of somebody's recordings.

    Parameters
    ----------
    path : str or Path
        A folder or a zip of recordings, with or without a table of labels in it; or such a table,
        its files beside it.

    Returns
    -------
    Own

    Raises
    ------
    CorpusError
        With code ``no_clips``, ``too_many_files``, ``no_labels``, ``ambiguous``, ``bad_table``,
        ``several_tables``, ``no_file``, ``one_class``, ``too_few``, ``too_many_classes``,
        ``reserved_label`` or ``classes_are_speakers``.
    AudioError
        For a zip that cannot be unpacked, or holds too much.
    """
    path = Path(path)
    try:
        if path.is_dir():
            tables = {
                table.relative_to(path).as_posix(): content_of(table, own_tables.MAX_BYTES)
                for table in files(path, _TABLES)
            }
            return _understood(path.resolve().name, _sounds_in(path), tables)
        if path.suffix.lower() in _TABLES:
            content = content_of(path, own_tables.MAX_BYTES)
            rows = own_tables.parse(path.name, content).rows
            told = {row["file"]: path.parent / row["file"] for row in rows if row["file"]}
            sounds = {name: place for name, place in told.items() if place.is_file()}
            # Where it calls them otherwise than they lie there, they are looked for.
            return _understood(path.name, sounds or _sounds_in(path.parent), {path.name: content})
        if path.stat().st_size > batch.MAX_UNPACKED_BYTES:
            raise zip_refusals.too_large(batch.MAX_UNPACKED_BYTES)
        return read_zip(path.name, content_of(path, batch.MAX_UNPACKED_BYTES))
    except OSError as error:
        raise CorpusError(
            "no_clips",
            _(
                "{name!r} cannot be read: {fault}. Name a folder of recordings, a zip of "
                "them, or a table of files and labels."
            ).format(name=path.name, fault=error.strerror),
        ) from error


def read_zip(name: str, content: bytes, *, most_bytes: int = batch.MAX_UNPACKED_BYTES) -> Own:
    """Understand a zip; the parameters as of `ser_core.inference.batch.unpack`, else as `read`."""
    if not content.startswith(_ZIP):
        raise CorpusError(
            "no_clips",
            _(
                "{name!r} is no zip. Pack the recordings with their folders, or with a table "
                "of labels, into a zip."
            ).format(name=name),
        )
    inside = dict(batch.unpack(content, most_bytes=most_bytes, most_files=MAX_FILES + 10))
    tables = {place: part for place, part in inside.items() if _ends(place, _TABLES)}
    sounds = {place: part for place, part in inside.items() if _ends(place, tuple(audio.SUFFIXES))}
    others = [place for place in inside if place not in tables and place not in sounds]
    found = _understood(name, sounds, tables)
    passed = tuple(LeftOut(place, "no_sound", _("no sound, by its ending")) for place in others)
    return replace(found, left_out=(*found.left_out, *passed))


def check(own: Own) -> Own:
    """Recordings that can be learned from, as they are.

    Raises
    ------
    CorpusError
        With code ``no_clips``, ``one_class``, ``too_few``, ``too_many_classes``,
        ``reserved_label`` or ``classes_are_speakers``.
    """
    classes = own.classes
    if not classes:
        raise _no_clips(own.left_out)
    if len(classes) == 1:
        raise CorpusError(
            "one_class",
            _(
                "All {clips} clips have the one label {label!r}, found in {labels_from}, "
                "and it takes two classes or more to tell apart. Put each class into a "
                "folder of its own, or bring a table with the columns file and emotion."
            ).format(
                clips=figures.number(len(own.clips)),
                label=next(iter(classes)),
                labels_from=own.labels_from,
            ),
        )
    if len(classes) > MOST_CLASSES:
        raise CorpusError(
            "too_many_classes",
            _(
                "There are {count} different labels, found in {labels_from}: {labels}. "
                "At most {most} are told apart; are these labels? A table with the "
                "columns file and emotion says it for sure."
            ).format(
                count=figures.number(len(classes)),
                labels_from=own.labels_from,
                labels=some(list(classes)),
                most=MOST_CLASSES,
            ),
        )
    reserved = [name for name in classes if name.casefold().replace(" ", "_") in _RESERVED]
    if reserved:
        raise CorpusError(
            "reserved_label",
            _(
                "The label {label!r} is what Undertone itself says where it names no "
                "class. Call yours something else: neutral, say."
            ).format(label=reserved[0]),
        )
    few = [f"{name} ({count})" for name, count in classes.items() if count < FEWEST]
    if few:
        raise CorpusError(
            "too_few",
            _(
                "Each class takes {fewest} clips or more, to learn from some and be tried on "
                "others. Too few have {few}. Record more of them, or leave these classes out."
            ).format(fewest=FEWEST, few=some(few)),
        )
    _refuse_speakers_as_classes(own)
    return own


def _no_clips(left_out: Sequence[LeftOut]) -> CorpusError:
    said = _(
        "There is no recording with a label that can be used. Files that end in {suffixes} are "
        "looked for."
    ).format(suffixes=", ".join(sorted(audio.SUFFIXES)))
    if left_out:
        reasons = some([f"{one.name} ({one.reason})" for one in left_out])
        said += " " + _("Left out: {reasons}.").format(reasons=reasons)
    return CorpusError("no_clips", said)


def _refuse_speakers_as_classes(own: Own) -> None:
    of_class: dict[str, set[str]] = {}
    for clip in own.clips:
        of_class.setdefault(clip.label, set()).add(clip.speaker)
    alone = own.has_strangers and all(len(speakers) == 1 for speakers in of_class.values())
    if alone and len(own.speakers) == len(of_class):
        raise CorpusError(
            "classes_are_speakers",
            _(
                "Each class is spoken by one person who speaks no other, so a model would "
                "learn who speaks, and nothing could tell. Bring clips of several classes "
                "from each person."
            ),
        )


def _sounds_in(folder: Path) -> dict[str, Path]:
    return {
        sound.relative_to(folder).as_posix(): sound
        for sound in files(folder, tuple(audio.SUFFIXES))
    }


def _ends(name: str, suffixes: tuple[str, ...]) -> bool:
    return name.lower().endswith(suffixes)


def _understood(
    name: str, sounds: dict[str, Path] | dict[str, bytes], tables: dict[str, bytes]
) -> Own:
    if len(sounds) > MAX_FILES:
        raise CorpusError(
            "too_many_files",
            _(
                "There are {count} recordings in {name!r}; at most {most} are learned from here. "
                "Choose some of each class, or add them as a corpus: docs/adding.md says how."
            ).format(count=figures.number(len(sounds)), name=name, most=figures.number(MAX_FILES)),
        )
    if not sounds:
        raise CorpusError(
            "no_clips",
            _(
                "There is no recording in {name!r}: files that end in {suffixes} are looked for."
            ).format(name=name, suffixes=", ".join(sorted(audio.SUFFIXES))),
        )
    found = _found(list(sounds), tables)
    labels = _one_spelling([_STRANGE.sub(" ", entry.label) for entry in found.entries])
    speakers = _one_spelling([entry.speaker for entry in found.entries])
    knows = sum(map(bool, speakers)) * 2 > len(speakers)
    clips: list[OwnClip] = []
    left_out = [LeftOut(*one) for one in found.left_out]
    for entry, label, speaker in zip(found.entries, labels, speakers, strict=True):
        if not label:
            left_out.append(LeftOut(entry.name, "no_label", _("no label")))
        elif knows and not speaker:
            left_out.append(LeftOut(entry.name, "no_speaker", _("nobody says who speaks")))
        else:
            source = sounds[entry.name]
            clips.append(OwnClip(entry.name, source, label, speaker if knows else ""))
    speakers_from = found.speakers_from if knows else ""
    own = Own(name, tuple(clips), tuple(left_out), found.labels_from, speakers_from)
    return check(own)


def _found(names: list[str], tables: dict[str, bytes]) -> Found:
    """Labels and speakers, by a table where one has them, else by the names."""
    table, faults = own_tables.choose(tables)
    if table is not None:
        return own_tables.match(table, names)
    try:
        return own_names.find(names)
    except CorpusError:
        # A table that was meant to tell them is what to look at first.
        if faults:
            raise faults[0] from None
        raise


def _one_spelling(words: Sequence[str]) -> list[str]:
    """Each word as most write it that differ in capitals and blanks only, and not too long."""
    spelled: dict[str, Counter[str]] = {}
    keys = [_key(word) for word in words]
    for key, word in zip(keys, words, strict=True):
        spelled.setdefault(key, Counter())[" ".join(word.split())[:LONGEST_LABEL]] += 1
    return [spelled[key].most_common(1)[0][0] for key in keys]


def _key(word: str) -> str:
    return " ".join(word.split()).casefold()
