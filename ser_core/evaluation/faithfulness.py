"""Whether explanations are true: hiding what they mark must matter more than hiding the rest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ser_core import audio
from ser_core.audio import Clip
from ser_core.corpora import Recording, get
from ser_core.errors import CorpusError
from ser_core.inference.explanation import Check, Occlusion, explain
from ser_core.inference.facts import Interval
from ser_core.inference.predictor import Model, Progress
from ser_core.inference.windows import LONG_S

# Random parts drawn for each clip.
_N_DRAWS = 5
_N_BOOTSTRAP = 2_000


def faithfulness(
    model: Model, clips: Sequence[Clip], seed: int = 0, *, progress: Progress | None = None
) -> Check:
    """Check explanations: hiding the marked part must matter more than hiding any other.

    Parameters
    ----------
    model : Model
    clips : sequence of Clip
        Of speech, up to six seconds each.
    seed : int
        Of the random parts and of the bootstrap.
    progress : callable, optional
        Told the share done, 0 to 1.

    Returns
    -------
    dict
        ``n_clips``; ``marked``, ``random`` and ``difference``: mean fall of the verdict's
        probability when the marked part is hidden, when as many cells with speech are drawn at
        random, and the difference, each as ``{"value", "low", "high"}`` with a 95% interval
        (bootstrap over clips); ``larger_share``: share of the clips on which the marked part
        mattered more; ``hidden_share``: mean share of the cells with speech that was hidden.
    """
    chance = np.random.default_rng(seed)
    falls, shares = [], []
    for done, clip in enumerate(clips):
        if progress is not None:
            progress(done / len(clips))
        found = explain(model, clip)
        heard = np.flatnonzero(found.importance)
        n_marked = int(found.marked.sum())
        if n_marked == 0:
            continue
        occlusion = Occlusion(clip.signal, found.times_s)
        index = model.answers.index(found.emotion)
        before = _told(model, clip.signal)[index]
        drawn = []
        for _ in range(_N_DRAWS):
            part = np.zeros(found.marked.size, dtype=bool)
            part[chance.choice(heard, n_marked, replace=False)] = True
            drawn.append(_told(model, occlusion.hide(part.reshape(found.marked.shape)))[index])
        marked = _told(model, occlusion.hide(found.marked))[index]
        falls.append((before - marked, before - float(np.mean(drawn))))
        shares.append(n_marked / len(heard))
    table = np.array(falls)
    picks = chance.integers(0, len(table), (_N_BOOTSTRAP, len(table)))

    def figure(values: NDArray[np.float64]) -> Interval:
        low, high = np.percentile(values[picks].mean(axis=1), (2.5, 97.5))
        return {"value": float(values.mean()), "low": float(low), "high": float(high)}

    difference = table[:, 0] - table[:, 1]
    return {
        "n_clips": len(table),
        "marked": figure(table[:, 0]),
        "random": figure(table[:, 1]),
        "difference": figure(difference),
        "larger_share": float((difference > 0).mean()),
        "hidden_share": float(np.mean(shares)),
    }


def _told(model: Model, signal: NDArray[np.float32]) -> NDArray[np.float64]:
    """The probabilities that people are told of a sound."""
    return np.asarray(model.decision.told(model.judge_all([signal]))[0])


def check(
    model: Model,
    root: str | Path,
    corpora: Sequence[str],
    *,
    n_clips: int = 60,
    seed: int = 0,
    command: str = "",
    progress: Progress | None = None,
) -> Check:
    """`faithfulness` on clips drawn from the corpora, as many of each.

    Returns
    -------
    dict
        With ``corpora`` (their titles), ``n_speakers``, ``seed`` and ``command`` on top.

    Raises
    ------
    CorpusError
        Where no recording was found.
    """
    chance = np.random.default_rng(seed)
    chosen: list[Recording] = []
    for name in corpora:
        found = [
            recording
            for recording in get(name).find(root)
            if recording.corpus == name and recording.emotion in model.emotions
        ]
        picks = chance.permutation(len(found))[: -(-n_clips // len(corpora))]
        chosen += [found[pick] for pick in picks]
    if not chosen:
        raise CorpusError(
            "no_recordings",
            "No recording of these corpora was found. Point --data at the folder that holds them.",
        )
    clips = [audio.load(recording.path) for recording in chosen]
    short = [clip for clip in clips if clip.duration_s <= LONG_S]
    return faithfulness(model, short, seed, progress=progress) | {
        "corpora": [get(name).TITLE for name in corpora],
        "n_speakers": len({recording.speaker for recording in chosen}),
        "seed": seed,
        "command": command,
    }
