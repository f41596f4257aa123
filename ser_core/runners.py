"""The networks as they are served: a signal in, logits out. LiteRT, numpy and scipy only."""

from __future__ import annotations

import threading
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ser_core.bundle import Bundle
from ser_core.features import FeatureSettings, extract

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
    return Mlp(source)


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


class Mlp:
    """The network over the 180 features."""

    def __init__(self, source: Bundle) -> None:
        scaler = source.info["scaler"]
        self._settings = FeatureSettings(**source.info["features"])
        self._columns = np.array(scaler["columns"])
        self._mean = np.array(scaler["mean"], dtype=np.float32)
        self._scale = np.array(scaler["scale"], dtype=np.float32)
        self._run = _LiteRt(source.tflite)

    def logits(self, signal: NDArray[np.float32]) -> NDArray[np.float32]:
        features = extract(signal, self._settings)[self._columns]
        return self._run(((features - self._mean) / self._scale)[np.newaxis])
