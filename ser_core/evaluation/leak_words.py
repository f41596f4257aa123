"""What a leak, or none, is worth: a report of `ser_core.evaluation.leaks` in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ser_core.evaluation.leaks import Pair, Report, Shared

_SHOWN = 5

# Accuracy of the original recipe on RAVDESS, in per cent: on strangers, on a random split, and with
# every recording twice (README.md, docs/experiments.md).
_STRANGERS, _SAME_SPEAKERS, _SAME_RECORDINGS = 56, 76, 95


def verdict(report: Report) -> str:
    """The answer in a sentence or two."""
    if report.pairs:
        return (
            "NOT HONEST: recordings of the training stand in the test. A score on this split says "
            "what the model remembers."
        )
    if report.speakers:
        return (
            "NOT HONEST ABOUT STRANGERS: people of the training speak in the test. A score on this "
            "split says how well their voices are known."
        )
    if not report.listened:
        return (
            "NO LEAK BY NAME. Whether a recording stands on both sides under two names, its sound "
            "alone tells: undertone check-split."
        )
    if not report.complete:
        return "NO LEAK FOUND, but not everything could be looked into; see above."
    return "CLEAN: no recording and no speaker stands on both sides."


def lines(report: Report) -> list[str]:
    """What was found and what each is worth, then the verdict."""
    sides = ", ".join(f"{count:,} in {side}" for side, count in report.recordings.items())
    told = [f"{sum(report.recordings.values()):,} recordings: {sides}."]
    told += [*_recordings(report), *_speakers(report), *_sentences(report.sentences)]
    if report.unheard:
        first, error = report.unheard[0]
        told.append(
            f"Not looked into: {len(report.unheard):,} files, the first {first.name!r}: "
            f"{error.message}"
        )
    return [*told, verdict(report)]


def as_dict(report: Report) -> dict[str, Any]:
    """A report as plain JSON values."""
    return {
        "clean": not report.leaks and report.complete,
        "leaks": report.leaks,
        "recordings": dict(report.recordings),
        "pairs": [
            {
                "files": [pair.first.name, pair.second.name],
                "sides": [pair.first.side, pair.second.side],
                "same_sound": pair.same_sound,
                "likeness": round(pair.likeness, 3),
                "doubled_archive": pair.doubled,
            }
            for pair in report.pairs
        ],
        "copies": report.copies,
        "speakers": [_shared(each) for each in report.speakers],
        "sentences": [_shared(each) for each in report.sentences],
        "unnamed": report.unnamed,
        "unheard": [
            {"file": entry.name, "code": error.code, "message": error.message}
            for entry, error in report.unheard
        ],
        "verdict": verdict(report),
    }


def _shared(each: Shared) -> dict[str, Any]:
    return {"spellings": list(each.spellings), "recordings": dict(each.recordings)}


def _recordings(report: Report) -> list[str]:
    told = []
    same = [pair for pair in report.pairs if pair.same_sound]
    alike = [pair for pair in report.pairs if not pair.same_sound]
    if same:
        what = "the same sound" if report.listened else "the same file"
        told += [f"Recordings on both sides, {what}: {len(same):,}.", *_some(same)]
    if alike:
        told += [
            f"Recordings on both sides as copies (coded anew, louder, or a part): {len(alike):,}.",
            *_some(alike),
        ]
    doubled = sum(pair.doubled for pair in report.pairs)
    if doubled:
        told.append(
            f"  {doubled:,} of them are RAVDESS's doubled archive: it holds every actor a second "
            "time in audio_speech_actors_01-24. Delete that folder before you split."
        )
    if report.pairs:
        relabelled = sum(
            bool(pair.first.emotion and pair.second.emotion)
            and pair.first.emotion.casefold() != pair.second.emotion.casefold()
            for pair in report.pairs
        )
        if relabelled:
            told.append(f"  {relabelled:,} of them have another emotion on the other side.")
        told.append(
            "  Worth: everything. A network remembers what it learned from: with every recording "
            f"of RAVDESS on both sides the original recipe scores {_SAME_RECORDINGS}% where it "
            f"scores {_STRANGERS}% on strangers. Keep each recording, with all its copies, on one "
            "side."
        )
    if report.copies:
        told.append(
            f"Held twice within a side, the same sound: {report.copies:,}. No leak, but they count "
            "double."
        )
    return told


def _some(pairs: Sequence[Pair]) -> list[str]:
    shown = [
        f"  {pair.first.name} ({pair.first.side}) and {pair.second.name} ({pair.second.side})"
        for pair in pairs[:_SHOWN]
    ]
    more = len(pairs) - _SHOWN
    return [*shown, f"  and {more:,} more"] if more > 0 else shown


def _speakers(report: Report) -> list[str]:
    told = []
    if report.speakers:
        told.append(f"Speakers on both sides: {len(report.speakers):,}.")
        told += [f"  {_counted(each)}" for each in report.speakers[:_SHOWN]]
        if len(report.speakers) > _SHOWN:
            told.append(f"  and {len(report.speakers) - _SHOWN:,} more")
        if any(len(each.spellings) > 1 for each in report.speakers):
            told.append(
                "  Names that differ only in case, padding, spaces or signs are taken for one "
                "person; if they are two, tell them apart by a letter."
            )
        told.append(
            "  Worth: much. Voices are easier to know than emotions: the original recipe scores "
            f"{_SAME_SPEAKERS}% on RAVDESS where the same people are on both sides, and "
            f"{_STRANGERS}% on strangers. Split by speaker, or say that the speakers are known."
        )
    if report.unnamed:
        told.append(
            f"Not known who speaks: {report.unnamed:,} recordings. Whether they are strangers "
            "cannot be said; give a CSV with a column speaker."
        )
    return told


def _counted(each: Shared) -> str:
    sides = ", ".join(f"{count:,} in {side}" for side, count in each.recordings.items())
    return f"{' = '.join(map(repr, each.spellings))}: {sides}"


def _sentences(sentences: Sequence[Shared]) -> list[str]:
    if not sentences:
        return []
    named = ", ".join(repr(each.spellings[0]) for each in sentences[:_SHOWN])
    more = f" and {len(sentences) - _SHOWN:,} more" if len(sentences) > _SHOWN else ""
    return [
        f"Sentences on both sides: {len(sentences):,} ({named}{more}).",
        "  Worth: no leak where each is said in every emotion, as actors do; where a sentence goes "
        "with one emotion, its words give it away. Of other words the score says nothing.",
    ]
