"""The networks as they are served: signals in, logits out. LiteRT, numpy and scipy only."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from ser_core import architectures
from ser_core.audio import SAMPLE_RATE
from ser_core.errors import BundleError
from ser_core.features import encoder, passages
from ser_core.features.classic import FeatureSettings, extract
from ser_core.features.scaler import Scaler
from ser_core.inference.bundle import Bundle
from ser_core.inference.decision import Decision
from ser_core.inference.head import Head, log_shares
from ser_core.speech.activity import Speech

try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:  # No wheel for this platform: TensorFlow carries the same interpreter.
    from tensorflow.lite import Interpreter


_WINDOWS_AT_ONCE = 8
_JUDGED_AT_ONCE = 64


class Runner(ABC):
    """A network that judges stretches of sound."""

    @abstractmethod
    def features(self, signals: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """What the network is given of mono signals at 16 kHz, shape (n_signals, n_features)."""

    @abstractmethod
    def judge(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits for what `features` gives, shape (n, n_outputs)."""

    def logits(self, signals: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """Logits of mono signals at 16 kHz, shape (n_signals, n_outputs)."""
        return self.judge(self.features(signals))

    def along(
        self,
        signal: NDArray[np.float32],
        windows: Sequence[tuple[int, int]],
        speech: Speech,
        *,
        progress: Callable[[float], None] | None = None,
        so_far: Callable[[NDArray[np.float32]], None] | None = None,
    ) -> NDArray[np.float32]:
        """Logits of windows of one recording.

        Parameters
        ----------
        signal : np.ndarray of float32, shape (n_samples,)
            Mono at 16 kHz.
        windows : sequence of (int, int)
            First sample of each, and the one behind its last; in order of time.
        speech : Speech
            Of the whole recording.
        progress : callable, optional
            Told the share done, 0 to 1.
        so_far : callable, optional
            Told the logits of the next windows as soon as they are known.

        Returns
        -------
        np.ndarray of float32, shape (n_windows, n_outputs)
        """
        return self._bunches(self.logits, signal, windows, progress, so_far)

    def features_along(
        self, signal: NDArray[np.float32], windows: Sequence[tuple[int, int]], speech: Speech
    ) -> NDArray[np.float32]:
        """What the network is given of windows of one recording; see `along`."""
        return self._bunches(self.features, signal, windows)

    @staticmethod
    def _bunches(
        of: Callable[[Sequence[NDArray[np.float32]]], NDArray[np.float32]],
        signal: NDArray[np.float32],
        windows: Sequence[tuple[int, int]],
        progress: Callable[[float], None] | None = None,
        so_far: Callable[[NDArray[np.float32]], None] | None = None,
    ) -> NDArray[np.float32]:
        found = []
        for done in range(0, len(windows), _WINDOWS_AT_ONCE):
            some = windows[done : done + _WINDOWS_AT_ONCE]
            found.append(of([signal[start:stop] for start, stop in some]))
            if so_far is not None:
                so_far(found[-1])
            if progress is not None:
                progress((done + len(some)) / len(windows))
        return np.concatenate(found)


def runner_of(source: Bundle) -> Runner:
    """The runner of a bundle's network."""
    if "head" in source.info:
        return Headed(source)
    return _RUNNERS[architectures.get(source.info["network"]).vector](source)


class _LiteRt:
    """A LiteRT network over features with one output; one call at a time."""

    def __init__(self, tflite: bytes) -> None:
        self._interpreter = Interpreter(model_content=tflite, num_threads=1)
        self._lock = threading.Lock()
        self._size = 0
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._output = self._interpreter.get_output_details()[0]["index"]

    def __call__(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits, shape (n, n_outputs), of features of shape (n, n_features)."""
        with self._lock:
            if len(features) != self._size:
                self._interpreter.resize_tensor_input(self._input, features.shape)
                self._interpreter.allocate_tensors()
                self._size = len(features)
            self._interpreter.set_tensor(self._input, features)
            self._interpreter.invoke()
            return np.array(self._interpreter.get_tensor(self._output))


def scaling(source: Bundle) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """The scaler of a network's training, over those of the features that it sees.

    Parameters
    ----------
    source : Bundle

    Returns
    -------
    callable
        From features of shape (n, n_features) to what the network is given.
    """
    facts = source.info["scaler"]
    columns = np.array(facts["columns"])
    mean, scale = (np.array(facts[name], dtype=np.float32) for name in ("mean", "scale"))
    scaler = Scaler(mean, scale)
    return lambda features: scaler(features[:, columns])


class Mlp(Runner):
    """The network over the 180 features."""

    def __init__(self, source: Bundle) -> None:
        self._settings = FeatureSettings(**source.info["features"])
        if self._settings.sampling_rate != SAMPLE_RATE:
            raise BundleError(
                "other_rate",
                f"The model {source.name!r} hears sounds of {self._settings.sampling_rate:,} Hz, "
                f"and here they have {SAMPLE_RATE:,}. Train it again from recordings.",
            )
        self._scale = scaling(source)
        self._run = _LiteRt(source.tflite)

    def features(self, signals: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """The 180 features of mono signals at 16 kHz, shape (n_signals, 180)."""
        return np.stack([extract(signal, self._settings) for signal in signals])

    def judge(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits for the 180 features, shape (n, n_outputs)."""
        return self._run(self._scale(features))


class Encoded(Runner):
    """The network over what the speech encoder says."""

    def __init__(self, source: Bundle) -> None:
        self._encoder = encoder.load()
        self._scale = scaling(source)
        self._run = _LiteRt(source.tflite)

    def features(self, signals: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
        """The encoder's pooled numbers of mono signals at 16 kHz, shape (n_signals, 1536)."""
        return np.stack([encoder.features(signal) for signal in signals])

    def judge(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits for the pooled numbers, shape (n, n_outputs)."""
        return self._run(self._scale(features))

    def features_along(
        self, signal: NDArray[np.float32], windows: Sequence[tuple[int, int]], speech: Speech
    ) -> NDArray[np.float32]:
        """The pooled numbers of windows of one recording, which is encoded once."""
        return passages.features(signal, windows, speech, self._encoder)

    def along(
        self,
        signal: NDArray[np.float32],
        windows: Sequence[tuple[int, int]],
        speech: Speech,
        *,
        progress: Callable[[float], None] | None = None,
        so_far: Callable[[NDArray[np.float32]], None] | None = None,
    ) -> NDArray[np.float32]:
        """Logits of windows of one recording, which is encoded once; see `Runner.along`."""
        found = []
        waiting = np.empty((0, encoder.N_FEATURES), dtype=np.float32)
        told = passages.in_turn(signal, windows, speech, self._encoder, progress=progress)
        # Not all at once: copies of ten minutes' windows are 22 MB.
        for rows in chain(told, [waiting]):
            waiting = np.concatenate([waiting, rows])
            while len(waiting) >= _JUDGED_AT_ONCE or (len(waiting) and not len(rows)):
                found.append(self.judge(waiting[:_JUDGED_AT_ONCE]))
                waiting = waiting[_JUDGED_AT_ONCE:]
                if so_far is not None:
                    so_far(found[-1])
        return np.concatenate(found)


class Headed(Encoded):
    """A network of somebody's own over the same numbers, or on top of a shipped one's answers."""

    def __init__(self, source: Bundle) -> None:
        self._head = Head.from_dict(source.info["head"])
        self._decision = Decision.from_dict(source.info["base"])
        self._encoder = encoder.load()
        self._scale = scaling(source)
        if self._head.mixing is not None:
            self._run = _LiteRt(source.tflite)

    def judge(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of the own classes for the pooled numbers, shape (n, n_classes)."""
        if self._head.mixing is None:
            return self._head(self._scale(features))
        scaled = self._scale(features)
        shares = self._decision.probabilities(self._run(scaled))
        return self._head(scaled, log_shares(shares))


_RUNNERS: dict[str, type[Mlp] | type[Encoded]] = {"classic": Mlp, "encoder": Encoded}
"""The runner of each feature set."""
