"""Clips of the corpora as riddles: what did the speaker mean?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core.corpora import get


@dataclass(frozen=True)
class Riddle:
    """A clip whose emotion is to be guessed.

    Attributes
    ----------
    corpus : str
    title : str
        Of the corpus, for people.
    name : str
        Of the recording.
    path : Path
        Where it lies.
    emotion : str
        What the speaker meant.
    """

    corpus: str
    title: str
    name: str
    path: Path
    emotion: str


def draw(
    clips: pd.DataFrame,
    recordings: Mapping[str, Mapping[str, Path]],
    emotions: Sequence[str],
    chance: np.random.Generator,
) -> Riddle | None:
    """Draw a clip: first the emotion, each as likely, then one of its recordings.

    Parameters
    ----------
    clips : pandas.DataFrame
        A manifest with the columns ``corpus``, ``name`` and ``emotion``.
    recordings : mapping
        Where the recordings of each corpus lie, by corpus and name.
    emotions : sequence of str
        Those to choose from.
    chance : numpy.random.Generator

    Returns
    -------
    Riddle or None
        None where there is no recording of any of the emotions.
    """
    mine = clips[clips["corpus"].isin(list(recordings))]
    for emotion in chance.permutation(np.asarray(emotions)).tolist():
        meant = mine[mine["emotion"] == emotion]
        there = [
            name in recordings[corpus]
            for corpus, name in zip(meant["corpus"], meant["name"], strict=True)
        ]
        if any(there):
            row = meant[there].sample(1, random_state=chance).iloc[0]
            corpus, name = str(row["corpus"]), str(row["name"])
            return Riddle(corpus, get(corpus).TITLE, name, recordings[corpus][name], emotion)
    return None
