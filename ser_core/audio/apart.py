"""The channels of a recording one by one: of a call, each of the people who speak in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import soundfile

from ser_core.audio import formats, worker
from ser_core.audio.clip import MAX_DURATION_S, Clip, QualityWarning
from ser_core.audio.decode import FAULTS
from ser_core.audio.lengths import SLACK_S
from ser_core.audio.load import AudioSource, load, read
from ser_core.audio.mono import Mono, Source
from ser_core.errors import AudioError
from ser_core.language import gettext as _

MOST_CHANNELS = 8

_SIDES = {2: ("left", "right")}
_BLOCK = 65_536
# What is said of the mixture does not hold for its parts.
_OF_THE_MIXTURE = ("channels_differ", "opposite_phase")


def load_apart(
    source: AudioSource, *, max_duration_s: float = MAX_DURATION_S
) -> Iterator[tuple[str, Clip]]:
    """Decode the channels of a recording one by one.

    Parameters
    ----------
    source : str, Path or bytes
    max_duration_s : float
        Longest recording accepted, in seconds.

    Yields
    ------
    name : str
        ``"left"``, ``"right"``, ``"channel 3"``; ``"mono"`` where there is but one.
    clip : Clip
        Mono float32 at 16 kHz. One of digital silence is passed over; one at least has sound.

    Raises
    ------
    AudioError
        Those of `ser_core.audio.load`; ``too_many_channels``; ``not_apart`` for a file
        whose channels are not the same all along.
    """
    # Once: a pipe gives its content to the first who reads it.
    content = read(source)
    mixed = load(content, max_duration_s=max_duration_s)
    count = mixed.source_channels
    if count == 1:
        yield "mono", mixed
        return
    if count > MOST_CHANNELS:
        raise AudioError(
            "too_many_channels",
            _(
                "The recording has {count} channels; at most {most_channels} are heard "
                "apart. Save those in which people speak."
            ).format(count=count, most_channels=MOST_CHANNELS),
        )
    warnings = tuple(each for each in mixed.warnings if each.code not in _OF_THE_MIXTURE)
    if not any(each.code == "channels_differ" for each in mixed.warnings):
        warnings += (_alike(),)
    names = _SIDES.get(count) or tuple(f"channel {number}" for number in range(1, count + 1))
    for channel, name in enumerate(names):
        clip = _channel(content, channel, mixed, max_duration_s)
        if clip is not None:
            yield name, replace(clip, source_channels=count, warnings=warnings)


def _channel(content: bytes, channel: int, mixed: Clip, max_duration_s: float) -> Clip | None:
    """One channel; None where it holds digital silence."""
    kind = formats.sniff(content)
    try:
        clip = _read(content, channel, mixed, max_duration_s)
        if clip is None and kind is not None:
            # What libsndfile does not read, or only a part of, was mixed in the other process.
            clip = worker.decode(content, kind.demuxer, max_duration_s, channel)
    except AudioError as error:
        if error.code == "silent":
            return None
        # The mixture was decoded: it is this channel that is not there all along.
        raise _not_apart(mixed) if error.code == "damaged" else error from error
    if clip is None or mixed.duration_s - clip.duration_s > SLACK_S:
        raise _not_apart(mixed)
    return clip


def _read(content: bytes, channel: int, mixed: Clip, max_duration_s: float) -> Clip | None:
    """One channel as libsndfile reads it; None where it reads less than was mixed."""
    mono = Mono(max_duration_s)
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as file:
            while len(block := file.read(_BLOCK, dtype="float32", always_2d=True)):
                mono.add(block[:, [channel]], file.samplerate)
        if mixed.duration_s - mono.duration_s > SLACK_S:
            return None
        return mono.clip(Source(mixed.source_format))
    except (IndexError, *FAULTS):
        return None


def _alike() -> QualityWarning:
    return QualityWarning(
        "channels_alike",
        _(
            "The channels hold much the same sound, so it was heard once for each of them: this is "
            "one recording, not a party on each channel."
        ),
    )


def _not_apart(mixed: Clip) -> AudioError:
    return AudioError(
        "not_apart",
        _(
            "The channels of this file ({source_format}) are not the same all along, so they are "
            "heard together only. Save it anew, for example as WAV or FLAC, to hear them apart."
        ).format(source_format=mixed.source_format),
    )
