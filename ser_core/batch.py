"""Many recordings at once, and zips of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ser_core.errors import SerError
from ser_core.predictor import Model, Prediction


@dataclass(frozen=True)
class Row:
    """One file of a batch: heard or refused.

    Attributes
    ----------
    file : str
    prediction : Prediction or None
        None where the file was refused.
    error : SerError or None
        Why it was refused.
    """

    file: str
    prediction: Prediction | None = None
    error: SerError | None = None

    def to_dict(self) -> dict[str, Any]:
        """As ``predict --format json`` prints it."""
        raise NotImplementedError


def expand(files: Sequence[tuple[str, bytes]]) -> list[tuple[str, bytes]]:
    """Replace each zip by the files in it. Raises AudioError for a zip that is not safe to open."""
    raise NotImplementedError


def predict_many(
    model: Model,
    files: Sequence[tuple[str, bytes]],
    *,
    progress: Callable[[float], None] | None = None,
) -> list[Row]:
    """Judge many recordings; a refused one is a row like any other."""
    raise NotImplementedError


def to_csv(rows: Sequence[Row], emotions: Sequence[str]) -> str:
    """The rows as ``predict --format csv`` prints them."""
    raise NotImplementedError


def to_json_lines(rows: Sequence[Row]) -> str:
    """The rows as ``predict --format json`` prints them."""
    raise NotImplementedError
