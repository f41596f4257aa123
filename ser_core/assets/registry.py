"""The registry of what ships in ``models``: SHA-256 of each file. One that differs is refused."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import NotRequired, TypedDict

from ser_core import assets
from ser_core.assets import reading
from ser_core.errors import BundleError

MODELS = assets.MODELS
REGISTRY = "registry.json"


class Registry(TypedDict):
    """What ships in a folder of models, a digest a file.

    ``default``: a model's name; ``models``: for each its files' digests; ``encoder``: those of the
    speech encoder.
    """

    default: str
    models: dict[str, dict[str, str]]
    encoder: NotRequired[dict[str, str]]


def read(models: Path = MODELS) -> Registry:
    """The registry of a folder of models.

    Raises
    ------
    BundleError
        With code ``no_registry``.
    """
    try:
        registry: Registry = reading.json_of((models / REGISTRY).read_bytes())
        if not reading.conforms(registry, Registry) or not registry["models"][registry["default"]]:
            raise ValueError
    except (OSError, ValueError, KeyError) as error:
        raise _damaged() from error
    return registry


def of_encoder(models: Path = MODELS) -> dict[str, str]:
    """The digests of the speech encoder's files; raises `BundleError` as `read` does."""
    known = read(models)
    if not known.get("encoder"):
        raise _damaged()
    return known["encoder"]


def _damaged() -> BundleError:
    return BundleError(
        "no_registry",
        f"The registry of shipped models ({REGISTRY}) is missing or damaged. Restore the "
        "models folder (git checkout).",
    )


def write(registry: Registry, models: Path = MODELS) -> None:
    """Replace the registry of a folder of models."""
    (models / REGISTRY).write_text(json.dumps(registry, indent=1) + "\n", encoding="utf-8")


def check(folder: Path, digests: Mapping[str, str], what: str) -> None:
    """Hold the files of a folder against their digests in the registry.

    Parameters
    ----------
    folder : Path
    digests : mapping of str to str
        File name to hex digest.
    what : str
        What they are, as a message names it.

    Raises
    ------
    BundleError
        With code ``changed_bundle``.
    """
    for file, expected in digests.items():
        path = folder / file
        if not path.is_file() or sha256(path) != expected:
            raise BundleError(
                "changed_bundle",
                f"The shipped {what} is not the one in the registry: its {file} is missing "
                "or was changed, so it is not used. Restore the models folder (git checkout).",
            )


def sha256(path: Path) -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
