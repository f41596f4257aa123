"""Is anybody, or any recording, on both sides of a split?

A score is worth what its split is worth. The same recording on both sides is remembered, not
judged; the same speaker is recognised. Sentences on both sides are no leak, but they bound what a
score says.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ser_core import audio
from ser_core.audio import AudioSource
from ser_core.errors import AudioError
from ser_core.evaluation.manifests import Entry
from ser_core.features.fingerprint import Catalogue, Fingerprint, fingerprint
from ser_core.language import gettext as _

DOUBLED = "audio_speech_actors_01-24"
"""The folder in which RAVDESS's usual archive holds every actor a second time."""

# Nothing to hear is nothing to leak; whatever else is refused might be on both sides.
_HARMLESS = ("silent", "too_short", "no_samples")


@dataclass(frozen=True)
class Pair:
    """One recording on two sides.

    Attributes
    ----------
    first, second : Entry
    likeness : float
        1 where the sound is the same to the last bit; less for a copy that was coded anew, made
        louder or cut (`ser_core.features.fingerprint`).
    """

    first: Entry
    second: Entry
    likeness: float

    @property
    def same_sound(self) -> bool:
        """Whether nothing but the name or the container differs."""
        return self.likeness == 1.0

    @property
    def doubled(self) -> bool:
        """Whether one is the second copy in RAVDESS's doubled archive."""
        inside = [
            DOUBLED in (part.lower() for part in entry.path.parts)
            for entry in (self.first, self.second)
        ]
        return self.first.path.name == self.second.path.name and inside[0] != inside[1]


@dataclass(frozen=True)
class Shared:
    """A speaker or a sentence on two sides or more.

    Attributes
    ----------
    spellings : tuple of str
        How it is written, each once.
    recordings : mapping of str to int
        By side.
    """

    spellings: tuple[str, ...]
    recordings: Mapping[str, int]


@dataclass(frozen=True)
class Report:
    """What is on both sides.

    Attributes
    ----------
    recordings : mapping of str to int
        How many each side has.
    pairs : tuple of Pair
        The same sounds first, then the likest.
    copies : int
        Recordings that one side holds a second time, to the last bit.
    speakers, sentences : tuple of Shared
    unnamed : int
        Recordings of which nobody says who speaks.
    unheard : tuple of (Entry, AudioError)
        Recordings that could not be looked into.
    listened : bool
        Whether sounds were compared, or names alone.
    """

    recordings: Mapping[str, int]
    pairs: tuple[Pair, ...]
    copies: int
    speakers: tuple[Shared, ...]
    sentences: tuple[Shared, ...]
    unnamed: int
    unheard: tuple[tuple[Entry, AudioError], ...]
    listened: bool = True

    @property
    def leaks(self) -> bool:
        """Whether a recording or a speaker is on both sides."""
        return bool(self.pairs or self.speakers)

    @property
    def complete(self) -> bool:
        """Whether all recordings could be looked into and all speakers are known."""
        known = not self.unnamed and self.listened
        return known and all(error.code in _HARMLESS for _, error in self.unheard)


def check(
    entries: Sequence[Entry],
    sounds: Mapping[Path, AudioSource] | None = None,
    *,
    progress: Callable[[float], None] | None = None,
) -> Report:
    """Look for what is on both sides of a split.

    Parameters
    ----------
    entries : sequence of Entry
        From `ser_core.evaluation.manifests`.
    sounds : mapping of Path to str, Path or bytes, optional
        Where the recording of each entry is, by the entry's path, and nothing else is opened;
        without it, they are files under their own paths.
    progress : callable, optional
        Told the share of the recordings that was heard, 0 to 1.

    Returns
    -------
    Report
    """
    paths = list(dict.fromkeys(entry.path for entry in entries))
    outcomes = {}
    for done, (path, outcome) in enumerate(_hear(paths, sounds), start=1):
        outcomes[path] = outcome
        if progress is not None:
            progress(done / len(paths))
    heard: list[_Sound] = []
    unheard: list[tuple[Entry, AudioError]] = []
    for entry in entries:
        outcome = outcomes[entry.path]
        if isinstance(outcome, AudioError):
            unheard.append((entry, outcome))
        else:
            heard.append(_Sound(entry, *outcome))
    sides = _by_side(heard)
    digests = {side: Counter(sound.digest for sound in sounds) for side, sounds in sides.items()}
    pairs = [*_same(sides), *sorted(_alike(sides), key=lambda pair: -pair.likeness)]
    recordings = dict(Counter(entry.side for entry in entries))
    return Report(
        recordings=recordings,
        pairs=tuple(_in_order(pair, list(recordings)) for pair in pairs),
        copies=sum(held.total() - len(held) for held in digests.values()),
        speakers=_shared(entries, lambda entry: entry.speaker),
        sentences=_shared(entries, lambda entry: entry.sentence),
        unnamed=sum(not entry.speaker for entry in entries),
        unheard=tuple(unheard),
    )


def check_names(entries: Sequence[Entry]) -> Report:
    """The same where there are no sounds: a file is itself wherever it is named.

    Parameters
    ----------
    entries : sequence of Entry
        From `ser_core.evaluation.manifests.parse`.
    """
    first: dict[Path, Entry] = {}
    pairs = [
        Pair(first[entry.path], entry, 1.0)
        for entry in entries
        if first.setdefault(entry.path, entry).side != entry.side
    ]
    return Report(
        recordings=dict(Counter(entry.side for entry in entries)),
        pairs=tuple(pairs),
        copies=0,
        speakers=_shared(entries, lambda entry: entry.speaker),
        sentences=_shared(entries, lambda entry: entry.sentence),
        unnamed=sum(not entry.speaker for entry in entries),
        unheard=(),
        listened=False,
    )


def spelling(name: str) -> tuple[str, ...]:
    """What all spellings of a name have in common: its words in lower case, numbers unpadded.

    >>> spelling("Actor_07") == spelling("actor 7") == spelling("ACTOR-007") == spelling("actor7")
    True
    >>> spelling("1-1") == spelling("11")
    False
    """
    plain = unicodedata.normalize("NFKC", name).casefold()
    runs = re.findall(r"\d+|[^\W\d_]+", plain)
    return tuple(run.lstrip("0") or "0" if run.isdecimal() else run for run in runs) or (plain,)


@dataclass(frozen=True, eq=False)
class _Sound:
    """A recording that was heard."""

    entry: Entry
    digest: str
    known_by: Fingerprint


_Outcome = tuple[str, Fingerprint] | AudioError


def _hear(
    paths: Sequence[Path], sounds: Mapping[Path, AudioSource] | None
) -> Iterator[tuple[Path, _Outcome]]:
    def one(path: Path) -> _Outcome:
        try:
            if sounds is not None and path not in sounds:
                raise AudioError(
                    "not_found",
                    _("The recording {name!r} is not among those that were brought.").format(
                        name=path.name
                    ),
                )
            source = path if sounds is None else sounds[path]
            clip = audio.load(source, max_duration_s=audio.LONG_DURATION_S)
        except AudioError as error:
            return error
        return audio.digest(clip.signal), fingerprint(clip.signal)

    # Decoders and transforms let go of the interpreter: threads are enough.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield from zip(paths, pool.map(one, paths), strict=True)


def _by_side(sounds: Iterable[_Sound]) -> dict[str, list[_Sound]]:
    """The sounds of each side, the largest side first."""
    sides: dict[str, list[_Sound]] = defaultdict(list)
    for sound in sounds:
        sides[sound.entry.side].append(sound)
    return dict(sorted(sides.items(), key=lambda side: -len(side[1])))


def _same(sides: Mapping[str, list[_Sound]]) -> Iterator[Pair]:
    """Each recording that an earlier side holds to the last bit, with the first such one there."""
    earlier: dict[str, Entry] = {}
    for sounds in sides.values():
        for sound in sounds:
            if sound.digest in earlier:
                yield Pair(earlier[sound.digest], sound.entry, 1.0)
        earlier = {sound.digest: sound.entry for sound in reversed(sounds)} | earlier


def _alike(sides: Mapping[str, list[_Sound]]) -> Iterator[Pair]:
    """Each recording that earlier sides hold as a copy, with the likest such one there."""
    earlier: list[_Sound] = []
    for sounds in sides.values():
        catalogue = Catalogue([sound.known_by for sound in earlier])
        known = {sound.digest for sound in earlier}
        for sound in sounds:
            matches = [] if sound.digest in known else catalogue.find(sound.known_by)
            for match in matches[:1]:
                # Rounding may make a copy look like the sound itself, which it is not.
                likeness = min(match.likeness, 0.999)
                yield Pair(earlier[match.index].entry, sound.entry, likeness)
        earlier += sounds


def _in_order(pair: Pair, sides: Sequence[str]) -> Pair:
    """A pair with its sides in the order of the split's."""
    if sides.index(pair.first.side) < sides.index(pair.second.side):
        return pair
    return Pair(pair.second, pair.first, pair.likeness)


def _shared(entries: Sequence[Entry], of: Callable[[Entry], str]) -> tuple[Shared, ...]:
    """Speakers or sentences on more than one side, whatever their spelling there."""
    groups: dict[tuple[str, ...], list[Entry]] = defaultdict(list)
    for entry in entries:
        if of(entry):
            groups[spelling(of(entry))].append(entry)
    return tuple(
        Shared(tuple(dict.fromkeys(map(of, group))), dict(Counter(each.side for each in group)))
        for group in groups.values()
        if len({entry.side for entry in group}) > 1
    )
