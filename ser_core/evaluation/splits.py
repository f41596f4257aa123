"""Who is heard in training and who is kept as a stranger.

Every split goes through `Fold`, which refuses one that leaks: the same recording on both sides, or,
for a split that promises strangers, the same speaker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from ser_core.corpora import CORPORA
from ser_core.data.examples import Examples
from ser_core.errors import SettingsError

PROTOCOLS = {
    "random": "random split: the same speakers in training and test",
    "speakers": "unseen speakers: nobody in the test was heard in training",
    "corpora": "unseen corpus: other speakers, other rooms, other microphones",
}
"""The evaluation protocols and what each promises."""

N_RANDOM_FOLDS = 5


@dataclass(frozen=True, eq=False)
class Fold:
    """One division of the recordings.

    Attributes
    ----------
    name : str
        What is held out.
    train, test : np.ndarray of int
        Positions of the recordings of each side.
    """

    name: str
    train: NDArray[np.intp]
    test: NDArray[np.intp]


def make_folds(
    examples: Examples, protocol: str, *, seed: int = 0, each_speaker: bool = False
) -> list[Fold]:
    """Divide recordings so that each is tested once.

    Parameters
    ----------
    examples : Examples
    protocol : {"random", "speakers", "corpora"}
    seed : int
        Only the random split draws lots.
    each_speaker : bool
        With ``"speakers"``: leave out one speaker at a time instead of the corpora's fixed groups.

    Returns
    -------
    list of Fold

    Raises
    ------
    SettingsError
        For an unknown protocol, too little data, or a split that leaks.
    """
    if protocol == "random":
        folds = _random(examples, seed)
    elif protocol == "speakers":
        names = examples.speakers if each_speaker else speaker_groups(examples)
        folds = _by_group(examples, names)
    elif protocol == "corpora":
        if len(set(examples.corpora.tolist())) < 2:
            raise SettingsError(
                "one_corpus",
                "Only one corpus was given, and leaving it out leaves nothing to learn from. Name "
                "two corpora or more.",
            )
        folds = _by_group(examples, examples.corpora)
    else:
        raise SettingsError(
            "unknown_protocol",
            f"There is no protocol {protocol!r}; there are {', '.join(PROTOCOLS)}.",
        )
    for fold in folds:
        refuse_leak(examples, fold, strangers=protocol != "random")
    return folds


def refuse_leak(examples: Examples, fold: Fold, *, strangers: bool) -> None:
    """Raise `SettingsError` where a fold has the same voice or recording on both sides.

    Parameters
    ----------
    examples : Examples
    fold : Fold
    strangers : bool
        Whether the fold promises that nobody in its test was heard in training.
    """
    both = np.intersect1d(fold.train, fold.test)
    if len(both) == 0:
        both = np.intersect1d(examples.hashes[fold.train], examples.hashes[fold.test])
    if len(both):
        raise SettingsError(
            "leak",
            f"{len(both)} recordings of the fold {fold.name!r} stand on both sides of the split. "
            "Remove the duplicates (`python -m ser_core corpora` names them).",
        )
    if strangers:
        shared = np.intersect1d(examples.speakers[fold.train], examples.speakers[fold.test])
        if len(shared):
            raise SettingsError(
                "leak",
                f"The fold {fold.name!r} promises strangers, but {', '.join(shared[:5])} "
                f"{'are' if len(shared) > 1 else 'is'} on both sides. Split by speaker.",
            )


def speaker_groups(examples: Examples) -> NDArray[np.str_]:
    """Name of the fixed speaker group of each recording; groups of several corpora are joined.

    The groups of each corpus are named in its module. With several corpora the first groups of all
    make the first fold, and so on; a corpus with fewer groups takes part in as many folds.
    """
    corpora = list(dict.fromkeys(examples.corpora.tolist()))
    names: dict[str, str] = {}
    for corpus in corpora:
        for number, (group, speakers) in enumerate(CORPORA[corpus].SPEAKER_GROUPS.items(), 1):
            name = f"{number}: {group}" if len(corpora) == 1 else f"group {number}"
            names |= dict.fromkeys(speakers, name)
    unknown = sorted(set(examples.speakers.tolist()) - set(names))
    if unknown:
        raise SettingsError(
            "unknown_speaker",
            f"{', '.join(unknown[:5])} belong to no speaker group of their corpus.",
        )
    return np.array([names[speaker] for speaker in examples.speakers])


def _by_group(examples: Examples, names: Sequence[str] | NDArray[np.str_]) -> list[Fold]:
    names = np.asarray(names)
    folds = []
    for name in sorted(set(names.tolist())):
        held_out = names == name
        folds.append(Fold(name, np.flatnonzero(~held_out), np.flatnonzero(held_out)))
    if len(folds) < 2:
        raise SettingsError(
            "one_group",
            "All recordings belong to one group of speakers, so nobody is left as a stranger. "
            "Bring more speakers.",
        )
    return folds


def _random(examples: Examples, seed: int) -> list[Fold]:
    outputs = examples.outputs
    fewest = np.unique(outputs, return_counts=True)[1].min()
    if fewest < N_RANDOM_FOLDS:
        raise SettingsError(
            "too_few",
            f"One emotion has {fewest} recordings; at least {N_RANDOM_FOLDS} are needed.",
        )
    split = StratifiedKFold(N_RANDOM_FOLDS, shuffle=True, random_state=seed)
    return [
        Fold(f"fifth {number}", train, test)
        for number, (train, test) in enumerate(
            split.split(np.zeros(len(outputs)), outputs), start=1
        )
    ]
