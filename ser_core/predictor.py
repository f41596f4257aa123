"""A bundle in, verdicts out. LiteRT and numpy only: neither TensorFlow nor librosa is imported."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from ser_core import audio, bundle, learned, quality
from ser_core.audio import AudioSource, Clip, QualityWarning
from ser_core.runners import runner_of
from ser_core.speech import HOP_S, Speech

LONG_S = 6.0
"""Recordings longer than this are judged window by window, in seconds."""

WINDOW_S, WINDOW_HOP_S = 3.0, 0.5
"""Length and step of the windows: a short sentence, as the networks learned."""

# A window with less speech than this says nothing.
_MIN_SPEECH_S = 0.4
_WINDOWS_AT_ONCE = 8

SEEN = QualityWarning(
    "seen_in_training",
    "The model learned from this very recording and may remember it: what it says here is no "
    "evidence of how well it hears a stranger. Try a recording of your own.",
)

Progress = Callable[[float], None]


def whole_percent(share: float) -> int:
    """A probability as it is said: rounded down, and never certain."""
    return min(99, int(100 * share))


@dataclass(frozen=True)
class Prediction:
    """What a model heard in a recording.

    Attributes
    ----------
    emotion : str
        The most likely emotion.
    confidence : float
        Its probability, calibrated on speakers that the model never heard.
    decided : bool
        False where the app says "not sure": the confidence is below the bundle's threshold, or
        nobody speaks.
    probabilities : dict
        Of each emotion; they sum to 1.
    duration_s : float
        Of the recording, in seconds.
    warnings : tuple of QualityWarning
        What about the recording makes the verdict less sure: those of the clip and of
        `ser_core.quality.check`, and ``seen_in_training`` where the model learned from it.
    """

    emotion: str
    confidence: float
    decided: bool
    probabilities: dict[str, float]
    duration_s: float
    warnings: tuple[QualityWarning, ...] = ()

    @property
    def heard_speech(self) -> bool:
        """Whether anybody speaks in the recording."""
        return all(warning.code != "no_speech" for warning in self.warnings)

    @property
    def seen_in_training(self) -> bool:
        """Whether the model learned from this very recording."""
        return any(warning.code == SEEN.code for warning in self.warnings)

    @property
    def ranked(self) -> list[str]:
        """The emotions, most likely first."""
        return sorted(self.probabilities, key=lambda name: -self.probabilities[name])

    @property
    def verdict(self) -> str:
        """The verdict in words, e.g. "Sounds angry, 82 %"."""
        if not self.heard_speech:
            return "No speech heard"
        if self.decided:
            return f"Sounds {self.emotion}, {whole_percent(self.confidence)} %"
        first, second = self.ranked[:2]
        return f"Not sure: between {first} and {second}"

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, in the command line's contract."""
        return {
            "emotion": self.emotion,
            "confidence": self.confidence,
            "decided": self.decided,
            "probabilities": dict(self.probabilities),
            "duration_s": self.duration_s,
            "warnings": [warning.code for warning in self.warnings],
        }


@dataclass(frozen=True, eq=False)
class Windows:
    """A model's verdicts on the overlapping windows of a recording that hold speech.

    Attributes
    ----------
    centres_s : np.ndarray of float64, shape (n,)
        Their middles in seconds.
    probabilities : np.ndarray of float64, shape (n, n_emotions)
    speech_s : np.ndarray of float64, shape (n,)
        How much speech each holds, in seconds.
    """

    centres_s: NDArray[np.float64] = field(repr=False)
    probabilities: NDArray[np.float64] = field(repr=False)
    speech_s: NDArray[np.float64] = field(repr=False)

    def mean(self) -> NDArray[np.float64]:
        """Mean probabilities, weighted by speech, shape (n_emotions,)."""
        return np.asarray(np.average(self.probabilities, axis=0, weights=self.speech_s))


class Model:
    """A bundle, ready to judge recordings. Safe to share between threads.

    Parameters
    ----------
    source : Bundle
    """

    def __init__(self, source: bundle.Bundle) -> None:
        self.name = source.name
        self.info = source.info
        self.emotions: tuple[str, ...] = tuple(source.info["emotions"])
        self._network = runner_of(source)
        self._temperature = float(source.info["decision"]["temperature"])
        self.threshold = float(source.info["decision"]["threshold"])
        self._learned = learned.unpack(source.info["learned"])
        # Verdict, timeline and explanation of one clip want the same windows.
        self._windows: WeakKeyDictionary[Clip, Windows] = WeakKeyDictionary()

    @property
    def title(self) -> str:
        """Name for people."""
        return str(self.info["title"])

    def predict(
        self, source: AudioSource, *, max_duration_s: float = audio.LONG_DURATION_S
    ) -> Prediction:
        """Decode and judge a recording.

        Parameters
        ----------
        source : str, Path or bytes
        max_duration_s : float
            Longest recording accepted, in seconds.

        Returns
        -------
        Prediction

        Raises
        ------
        AudioError
            For a recording that cannot be used.
        """
        return self.predict_clip(audio.load(source, max_duration_s=max_duration_s))

    def predict_clip(self, clip: Clip, *, progress: Progress | None = None) -> Prediction:
        """Judge a decoded recording.

        Parameters
        ----------
        clip : Clip
            One longer than `LONG_S` is judged window by window, each weighted by its speech.
        progress : callable, optional
            Told the share done, 0 to 1.

        Returns
        -------
        Prediction
        """
        measured = quality.measure(clip)
        warnings = clip.warnings + quality.warnings_of(measured, clip.duration_s)
        if learned.holds(self._learned, audio.digest(clip.signal)):
            warnings += (SEEN,)
        if clip.duration_s > LONG_S and measured.speech.is_speech:
            values = self.judge_windows(clip, measured.speech, progress=progress).mean()
        else:
            # Without speech nothing is decided; its beginning stands for a long recording.
            values = self.judge(clip.signal[: int(LONG_S * clip.sampling_rate)])
        probabilities = dict(zip(self.emotions, (float(value) for value in values), strict=True))
        best = max(probabilities, key=lambda name: probabilities[name])
        return Prediction(
            emotion=best,
            confidence=probabilities[best],
            decided=measured.speech.is_speech and probabilities[best] >= self.threshold,
            probabilities=probabilities,
            duration_s=clip.duration_s,
            warnings=warnings,
        )

    def judge(self, signal: NDArray[np.float32]) -> NDArray[np.float64]:
        """Calibrated probabilities of one stretch of sound, whatever it holds.

        Parameters
        ----------
        signal : np.ndarray of float32, shape (n_samples,)
            Mono at 16 kHz, some seconds long.

        Returns
        -------
        np.ndarray of float64, shape (n_emotions,)
        """
        return np.asarray(self.judge_all([signal])[0])

    def judge_all(self, signals: Sequence[NDArray[np.float32]]) -> NDArray[np.float64]:
        """`judge` for several stretches, in less time than one by one.

        Returns
        -------
        np.ndarray of float64, shape (n_signals, n_emotions)
        """
        logits = self._network.logits(signals).astype(np.float64)
        return np.asarray(softmax(logits / self._temperature, axis=1))

    def judge_windows(
        self, clip: Clip, speech: Speech, *, progress: Progress | None = None
    ) -> Windows:
        """Judge the overlapping windows of a recording that hold speech.

        Parameters
        ----------
        clip : Clip
        speech : Speech
            From `ser_core.speech.find_speech`; with some speech in it.
        progress : callable, optional
            Told the share done, 0 to 1.

        Returns
        -------
        Windows
            At least one.
        """
        if clip in self._windows:
            return self._windows[clip]
        last_s = max(0.0, clip.duration_s - WINDOW_S)
        starts_s = np.append(np.arange(0.0, last_s, WINDOW_HOP_S), last_s)
        spoken = np.concatenate([[0], np.cumsum(speech.active)]) * HOP_S
        edges = [
            np.clip(np.rint(at / HOP_S).astype(int), 0, len(speech.active))
            for at in (starts_s, starts_s + WINDOW_S)
        ]
        speech_s = spoken[edges[1]] - spoken[edges[0]]
        # Where all of them hold little, the fullest is all there is.
        chosen = np.flatnonzero(speech_s >= min(_MIN_SPEECH_S, speech_s.max()))
        probabilities = []
        for done in range(0, len(chosen), _WINDOWS_AT_ONCE):
            starts = np.rint(starts_s[chosen[done : done + _WINDOWS_AT_ONCE]] * clip.sampling_rate)
            length = round(WINDOW_S * clip.sampling_rate)
            probabilities.append(
                self.judge_all(
                    [clip.signal[start : start + length] for start in starts.astype(int)]
                )
            )
            if progress is not None:
                progress((done + len(starts)) / len(chosen))
        self._windows[clip] = Windows(
            centres_s=starts_s[chosen] + min(WINDOW_S, clip.duration_s) / 2,
            probabilities=np.concatenate(probabilities),
            speech_s=speech_s[chosen],
        )
        return self._windows[clip]


def load_model(name_or_path: str | Path | None = None) -> Model:
    """Load a model.

    Parameters
    ----------
    name_or_path : str or Path, optional
        Name of a shipped model, or the folder of a bundle. Without it, the default of the app.

    Returns
    -------
    Model

    Raises
    ------
    BundleError
        For a model that is not there, is damaged, or is not the one that was shipped.
    """
    if name_or_path is not None and os.path.isdir(name_or_path):
        found = bundle.read(Path(name_or_path))
    else:
        found = bundle.read_shipped(None if name_or_path is None else str(name_or_path))
    try:
        return Model(found)
    except (KeyError, TypeError, ValueError) as error:
        raise bundle.damaged(found.name) from error
