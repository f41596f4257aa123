"""The errors that people see.

Every error carries a ``code`` for programs and a ``message`` for people. A message says what was
found, what was expected and what to do about it; it never holds a path of the server, a traceback
or an object's address, so it can be shown as it is.
"""

from __future__ import annotations

import traceback
from pathlib import Path


class SerError(Exception):
    """Base of all errors that Undertone raises on purpose.

    Parameters
    ----------
    code : str
        Stable, snake_case name of the fault, for programs.
    message : str
        What was found, what was expected and what to do, in plain words.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __reduce__(self) -> tuple[type[SerError], tuple[str, str]]:
        # Exceptions cross process borders during extraction; the default would lose the code.
        return type(self), (self.code, self.message)


class AudioError(SerError):
    """A recording that cannot be used."""


class CorpusError(SerError):
    """A corpus folder, table or download that cannot be used."""


class DataError(CorpusError):
    """A table or a file of figures that is damaged."""


class BundleError(SerError):
    """A model on disk that cannot be used."""


class SettingsError(SerError):
    """Settings that make no sense or lie outside their bounds."""


class JobError(SerError):
    """A training job that cannot be started, read or kept."""


def unforeseen(error: Exception) -> SerError:
    """An error that nobody foresaw, in words: what it was and where, without a path."""
    own = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "ser_core" in Path(frame.filename).parts
    ]
    where = f" in {Path(own[-1].filename).name}, line {own[-1].lineno}" if own else ""
    return SerError(
        "unforeseen",
        f"A fault of Undertone's own ({type(error).__name__}{where}). Please report it, with the "
        "file if you may.",
    )
