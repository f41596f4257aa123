"""What a leak, or none, is worth: a report of `ser_core.evaluation.leaks` in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ser_core import figures
from ser_core.evaluation.leaks import Pair, Report, Shared
from ser_core.language import gettext as _

_SHOWN = 5

# Accuracy of the original recipe on RAVDESS, in per cent: on strangers, on a random split, and with
# every recording twice (README.md, docs/experiments.md).
_STRANGERS, _SAME_SPEAKERS, _SAME_RECORDINGS = 56, 76, 95


def verdict(report: Report) -> str:
    """The answer in a sentence or two."""
    if report.pairs:
        return _(
            "NOT HONEST: recordings from the training stand in the test. A score on this split "
            "says what the model remembers."
        )
    if report.speakers:
        return _(
            "NOT HONEST ABOUT STRANGERS: people from the training speak in the test. A score on "
            "this split says how well their voices are known."
        )
    if not report.listened:
        return _(
            "NO LEAK BY NAME. Whether a recording stands on both sides under two names, only its "
            "sound tells: undertone check-split."
        )
    if not report.complete:
        return _("NO LEAK FOUND, but not everything could be looked into; see above.")
    return _("CLEAN: no recording and no speaker stands on both sides.")


def lines(report: Report) -> list[str]:
    """What was found and what each is worth, then the verdict."""
    told = [
        _("{count} recordings: {sides}.").format(
            count=figures.number(sum(report.recordings.values())), sides=_sides(report.recordings)
        )
    ]
    told += [*_recordings(report), *_speakers(report), *_sentences(report.sentences)]
    if report.unheard:
        first, error = report.unheard[0]
        told.append(
            _("Not looked into: {count} files, the first {name!r}: {reason}").format(
                count=figures.number(len(report.unheard)), name=first.name, reason=error.message
            )
        )
    return [*told, verdict(report)]


def _sides(recordings: Mapping[str, int]) -> str:
    return ", ".join(
        _("{count} in {side}").format(count=figures.number(count), side=side)
        for side, count in recordings.items()
    )


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
        what = _("Recordings on both sides, the same sound: {count}.")
        if not report.listened:
            what = _("Recordings on both sides, the same file: {count}.")
        told += [what.format(count=figures.number(len(same))), *_some(same)]
    if alike:
        what = _("Recordings on both sides as copies (coded anew, louder, or a part): {count}.")
        told += [what.format(count=figures.number(len(alike))), *_some(alike)]
    doubled = sum(pair.doubled for pair in report.pairs)
    if doubled:
        told.append(
            _(
                "  {count} of them are RAVDESS's doubled archive: it holds every actor a second "
                "time in audio_speech_actors_01-24. Delete that folder before you split."
            ).format(count=figures.number(doubled))
        )
    if report.pairs:
        told += _worth_of_pairs(report)
    if report.copies:
        told.append(
            _(
                "Held twice within a side, the same sound: {count}. No leak, but they count double."
            ).format(count=figures.number(report.copies))
        )
    return told


def _worth_of_pairs(report: Report) -> list[str]:
    told = []
    relabelled = sum(
        bool(pair.first.emotion and pair.second.emotion)
        and pair.first.emotion.casefold() != pair.second.emotion.casefold()
        for pair in report.pairs
    )
    if relabelled:
        told.append(
            _("  {count} of them have another emotion on the other side.").format(
                count=figures.number(relabelled)
            )
        )
    told.append(
        _(
            "  Worth: everything. A network remembers what it learned from: with every recording "
            "of RAVDESS on both sides the original recipe scores {share}, where it scores "
            "{strangers} on strangers. Keep each recording, with all its copies, on one side."
        ).format(share=figures.percent(_SAME_RECORDINGS), strangers=figures.percent(_STRANGERS))
    )
    return told


def _some(pairs: Sequence[Pair]) -> list[str]:
    shown = [
        _("  {first} ({side}) and {second} ({other_side})").format(
            first=pair.first.name,
            side=pair.first.side,
            second=pair.second.name,
            other_side=pair.second.side,
        )
        for pair in pairs[:_SHOWN]
    ]
    return [*shown, *_more(len(pairs) - _SHOWN)]


def _more(count: int) -> list[str]:
    return [_("  and {count} more").format(count=figures.number(count))] if count > 0 else []


def _speakers(report: Report) -> list[str]:
    told = []
    if report.speakers:
        told.append(
            _("Speakers on both sides: {count}.").format(count=figures.number(len(report.speakers)))
        )
        told += [
            f"  {' = '.join(map(repr, each.spellings))}: {_sides(each.recordings)}"
            for each in report.speakers[:_SHOWN]
        ]
        told += _more(len(report.speakers) - _SHOWN)
        if any(len(each.spellings) > 1 for each in report.speakers):
            told.append(
                _(
                    "  Names that differ only in case, padding, spaces or signs are taken for one "
                    "person; if they are two, tell them apart by a letter."
                )
            )
        told.append(
            _(
                "  Worth: much. Voices are easier to know than emotions: the original recipe "
                "scores {share} on RAVDESS where the same people are on both sides, and "
                "{strangers} on strangers. Split by speaker, or say that the speakers are known."
            ).format(share=figures.percent(_SAME_SPEAKERS), strangers=figures.percent(_STRANGERS))
        )
    if report.unnamed:
        told.append(
            _(
                "Unknown speakers: {count} recordings. Whether they are strangers cannot be "
                "said; give a CSV with a column speaker."
            ).format(count=figures.number(report.unnamed))
        )
    return told


def _sentences(sentences: Sequence[Shared]) -> list[str]:
    if not sentences:
        return []
    named = ", ".join(repr(each.spellings[0]) for each in sentences[:_SHOWN])
    more = len(sentences) - _SHOWN
    if more > 0:
        named = _("{names} and {count} more").format(names=named, count=figures.number(more))
    return [
        _("Sentences on both sides: {count} ({names}).").format(
            count=figures.number(len(sentences)), names=named
        ),
        _(
            "  Worth: no leak where each is said in every emotion, as actors do; where a "
            "sentence goes with one emotion, its words give it away. About other words the score "
            "says nothing."
        ),
    ]
