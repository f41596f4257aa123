"""Train on one corpus, test on each other: what survives new voices, rooms and languages."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_core.data.examples import Examples
from ser_core.data.reported import Cell, Matrix
from ser_core.errors import SettingsError
from ser_core.evaluation import metrics
from ser_core.evaluation.protocols import Progress, cross_validate
from ser_core.evaluation.splits import Fold, refuse_leak
from ser_core.inference.facts import Scores
from ser_core.training.settings import TrainingSettings

FORMAT = 1
DESCRIPTION = (
    "trained on all of one corpus and tested on all of another; on the diagonal, tested on "
    "speakers of the same corpus who were not in training"
)


def cross_corpus_matrix(
    settings: TrainingSettings,
    examples: Examples,
    *,
    command: str = "",
    progress: Progress | None = None,
) -> Matrix:
    """Score one recipe for each pair of a training corpus and a test corpus.

    Parameters
    ----------
    settings : TrainingSettings
        Its corpora are the rows and columns, in their order.
    examples : Examples
        Of those corpora.
    command : str
        The command that repeats this.
    progress : callable, optional
        Told what is trained and each epoch's figures.

    Returns
    -------
    dict
        Plain JSON values: ``emotions``, ``corpora``, ``chance``, ``settings`` and ``cells``, each
        with ``train``, ``test``, ``n_train``, ``n_train_speakers``, ``n_recordings``,
        ``n_speakers``, and ``uar`` and ``accuracy`` with a 95% interval by bootstrap over the
        speakers of the test.

    Raises
    ------
    SettingsError
        For fewer than two corpora, or a corpus that lacks one of the emotions.
    """
    from ser_core.training.fitting import fit

    if len(settings.corpora) < 2:
        raise SettingsError("one_corpus", "The matrix needs two corpora or more.")
    own = {name: np.flatnonzero(examples.corpora == name) for name in settings.corpora}
    for name, positions in own.items():
        absent = set(range(len(examples.emotions))) - set(examples.labels[positions].tolist())
        if absent:
            missing = ", ".join(examples.emotions[label] for label in sorted(absent))
            raise SettingsError(
                "no_recordings",
                f"{name} holds no recording of {missing}. Choose emotions that all corpora hold.",
            )
    cells: list[Cell] = []
    for train, positions in own.items():
        strangers = cross_validate(
            settings,
            examples.subset(positions),
            "speakers",
            progress=_named(progress, f"{train} on itself, "),
        )
        scores: dict[str, Scores] = {train: strangers.report}
        fitted = fit(settings, examples, positions, on_epoch=_on_epoch(progress, train))
        for test, others in own.items():
            if test == train:
                continue
            refuse_leak(examples, Fold(f"{train} on {test}", positions, others), strangers=True)
            others = others[examples.labels[others] >= 0]
            logits = fitted.logits(examples, others)[:, : len(examples.emotions)]
            predicted = logits.argmax(axis=1)
            scores[test] = metrics.score(
                examples.labels[others], predicted, examples.speakers[others], examples.emotions
            )
        cells += [
            _cell(examples, train, positions, test, scores[test]) for test in settings.corpora
        ]
    return {
        "format": FORMAT,
        "description": DESCRIPTION,
        "command": command,
        "emotions": list(examples.emotions),
        "corpora": list(settings.corpora),
        "chance": round(1 / len(examples.emotions), 4),
        "settings": settings.to_dict(),
        "cells": cells,
    }


def _cell(
    examples: Examples, train: str, positions: NDArray[np.intp], test: str, scores: Scores
) -> Cell:
    return {
        "train": train,
        "test": test,
        "n_train": len(positions),
        "n_train_speakers": len(np.unique(examples.speakers[positions])),
        "n_recordings": scores["n_recordings"],
        "n_speakers": scores["n_speakers"],
        "uar": scores["uar"],
        "accuracy": scores["accuracy"],
        "recall": scores["recall"],
    }


def _named(progress: Progress | None, prefix: str) -> Progress | None:
    if progress is None:
        return None
    return lambda name, figures: progress(prefix + name, figures)


def _on_epoch(progress: Progress | None, train: str) -> Any:
    if progress is None:
        return None
    return lambda figures: progress(f"{train} on the others", figures)
