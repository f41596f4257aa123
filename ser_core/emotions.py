"""The names of the emotions, in the one order used everywhere."""

from __future__ import annotations

EMOTIONS: tuple[str, ...] = ("angry", "fearful", "happy", "sad")
"""The four emotions that Undertone names."""

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
