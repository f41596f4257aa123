"""Undertone's core: hears which emotion a voice carries, and says how sure it is.

>>> from ser_core import load_model
>>> load_model().predict("clip.wav").emotion  # doctest: +SKIP
'angry'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ser_core.emotions import EMOTIONS
from ser_core.errors import (
    AudioError,
    BundleError,
    CorpusError,
    DataError,
    SerError,
    SettingsError,
)

if TYPE_CHECKING:
    from ser_core.inference.prediction import Prediction
    from ser_core.inference.predictor import Model, load_model

__version__ = "0.1.0"

__all__ = [
    "EMOTIONS",
    "AudioError",
    "BundleError",
    "CorpusError",
    "DataError",
    "Model",
    "Prediction",
    "SerError",
    "SettingsError",
    "load_model",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use: corpora and errors are wanted without an interpreter.
    if name in {"Model", "Prediction", "load_model"}:
        from ser_core.inference import predictor

        return getattr(predictor, name)
    raise AttributeError(f"module 'ser_core' has no attribute {name!r}")
