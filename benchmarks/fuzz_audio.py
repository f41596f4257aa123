"""Mutated files of every container that is heard: what becomes of them, and what ends a process.

    python -m benchmarks.fuzz_audio [--each 1000] [--seed 0] [--only mov,webm] [--keep FOLDER]

Each file goes through `ser_core.audio.load`, as an upload does, in a process that may die. A line a
container says how many were heard, how many refused with which code, how many ended the decoder's
own process (``decoder_failed``, which a visitor is told in words), and what must never be: files
that ended the process that asked, and errors that are no refusal. The exit status is 1 if there are
any of these.
"""

from __future__ import annotations

import re
import struct
import sys
from collections.abc import Callable
from functools import cache

import numpy as np

from benchmarks import fuzzing, mutations
from benchmarks.fuzzing import Fuzz
from benchmarks.mutations import EXTREMES
from ser_core import audio
from ser_core.audio import worker
from tests.support.voices import at_rate, encoded, g723, tracks, voice

# A hanging decoder is ended sooner than in the product, or a run would take days.
_DECODER_S = 5


def _sound(rate: int = 48_000, seconds: float = 1.2) -> np.ndarray:
    return at_rate(voice(2.0)[8_000 : 8_000 + int(seconds * 16_000)], rate)


def _container(
    name: str, codec: str, rate: int = 48_000, channels: int = 1, count: int = 1
) -> Callable[[], bytes]:
    def make() -> bytes:
        sound = _sound(rate)
        if channels > 1:
            sound = np.repeat(sound[:, None], channels, axis=1)
        return tracks(name, codec, *[sound] * count, rate=rate)

    return make


def _file(name: str, subtype: str, rate: int = 16_000) -> Callable[[], bytes]:
    return lambda: encoded(_sound(rate), rate, format=name, subtype=subtype)


SEEDS: dict[str, Callable[[], bytes]] = {
    "wav": _file("WAV", "PCM_16"),
    "wav adpcm": _file("WAV", "MS_ADPCM"),
    "wav ac3": _container("wav", "ac3"),
    "wav wma": _container("wav", "wmav2"),
    "rf64": _file("RF64", "PCM_16"),
    "w64": _file("W64", "PCM_16"),
    "aiff": _file("AIFF", "PCM_16"),
    "au": _file("AU", "PCM_16"),
    "voc": _file("VOC", "PCM_16"),
    "nist": _file("NIST", "PCM_16"),
    "caf": _file("CAF", "PCM_16"),
    "caf alac": _container("caf", "alac"),
    "flac": _file("FLAC", "PCM_16"),
    "ogg vorbis": _file("OGG", "VORBIS"),
    "ogg opus": _file("OGG", "OPUS"),
    "ogg flac": _container("ogg", "flac"),
    "mp3": _file("MP3", "MPEG_LAYER_III", 44_100),
    "m4a": _container("ipod", "aac"),
    "m4a alac": _container("mp4", "alac"),
    "m4a 8 channels": _container("ipod", "aac", channels=8),
    "m4a two tracks": _container("mp4", "aac", count=2),
    "mov": _container("mov", "pcm_s16le", channels=7),
    "3gp amr": _container("3gp", "libopencore_amrnb", 8_000),
    "webm": _container("webm", "libopus"),
    "mkv": _container("matroska", "aac", count=2),
    "mkv flac": _container("matroska", "flac", channels=8),
    "avi": _container("avi", "libmp3lame"),
    "wma": _container("asf", "wmav2"),
    "flv": _container("flv", "aac"),
    "ts": _container("mpegts", "aac"),
    "mpeg": _container("mpeg", "mp2"),
    "aac": _container("adts", "aac"),
    "latm": _container("latm", "aac"),
    "amr": _container("amr", "libopencore_amrnb", 8_000),
    "ac3": _container("ac3", "ac3"),
    "eac3": _container("eac3", "eac3"),
    "wavpack": _container("wv", "wavpack"),
    "wavpack 10 channels": _container("wv", "wavpack", channels=10),
    "nut": _container("nut", "libopus"),
    "g723": lambda: g723(_sound(8_000)),
    "tta": _container("tta", "tta"),
    "rm": _container("rm", "real_144", 8_000),
}

_TAG = re.compile(rb"[A-Za-z][A-Za-z0-9 ]{3}")


@cache
def _seed(name: str) -> bytes:
    return SEEDS[name]()


def mutated(name: str, number: int, seed: int) -> bytes:
    """The mutated file of this number: always the same."""
    chance = np.random.default_rng([seed, number, *name.encode()])
    content = mutations.mutated(_seed(name), chance, _MUTATIONS)
    return _with_checksums(content) if chance.random() < 0.7 else content


def _size_of_chunk(content: bytearray, chance: np.random.Generator) -> bytearray:
    """The number before or behind a four-letter name, as boxes and chunks have their sizes."""
    names = [found.start() for found in _TAG.finditer(bytes(content[:20_000]))]
    if not names:
        return mutations.extreme(content, chance)
    at = names[int(chance.integers(len(names)))]
    at = max(0, at - 4) if chance.random() < 0.5 else at + 4
    order = ">I" if chance.random() < 0.5 else "<I"
    (now,) = struct.unpack(order, bytes(content[at : at + 4]).ljust(4, b"\0"))
    other = (now + int(chance.integers(-9, 10))) % 2**32
    value = other if chance.random() < 0.5 else int(chance.choice(EXTREMES))
    content[at : at + 4] = struct.pack(order, value)
    return content


def _rename(content: bytearray, chance: np.random.Generator) -> bytearray:
    names = list(_TAG.finditer(bytes(content[:20_000])))
    if len(names) < 2:
        return mutations.flip(content, chance)
    one, other = (names[int(chance.integers(len(names)))] for _ in range(2))
    content[one.start() : one.end()] = other.group()
    return content


def _splice(content: bytearray, chance: np.random.Generator) -> bytearray:
    other = _seed(str(chance.choice(list(SEEDS))))
    return (
        content[: max(1, mutations.place(content, chance))]
        + other[int(chance.integers(len(other))) :]
    )


_MUTATIONS = (
    *mutations.ANY,
    *(_size_of_chunk, _size_of_chunk, _rename, _splice),
)


def _with_checksums(content: bytes) -> bytes:
    """With the pages of an Ogg summed anew: a page whose sum is wrong is thrown away unread."""
    if not content.startswith(b"OggS"):
        return content
    changed = bytearray(content)
    at = 0
    while changed[at : at + 4] == b"OggS" and at + 27 < len(changed):
        count = changed[at + 26]
        end = at + 27 + count + sum(changed[at + 27 : at + 27 + count])
        changed[at + 22 : at + 26] = bytes(4)
        changed[at + 22 : at + 26] = struct.pack("<I", _ogg_sum(changed[at:end]))
        at = end
    return bytes(changed)


@cache
def _ogg_table() -> list[int]:
    table = []
    for value in range(256):
        register = value << 24
        for _ in range(8):
            register = (register << 1 ^ (0x04C11DB7 if register >> 31 else 0)) & 0xFFFFFFFF
        table.append(register)
    return table


def _ogg_sum(page: bytearray) -> int:
    table, register = _ogg_table(), 0
    for byte in page:
        register = (register << 8 & 0xFFFFFFFF) ^ table[register >> 24 ^ byte]
    return register


def _ready() -> None:
    worker.TIME_LIMIT_S = _DECODER_S
    audio.warm()
    _seed("wav")


def _heard(_name: str, content: bytes) -> str:
    audio.load(content, max_duration_s=audio.LONG_DURATION_S)
    return "heard"


FUZZ = Fuzz("benchmarks.fuzz_audio", dict.fromkeys(SEEDS, 1), mutated, _heard, _ready)


if __name__ == "__main__":
    sys.exit(fuzzing.main(FUZZ, __doc__, each=1_000))
