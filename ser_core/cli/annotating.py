"""``predict --annotations``: a file a recording and format, in a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from ser_core.cli.output import room_for
from ser_core.errors import SerError, SettingsError

_MEGABYTES = 10


class Annotations:
    """Where annotations are written.

    Parameters
    ----------
    folder : Path
    formats : sequence of str
        Of `ser_core.inference.annotation.FORMATS`.

    Attributes
    ----------
    formats : tuple of str
        Each once.
    """

    def __init__(self, folder: Path, formats: Sequence[str]) -> None:
        from ser_core.inference import annotation

        self._folder, self.formats = folder, tuple(dict.fromkeys(formats))
        self._stems = annotation.Stems()

    def try_out(self) -> None:
        """See that the formats are known and can be written, and the folder, too.

        Raises
        ------
        SerError
            With code ``unknown_format``, ``not_installed``, ``not_writable`` or ``no_room``.
        """
        from ser_core.inference import annotation

        for name in self.formats:
            if name not in annotation.FORMATS:
                raise SettingsError(
                    "unknown_format",
                    f"There is no format {name!r}; --as takes {', '.join(annotation.FORMATS)}.",
                )
        annotation.ready(self.formats)
        with room_for(self._folder, _MEGABYTES, "--annotations"):
            pass

    def add(self, path: str, contents: Mapping[str, bytes]) -> None:
        """Write the annotations of a recording; without any its name is taken nevertheless."""
        from ser_core.inference import annotation

        name = self._stems.of(path)
        for each, content in contents.items():
            self._write(self._folder / f"{name}{annotation.FORMATS[each].suffix}", content)

    def _write(self, target: Path, content: bytes) -> None:
        unfinished = target.with_name(f"{target.name}.unfinished")
        try:
            unfinished.write_bytes(content)
            os.replace(unfinished, target)
        except OSError as error:
            raise SerError(
                "not_writable",
                f"The annotations {target.name!r} cannot be written: "
                f"{error.strerror or 'unknown fault'}. Name another folder with --annotations.",
            ) from error
