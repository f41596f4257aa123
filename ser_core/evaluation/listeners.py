"""People and the model on the same clips: CREMA-D's listeners beside answers about strangers.

``data/listeners.csv`` holds, of clips of fourteen speakers, how many listeners chose each of six
emotions when they heard the voice alone, and what the shipped recipe answered when it had not heard
the speaker. Made by ``python -m benchmarks.listeners``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ser_core.assets import datafiles
from ser_core.corpora import cremad
from ser_core.data import tables
from ser_core.emotions import EMOTIONS, ORDINARY
from ser_core.evaluation import metrics
from ser_core.inference.decision import NOT_SURE
from ser_core.inference.facts import Interval

FILE = "listeners.csv"

INTENDED = (*EMOTIONS, "neutral")
"""What the actors were asked for, of the clips that are compared."""

CHOSEN = (*EMOTIONS, "neutral", "disgust")
"""What listeners chose from, in the order in which it is shown."""

ANSWERED = (*EMOTIONS, ORDINARY, NOT_SURE)
"""What the model answers, in the same order: *ordinary* is what listeners call neutral."""

_TIE = "tie"


def read(path: Path = tables.DATA_DIR / FILE) -> pd.DataFrame:
    """The clips that were meant as one of `INTENDED`.

    Returns
    -------
    pandas.DataFrame
        ``name``, ``speaker``, ``intended``, the votes for each of `CHOSEN`, and ``heard``, one of
        `ANSWERED`.

    Raises
    ------
    DataError
        Where the table is missing or damaged.
    """
    datafiles.check(path)
    try:
        table = pd.read_csv(path)
        said = [cremad.parse(Path(name)) for name in table["name"]]
        table["speaker"] = [one.speaker if one else None for one in said]
        table["intended"] = [one.emotion if one else None for one in said]
        columns = ["name", "speaker", "intended", *CHOSEN, "heard"]
        return table.loc[table["intended"].isin(INTENDED), columns].reset_index(drop=True)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise datafiles.unreadable(path.name) from error


def chosen(clips: pd.DataFrame) -> pd.DataFrame:
    """Of each intended emotion, the share of listeners' votes for each of `CHOSEN`."""
    votes = clips.groupby("intended")[list(CHOSEN)].sum().reindex(INTENDED).dropna()
    return votes.div(votes.sum(axis=1), axis=0)


def answered(clips: pd.DataFrame) -> pd.DataFrame:
    """Of each intended emotion, the share of clips that the model gave each of `ANSWERED`."""
    table = pd.crosstab(clips["intended"], clips["heard"], normalize="index")
    return table.reindex(index=chosen(clips).index, columns=ANSWERED, fill_value=0.0)


def agreement(clips: pd.DataFrame) -> Interval:
    """How often the model says what most listeners chose, with a 95% interval by speaker.

    Of the clips where it was sure, and where one emotion was chosen most often.
    """
    most = most_chosen(clips)
    clear = (most != _TIE) & (clips["heard"] != NOT_SURE)
    return metrics.interval(metrics.accuracy, _confusions(clips[clear], most[clear]))


def as_meant(clips: pd.DataFrame) -> Interval:
    """How often most listeners chose what was meant, with a 95% interval by speaker."""
    return metrics.interval(metrics.accuracy, _confusions(clips, clips["intended"], people=True))


def most_chosen(clips: pd.DataFrame) -> pd.Series:
    """What most listeners of each clip chose."""
    votes = clips[list(CHOSEN)]
    even = votes.eq(votes.max(axis=1), axis=0).sum(axis=1) > 1
    return votes.idxmax(axis=1).mask(even, _TIE)


def disagreement(clips: pd.DataFrame) -> pd.Series:
    """Of each intended emotion, how often two listeners of a clip disagree; most disputed first.

    Two of its listeners drawn by lot; a mean over clips.
    """
    votes = clips[list(CHOSEN)].to_numpy(dtype=np.float64)
    total = votes.sum(axis=1)
    alike = (votes * (votes - 1)).sum(axis=1) / np.maximum(total * (total - 1), 1)
    apart = pd.Series(1 - alike, index=clips.index).where(total > 1)
    return apart.groupby(clips["intended"]).mean().sort_values(ascending=False)


def _confusions(
    clips: pd.DataFrame, labels: pd.Series, *, people: bool = False
) -> NDArray[np.int64]:
    """One matrix a speaker: labels against what most people chose, or what the model answered."""
    names = {name: place for place, name in enumerate((*CHOSEN, NOT_SURE, _TIE))}
    said = most_chosen(clips) if people else clips["heard"].replace(ORDINARY, "neutral")
    return metrics.speaker_confusions(
        np.array(labels.map(names), dtype=np.intp),
        np.array(said.map(names), dtype=np.intp),
        clips["speaker"].to_numpy(dtype=str),
        len(names),
    )
