"""What pages show of reports: the part that filters ask for, as tables, and the matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypedDict

import numpy as np
import pandas as pd

from ser_core.assets import datafiles
from ser_core.assets.reading import json_of
from ser_core.corpora import get
from ser_core.data import tables
from ser_core.data.exploring import Selection
from ser_core.errors import CorpusError
from ser_core.inference.facts import Figures, Interval, Report

TRANSFER = "transfer.json"
"""The matrix of `ser_core.evaluation.transfer`, among the tables."""


class Cell(TypedDict):
    """A recipe trained on one corpus and tested on one."""

    train: str
    test: str
    n_train: int
    n_train_speakers: int
    n_recordings: int
    n_speakers: int
    uar: Interval
    accuracy: Interval
    recall: dict[str, float | None]


class Matrix(TypedDict):
    """The content of `TRANSFER`."""

    format: int
    description: str
    command: str
    emotions: list[str]
    corpora: list[str]
    chance: float
    settings: dict[str, Any]
    cells: list[Cell]


class NoiseScores(TypedDict):
    """How much a model keeps in noise: UAR by what is heard beside the voice."""

    snr_db: float
    n_recordings: int
    n_speakers: int
    uar: dict[str, float]
    command: str


@dataclass(frozen=True)
class Part:
    """The part of a report that filters ask for.

    Attributes
    ----------
    figures : dict
        A report, or its part by gender or by corpus.
    whole : bool
        Whether it is the whole report.
    covers : str
        What it is about, in words ("women only", "RAVDESS only"); empty for all of it.
    ignored : tuple of str
        Filters that the report holds no figures for.
    """

    figures: Figures
    whole: bool
    covers: str
    ignored: tuple[str, ...]


def part(report: Report, selection: Selection) -> Part:
    """Follow the filters as far as a report can: one gender, or else one corpus.

    The emotions are left to `confusion` and `by_emotion`.
    """
    ignored = []
    tested = tuple(report["corpora"])
    corpora = tuple(name for name in tested if name in selection.corpora)
    narrowed = bool(selection.corpora) and corpora != tested
    by_gender = len(selection.genders) == 1 and selection.genders[0] in report["by_gender"]
    by_corpus = len(corpora) == 1 and narrowed
    if selection.intensities:
        ignored.append("intensity")
    if narrowed and (by_gender or not by_corpus):
        ignored.append("corpus")
    if by_gender:
        gender = selection.genders[0]
        covers = {"female": "women only", "male": "men only"}.get(gender, f"gender {gender} only")
        return Part(report["by_gender"][gender], False, covers, tuple(ignored))
    if by_corpus:
        figures = report["by_corpus"][corpora[0]]
        return Part(figures, False, f"{get(corpora[0]).TITLE} only", tuple(ignored))
    return Part(report, True, "", tuple(ignored))


def confusion(
    figures: Figures, emotions: Sequence[str], wanted: Sequence[str] = ()
) -> pd.DataFrame:
    """The confusion matrix: rows meant, columns heard; only the rows of ``wanted`` if given."""
    table = pd.DataFrame(
        figures["confusion"],
        index=pd.Index(emotions, name="meant"),
        columns=pd.Index(emotions, name="heard"),
    )
    return table.loc[[name for name in emotions if not wanted or name in wanted]]


def by_emotion(
    figures: Figures, emotions: Sequence[str], wanted: Sequence[str] = ()
) -> pd.DataFrame:
    """The classification report as a table: precision, recall, F1 and clips of each emotion.

    Precision is missing for an emotion that was never heard.
    """
    table = confusion(figures, emotions).to_numpy()
    hits, meant, heard = np.diagonal(table), table.sum(axis=1), table.sum(axis=0)
    with np.errstate(invalid="ignore"):
        rows = pd.DataFrame(
            {
                "precision": hits / heard,
                "recall": hits / meant,
                "f1": 2 * hits / (meant + heard),
                "clips": meant,
            },
            index=pd.Index(emotions, name="emotion"),
        )
    return rows.loc[[name for name in emotions if not wanted or name in wanted]]


def transfer(root: str | Path | None = None) -> Matrix:
    """The train-on, test-on matrix that `ser_core.evaluation.transfer` measured.

    Raises
    ------
    CorpusError
        With code ``no_matrix`` where it is missing or damaged.
    """
    path = Path(root or tables.DATA_DIR) / TRANSFER
    datafiles.check(path)
    try:
        matrix: Matrix = json_of(path.read_bytes())
        matrix["cells"], matrix["corpora"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CorpusError(
            "no_matrix",
            f"The matrix over the corpora ({TRANSFER}) is missing or damaged. Measure it with "
            "`python -m ser_core evaluate --protocol matrix`.",
        ) from error
    return matrix


_OF_CELLS = ("train", "test", "n_train", "n_train_speakers", "n_recordings", "n_speakers")


def transfer_cells(matrix: Matrix, selection: Selection) -> pd.DataFrame:
    """The cells of the matrix as a table, limited to the chosen corpora.

    Returns
    -------
    pandas.DataFrame
        ``train``, ``test``, ``n_train``, ``n_train_speakers``, ``n_recordings``, ``n_speakers``,
        ``uar``, ``low``, ``high``.
    """
    wanted = [n for n in matrix["corpora"] if not selection.corpora or n in selection.corpora]
    rows = []
    for cell in matrix["cells"]:
        if cell["train"] in wanted and cell["test"] in wanted:
            uar = cell["uar"]
            flat = {key: value for key, value in cell.items() if key in _OF_CELLS}
            rows.append(flat | {"uar": uar["value"], "low": uar["low"], "high": uar["high"]})
    return pd.DataFrame(rows)


def as_table(
    rows: Sequence[Mapping[str, object]] | Mapping[str, Mapping[str, object]],
) -> pd.DataFrame:
    """Rows of a report as a table; named rows keep their names as the index."""
    if isinstance(rows, Mapping):
        return pd.DataFrame(list(rows.values()), index=list(rows))
    return pd.DataFrame(list(rows))
