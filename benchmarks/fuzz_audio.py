"""Mutated files of every container that is heard: what becomes of them, and what ends a process.

    python -m benchmarks.fuzz_audio [--each 1000] [--seed 0] [--only mov,webm] [--keep FOLDER]

Each file goes through `ser_core.audio.load`, as an upload does, in a process that may die. A line a
container says how many were heard, how many refused with which code, how many ended the decoder's
own process (``decoder_failed``, which a visitor is told in words), and what must never be: files
that ended the process that asked, and errors that are no refusal. The exit status is 1 if there are
any of these.
"""

from __future__ import annotations

import argparse
import json
import re
import struct
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from ser_core import audio
from ser_core.audio import worker
from ser_core.errors import AudioError
from tests.support.voices import at_rate, encoded, g723, tracks, voice

# A hanging decoder is ended sooner than in the product, or a run would take days.
_DECODER_S, _FILE_S = 5, 30


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

_EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
_TAG = re.compile(rb"[A-Za-z][A-Za-z0-9 ]{3}")


@cache
def _seed(name: str) -> bytes:
    return SEEDS[name]()


def mutated(name: str, number: int, seed: int) -> bytes:
    """The mutated file of this number: always the same."""
    chance = np.random.default_rng([seed, number, *name.encode()])
    content = bytearray(_seed(name))
    for _ in range(int(chance.integers(1, 5))):
        content = _MUTATIONS[chance.integers(len(_MUTATIONS))](content, chance)
        if not content:
            return b"\0"
    return _with_checksums(bytes(content)) if chance.random() < 0.7 else bytes(content)


def _place(content: bytearray, chance: np.random.Generator) -> int:
    # Half of the time near the beginning, where headers are.
    most = len(content) if chance.random() < 0.5 else min(len(content), 600)
    return int(chance.integers(most))


def _flip(content: bytearray, chance: np.random.Generator) -> bytearray:
    for _ in range(int(chance.integers(1, 12))):
        content[_place(content, chance)] ^= 1 << int(chance.integers(8))
    return content


def _overwrite(content: bytearray, chance: np.random.Generator) -> bytearray:
    at = _place(content, chance)
    part = chance.bytes(int(chance.integers(1, 40)))
    content[at : at + len(part)] = part
    return content


def _extreme(content: bytearray, chance: np.random.Generator) -> bytearray:
    """A number of 1 to 8 bytes set to one that breaks sums."""
    width = int(chance.choice([1, 2, 4, 8]))
    value = int(chance.choice(_EXTREMES)) % 256**width
    at = _place(content, chance)
    content[at : at + width] = value.to_bytes(width, "big" if chance.random() < 0.5 else "little")
    return content


def _size_of_chunk(content: bytearray, chance: np.random.Generator) -> bytearray:
    """The number before or behind a four-letter name, as boxes and chunks have their sizes."""
    names = [found.start() for found in _TAG.finditer(bytes(content[:20_000]))]
    if not names:
        return _extreme(content, chance)
    at = names[int(chance.integers(len(names)))]
    at = max(0, at - 4) if chance.random() < 0.5 else at + 4
    order = ">I" if chance.random() < 0.5 else "<I"
    (now,) = struct.unpack(order, bytes(content[at : at + 4]).ljust(4, b"\0"))
    other = (now + int(chance.integers(-9, 10))) % 2**32
    value = other if chance.random() < 0.5 else int(chance.choice(_EXTREMES))
    content[at : at + 4] = struct.pack(order, value)
    return content


def _rename(content: bytearray, chance: np.random.Generator) -> bytearray:
    names = list(_TAG.finditer(bytes(content[:20_000])))
    if len(names) < 2:
        return _flip(content, chance)
    one, other = (names[int(chance.integers(len(names)))] for _ in range(2))
    content[one.start() : one.end()] = other.group()
    return content


def _cut(content: bytearray, chance: np.random.Generator) -> bytearray:
    return content[: max(1, _place(content, chance))]


def _remove(content: bytearray, chance: np.random.Generator) -> bytearray:
    at = _place(content, chance)
    del content[at : at + int(chance.integers(1, 400))]
    return content


def _repeat(content: bytearray, chance: np.random.Generator) -> bytearray:
    at, length = _place(content, chance), int(chance.integers(1, 2_000))
    to = _place(content, chance)
    return content[:to] + content[at : at + length] + content[to:]


def _zero(content: bytearray, chance: np.random.Generator) -> bytearray:
    at, length = _place(content, chance), int(chance.integers(1, 200))
    content[at : at + length] = bytes(len(content[at : at + length]))
    return content


def _splice(content: bytearray, chance: np.random.Generator) -> bytearray:
    other = _seed(str(chance.choice(list(SEEDS))))
    return content[: max(1, _place(content, chance))] + other[int(chance.integers(len(other))) :]


_MUTATIONS = (
    *(_flip, _overwrite, _extreme, _extreme, _size_of_chunk, _size_of_chunk),
    *(_rename, _cut, _remove, _repeat, _zero, _splice),
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


@dataclass
class Tally:
    """What became of the files, by container, and those that must not be."""

    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, name: str, number: int, outcome: str) -> None:
        """Count a file; one that ended the process or was not refused in words is a fault."""
        self.outcomes.setdefault(name, Counter())[outcome] += 1
        if outcome.startswith(("died", "hung", "error")):
            self.faults.append(f"{name} {number}: {outcome}")


def run(names: list[str], each: int, seed: int, *, first: int = 0) -> Tally:
    """Hear `each` mutated files of each container, in a process that is started anew if it dies."""
    tally = Tally()
    work = [(name, number) for name in names for number in range(first, first + each)]
    done = 0
    while done < len(work):
        for outcome in _outcomes(work[done:], seed):
            tally.add(*work[done], outcome)
            done += 1
    return tally


def _outcomes(work: list[tuple[str, int]], seed: int) -> Iterator[str]:
    """What becomes of one file after the other, until one ends the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.fuzz_audio", "--child", str(seed)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=Path(__file__).resolve().parents[1],
    )
    assert process.stdin is not None and process.stdout is not None
    with process:
        process.stdout.readline()  # Its own start is no file's time.
        for name, number in work:
            late = threading.Timer(_FILE_S, process.kill)
            late.start()
            try:
                process.stdin.write(json.dumps([name, number]) + "\n")
                process.stdin.flush()
                said = process.stdout.readline()
            except BrokenPipeError:
                said = ""
            hung = not late.is_alive()
            late.cancel()
            if not said:
                yield "hung" if hung else f"died {process.wait()}"
                return
            yield said.strip()
        process.stdin.close()


def _child(seed: int) -> None:
    worker.TIME_LIMIT_S = _DECODER_S
    audio.warm()
    _seed("wav")
    print("ready", flush=True)
    for line in sys.stdin:
        name, number = json.loads(line)
        try:
            audio.load(mutated(name, number, seed), max_duration_s=audio.LONG_DURATION_S)
            outcome = "heard"
        except AudioError as error:
            outcome = error.code
        except Exception as error:
            outcome = f"error {type(error).__name__}"
        print(outcome, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=1_000, help="files of each container")
    parser.add_argument("--first", type=int, default=0, help="number of the first file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", help="containers, separated by commas")
    parser.add_argument("--keep", type=Path, help="a folder for the files that must not be")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        _child(options.child)
        return 0
    total: Counter[str] = Counter()
    faults = []
    for name in options.only.split(",") if options.only else SEEDS:
        tally = run([name], options.each, options.seed, first=options.first)
        counts = tally.outcomes[name]
        total += counts
        faults += tally.faults
        said = ", ".join(f"{count} {outcome}" for outcome, count in counts.most_common())
        print(f"{name:>15}: {said}", flush=True)
        for fault in tally.faults:
            print(f"{'':>15}  {fault}", flush=True)
            if options.keep:
                options.keep.mkdir(parents=True, exist_ok=True)
                number = int(fault.removeprefix(name).split(":")[0])
                kept = options.keep / f"{name}-{options.seed}-{number}"
                kept.write_bytes(mutated(name, number, options.seed))
    print(f"{'all':>15}: {dict(total.most_common())}; {len(faults)} that must not be")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
