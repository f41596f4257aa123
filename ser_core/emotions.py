"""The names of the emotions and of the answers, in the one order used everywhere."""

from __future__ import annotations

EMOTIONS: tuple[str, ...] = ("angry", "fearful", "happy", "sad")
"""The four emotions that Undertone names."""

ORDINARY = "ordinary"
"""What is said of a voice that has none of the emotions: as people speak most of the time."""

ORDINARY_KINDS: tuple[str, ...] = ("neutral", "calm", "bored")
"""What the corpora label and Undertone calls ordinary."""

ANSWERS: tuple[str, ...] = (*EMOTIONS, ORDINARY)
"""What Undertone may say that a voice sounds like."""

ALL_EMOTIONS: tuple[str, ...] = (
    *EMOTIONS,
    "neutral",
    "calm",
    "disgust",
    "surprised",
    "bored",
    "amused",
)
"""Every emotion that the corpora label."""
