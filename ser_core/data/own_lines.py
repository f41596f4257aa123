"""What was understood of somebody's own recordings, in words."""

from __future__ import annotations

from collections import Counter

from ser_core import figures
from ser_core.corpora._shared import some
from ser_core.data.own import Own
from ser_core.emotions import shown
from ser_core.language import gettext as _
from ser_core.language import ngettext


def lines(own: Own) -> list[str]:
    """What was understood, in words, line by line."""
    counts = ", ".join(
        f"{shown(name)} {figures.number(count)}" for name, count in own.classes.items()
    )
    said = [
        ngettext("One clip in {name!r}.", "{count} clips in {name!r}.", len(own.clips)).format(
            count=figures.number(len(own.clips)), name=own.name
        ),
        _("{count} classes, from {source}: {counts}.").format(
            count=len(own.classes), source=own.labels_from, counts=counts
        ),
        _speakers(own),
    ]
    alone = _of_one_speaker(own)
    if own.has_strangers and alone:
        said.append(
            _(
                "Only one person speaks {labels}: with that person set aside, nobody is left to "
                "learn it from."
            ).format(labels=some(alone))
        )
    if own.left_out:
        reasons = Counter(one.reason for one in own.left_out)
        said.append(
            _("Left out, {count}: {reasons}; namely {names}.").format(
                count=figures.number(len(own.left_out)),
                reasons="; ".join(
                    f"{reason} ({figures.number(count)})"
                    for reason, count in reasons.most_common(5)
                ),
                names=some([one.name for one in own.left_out]),
            )
        )
    return said


def _speakers(own: Own) -> str:
    if own.has_strangers:
        fewest, most = map(figures.number, (min(own.speakers.values()), max(own.speakers.values())))
        if fewest == most:
            each = _(
                "{speakers} speakers, from {source}, {clips} clips each: it is tried on people it "
                "has not heard."
            )
        else:
            each = _(
                "{speakers} speakers, from {source}, {clips} to {most} clips each: it is tried on "
                "people it has not heard."
            )
        return each.format(
            speakers=len(own.speakers), source=own.speakers_from, clips=fewest, most=most
        )
    if own.speakers:
        return _(
            "All clips are of one speaker: the same voice may stand on both sides, and the score "
            "flatters. Say who speaks, in folders or in a table's column speaker, and it is tried "
            "on strangers."
        )
    return _(
        "Nobody says who speaks: the same voice may stand on both sides, and the score flatters. "
        "Say who speaks, in folders or in a table's column speaker, and it is tried on strangers."
    )


def _of_one_speaker(own: Own) -> list[str]:
    pairs = {(clip.label, clip.speaker) for clip in own.clips}
    speakers = Counter(label for label, _speaker in pairs)
    return sorted(label for label, count in speakers.items() if count == 1)
