"""Bytes or a path in, a `Clip` out: mono, float32, 16 kHz, or a refusal that says why.

libsndfile (through soundfile) decodes by content and not by name; what it does not know (M4A, WebM,
MP4, the sound of any video), and what it would hear only a part of, goes to ffmpeg's libraries
(through PyAV) in a process of their own. The header is read first and the caps are applied to it
and again while decoding, block by block, so that an hour of silence in a 180 kB FLAC never reaches
memory.
"""

from ser_core.audio.clip import (
    LONG_DURATION_S,
    MAX_BYTES,
    MAX_CHANNELS,
    MAX_DURATION_S,
    MAX_PEAK,
    MIN_DURATION_S,
    SAMPLE_RATE,
    Clip,
    QualityWarning,
    digest,
)
from ser_core.audio.formats import SUFFIXES, common
from ser_core.audio.load import AudioSource, load, read
from ser_core.audio.remote import is_remote
from ser_core.audio.worker import warm

__all__ = [
    "LONG_DURATION_S",
    "MAX_BYTES",
    "MAX_CHANNELS",
    "MAX_DURATION_S",
    "MAX_PEAK",
    "MIN_DURATION_S",
    "SAMPLE_RATE",
    "SUFFIXES",
    "AudioSource",
    "Clip",
    "QualityWarning",
    "common",
    "digest",
    "is_remote",
    "load",
    "read",
    "warm",
]
