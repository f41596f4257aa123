"""What a model heard in a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ser_core import figures
from ser_core.audio import QualityWarning
from ser_core.emotions import ORDINARY, shown
from ser_core.inference.decision import NO_SPEECH, NOT_SURE
from ser_core.inference.percents import whole_percents
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_

SEEN = "seen_in_training"
"""The code of the warning on a recording that the model learned from."""

_NONE = {
    2: N_("Sounds ordinary: neither of the two"),
    3: N_("Sounds ordinary: none of the three"),
    4: N_("Sounds ordinary: none of the four"),
}


def seen_in_training() -> QualityWarning:
    """That a model learned from the very recording that it is to judge."""
    return QualityWarning(
        SEEN,
        _(
            "The model learned from this very recording and may remember it: what it says here is "
            "no evidence of how well it hears a stranger. Try a recording of your own."
        ),
    )


@dataclass(frozen=True)
class Prediction:
    """What a model heard in a recording.

    Attributes
    ----------
    verdict : str
        One of the emotions, ``ordinary`` (the voice is even: none of them), ``not_sure`` or
        ``no_speech``.
    emotion : str
        The most likely of the emotions, whatever the verdict.
    confidence : float
        Its probability, calibrated on speakers that the model never heard.
    probabilities : dict
        Of each emotion and of ``ordinary``; they sum to 1. A model that knows the emotions only
        gives 0 to ``ordinary``.
    duration_s : float
        Of the recording, in seconds.
    warnings : tuple of QualityWarning
        What about the recording makes the verdict less sure: those of the clip and of
        `ser_core.speech.quality.check`, and ``seen_in_training`` where the model learned from it.
    """

    verdict: str
    emotion: str
    confidence: float
    probabilities: dict[str, float]
    duration_s: float
    warnings: tuple[QualityWarning, ...] = ()

    @property
    def decided(self) -> bool:
        """Whether the verdict is one of the emotions."""
        return self.verdict not in (ORDINARY, NOT_SURE, NO_SPEECH)

    @property
    def heard_speech(self) -> bool:
        """Whether anybody speaks in the recording."""
        return self.verdict != NO_SPEECH

    @property
    def seen_in_training(self) -> bool:
        """Whether the model learned from this very recording."""
        return any(warning.code == SEEN for warning in self.warnings)

    @property
    def answers(self) -> dict[str, float]:
        """`probabilities` without an ``ordinary`` that the model does not know."""
        return {
            name: share
            for name, share in self.probabilities.items()
            if name != ORDINARY or share > 0
        }

    @property
    def ranked(self) -> list[str]:
        """The answers that the model knows, most likely first."""
        return sorted(self.answers, key=lambda name: -self.probabilities[name])

    @property
    def certainty(self) -> float:
        """Probability of the answer; where there is none, of the most likely one."""
        return self.probabilities.get(self.verdict, self.probabilities[self.ranked[0]])

    @property
    def headline(self) -> str:
        """The verdict in words, e.g. "Sounds angry, 82%"."""
        if self.verdict == NO_SPEECH:
            return _("No speech heard")
        if self.verdict == ORDINARY:
            others = len(self.probabilities) - 1
            said = (
                _(_NONE[others]) if others in _NONE else _("Sounds ordinary: none of the {count}")
            )
            return said.format(count=others)
        if self.verdict == NOT_SURE:
            first, second = map(shown, self.ranked[:2])
            return _("Not sure: between {first} and {second}").format(first=first, second=second)
        return _("Sounds {emotion}, {percent}").format(
            emotion=shown(self.emotion),
            percent=figures.percent(whole_percents(self.answers)[self.emotion]),
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, in the command line's contract."""
        return {
            "verdict": self.verdict,
            "emotion": self.emotion,
            "confidence": self.confidence,
            "decided": self.decided,
            "probabilities": dict(self.probabilities),
            "duration_s": self.duration_s,
            "warnings": [warning.code for warning in self.warnings],
        }
