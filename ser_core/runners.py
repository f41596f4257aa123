"""The networks as they are served: a signal in, logits out. LiteRT, numpy and scipy only."""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ser_core.bundle import Bundle
from ser_core.features import MAX_DEVIATION, FeatureSettings, MelSettings, extract
from ser_core.functionals import FunctionalSettings, functionals

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # No wheel for this platform: TensorFlow carries the same interpreter.
    from tensorflow.lite import Interpreter


class Runner(Protocol):
    """A network that judges one stretch of sound."""

    def logits(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of a mono signal at 16 kHz, shape (n_emotions,)."""


def runner_of(source: Bundle) -> Runner:
    """The runner of a bundle's network."""
    runners: dict[str, type[Mlp] | type[Functionals]] = {"mlp": Mlp, "functionals": Functionals}
    return runners[source.info["network"]](source)


class _LiteRt:
    """A LiteRT network with one input and one output; one call at a time."""

    def __init__(self, tflite: bytes) -> None:
        self._interpreter = Interpreter(model_content=tflite, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._lock = threading.Lock()

    def __call__(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        with self._lock:
            self._interpreter.set_tensor(self._input, inputs)
            self._interpreter.invoke()
            return np.array(self._interpreter.get_tensor(self._output)[0])


class _Scaled:
    """A fully connected network behind the scaler of its training."""

    def __init__(self, source: Bundle) -> None:
        scaler = source.info["scaler"]
        self._columns = np.array(scaler["columns"])
        self._mean = np.array(scaler["mean"], dtype=np.float32)
        self._scale = np.array(scaler["scale"], dtype=np.float32)
        self._run = _LiteRt(source.tflite)

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        scaled = (features[self._columns] - self._mean) / self._scale
        return self._run(np.clip(scaled, -MAX_DEVIATION, MAX_DEVIATION)[np.newaxis])


class Mlp:
    """The network over the 180 features."""

    def __init__(self, source: Bundle) -> None:
        self._settings = FeatureSettings(**source.info["features"])
        self._network = _Scaled(source)

    def logits(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of a mono signal at 16 kHz, shape (n_emotions,)."""
        return self._network(extract(signal, self._settings))


class Functionals:
    """The network over the functionals of log-mel and pitch."""

    def __init__(self, source: Bundle) -> None:
        settings = dict(source.info["features"])
        mel = MelSettings(**settings.pop("mel"))
        self._settings = FunctionalSettings(mel=mel, **settings)
        self._network = _Scaled(source)

    def logits(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of a mono signal at 16 kHz, shape (n_emotions,)."""
        return self._network(functionals(signal, self._settings))
