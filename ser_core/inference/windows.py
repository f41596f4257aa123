"""The overlapping windows in which a recording is heard: where they lie, what speech they hold."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import Clip
from ser_core.speech.activity import HOP_S, Speech

LONG_S = 6.0
"""Recordings longer than this are judged window by window, in seconds."""

WINDOW_S, WINDOW_HOP_S = 3.0, 0.5
"""Length and step of the windows: a short sentence, as the networks learned."""

MIN_SPEECH_S = 0.4
"""A window with less speech than this says nothing."""


@dataclass(frozen=True, eq=False)
class Passages:
    """What a network is given along a recording, n windows of it.

    Attributes
    ----------
    starts_s, ends_s : np.ndarray of float64, shape (n,)
        In seconds.
    speech_s : np.ndarray of float64, shape (n,)
        How much speech each holds, in seconds.
    values : np.ndarray of float32, shape (n, n_features)
    """

    starts_s: NDArray[np.float64] = field(repr=False)
    ends_s: NDArray[np.float64] = field(repr=False)
    speech_s: NDArray[np.float64] = field(repr=False)
    values: NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True, eq=False)
class Windows:
    """What a model hears in the overlapping windows of a recording that hold speech.

    Attributes
    ----------
    centres_s : np.ndarray of float64, shape (n,)
        Their middles in seconds.
    shares : np.ndarray of float64, shape (n, n_outputs)
        As of `Model.judge`.
    speech_s : np.ndarray of float64, shape (n,)
        How much speech each holds, in seconds.
    """

    centres_s: NDArray[np.float64] = field(repr=False)
    shares: NDArray[np.float64] = field(repr=False)
    speech_s: NDArray[np.float64] = field(repr=False)

    def mean(self) -> NDArray[np.float64]:
        """Mean shares, weighted by speech, shape (n_outputs,)."""
        return np.asarray(np.average(self.shares, axis=0, weights=self.speech_s))


@dataclass(frozen=True, eq=False)
class Spoken:
    """The overlapping windows of a recording that hold speech, n of them.

    Attributes
    ----------
    starts_s, speech_s : np.ndarray of float64, shape (n,)
        Where each begins and how much speech it holds, in seconds.
    bounds : list of (int, int)
        Its first sample, and the one behind its last.
    """

    starts_s: NDArray[np.float64]
    speech_s: NDArray[np.float64]
    bounds: list[tuple[int, int]]


def spoken(clip: Clip, speech: Speech) -> Spoken:
    """The windows of a recording, of which at least one is taken, whatever it holds.

    Parameters
    ----------
    clip : Clip
    speech : Speech
        From `ser_core.speech.activity.find_speech`.
    """
    last_s = max(0.0, clip.duration_s - WINDOW_S)
    starts_s = np.append(np.arange(0.0, last_s, WINDOW_HOP_S), last_s)
    so_far = np.concatenate([[0], np.cumsum(speech.active)]) * HOP_S
    edges = [
        np.clip(np.rint(at / HOP_S).astype(int), 0, len(speech.active))
        for at in (starts_s, starts_s + WINDOW_S)
    ]
    speech_s = so_far[edges[1]] - so_far[edges[0]]
    # Where all of them hold little, the fullest is all there is.
    chosen = np.flatnonzero(speech_s >= min(MIN_SPEECH_S, speech_s.max()))
    starts = np.rint(starts_s[chosen] * clip.sampling_rate).astype(int).tolist()
    length = round(WINDOW_S * clip.sampling_rate)
    bounds = [(start, start + length) for start in starts]
    return Spoken(starts_s[chosen], speech_s[chosen], bounds)
