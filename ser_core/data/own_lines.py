"""What was understood of somebody's own recordings, in words."""

from __future__ import annotations

from collections import Counter

from ser_core.corpora._shared import some
from ser_core.data.own import Own


def lines(own: Own) -> list[str]:
    """What was understood, in words, line by line."""
    said = [f"{len(own.clips):,} clips in {own.name!r}."]
    counts = ", ".join(f"{name} {count:,}" for name, count in own.classes.items())
    said.append(f"{len(own.classes)} classes, from {own.labels_from}: {counts}.")
    if own.has_strangers:
        fewest, most = min(own.speakers.values()), max(own.speakers.values())
        each = f"{fewest:,}" if fewest == most else f"{fewest:,} to {most:,}"
        said.append(
            f"{len(own.speakers)} speakers, from {own.speakers_from}, {each} clips each: it is "
            "tried on people whom it has not heard."
        )
    else:
        said.append(
            ("All clips are of one speaker" if own.speakers else "Nobody says who speaks")
            + ": the same voice may stand on both sides, and the score flatters. Say who speaks, "
            "in folders or in a table's column speaker, and it is tried on strangers."
        )
    alone = _of_one_speaker(own)
    if own.has_strangers and alone:
        said.append(
            f"Only one person speaks {some(alone)}: with that person aside, nobody is left to "
            "learn it from."
        )
    if own.left_out:
        reasons = Counter(one.reason for one in own.left_out)
        said.append(
            f"Left out, {len(own.left_out):,}: "
            + "; ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common(5))
            + f"; namely {some([one.name for one in own.left_out])}."
        )
    return said


def _of_one_speaker(own: Own) -> list[str]:
    pairs = {(clip.label, clip.speaker) for clip in own.clips}
    speakers = Counter(label for label, _ in pairs)
    return sorted(label for label, count in speakers.items() if count == 1)
