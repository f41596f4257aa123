"""What is heard when: a model's verdicts along a recording."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import Clip
from ser_core.predictor import WINDOW_HOP_S, WINDOW_S, Model, Progress
from ser_core.speech import HOP_S, find_speech

CELL_S = 0.25
"""Length of the timeline's cells in seconds."""


@dataclass(frozen=True)
class Segment:
    """A stretch of a recording with one verdict.

    Attributes
    ----------
    start_s, end_s : float
    emotion : str or None
        None where nobody speaks.
    confidence : float
        Mean probability of the emotion; 0 where nobody speaks.
    decided : bool
        False where the app would say "not sure".
    """

    start_s: float
    end_s: float
    emotion: str | None
    confidence: float
    decided: bool


@dataclass(frozen=True, eq=False)
class Timeline:
    """What is heard when, in n adjoining cells.

    Attributes
    ----------
    starts_s, ends_s : np.ndarray of float64, shape (n,)
    probabilities : np.ndarray of float64, shape (n, n_emotions)
        Smoothed over time; rows of silence are zeros.
    decided : np.ndarray of bool, shape (n,)
        False where the app would say "not sure", and in silence.
    speech : np.ndarray of bool, shape (n,)
        False where nobody speaks.
    emotions : tuple of str
    """

    starts_s: NDArray[np.float64] = field(repr=False)
    ends_s: NDArray[np.float64] = field(repr=False)
    probabilities: NDArray[np.float64] = field(repr=False)
    decided: NDArray[np.bool_] = field(repr=False)
    speech: NDArray[np.bool_] = field(repr=False)
    emotions: tuple[str, ...]

    def segments(self) -> list[Segment]:
        """Neighbouring cells of one verdict, joined; they cover the recording without gaps."""
        best = np.where(self.speech, self.probabilities.argmax(axis=1), -1)
        found = []
        for (index, decided), cells in groupby(
            range(len(best)), key=lambda cell: (int(best[cell]), bool(self.decided[cell]))
        ):
            members = list(cells)
            found.append(
                Segment(
                    start_s=float(self.starts_s[members[0]]),
                    end_s=float(self.ends_s[members[-1]]),
                    emotion=self.emotions[index] if index >= 0 else None,
                    confidence=float(self.probabilities[members, index].mean())
                    if index >= 0
                    else 0.0,
                    decided=decided,
                )
            )
        return found


def timeline(model: Model, clip: Clip, *, progress: Progress | None = None) -> Timeline:
    """Judge a recording along its time.

    Parameters
    ----------
    model : Model
    clip : Clip
        Of any duration; memory grows by a few numbers a cell only.
    progress : callable, optional
        Told the share done, 0 to 1.

    Returns
    -------
    Timeline

    Notes
    -----
    A kernel smoother: each cell takes the mean of the windows about it, weighted by the square of
    their nearness (a triangle as wide as a window) and by the speech they hold. Smoothing further,
    with a hidden Markov model over the cells, named less of a conversation right: it carried one
    speaker's emotion over the pause into the next one's.
    """
    speech = find_speech(clip)
    n_cells = max(1, int(np.ceil(clip.duration_s / CELL_S - 1e-9)))
    starts_s = np.arange(n_cells, dtype=np.float64) * np.float64(CELL_S)
    ends_s = np.minimum(starts_s + CELL_S, clip.duration_s)
    middles_s = (starts_s + ends_s) / 2
    frames = (np.arange(len(speech.active)) + 0.5) * HOP_S
    cell_of_frame = np.minimum((frames / CELL_S).astype(int), len(starts_s) - 1)
    counts = np.bincount(cell_of_frame, minlength=len(starts_s))
    spoken = np.bincount(cell_of_frame, speech.active, minlength=len(starts_s))
    speaks = spoken > 0.5 * np.maximum(counts, 1)
    smoothed = np.zeros((len(starts_s), len(model.emotions)))
    if speech.is_speech:
        windows = model.judge_windows(clip, speech, progress=progress)
        half = WINDOW_S / 2 + WINDOW_HOP_S
        for cell in np.flatnonzero(speaks):
            near = np.abs(windows.centres_s - middles_s[cell])
            weights = np.maximum(1e-6, 1 - near / half) ** 2 * windows.speech_s
            smoothed[cell] = weights @ windows.probabilities / weights.sum()
    if progress is not None:
        progress(1.0)
    return Timeline(
        starts_s=starts_s,
        ends_s=ends_s,
        probabilities=smoothed,
        decided=speaks & (smoothed.max(axis=1) >= model.threshold),
        speech=speaks,
        emotions=model.emotions,
    )
