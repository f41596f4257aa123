"""What the Explore page shows of the clips: filters, counts, the map, one of them.

Works on the committed tables alone and imports neither TensorFlow, librosa nor scikit-learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ser_core.assets import datafiles
from ser_core.corpora import CORPORA, NOT_STATED, get
from ser_core.data import projecting, tables
from ser_core.emotions import ALL_EMOTIONS
from ser_core.errors import CorpusError
from ser_core.features.classic import feature_groups, feature_names
from ser_core.language import gettext as _

INTENSITIES = ("low", "medium", "normal", "high", "strong", NOT_STATED)
GENDERS = ("female", "male", NOT_STATED)
SPLITS = ("corpus", "gender", "intensity", "speaker")
"""Columns by which clips are counted."""


@dataclass(frozen=True)
class Selection:
    """Filters; an empty one lets everything through.

    Attributes
    ----------
    corpora, emotions, genders, intensities : tuple of str
    """

    corpora: tuple[str, ...] = ()
    emotions: tuple[str, ...] = ()
    genders: tuple[str, ...] = ()
    intensities: tuple[str, ...] = ()


def manifest(root: str | Path | None = None) -> pd.DataFrame:
    """Every recording of every table.

    Parameters
    ----------
    root : str or Path, optional
        The folder of the tables.

    Returns
    -------
    pandas.DataFrame
        The columns of `ser_core.data.tables.MANIFEST` without ``sha256``; `NOT_STATED` where a
        corpus names no intensity. The index (0, 1, ...) is how the page knows a clip.
    """
    clips = tables.read(tables.available(root), root, features=False).drop(columns="sha256")
    clips["intensity"] = clips["intensity"].fillna(NOT_STATED)
    return clips


def choose(clips: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """The clips that pass all filters; the index is kept."""
    keep = np.ones(len(clips), dtype=bool)
    for column, allowed in (
        ("corpus", selection.corpora),
        ("emotion", selection.emotions),
        ("gender", selection.genders),
        ("intensity", selection.intensities),
    ):
        if allowed:
            keep &= clips[column].isin(allowed).to_numpy()
    return clips[keep]


def counts(clips: pd.DataFrame, by: str) -> pd.DataFrame:
    """Count clips by a column and by emotion.

    Parameters
    ----------
    clips : pandas.DataFrame
        From `manifest` or `choose`.
    by : {"corpus", "gender", "intensity", "speaker"}

    Returns
    -------
    pandas.DataFrame
        One row a group, one column an emotion that occurs, in the house's order. All cells
        together are the number of clips.
    """
    table = pd.crosstab(clips[by], clips["emotion"])
    order = {"corpus": tuple(CORPORA), "gender": GENDERS, "intensity": INTENSITIES}.get(by)
    # What the order does not know comes behind: every clip is counted.
    rows = [name for name in order or () if name in table.index]
    rows += [name for name in table.index if name not in rows]
    return table.loc[rows, [name for name in ALL_EMOTIONS if name in table.columns]]


def durations(clips: pd.DataFrame) -> pd.DataFrame:
    """Quartiles and ends of the durations in seconds, one row an emotion."""
    parts = clips.groupby("emotion")["duration_s"]
    table = pd.DataFrame(
        {
            "clips": parts.size(),
            "shortest": parts.min(),
            "p05": parts.quantile(0.05),
            "q1": parts.quantile(0.25),
            "median": parts.median(),
            "q3": parts.quantile(0.75),
            "p95": parts.quantile(0.95),
            "longest": parts.max(),
        }
    )
    return table.loc[[name for name in ALL_EMOTIONS if name in table.index]].round(2)


@dataclass(frozen=True)
class Holding:
    """What a table holds and what was left out of it.

    Attributes
    ----------
    corpus, title, licence, source : str
    n_recordings, n_speakers : int
    with_features : bool
    excluded : tuple of (name, code, reason)
    """

    corpus: str
    title: str
    licence: str
    source: str
    n_recordings: int
    n_speakers: int
    with_features: bool
    excluded: tuple[tuple[str, str, str], ...]


def holdings(clips: pd.DataFrame, root: str | Path | None = None) -> list[Holding]:
    """What each table holds, and which recordings were found but not counted.

    Parameters
    ----------
    clips : pandas.DataFrame
        From `manifest`, with the same ``root``.
    root : str or Path, optional
    """
    found = []
    for name, part in clips.groupby("corpus", sort=False):
        about = tables.info(str(name), root)
        found.append(
            Holding(
                corpus=str(name),
                title=about.title,
                licence=about.licence,
                source=about.source,
                n_recordings=len(part),
                n_speakers=part["speaker"].nunique(),
                with_features=about.features is not None,
                excluded=about.excluded,
            )
        )
    return found


def place(
    clips: pd.DataFrame, vector: str, root: str | Path | None = None
) -> tuple[pd.DataFrame, projecting.MapFacts]:
    """Join the manifest with a map of the clips.

    Parameters
    ----------
    clips : pandas.DataFrame
        From `manifest`.
    vector : {"classic", "encoder"}
        Through which feature set.
    root : str or Path, optional

    Returns
    -------
    points : pandas.DataFrame
        The clips that have features, with the columns of `ser_core.data.projecting.COLUMNS`; the
        index of ``clips`` is kept.
    about : dict
        How the map was made.
    """
    rows, about = projecting.read(vector, root)
    index = clips.index.name or "index"
    points = clips.reset_index().merge(rows, on=["corpus", "name"]).set_index(index)
    return points, about


@dataclass(frozen=True)
class Neighbourhood:
    """What clips share with their nearest neighbours, as shares of those neighbours.

    Attributes
    ----------
    same_speaker, same_emotion : float
    speaker_chance, emotion_chance : float
        The same, if neighbours were drawn by lot from all clips on the map.
    """

    same_speaker: float
    same_emotion: float
    speaker_chance: float
    emotion_chance: float


def neighbourhood(chosen: pd.DataFrame, points: pd.DataFrame, n_neighbours: int) -> Neighbourhood:
    """What the nearest neighbours of clips have in common with them.

    Parameters
    ----------
    chosen : pandas.DataFrame
        Some rows of ``points``.
    points : pandas.DataFrame
        From `place`: neighbours are sought among all of them.
    n_neighbours : int
        How many neighbours were looked at.
    """

    def chance(column: str) -> float:
        others = chosen[column].map(points[column].value_counts()) - 1
        return float((others / (len(points) - 1)).mean())

    return Neighbourhood(
        same_speaker=float(chosen["same_speaker"].mean() / n_neighbours),
        same_emotion=float(chosen["same_emotion"].mean() / n_neighbours),
        speaker_chance=chance("speaker"),
        emotion_chance=chance("emotion"),
    )


def profile(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """A clip's features beside the means of its emotion and of its speaker.

    Parameters
    ----------
    table : pandas.DataFrame
        A corpus's table with features.
    name : str
        Of the clip.

    Returns
    -------
    pandas.DataFrame
        One row a feature (index: its name); ``group`` (mfcc, chroma or mel), ``clip``, ``emotion``
        and ``speaker`` in standard deviations from the mean of the corpus. Both means leave the
        clip itself out.

    Raises
    ------
    CorpusError
        With code ``no_recording``.
    """
    own = (table["name"] == name).to_numpy()
    if not own.any():
        raise CorpusError(
            "no_recording", _("The table holds no recording {name!r}.").format(name=name)
        )
    columns = list(feature_names())
    values = table[columns].to_numpy(dtype=np.float64)
    spread = values.std(axis=0)
    values = (values - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    clip = table[own].iloc[0]
    lines = {"clip": values[own][0]}
    for column in ("emotion", "speaker"):
        others = (table[column] == clip[column]).to_numpy() & ~own
        lines[column] = values[others].mean(axis=0) if others.any() else np.full(len(columns), 0.0)
    groups = [group for group, count in feature_groups().items() for _ in range(count)]
    return pd.DataFrame({"group": groups, **lines}, index=pd.Index(columns, name="feature"))


def distances(lines: pd.DataFrame) -> dict[str, float]:
    """How far a clip's `profile` is from each mean: root mean square, in standard deviations."""
    return {
        name: float(np.sqrt(((lines["clip"] - lines[name]) ** 2).mean()))
        for name in ("emotion", "speaker")
    }


def recordings(corpus: str, root: str | Path | None) -> dict[str, Path]:
    """Where the recordings of a corpus lie, by name; empty where they are not here."""
    if root is None or not Path(root).is_dir():
        return {}
    return {recording.name: recording.path for recording in get(corpus).find(root)}


def titles() -> dict[str, str]:
    """The title of each corpus, by its name."""
    return {name: about.TITLE for name, about in CORPORA.items()}


def missing_tables(root: str | Path | None = None) -> list[str]:
    """Titles of the corpora whose table should be here and is not."""
    gone = datafiles.missing(Path(root or tables.DATA_DIR))
    return [about.TITLE for name, about in CORPORA.items() if f"{name}.parquet" in gone]
