"""Sentences about CREMA-D's listeners. Pure functions: tables and figures in, words out."""

from __future__ import annotations

import pandas as pd

from ser_core import figures
from ser_core.emotions import shown
from ser_core.inference.decision import NOT_SURE
from ser_core.inference.facts import Interval
from ser_core.language import gettext as _
from ui import words


def answer(name: str) -> str:
    """What people read for an answer."""
    return _("not sure") if name == NOT_SURE else shown(name)


def disputed(shares: pd.Series) -> str:
    """Which emotions people themselves disagree on, most disputed first.

    Parameters
    ----------
    shares : pandas.Series
        From `ser_core.evaluation.listeners.disagreement`.
    """
    told = [
        _("{emotion} {share}").format(emotion=shown(str(name)), share=words.nearest(share))
        for name, share in shares.items()
    ]
    return _(
        "Actors meant each clip to sound one way; listeners heard the voice alone. How often two "
        "listeners of the same clip disagree, by what was meant: {shares}."
    ).format(shares=words.listing(told))


def agreed(agreement: Interval, as_meant: Interval, answered: float) -> str:
    """How often the model says what people say, and how often people say what was meant."""
    return _(
        "For {meant} of the clips ({meant_interval}) most listeners chose what the actor meant. "
        "The model was not sure about {unsure}; on the rest, where most listeners chose one "
        "thing, both say the same of **{agreed}** ({agreed_interval}, 95%\u00a0intervals by "
        "speaker)."
    ).format(
        meant=words.score(as_meant),
        meant_interval=words.interval(as_meant),
        agreed=words.score(agreement),
        agreed_interval=words.interval(agreement),
        unsure=words.nearest(1 - answered),
    )


def about(n_clips: int, n_speakers: int) -> str:
    """On which clips, by whom, and what the numbers are."""
    return _(
        "Each row is what was meant, and adds up to 100: the listeners' votes, and the answers "
        "of networks that had not heard the speaker. What listeners call neutral the model calls "
        "ordinary. {clips} clips of {speakers} speakers of CREMA-D (every fifth from 1003 on), "
        "whatever the filters; the votes are as published (Cao et al. 2014)."
    ).format(clips=figures.number(n_clips), speakers=figures.number(n_speakers))


def in_rows(title: str, shares: pd.DataFrame) -> str:
    """A grid in words: what each emotion was taken for, most often first."""
    rows = []
    for meant, row in shares.iterrows():
        most = row.sort_values(ascending=False).head(3)
        said = ", ".join(f"{answer(str(n))} {words.nearest(share)}" for n, share in most.items())
        rows.append(f"{shown(str(meant))}: {said}")
    return f"{title}. {'; '.join(rows)}."
