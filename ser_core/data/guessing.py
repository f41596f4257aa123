"""A game: what did an actor mean? You against a model, CREMA-D's listeners, and chance.

Ten clips of actors whom the model never heard. The model has to choose as you do: its likeliest
emotion counts, even where it would say that it is not sure. The listeners had six answers; each
clip counts for them with the share that chose what was meant.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from ser_core.data.unheard import Clip, least_like
from ser_core.emotions import EMOTIONS
from ser_core.inference.prediction import Prediction

ROUNDS = 10

_Z = 1.96  # 95 %
_SURE = 0.05


@dataclass(frozen=True)
class Round:
    """A clip, what the model heard in it, and what you said."""

    clip: Clip
    heard: Prediction
    guess: str

    @property
    def you_are_right(self) -> bool:
        """Whether you said what the actor meant."""
        return self.guess == self.clip.emotion

    @property
    def model_is_right(self) -> bool:
        """Whether its likeliest emotion is what the actor meant."""
        return self.heard.emotion == self.clip.emotion


@dataclass
class Game:
    """What is played: the clips in their order, and the rounds so far."""

    clips: list[Clip]
    rounds: list[Round] = field(default_factory=list)

    def over(self) -> bool:
        """Whether every clip was guessed."""
        return len(self.rounds) == len(self.clips)

    @property
    def clip(self) -> Clip:
        """The one to guess next."""
        return self.clips[len(self.rounds)]


@dataclass(frozen=True)
class Score:
    """Who was right how often.

    Attributes
    ----------
    rounds, you, model : int
    listeners : float
        How many a listener, drawn anew for each clip, gets right on average.
    chance : float
        How many somebody gets right on average who does not listen.
    """

    rounds: int = 0
    you: int = 0
    model: int = 0
    listeners: float = 0.0
    chance: float = 0.0

    def __add__(self, other: Score) -> Score:
        """Of two games together."""
        return Score(
            self.rounds + other.rounds,
            self.you + other.you,
            self.model + other.model,
            self.listeners + other.listeners,
            self.chance + other.chance,
        )


def draw(clips: Sequence[Clip], chance: np.random.Generator, count: int = ROUNDS) -> Game:
    """Draw clips, none twice: of each emotion and of women and men about as many, many actors.

    Parameters
    ----------
    clips : sequence of Clip
        Those that are here; at least `count`.
    chance : numpy.random.Generator
    count : int
    """
    left = [clips[place] for place in chance.permutation(len(clips)).tolist()]
    drawn: list[Clip] = []
    while len(drawn) < count:
        clip = least_like(drawn, left)
        left.remove(clip)
        drawn.append(clip)
    # As drawn, the emotions would come in turn, and the last could be told from those before.
    return Game([drawn[place] for place in chance.permutation(count).tolist()])


def score(rounds: Sequence[Round]) -> Score:
    """Who was right how often."""
    return Score(
        len(rounds),
        sum(one.you_are_right for one in rounds),
        sum(one.model_is_right for one in rounds),
        sum(one.clip.recognised for one in rounds),
        len(rounds) / len(EMOTIONS),
    )


def interval(right: int, rounds: int) -> tuple[float, float]:
    """How often somebody may be right in the long run who was right so often in a few rounds.

    Wilson's 95 % interval.

    Examples
    --------
    >>> low, high = interval(7, 10)
    >>> round(low, 2), round(high, 2)
    (0.4, 0.89)
    """
    share, spread = right / rounds, _Z**2 / rounds
    middle = share + spread / 2
    half = _Z * math.sqrt(share * (1 - share) / rounds + spread / (4 * rounds))
    return max(0.0, (middle - half) / (1 + spread)), min(1.0, (middle + half) / (1 + spread))


def differ(rounds: Sequence[Round]) -> bool:
    """Whether you and the model differ by more than chance makes of so few rounds.

    An exact sign test on the rounds in which one of you was right and the other was not.
    """
    yours = sum(one.you_are_right and not one.model_is_right for one in rounds)
    its = sum(one.model_is_right and not one.you_are_right for one in rounds)
    tail: int = sum(math.comb(yours + its, k) for k in range(min(yours, its) + 1))
    return 2 * tail / float(2 ** (yours + its)) < _SURE
