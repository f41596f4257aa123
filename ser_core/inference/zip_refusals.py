"""Why a zip, or so many files at once, are not heard: what was found and what to do."""

from __future__ import annotations

from ser_core import figures
from ser_core.errors import AudioError
from ser_core.language import gettext as _


def nested() -> AudioError:
    """A zip within a zip."""
    return AudioError(
        "zip_in_zip",
        _("This is a zip within a zip, which is not opened. Unpack it and send the recordings."),
    )


def locked() -> AudioError:
    """A zip with a password."""
    return AudioError(
        "zip_locked",
        _(
            "The zip is locked with a password. Unpack it and send the recordings, or pack them "
            "without one."
        ),
    )


def bomb(n_bytes: int, ratio: int) -> AudioError:
    """A zip of so many bytes that grows by more than the ratio."""
    return AudioError(
        "zip_bomb",
        _(
            "The zip of {size} kB unpacks to more than {ratio} times its size, as no recordings "
            "do; it is not opened."
        ).format(size=figures.number(n_bytes / 1024), ratio=ratio),
    )


def damaged() -> AudioError:
    """A zip that cannot be read."""
    return AudioError(
        "zip_damaged",
        _(
            "The zip cannot be unpacked: it is damaged or packed in an unusual way. Pack it again, "
            "or send the recordings themselves."
        ),
    )


def empty() -> AudioError:
    """A zip without a file."""
    return AudioError(
        "zip_empty",
        _(
            "There is no file in the zip. Pack the recordings again and send that, or send the "
            "recordings themselves."
        ),
    )


def too_many(count: int, most: int) -> AudioError:
    """So many files."""
    return AudioError(
        "too_many_files",
        _(
            "These are {count} files; at most {most} are heard at once. Send them in parts, or use "
            "the command line: python -m ser_core predict FOLDER."
        ).format(count=figures.number(count), most=figures.number(most)),
    )


def too_large(most_bytes: int) -> AudioError:
    """So many bytes."""
    return AudioError(
        "unpacked_too_large",
        _(
            "The files have more than {megabytes} MB together. Send them in parts, or save them as "
            "FLAC, OGG or MP3."
        ).format(megabytes=figures.number(most_bytes / 1024**2)),
    )
