"""A verdict on four seconds, and the 180 features, beside the usual recipe.

    python -m benchmarks.verdict

The usual recipe: ``librosa.load``, then MFCCs, chroma and a mel spectrogram from a transform of
their own each, then ``keras.Model.predict``. All in one process, in alternation, one thread each,
everything warm.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.speed import Figure, alternated, tell, voice
from ser_core import audio, load_model
from ser_core.assets import registry
from ser_core.features import classic

ROUNDS = 40


def main() -> None:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import librosa
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    network = keras.saving.load_model(registry.MODELS / "ravdess-mlp" / "model.keras")
    content = voice(4.0, 48_000)
    clip = audio.load(content)
    default, original = load_model(), load_model("ravdess-mlp")

    def usual_features(signal: Any, rate: int) -> Any:
        parts = (
            librosa.feature.mfcc(y=signal, sr=rate, n_mfcc=40),
            librosa.feature.chroma_stft(y=signal, sr=rate),
            librosa.feature.melspectrogram(y=signal, sr=rate),
        )
        return np.concatenate([part.mean(axis=1) for part in parts])

    with tempfile.TemporaryDirectory() as folder, threadpool_limits(1):
        path = Path(folder, "voice.wav")
        path.write_bytes(content)

        def usual() -> Any:
            features = usual_features(*librosa.load(path))
            return network.predict(features[np.newaxis], verbose=0)

        signal, rate = librosa.load(path)
        took = alternated(
            {
                "usual": usual,
                "default": lambda: default.predict(content),
                "original": lambda: original.predict(content),
                "usual features": lambda: usual_features(signal, int(rate)),
                "features": lambda: classic.extract(clip.signal),
                "stft": lambda: np.abs(librosa.stft(clip.signal, n_fft=1024, hop_length=256)) ** 2,
            },
            ROUNDS,
        )
    _tell(took)


def _tell(took: dict[str, tuple[float, float]]) -> None:
    cpu = {name: 1000 * found[0] for name, found in took.items()}
    wall = {name: 1000 * found[1] for name, found in took.items()}
    tell(
        "A verdict on 4 s of speech at 48 kHz, from bytes; processor time unless said",
        [
            Figure("the usual recipe", cpu["usual"], "ms"),
            Figure("the usual recipe, on the clock", wall["usual"], "ms"),
            Figure("a verdict of the default model", cpu["default"], "ms", 9),
            Figure("the same, on the clock", wall["default"], "ms"),
            Figure("a verdict of the original recipe's model", cpu["original"], "ms"),
            Figure("less than the usual by", cpu["usual"] / cpu["default"], "times", 7, True),
            Figure("original recipe: less by", cpu["usual"] / cpu["original"], "times"),
            Figure("180 features, the usual way", cpu["usual features"], "ms"),
            Figure("180 features", cpu["features"], "ms"),
            Figure(
                "less by",
                cpu["usual features"] / cpu["features"],
                "times",
                6,
                True,
            ),
            Figure("180 features, in STFTs of librosa", cpu["features"] / cpu["stft"], "STFTs", 2),
        ],
    )


if __name__ == "__main__":
    main()
