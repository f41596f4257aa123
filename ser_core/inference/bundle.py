"""A model on disk: ``model.keras`` (to train on), ``model.tflite`` (to serve), ``bundle.json``.

Reading needs no TensorFlow. Nothing here is ever a pickle, and ``model.keras`` is never loaded to
serve. Shipped bundles are checked against ``registry.json``; a bundle that differs is refused.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ser_core import architectures
from ser_core.assets import reading, registry
from ser_core.errors import BundleError
from ser_core.features import encoder
from ser_core.features.classic import FeatureSettings
from ser_core.inference import learned
from ser_core.inference.decision import Decision
from ser_core.inference.facts import BundleInfo, CorpusFacts, Report

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ser_core.data.examples import Examples
    from ser_core.training.fitting import Fitted
    from ser_core.training.settings import TrainingSettings

MODELS = registry.MODELS
FORMAT = 1
FILES = ("bundle.json", "model.tflite", "model.keras")

_PACKAGES = ("tensorflow", "keras", "numpy", "librosa", "soxr", "soundfile")


@dataclass(frozen=True, eq=False)
class Bundle:
    """What serving needs of a model.

    Attributes
    ----------
    name : str
    info : dict
        The content of ``bundle.json``.
    tflite : bytes
        The network as a LiteRT flatbuffer.
    """

    name: str
    info: BundleInfo
    tflite: bytes

    @property
    def digest(self) -> str:
        """The sha256 of its weights."""
        head = self.info.get("head")
        own = b"" if head is None else json.dumps(head, sort_keys=True).encode()
        return hashlib.sha256(self.tflite + own).hexdigest()


def describe(
    settings: TrainingSettings,
    examples: Examples,
    fitted: Fitted,
    train: NDArray[np.intp],
    *,
    name: str,
    title: str,
    decision: Decision,
    reports: dict[str, Report],
) -> BundleInfo:
    """Make the content of ``bundle.json``.

    Parameters
    ----------
    settings : TrainingSettings
    examples : Examples
    fitted : Fitted
    train : np.ndarray of int
        Positions of the recordings that it learned from.
    name, title : str
    decision : Decision
    reports : dict
        One a protocol.

    Returns
    -------
    dict
        Emotions in order, feature settings, scaler, decision, training settings with their seed,
        history, corpora with their licences, versions, the reports with protocol and interval, and
        what it learned from (`ser_core.inference.learned`).
    """
    decided: Any = decision.to_dict()
    return {
        "format": FORMAT,
        "name": name,
        "title": title,
        "network": settings.network,
        "emotions": list(examples.emotions),
        "features": _features(settings),
        "decision": decided,
        "training": settings.to_dict(),
        "seed": settings.seed,
        "n_weights": int(fitted.model.count_params()),
        "history": fitted.history,
        "corpora": [_corpus(examples, corpus) for corpus in settings.corpora],
        "versions": {"python": platform.python_version()}
        | {package: importlib.metadata.version(package) for package in _installed()},
        "reports": reports,
        "learned": learned.pack(examples.hashes[train].tolist()),
        "scaler": {
            "mean": [float(value) for value in fitted.scaler.mean],
            "scale": [float(value) for value in fitted.scaler.scale],
            "columns": [int(column) for column in fitted.columns],
        },
    }


def _features(settings: TrainingSettings) -> dict[str, Any]:
    """What the features were computed with, as plain JSON values."""
    if settings.architecture.vector == "encoder":
        return {"n_features": encoder.N_FEATURES, **registry.of_encoder()}
    return asdict(FeatureSettings())


def save(folder: Path, fitted: Fitted, info: BundleInfo) -> None:
    """Write a bundle.

    Parameters
    ----------
    folder : Path
        Made if missing; its bundle, if any, is replaced once the new one is written whole.
    fitted : Fitted
    info : dict
        From `describe`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".unfinished-", dir=folder) as made:
        unfinished = Path(made)
        fitted.model.save(unfinished / "model.keras")
        fitted.model.export(
            unfinished / "model.tflite",
            format="litert",
            verbose=False,
            **_weights_kept(info["network"]),
        )
        digest = registry.sha256(unfinished / "model.tflite")
        told: BundleInfo = {**info, "network_sha256": digest}
        text = json.dumps(told, ensure_ascii=False, indent=1, allow_nan=False)
        (unfinished / "bundle.json").write_text(text + "\n", encoding="utf-8")
        # bundle.json last: where there is one, there is a bundle.
        for file in reversed(FILES):
            (unfinished / file).replace(folder / file)


def _weights_kept(network: str) -> dict[str, Any]:
    """How the converter keeps the weights: of large networks in half precision."""
    if not architectures.get(network).hears_all:
        return {}
    import tensorflow as tf

    return {
        "optimizations": [tf.lite.Optimize.DEFAULT],
        "target_spec": {"supported_types": [tf.float16]},
    }


def read(folder: Path, *, name: str | None = None) -> Bundle:
    """Read a bundle from a folder.

    Raises
    ------
    BundleError
        With code ``no_bundle`` or ``damaged_bundle``.
    """
    name = name or folder.name
    try:
        content = (folder / "bundle.json").read_bytes()
        network = folder / "model.tflite"
        tflite = network.read_bytes() if network.exists() else b""
    except OSError as error:
        raise _missing(name) from error
    try:
        info = reading.json_of(content)
    except ValueError as error:
        raise damaged(name) from error
    if not reading.conforms(info, BundleInfo):
        raise damaged(name)
    # A network of somebody's own that stands alone is whole in bundle.json.
    if not tflite and "mixing" in info.get("head", {"mixing": ""}):
        raise _missing(name)
    if not _makes_sense(info, tflite):
        raise damaged(name)
    return Bundle(name=name, info=info, tflite=tflite)


def _makes_sense(info: BundleInfo, tflite: bytes) -> bool:
    """What the types of `BundleInfo` cannot say of it."""
    answers = info["emotions"]
    known = info.get("network_sha256", "")
    return (
        info["format"] == FORMAT
        and all(answers)
        and 1 < len(set(answers)) == len(answers)
        # Of a shipped one the registry knows it: its network is not hashed twice at each start.
        and (not known or known == hashlib.sha256(tflite).hexdigest())
    )


def _missing(name: str) -> BundleError:
    return BundleError(
        "no_bundle",
        f"There is no model {name!r}: a folder with bundle.json and model.tflite was expected. "
        f"Shipped are {', '.join(names())}; `python -m ser_core train` makes others.",
    )


def damaged(name: str) -> BundleError:
    """What is said of a model whose files hold something else than a bundle's."""
    return BundleError(
        "damaged_bundle",
        f"The model {name!r} cannot be read: its bundle.json (format {FORMAT} was expected) or its "
        "model.tflite is damaged or incomplete. Train it again, or take the bundle again from "
        "where it came.",
    )


def read_shipped(name: str | None = None, *, models: Path = MODELS) -> Bundle:
    """Read one of the shipped bundles, checked against the registry.

    Parameters
    ----------
    name : str, optional
        Without it, the default that the app uses.
    models : Path

    Raises
    ------
    BundleError
        With code ``no_bundle``, ``damaged_bundle`` or ``changed_bundle``.
    """
    known = registry.read(models)
    name = name or known["default"]
    if name not in known["models"]:
        raise BundleError(
            "no_bundle",
            f"There is no model {name!r}; the shipped models are "
            f"{', '.join(known['models'])}. A path to a bundle's folder works, too.",
        )
    registry.check(models / name, known["models"][name], f"model {name!r}")
    return read(models / name, name=name)


def names(models: Path = MODELS) -> list[str]:
    """Names of the shipped models, the default first."""
    known = registry.read(models)
    return sorted(known["models"], key=lambda name: name != known["default"])


def register(name: str, *, models: Path = MODELS, default: bool = False) -> None:
    """Write the hashes of a bundle in `models` into the registry."""
    known: registry.Registry = {"default": name, "models": {}}
    if (models / registry.REGISTRY).exists():
        known = registry.read(models)
    known["models"][name] = {file: registry.sha256(models / name / file) for file in FILES}
    if default:
        known["default"] = name
    registry.write(known, models)


def _corpus(examples: Examples, corpus: str) -> CorpusFacts:
    inside = (examples.corpora == corpus) & (examples.labels >= 0)
    from ser_core.corpora import CORPORA  # only who trains knows corpora

    about = CORPORA[corpus]
    return {
        "name": corpus,
        "title": about.TITLE,
        "language": about.LANGUAGE,
        "licence": about.LICENCE,
        "source": about.SOURCE,
        "citation": about.BIBTEX,
        "n_recordings": int(inside.sum()),
        "n_speakers": len(set(examples.speakers[inside].tolist())),
    }


def _installed() -> list[str]:
    known = {entry.metadata["Name"].lower() for entry in importlib.metadata.distributions()}
    # Wheels of one library come under several names (tensorflow, tensorflow-cpu).
    return [package for package in _PACKAGES if package in known]
