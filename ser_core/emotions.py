"""The names of the emotions and of the answers, in the one order used everywhere."""

from __future__ import annotations

from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_

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

_SHOWN = (
    *(N_("angry"), N_("fearful"), N_("happy"), N_("sad"), N_("ordinary")),
    *(N_("neutral"), N_("calm"), N_("disgust"), N_("surprised"), N_("bored"), N_("amused")),
)


def shown(name: str) -> str:
    """What people read for an emotion; a label of somebody's own stays as they wrote it."""
    return _(name) if name in _SHOWN else name
