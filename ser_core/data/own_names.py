"""Which label and which speaker the names of folders and files tell.

A name is read in columns: a folder of each depth, and each part of the file's name between
underscores, hyphens, blanks and dots. One column holds the labels, another may hold the speakers.
Where it cannot be told which, nothing is guessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ser_core.corpora import CORPORA
from ser_core.corpora._shared import some
from ser_core.data.label_words import meaning
from ser_core.errors import CorpusError
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_

_MOSTLY = 0.8
_MOST_IN_NAMES = 12
_NUMBERED = re.compile(
    r"(?<![^\W\d_])(speaker|spk|spkr|sp|actor|subject|subj|sub|person|participant|user|sprecher|vp|voice"
    r"|id|[spfmw])[-_ ]?0*(\d+)(?![^\W_])",
    re.IGNORECASE,
)
_NTH = (
    N_("the outer folders' names"),
    N_("the next folders' names"),
    N_("the third folders' names"),
    N_("the fourth folders' names"),
)
_BETWEEN = re.compile(r"[\s_\-.,+()]+")


@dataclass(frozen=True)
class Entry:
    """What is known of a recording; label and speaker are empty where nothing is."""

    name: str
    label: str
    speaker: str


@dataclass(frozen=True)
class Found:
    """What was found out about recordings.

    Attributes
    ----------
    entries : list of Entry
    left_out : list of (str, str, str)
        Name, code and reason of each that cannot be used.
    labels_from, speakers_from : str
        Where labels and speakers were found, in words.
    """

    entries: list[Entry]
    left_out: list[tuple[str, str, str]]
    labels_from: str
    speakers_from: str


@dataclass(frozen=True)
class _Column:
    """One part of all names."""

    values: list[str]
    title: str
    is_folder: bool

    @property
    def different(self) -> list[str]:
        return list(dict.fromkeys(self.values))

    @property
    def is_of_words(self) -> bool:
        """Whether nearly all of it are words for emotions, of two or more."""
        known = [meaning(value) for value in self.values]
        mostly = sum(one is not None for one in known) >= _MOSTLY * len(known)
        return mostly and len(set(self.different)) > 1

    @property
    def is_numbered(self) -> bool:
        return all(_NUMBERED.fullmatch(value) for value in self.values)


def find(names: Sequence[str]) -> Found:
    """Read names.

    Parameters
    ----------
    names : sequence of str
        Of recordings, with slashes.

    Raises
    ------
    CorpusError
        With code ``no_labels`` or ``ambiguous``.
    """
    known = _of_a_corpus(names)
    depth = Counter(map(_depth, names)).most_common(1)[0][0]
    alike = [name for name in names if _depth(name) == depth]
    columns = _columns(alike)
    told_by_folders = any(column.is_folder and column.is_of_words for column in columns)
    if known is not None and not told_by_folders:
        return known
    label = _label(columns)
    speaker = _speaker([column for column in columns if column is not label], label, alike)
    if speaker is None and known is not None:
        people = {entry.name: entry.speaker for entry in known.entries}
        speaker = _Column([people.get(name, "") for name in alike], known.speakers_from, False)
    who = speaker.values if speaker else [""] * len(alike)
    return Found(
        [Entry(*told) for told in zip(alike, label.values, who, strict=True)],
        [
            (name, "no_label", _("in another depth of folders than most"))
            for name in names
            if _depth(name) != depth
        ],
        label.title,
        speaker.title if speaker else "",
    )


def _of_a_corpus(names: Sequence[str]) -> Found | None:
    """What the names say where nearly all are those of one known corpus."""
    for corpus in CORPORA.values():
        told = {name: corpus.parse(Path(name)) for name in names}
        known = {name: one for name, one in told.items() if one is not None}
        if len(known) >= max(2, _MOSTLY * len(names)):
            title = _("the files' names, which are those of {corpus}").format(corpus=corpus.TITLE)
            return Found(
                [Entry(name, one.emotion, one.speaker) for name, one in known.items()],
                [
                    (name, "no_label", _("a name that tells no label"))
                    for name in names
                    if name not in known
                ],
                title,
                title,
            )
    return None


def _depth(name: str) -> int:
    return len(PurePosixPath(name).parts)


def _columns(names: Sequence[str]) -> list[_Column]:
    """All parts of names of one depth that differ from one to the next."""
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    stems = [PurePosixPath(name).stem for name in names]
    levels = [
        level for level in range(len(folders[0])) if len({each[level] for each in folders}) > 1
    ]
    columns = [
        _Column(
            [each[level] for each in folders],
            _("the folders' names") if len(levels) == 1 else _(_NTH[place]),
            is_folder=True,
        )
        for place, level in enumerate(levels[: len(_NTH)])
    ]
    parts = [[part for part in _BETWEEN.split(stem) if part] for stem in stems]
    if len({len(each) for each in parts}) == 1:
        columns += [
            _Column(
                [each[place] for each in parts],
                _("the files' names (parts like {part!r})").format(part=parts[0][place]),
                is_folder=False,
            )
            for place in range(len(parts[0]))
        ]
    return [column for column in columns if len(column.different) > 1]


def _label(columns: Sequence[_Column]) -> _Column:
    folders = [column for column in columns if column.is_folder]
    parts = [column for column in columns if not column.is_folder]
    for some_columns in (folders, parts):
        words = [column for column in some_columns if column.is_of_words]
        if words:
            return words[0]
    others = [column for column in folders if not column.is_numbered]
    if not others:
        others = [
            column
            for column in parts
            if len(column.different) <= _MOST_IN_NAMES
            and all(value.isalpha() for value in column.different)
            and min(Counter(column.values).values()) > 1
        ]
    if len(others) == 1:
        return others[0]
    if not others:
        raise CorpusError(
            "no_labels",
            _(
                "Nothing tells the labels of these recordings: neither folders, nor a part "
                "of the files' names. Put each class into a folder of its own, named as the "
                "class, or bring a table with the columns file, emotion and, best, speaker."
            ),
        )
    ways = "; ".join(f"{column.title}: {some(column.different)}" for column in others)
    raise CorpusError(
        "ambiguous",
        _(
            "It cannot be told which are the labels: {ways}. Bring a table with the columns file, "
            "emotion and speaker, or name the speakers' folders speaker-1, speaker-2, and so on."
        ).format(ways=ways),
    )


def _speaker(columns: Sequence[_Column], label: _Column, names: Sequence[str]) -> _Column | None:
    """The column of speakers; None where it cannot be told, for a wrong one makes a score a lie."""
    folders = [column for column in columns if column.is_folder]
    if len(folders) == 1:
        return folders[0]
    if folders:
        numbered = [column for column in folders if column.is_numbered]
        return numbered[0] if len(numbered) == 1 else None
    found = [_NUMBERED.search(PurePosixPath(name).stem) for name in names]
    if all(found):
        values = [f"{one[1].lower()}{one[2]}" for one in found if one]
        title = _("the files' names (parts like {part!r})").format(part=found[0][0])  # type: ignore[index]
        column = _Column(values, title, False)
        if 1 < len(column.different) <= len(names) / 2:
            return column
    named = [column for column in columns if _are_people(column, label)]
    return named[0] if len(named) == 1 else None


def _are_people(column: _Column, label: _Column) -> bool:
    """Whether a part of the files' names may be people's: words, most with several labels."""
    if not all(value.isalpha() and len(value) > 1 for value in column.different):
        return False
    labels: dict[str, set[str]] = {}
    for who, word in zip(column.values, label.values, strict=True):
        labels.setdefault(who, set()).add(word)
    several = sum(len(words) > 1 for words in labels.values())
    return several >= _MOSTLY * len(labels) and len(labels) <= len(column.values) / 2
