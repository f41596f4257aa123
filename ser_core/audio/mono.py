"""Blocks of samples in, one mono signal at 16 kHz out: never two copies of a long recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import soxr
from numpy.typing import NDArray

from ser_core import figures
from ser_core.audio import refusals
from ser_core.audio.channels import Channels
from ser_core.audio.clip import (
    MAX_CHANNELS,
    MAX_PEAK,
    MIN_DURATION_S,
    SAMPLE_RATE,
    Clip,
    QualityWarning,
)
from ser_core.audio.lengths import SLACK_S
from ser_core.errors import AudioError
from ser_core.language import gettext as _

_HALF = np.float32(0.5)


def breaks_off() -> QualityWarning:
    """Of a file that ends in the middle and says nothing of its length."""
    return QualityWarning(
        "breaks_off",
        _(
            "The file ends in the middle of a piece, as after a crash or where a stream was cut, "
            "and does not say how long it is. All that is there was heard; if there was more, send "
            "the whole file."
        ),
    )


def cut_short(announced: str, holds: str) -> QualityWarning:
    """Of a file of which less is there than its own header announces, and that was heard."""
    return QualityWarning(
        "cut_off",
        _(
            "The file announces {announced} but holds {holds}: it was cut off on its way. What is "
            "there was heard; if you have the whole file, send that."
        ).format(announced=announced, holds=holds),
    )


def _opposite_phase() -> QualityWarning:
    return QualityWarning(
        "opposite_phase",
        _(
            "The channels hold the same sound in opposite phase and cancel each other out when "
            "mixed, so only the louder one was heard. A cable or a setting of the recorder inverts "
            "one of them."
        ),
    )


def _channels_differ() -> QualityWarning:
    return QualityWarning(
        "channels_differ",
        _(
            "The channels hold different sounds, as in a call with one party on each. They were "
            "mixed, and the verdict is about all of them together. Hear each channel by itself, or "
            "save it as a file of its own."
        ),
    )


@dataclass(frozen=True)
class Source:
    """What a decoder knows of a file once it is through.

    Attributes
    ----------
    name : str
        Container and coding, e.g. ``"WAV PCM_16"``.
    announced_s : float or None
        How long the file says that it is, in seconds; None where it says nothing reliable.
    ends_early : bool
        Whether the container breaks off before its own end.
    heard_cut : bool
        Whether one that was cut off is heard up to there, with a note, and not refused.
    warnings : tuple of QualityWarning
        What the decoder had to choose.
    """

    name: str
    announced_s: float | None = None
    ends_early: bool = False
    heard_cut: bool = False
    warnings: tuple[QualityWarning, ...] = ()


class Mono:
    """Mixes, resamples and counts; refuses what breaks a bound while it comes in.

    Parameters
    ----------
    max_duration_s : float
        In seconds.
    channel : int, optional
        The one channel to keep; all are averaged without it.
    """

    def __init__(self, max_duration_s: float, channel: int | None = None) -> None:
        self._max_duration_s, self._channel = max_duration_s, channel
        self._parts: list[NDArray[np.float32]] = []
        self._duration_s = self._peak = 0.0
        self._source: tuple[int, int] | None = None
        self._now = (0, 0)
        self._frames = 0
        self._stream: soxr.ResampleStream | None = None
        self.channels: Channels | None = None

    @property
    def duration_s(self) -> float:
        """How long what came in lasts, in seconds."""
        return self._duration_s + self._frames / max(1, self._now[0])

    def add(self, block: NDArray[np.float32], rate: int) -> None:
        """Take a block of shape (n_samples, n_channels); rate in Hz, which may change."""
        if (rate, block.shape[1]) != self._now:
            self._change(rate, block.shape[1])
        if not np.isfinite(block).all():
            raise AudioError(
                "not_finite",
                _(
                    "The file holds samples that are not numbers (NaN or infinite). Export "
                    "it again, for example as 16-bit WAV."
                ),
            )
        self._frames += len(block)
        if self.duration_s > self._max_duration_s:
            raise refusals.too_long(None, self._max_duration_s)
        self._peak = max(self._peak, float(np.abs(block).max(initial=0.0)))
        if self._peak > MAX_PEAK:
            raise AudioError(
                "out_of_range",
                _(
                    "The file holds samples as large as {peak:.0e}; full scale is 1, and at most "
                    "{max_peak:.0e} is heard. Export it again, for example as 16-bit WAV."
                ).format(peak=self._peak, max_peak=MAX_PEAK),
            )
        if self.channels is not None:
            self.channels.add(block)
        if self._channel is not None and self._channel < block.shape[1]:
            self._push(np.ascontiguousarray(block[:, self._channel]))
        else:
            # A mean over an axis of one or two is slow; the sum of two is the same to the bit.
            first, second = block[:, 0], block[:, min(1, block.shape[1] - 1)]
            self._push(block.mean(axis=1) if block.shape[1] > 2 else (first + second) * _HALF)

    def clip(self, source: Source) -> Clip:
        """What came in, as a clip; refused where it is less than announced, or nothing."""
        cut = self._cut(source)
        if cut is not None and not source.heard_cut:
            raise refusals.cut_off(*cut)
        if self.duration_s == 0:
            raise refusals.no_samples()
        if self.duration_s < MIN_DURATION_S:
            raise refusals.too_short(self.duration_s)
        if self._peak == 0.0:
            raise refusals.silent(self.duration_s)
        self._flush()
        signal = np.concatenate(self._parts)
        if not np.any(signal):
            raise AudioError(
                "silent",
                _(
                    "The channels of the recording cancel each other out: their mean is "
                    "silence. Export one channel alone and send that."
                ),
            )
        # Joined files may each say the same.
        warnings = tuple(dict.fromkeys(source.warnings))
        if cut is not None:
            warnings += (cut_short(*cut),)
        if self._channel is not None:
            warnings += (_opposite_phase(),)
        elif self.channels is not None and self.channels.differ():
            warnings += (_channels_differ(),)
        rate, channels = self._source or self._now
        return Clip(
            signal=signal,
            source_format=source.name,
            source_rate=rate,
            source_channels=channels,
            peak=self._peak,
            warnings=warnings,
        )

    def _cut(self, source: Source) -> tuple[str, str] | None:
        """What a file announces and what it holds, in words, where it is less."""
        announced_s = source.announced_s
        if announced_s is not None:
            if announced_s - self.duration_s > SLACK_S:
                announced = figures.number(announced_s, 1)
                return (
                    _("{seconds} s of sound").format(seconds=announced),
                    _("{seconds} s").format(seconds=figures.number(self.duration_s, 1)),
                )
        elif source.ends_early:
            return _("more sound"), _("only the first {seconds} s of it").format(
                seconds=figures.number(self.duration_s, 1)
            )
        return None

    def _change(self, rate: int, channels: int) -> None:
        """Begin a stretch in another format: the first, or a file that was joined to another."""
        check_shape(rate, channels)
        self._flush()
        self._duration_s, self._frames, self._now = self.duration_s, 0, (rate, channels)
        self._stream = None
        if rate != SAMPLE_RATE:
            self._stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
        first = self._source is None
        self._source = self._source or self._now
        # A choice of a channel would mean something else in another format.
        self.channels = Channels(rate, channels) if first and channels > 1 else None

    def _push(self, mono: NDArray[np.float32]) -> None:
        if self._stream is not None:
            mono = self._stream.resample_chunk(mono, last=False)
        self._parts.append(np.asarray(mono, dtype=np.float32))

    def _flush(self) -> None:
        if self._stream is not None:
            rest = self._stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
            self._parts.append(np.asarray(rest, dtype=np.float32))


class Only:
    """Passes one channel of what it is given on to a `Mono`, as if there were no other.

    Parameters
    ----------
    mono : Mono
    channel : int
        From 0.
    """

    def __init__(self, mono: Mono, channel: int) -> None:
        self._mono, self._channel = mono, channel

    @property
    def duration_s(self) -> float:
        """How long what came in lasts, in seconds."""
        return self._mono.duration_s

    def add(self, block: NDArray[np.float32], rate: int) -> None:
        """Take a block of shape (n_samples, n_channels); raises IndexError without the channel."""
        self._mono.add(block[:, [self._channel]], rate)


def check_shape(rate: int, channels: int) -> None:
    """Refuse rates and numbers of channels that no recording of speech has."""
    if not 4_000 <= rate <= 768_000 or not 1 <= channels <= MAX_CHANNELS:
        raise AudioError(
            "not_audio",
            _(
                "The file claims {rate} Hz and {channels} channels; speech needs at least "
                "4,000 Hz and at most {max_channels} channels. Export it again, for example "
                "as a 16 kHz mono WAV."
            ).format(rate=rate, channels=channels, max_channels=MAX_CHANNELS),
        )


def heard(decode: Callable[[Mono], Source], max_duration_s: float) -> Clip:
    """Decode once, and once more where the mean of the channels would be their residue.

    Parameters
    ----------
    decode : callable
        Gives a `Mono` all blocks of a file, and returns what it knows of it.
    max_duration_s : float
        In seconds.
    """
    mono = Mono(max_duration_s)
    source = decode(mono)
    channel = mono.channels.to_keep() if mono.channels is not None else None
    if channel is not None:
        mono = Mono(max_duration_s, channel)
        source = decode(mono)
    return mono.clip(source)
