"""A bundle in, verdicts out. LiteRT and numpy only: neither TensorFlow nor librosa is imported."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from ser_core import audio, bundle, quality
from ser_core.audio import AudioSource, Clip
from ser_core.quality import QualityWarning
from ser_core.runners import runner_of


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
        False where the app says "not sure": the confidence is below the bundle's threshold.
    probabilities : dict
        Of each emotion; they sum to 1.
    duration_s : float
        Of the recording, in seconds.
    warnings : tuple of QualityWarning
        What about the recording makes the verdict less sure.
    """

    emotion: str
    confidence: float
    decided: bool
    probabilities: dict[str, float]
    duration_s: float
    warnings: tuple[QualityWarning, ...] = ()

    @property
    def ranked(self) -> list[str]:
        """The emotions, most likely first."""
        return sorted(self.probabilities, key=lambda name: -self.probabilities[name])

    @property
    def verdict(self) -> str:
        """The verdict in words, e.g. "Sounds angry, 82 %"."""
        if self.decided:
            # Never rounded up to certainty.
            return f"Sounds {self.emotion}, {min(99, int(100 * self.confidence))} %"
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
        self._threshold = float(source.info["decision"]["threshold"])

    @property
    def title(self) -> str:
        """Name for people."""
        return str(self.info["title"])

    def predict(self, source: AudioSource, **limits: Any) -> Prediction:
        """Decode and judge a recording.

        Parameters
        ----------
        source : str, Path or bytes
        **limits
            Passed to `ser_core.audio.load`.

        Returns
        -------
        Prediction

        Raises
        ------
        AudioError
            For a recording that cannot be used.
        """
        return self.predict_clip(audio.load(source, **limits))

    def predict_clip(self, clip: Clip) -> Prediction:
        """Judge a decoded recording."""
        logits = self._network.logits(clip.signal)
        values = softmax(logits.astype(np.float64) / self._temperature)
        probabilities = dict(zip(self.emotions, (float(value) for value in values), strict=True))
        best = max(probabilities, key=lambda name: probabilities[name])
        return Prediction(
            emotion=best,
            confidence=probabilities[best],
            decided=probabilities[best] >= self._threshold,
            probabilities=probabilities,
            duration_s=clip.duration_s,
            warnings=quality.check(clip),
        )


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
    if name_or_path is not None and Path(name_or_path).is_dir():
        return Model(bundle.read(Path(name_or_path)))
    return Model(bundle.read_shipped(None if name_or_path is None else str(name_or_path)))
