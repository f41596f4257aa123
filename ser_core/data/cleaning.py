"""Which recordings may be used: a pure function over what was found and what decoding said.

Published corpora hold the same recording twice, one recording under two labels, files of digital
silence, and archives hold whole folders twice. Any of these on both sides of a split, or with a
label that cannot be trusted, makes a score a lie.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ser_core.corpora._shared import Recording
from ser_core.errors import AudioError


@dataclass(frozen=True)
class Exclusion:
    """A file that is left out.

    Attributes
    ----------
    corpus, name : str
        As in `Recording`.
    path : Path
        Where the file lies.
    code : str
        ``"copy"`` (a second file of the same name), ``"unreadable"``, ``"silent"``,
        ``"duplicate"`` (the sound of another name, same label; that one is kept) or
        ``"contradictory"`` (one sound under several labels; none is kept).
    reason : str
        The same for people.
    """

    corpus: str
    name: str
    path: Path
    code: str
    reason: str


def clean(
    recordings: Iterable[Recording], outcomes: Mapping[Path, str | AudioError]
) -> tuple[list[Recording], list[Exclusion]]:
    """Separate the recordings that may be used from those that may not.

    Parameters
    ----------
    recordings : iterable of Recording
        Of one corpus or several, second copies included, in order of preference.
    outcomes : mapping of Path to str or AudioError
        For each file that was decoded, the digest of its sound, or why it could not be decoded.
        Files that are second copies need not be in it.

    Returns
    -------
    kept : list of Recording
        In the order given.
    excluded : list of Exclusion
        In the order given.
    """
    # By path rather than by recording: the same file may not be listed twice.
    excluded: dict[Path, tuple[str, str]] = {}
    first: dict[tuple[str, str], Recording] = {}
    by_sound: dict[str, list[Recording]] = defaultdict(list)
    recordings = list(recordings)
    for recording in recordings:
        original = first.setdefault((recording.corpus, recording.name), recording)
        if original is not recording:
            excluded[recording.path] = (
                "copy",
                f"a second copy, in the folder {recording.path.parent.name!r}",
            )
            continue
        outcome = outcomes[recording.path]
        if not isinstance(outcome, AudioError):
            by_sound[outcome].append(recording)
        elif outcome.code == "silent":
            excluded[recording.path] = ("silent", "digital silence: all samples are zero")
        else:
            excluded[recording.path] = ("unreadable", outcome.message)

    for same in by_sound.values():
        labels = {(recording.speaker, recording.emotion) for recording in same}
        for recording in same:
            others = " and ".join(other.name for other in same if other is not recording)
            if len(labels) > 1:
                excluded[recording.path] = (
                    "contradictory",
                    f"the same sound as {others}, under another label: neither can be trusted",
                )
            elif recording is not same[0]:
                excluded[recording.path] = (
                    "duplicate",
                    f"the same sound as {same[0].name}, which is kept",
                )

    kept = [recording for recording in recordings if recording.path not in excluded]
    return kept, [
        Exclusion(recording.corpus, recording.name, recording.path, *excluded[recording.path])
        for recording in recordings
        if recording.path in excluded
    ]
