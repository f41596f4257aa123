"""Why a recording is not heard, in words: what was found, what was expected, what to do."""

from __future__ import annotations

import math

from ser_core import figures
from ser_core.audio.clip import MIN_DURATION_S
from ser_core.errors import AudioError
from ser_core.language import gettext as _


def too_long(announced_s: float | None, max_duration_s: float) -> AudioError:
    """It lasts longer than is heard at once; `announced_s` is None where only that is known."""
    most = _minutes(max_duration_s, 0)
    lasts = _minutes(announced_s, 1) if announced_s else _("more than {most}").format(most=most)
    return AudioError(
        "too_long",
        _(
            "The recording lasts {lasts}; at most {most} are heard at once. Send the part "
            "that matters."
        ).format(lasts=lasts, most=most),
    )


def too_short(duration_s: float) -> AudioError:
    """Less than anything can be heard in."""
    return AudioError(
        "too_short",
        _(
            "The recording lasts {duration_s} s; at least {min_duration_s} s are needed, and "
            "a whole sentence is best. Record a little longer."
        ).format(duration_s=_down(duration_s, 2), min_duration_s=figures.number(MIN_DURATION_S, 2)),
    )


def too_large(size: int, max_bytes: int) -> AudioError:
    """More bytes than are read."""
    return AudioError(
        "too_large",
        _(
            "The file has {size} MB; at most {max_bytes} MB are read. Send a shorter part of "
            "it, or save it as FLAC, OGG or MP3."
        ).format(size=_up(size / 1024**2, 1), max_bytes=figures.number(max_bytes / 1024**2)),
    )


def no_samples() -> AudioError:
    """A header and nothing behind it."""
    return AudioError(
        "no_samples",
        _(
            "The file has a header but no sound in it (0 samples). The recording was "
            "probably stopped before it began; record it again."
        ),
    )


def damaged(label: str, codec: str | None = None) -> AudioError:
    """It begins as something known and cannot be decoded."""
    said = _(
        "The file begins as {label} should, but it cannot be decoded: it is damaged or cut off. "
        "Send it again from the original."
    )
    if codec:
        said = _(
            "The file begins as {label} should and says that its sound is coded as {codec}, but it "
            "cannot be decoded: it is damaged or cut off. Send it again from the original."
        )
    return AudioError("damaged", said.format(label=_(label), codec=codec))


def cut_off(announced: str, holds: str) -> AudioError:
    """Less sound than the file's own header announces."""
    return AudioError(
        "truncated",
        _(
            "The file announces {announced} but holds {holds}: it was cut off on its way. "
            "Send the whole file, or save the part you have again."
        ).format(announced=announced, holds=holds),
    )


def too_many_parts(most: int) -> AudioError:
    """More files in one than anybody joins."""
    return AudioError(
        "too_many_parts",
        _(
            "The file consists of more than {most} files that were joined end to end. Export "
            "it as one recording and send that."
        ).format(most=most),
    )


def decoder_failed(label: str, how: str) -> AudioError:
    """The process that decodes it died, hung or answered nonsense."""
    return AudioError(
        "decoder_failed",
        _(
            "The file begins as {label} should, but its decoder {how}. The file is probably "
            "damaged. Export it again, for example as 16-bit WAV, and send that."
        ).format(label=_(label), how=how),
    )


def unknown_codec(label: str, codec: str) -> AudioError:
    """A sound track that no decoder at hand can read."""
    return AudioError(
        "unknown_codec",
        _(
            "This is {label} whose sound is coded as {codec}, which cannot be decoded here. Export "
            "it again with a common coding, for example as WAV, FLAC, MP3 or M4A with AAC."
        ).format(label=_(label), codec=codec),
    )


def no_sound_track(label: str) -> AudioError:
    """A picture without sound."""
    return AudioError(
        "no_sound_track",
        _(
            "This is {label} with a picture but without sound. Record again with the "
            "microphone on, or send another file."
        ).format(label=_(label)),
    )


def silent(duration_s: float) -> AudioError:
    """Nothing but zeros."""
    return AudioError(
        "silent",
        _(
            "All {duration_s} s of the recording are digital silence. Check that the right "
            "microphone is chosen and not muted, then record again."
        ).format(duration_s=figures.number(duration_s, 1)),
    )


def _minutes(seconds: float, digits: int) -> str:
    if seconds < 120:
        return _("{seconds} s").format(seconds=_up(seconds, digits))
    return _("{minutes} min").format(minutes=_up(seconds / 60, digits))


# What is refused is never rounded to what would be taken.
def _up(value: float, digits: int) -> str:
    return figures.number(math.ceil(value * 10**digits) / 10**digits, digits)


def _down(value: float, digits: int) -> str:
    return figures.number(math.floor(value * 10**digits) / 10**digits, digits)
