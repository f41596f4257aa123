"""What is heard when: a model's verdicts along a recording."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import Clip
from ser_core.inference.decision import NO_SPEECH
from ser_core.inference.predictor import Model, Progress
from ser_core.inference.windows import WINDOW_HOP_S, WINDOW_S, Windows
from ser_core.speech.activity import HOP_S, Speech, find_speech

CELL_S = 0.25
"""Length of the timeline's cells in seconds."""


FIRST_S = 10.0
"""So much of a long recording is heard first, to have something to show."""

REACH_S = WINDOW_S / 2 + WINDOW_HOP_S
"""How far from its middle a window is heard, in seconds."""


@dataclass(frozen=True)
class Segment:
    """A stretch of a recording with one verdict.

    Attributes
    ----------
    start_s, end_s : float
    verdict : str
        As `ser_core.inference.predictor.Prediction` has it.
    emotion : str or None
        The most likely of the emotions; None where nobody speaks.
    confidence : float
        Its mean probability; 0 where nobody speaks.
    decided : bool
        Whether the verdict is one of the emotions.
    probabilities : dict
        Mean probability of each answer that the model knows; empty where nobody speaks.
    """

    start_s: float
    end_s: float
    verdict: str
    emotion: str | None
    confidence: float
    decided: bool
    probabilities: dict[str, float]

    @property
    def likeliest(self) -> str | None:
        """The most likely answer, whether it is sure enough to be given; None in silence."""
        return max(self.probabilities, key=self.probabilities.__getitem__, default=None)


@dataclass(frozen=True, eq=False)
class Timeline:
    """What is heard when, in n adjoining cells.

    Attributes
    ----------
    starts_s, ends_s : np.ndarray of float64, shape (n,)
    probabilities : np.ndarray of float64, shape (n, n_answers)
        Of each answer, smoothed over time; rows of silence are zeros.
    verdicts : tuple of str, length n
        As `ser_core.inference.predictor.Prediction` has them.
    emotions : tuple of str
    answers : tuple of str
        The emotions, and ``ordinary`` where the model knows it.
    """

    starts_s: NDArray[np.float64] = field(repr=False)
    ends_s: NDArray[np.float64] = field(repr=False)
    probabilities: NDArray[np.float64] = field(repr=False)
    verdicts: tuple[str, ...] = field(repr=False)
    emotions: tuple[str, ...]
    answers: tuple[str, ...]

    @property
    def speech(self) -> NDArray[np.bool_]:
        """Whether anybody speaks, shape (n,)."""
        return np.array([verdict != NO_SPEECH for verdict in self.verdicts], dtype=bool)

    @property
    def decided(self) -> NDArray[np.bool_]:
        """Whether the verdict is one of the emotions, shape (n,)."""
        return np.array([verdict in self.emotions for verdict in self.verdicts], dtype=bool)

    def segments(self) -> list[Segment]:
        """Neighbouring cells of one verdict, joined; they cover the recording without gaps.

        Where it is not sure, another answer that becomes the most likely one begins another
        segment.
        """
        best = self.probabilities.argmax(axis=1).tolist()
        found = []
        for (verdict, _), cells in groupby(
            range(len(best)), key=lambda cell: (self.verdicts[cell], best[cell])
        ):
            members = list(cells)
            means = self.probabilities[members].mean(axis=0)
            shares = dict(zip(self.answers, means.tolist(), strict=True))
            emotion = max(self.emotions, key=lambda name: shares[name])
            silent = verdict == NO_SPEECH
            found.append(
                Segment(
                    start_s=float(self.starts_s[members[0]]),
                    end_s=float(self.ends_s[members[-1]]),
                    verdict=verdict,
                    emotion=None if silent else emotion,
                    confidence=0.0 if silent else shares[emotion],
                    decided=verdict in self.emotions,
                    probabilities={} if silent else shares,
                )
            )
        return found


def timeline(
    model: Model,
    clip: Clip,
    *,
    progress: Progress | None = None,
    so_far: Callable[[Timeline], None] | None = None,
) -> Timeline:
    """Judge a recording along its time.

    Parameters
    ----------
    model : Model
    clip : Clip
        Of any duration; memory grows by a few numbers a cell only.
    progress : callable, optional
        Told the share done, 0 to 1.
    so_far : callable, optional
        Told the timeline of a long recording as far as it is known: of its first `FIRST_S`, heard
        as if there were no more, at once; then, as they will stand, of ever longer parts.

    Returns
    -------
    Timeline

    Notes
    -----
    A kernel smoother: each cell takes the mean of the windows about it, weighted by the square of
    their nearness (a triangle as wide as a window) and by the speech they hold. Smoothing further,
    with a hidden Markov model over the cells, named less of a conversation right: it carried one
    speaker's emotion over the pause into the next one's.

    Examples
    --------
    >>> from ser_core import audio, load_model
    >>> from ser_core.data import sounds
    >>> heard = timeline(load_model("ravdess-mlp"), audio.load(sounds.make("melody")))
    >>> [(segment.verdict, segment.end_s) for segment in heard.segments()]
    [('no_speech', 3.55)]
    """
    if so_far is not None and clip.duration_s > 2 * FIRST_S:
        so_far(timeline(model, Clip(clip.signal[: round(FIRST_S * clip.sampling_rate)])))
    speech = find_speech(clip)
    cells = _Cells(model, clip, speech)
    if speech.is_speech:
        heard: list[Windows] = []

        def part(windows: Windows) -> None:
            heard.append(windows)
            # What lies nearer to the next window is not settled yet.
            settled_s = float(windows.centres_s[-1]) + WINDOW_HOP_S - REACH_S
            if so_far is not None and settled_s > FIRST_S:
                cells.fill(_joined(heard), settled_s)
                so_far(cells.timeline(settled_s))

        windows = model.judge_windows(clip, speech, progress=progress, so_far=part)
        cells.fill(windows)
    if progress is not None:
        progress(1.0)
    return cells.timeline()


class _Cells:
    """The cells of a recording, to be filled in.

    Parameters
    ----------
    model : Model
    clip : Clip
    speech : Speech
        Of the whole recording.
    """

    def __init__(self, model: Model, clip: Clip, speech: Speech) -> None:
        self._model = model
        n_cells = max(1, int(np.ceil(clip.duration_s / CELL_S - 1e-9)))
        self._starts_s = np.arange(n_cells, dtype=np.float64) * np.float64(CELL_S)
        self._ends_s = np.minimum(self._starts_s + CELL_S, clip.duration_s)
        self._middles_s = (self._starts_s + self._ends_s) / 2
        frames = (np.arange(len(speech.active)) + 0.5) * HOP_S
        cell_of_frame = np.minimum((frames / CELL_S).astype(int), n_cells - 1)
        counts = np.bincount(cell_of_frame, minlength=n_cells)
        spoken = np.bincount(cell_of_frame, speech.active, minlength=n_cells)
        self._speaks = spoken > 0.5 * np.maximum(counts, 1)
        self._told = np.zeros((n_cells, len(model.answers)))
        self._verdicts = np.full(n_cells, NO_SPEECH, dtype=object)
        self._filled_s = 0.0

    def fill(self, windows: Windows, until_s: float | None = None) -> None:
        """Judge the cells that are new up to a moment, or all of them anew."""
        chosen = self._speaks.copy()
        if until_s is not None:
            chosen &= (self._middles_s >= self._filled_s) & (self._middles_s < until_s)
            self._filled_s = max(self._filled_s, until_s)
        cells = np.flatnonzero(chosen)
        if len(cells):
            shares = smoothed(windows, self._middles_s[cells])
            self._told[cells] = self._model.decision.told(shares)
            self._verdicts[cells] = self._model.verdicts(shares)

    def timeline(self, until_s: float = np.inf) -> Timeline:
        """What is heard when, up to a moment."""
        n_cells = int(np.count_nonzero(self._middles_s < until_s))
        return Timeline(
            starts_s=self._starts_s[:n_cells],
            ends_s=self._ends_s[:n_cells],
            probabilities=self._told[:n_cells].copy(),
            verdicts=tuple(self._verdicts[:n_cells].tolist()),
            emotions=self._model.emotions,
            answers=self._model.answers,
        )


def _joined(parts: Sequence[Windows]) -> Windows:
    """Windows that follow each other."""
    return Windows(
        np.concatenate([part.centres_s for part in parts]),
        np.concatenate([part.shares for part in parts]),
        np.concatenate([part.speech_s for part in parts]),
    )


def nothing_yet(emotions: tuple[str, ...], answers: tuple[str, ...]) -> Timeline:
    """A timeline of which no cell is known."""
    nothing = np.zeros(0)
    return Timeline(nothing, nothing, np.zeros((0, len(answers))), (), emotions, answers)


def smoothed(windows: Windows, middles_s: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean shares of the windows about some moments; see the notes of `timeline`.

    Parameters
    ----------
    windows : Windows
    middles_s : np.ndarray of float64, shape (n_moments,)
        In seconds.

    Returns
    -------
    np.ndarray of float64, shape (n_moments, n_outputs)
    """
    shares = np.empty((len(middles_s), windows.shares.shape[1]))
    for row, middle_s in enumerate(middles_s):
        near = np.abs(windows.centres_s - middle_s)
        weights = np.maximum(1e-6, 1 - near / REACH_S) ** 2 * windows.speech_s
        shares[row] = weights @ windows.shares / weights.sum()
    return shares
