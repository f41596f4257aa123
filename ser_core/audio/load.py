"""Bytes or a path in, a `Clip` out, or a refusal that says why."""

from __future__ import annotations

import os
from pathlib import Path

from ser_core.audio import decode, formats, refusals, remote, worker
from ser_core.audio.clip import MAX_BYTES, MAX_DURATION_S, Clip
from ser_core.errors import AudioError
from ser_core.language import gettext as _

AudioSource = str | Path | bytes


def load(
    source: AudioSource,
    *,
    max_duration_s: float = MAX_DURATION_S,
    max_bytes: int = MAX_BYTES,
) -> Clip:
    """Decode a recording.

    Parameters
    ----------
    source : str, Path or bytes
        A file, an address that fsspec knows (``s3://bucket/a.wav``), or its content. The format is
        told by content, not by name.
    max_duration_s : float
        Longest recording accepted, in seconds.
    max_bytes : int
        Largest file accepted, in bytes.

    Returns
    -------
    Clip
        Mono float32 at 16 kHz.

    Raises
    ------
    AudioError
        With code ``not_found``, ``not_installed``, ``empty``, ``too_large``, ``not_audio``,
        ``damaged``, ``decoder_failed``, ``no_sound_track``, ``unknown_codec``, ``no_samples``,
        ``too_long``, ``too_many_parts``, ``too_short``, ``truncated``, ``not_finite``,
        ``out_of_range`` or ``silent``.

    Examples
    --------
    >>> from ser_core.data import sounds
    >>> clip = load(sounds.make("melody"))
    >>> clip.duration_s, clip.sampling_rate, clip.source_format
    (3.55, 16000, 'WAV PCM_16')
    >>> load(b"Dear reader,")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ser_core.errors.AudioError: The file's content is not a sound that can be read; WAV, FLAC, ...
    """
    content = read(source, max_bytes=max_bytes)
    kind = formats.sniff(content)
    clip = decode.decode(content, kind, max_duration_s)
    if clip is not None:
        return clip
    if kind is None:
        raise formats.not_audio(content)
    return worker.decode(content, kind.demuxer, max_duration_s)


def read(source: AudioSource, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The content of a recording, not decoded.

    Parameters
    ----------
    source : str, Path or bytes
        A file, an address that fsspec knows (``s3://bucket/a.wav``), or its content.
    max_bytes : int
        Largest file accepted, in bytes.

    Raises
    ------
    AudioError
        With code ``not_found``, ``empty``, ``too_large``, or ``not_installed`` for an address.
    """
    if isinstance(source, bytes):
        size, content = len(source), source
    elif isinstance(source, str) and remote.is_remote(source):
        # One byte more than is read tells that there is more; a pipe knows no size.
        content, size = remote.read(source, max_bytes + 1)
    else:
        path = Path(source)
        try:
            with path.open("rb") as file:
                content = file.read(max_bytes + 1)
                size = max(len(content), os.fstat(file.fileno()).st_size)
        except (OSError, ValueError) as error:
            fault = getattr(error, "strerror", None) or _(
                "its name is not one that a file can have"
            )
            raise AudioError(
                "not_found",
                _(
                    "The file {name!r} cannot be read: {fault}. Check its name and your "
                    "permission to read it."
                ).format(name=path.name, fault=fault),
            ) from error
    if size == 0:
        raise AudioError(
            "empty", _("The file is empty (0 bytes). Record or export it again and send that.")
        )
    if size > max_bytes:
        raise refusals.too_large(size, max_bytes)
    return content
