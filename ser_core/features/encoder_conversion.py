"""Make the speech encoder's LiteRT file from Whisper's weights; needs TensorFlow, once.

``python -m ser_core.features.encoder_conversion [WEIGHTS]`` writes ``models/encoder`` and its
digests into the registry.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_core.assets import registry
from ser_core.features import encoder, encoder_weights

Tensor = Any
Weights = Mapping[str, NDArray[np.float32]]

_N_HEADS = 6
_EPSILON = 1e-5


def convert(weights: Mapping[str, NDArray[Any]]) -> bytes:
    """Whisper's two convolutions and first blocks as a LiteRT network.

    Matrices are held in 8 bits; what is multiplied with them is brought to 8 bits as it comes.

    Parameters
    ----------
    weights : mapping of str to np.ndarray
        From `encoder_weights.read`.

    Returns
    -------
    bytes
        Input: log-mel frames, shape (n, 80), n at most `encoder.MAX_FRAMES`. Outputs: the frames
        behind each of `encoder.BLOCKS`, each of shape (ceil(n / 2), 384).
    """
    import tensorflow as tf

    # Names sort as the blocks do: the file's outputs come in the order of their names.
    signature = [tf.TensorSpec([None, encoder.N_MELS], tf.float32)]
    network = tf.function(_network(weights), input_signature=signature)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([network.get_concrete_function()])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    return bytes(converter.convert())


def _network(weights: Mapping[str, NDArray[Any]]) -> Callable[[Tensor], dict[str, Tensor]]:
    import tensorflow as tf

    held = {name: tensor.astype(np.float32) for name, tensor in weights.items()}
    positions = held["encoder.positional_embedding"][: (encoder.MAX_FRAMES + 1) // 2]

    def network(mel: Tensor) -> dict[str, Tensor]:
        x = _convolution(_convolution(mel, held, "encoder.conv1", 1), held, "encoder.conv2", 2)
        x = x + tf.constant(positions)[: tf.shape(x)[0]]
        behind = {}
        for number in range(1, max(encoder.BLOCKS) + 1):
            x = _block(x, held, f"encoder.blocks.{number - 1}")
            if number in encoder.BLOCKS:
                behind[f"b{number}"] = x
        return behind

    return network


def _convolution(x: Tensor, held: Weights, name: str, stride: int) -> Tensor:
    import tensorflow as tf

    kernel = held[f"{name}.weight"].transpose(2, 1, 0)[:, None]
    padded = tf.pad(x, [[1, 1], [0, 0]])[None, :, None, :]
    heard = tf.nn.conv2d(padded, kernel, [1, stride, 1, 1], "VALID")[0, :, 0, :]
    return tf.nn.gelu(heard + held[f"{name}.bias"], approximate=False)


def _block(x: Tensor, held: Weights, name: str) -> Tensor:
    import tensorflow as tf

    h = _norm(x, held, f"{name}.attn_ln")
    # One product for all three, as CTranslate2 has it; the key has no bias.
    parts = [f"{name}.attn.{part}" for part in ("query", "key", "value")]
    matrix = np.concatenate([held[f"{part}.weight"] for part in parts])
    none = np.zeros(encoder.N_STATE, dtype=np.float32)
    bias = np.concatenate([held.get(f"{part}.bias", none) for part in parts])
    n = tf.shape(x)[0]
    query, key, value = (
        tf.transpose(tf.reshape(part, [n, _N_HEADS, -1]), [1, 0, 2])
        for part in tf.split(tf.matmul(h, matrix, transpose_b=True) + bias, 3, -1)
    )
    scale = (encoder.N_STATE // _N_HEADS) ** -0.5
    heed = tf.nn.softmax(tf.matmul(query * scale, key, transpose_b=True))
    mixed = tf.reshape(tf.transpose(tf.matmul(heed, value), [1, 0, 2]), [n, encoder.N_STATE])
    x = x + _linear(mixed, held, f"{name}.attn.out")
    inner = _linear(_norm(x, held, f"{name}.mlp_ln"), held, f"{name}.mlp.0")
    return x + _linear(tf.nn.gelu(inner, approximate=False), held, f"{name}.mlp.2")


def _norm(x: Tensor, held: Weights, name: str) -> Tensor:
    import tensorflow as tf

    centred = x - tf.reduce_mean(x, -1, keepdims=True)
    variance = tf.reduce_mean(centred * centred, -1, keepdims=True)
    scaled = centred * tf.math.rsqrt(variance + _EPSILON)
    return scaled * held[f"{name}.weight"] + held[f"{name}.bias"]


def _linear(x: Tensor, held: Weights, name: str) -> Tensor:
    import tensorflow as tf

    return tf.matmul(x, held[f"{name}.weight"], transpose_b=True) + held[f"{name}.bias"]


def write(source: encoder_weights.Source, models: Path = registry.MODELS) -> None:
    """Convert and register.

    Parameters
    ----------
    source : encoder_weights.Source
    models : Path
        Its ``encoder`` gets the network, where its weights are from, and their licence.
    """
    folder = models / encoder.FOLDER
    folder.mkdir(exist_ok=True)
    (folder / encoder.NETWORK).write_bytes(convert(source.weights))
    text = json.dumps(source.describe(), indent=1)
    (folder / "source.json").write_text(text + "\n", encoding="utf-8")
    (folder / "LICENSE").write_text(encoder_weights.LICENCE, encoding="utf-8")
    known = registry.read(models)
    known["encoder"] = {
        file: registry.sha256(folder / file) for file in (encoder.NETWORK, "source.json", "LICENSE")
    }
    registry.write(known, models)


if __name__ == "__main__":
    write(encoder_weights.find(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
