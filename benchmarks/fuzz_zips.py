"""Zips that lie: written by hand, so that what a header says need not be true.

A zip says most things twice: before each file, and again in the directory at its end. Names may be
in any code page, sizes may be anything, places may point at each other.
"""

from __future__ import annotations

import bz2
import dataclasses
import lzma
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from benchmarks import mutations
from benchmarks.mutations import EXTREMES

NAMES = (
    *(b"../../etc/passwd", b"/etc/passwd", b"C:\\Windows\\a.wav", b"..\\..\\a.wav", b"a\0b.wav"),
    *(b"", b".", b"..", b"/", b"//", b"a/", b"x" * 5_000 + b".wav", b"a/" * 500 + b"a.wav", b"\n"),
    *(b"=2+5.wav", b"@cmd.wav", b"\xff\xfe.wav", b"\x80\x81.wav", "ä/ö.wav".encode("cp850")),
    *("声.wav".encode("gbk"), "声.wav".encode("shift_jis"), "грусть/а.wav".encode("koi8-r")),
    *("Ä.wav".encode(), "\u202egnp.wav".encode(), b"__MACOSX/._a.wav", b".hidden.wav"),
    *(
        b"<script>.wav",
        b"a'b\"c.wav",
        b"CON.wav",
        b"train/a.wav",
        b"test/a.wav",
        b"angry/../sad.wav",
    ),
    *(b"\x1b[31m.wav", b"a,b;c\td.wav", b"labels.csv", b"a.csv", b".wav", b"wav", b"\xc3.wav"),
)

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_STORED, _DEFLATED, _BZIP2, _LZMA = 0, 8, 12, 14
_ENCRYPTED, _DESCRIBED, _STRONG, _UTF8 = 1, 8, 64, 0x800
_LIES = ("method", "flags", "time", "date", "crc", "packed", "size")
_LINK = 0o120777 << 16


@dataclass
class Member:
    """A file of a zip, and what is said of it that is not so."""

    name: bytes
    content: bytes
    method: int = _DEFLATED
    flags: int = 0
    local: dict[str, int] = field(default_factory=dict)
    central: dict[str, int] = field(default_factory=dict)
    extra: bytes = b""
    outside: int = 0
    offset: int | None = None
    local_name: bytes | None = None

    def packed(self) -> bytes:
        if self.method == _DEFLATED:
            squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
            return squeeze.compress(self.content) + squeeze.flush()
        if self.method == _BZIP2:
            return bz2.compress(self.content)
        if self.method == _LZMA:
            alone = lzma.compress(self.content, lzma.FORMAT_ALONE)
            return b"\x09\x04\x05\x00" + alone[:5] + alone[13:]
        return self.content

    def facts(self, packed: bytes) -> dict[str, int]:
        return {
            "method": self.method,
            "flags": self.flags,
            "time": 0,
            "date": 0x21,
            "crc": zlib.crc32(self.content),
            "packed": len(packed),
            "size": len(self.content),
        }


@dataclass
class Zip:
    """Members, and what the end of the directory says that is not so."""

    members: list[Member]
    end: dict[str, int] = field(default_factory=dict)
    before: bytes = b""
    behind: bytes = b""
    comment: bytes = b""
    bytewise: bool = False


def written(archive: Zip) -> bytes:
    """The bytes of a zip."""
    out, directory = bytearray(archive.before), bytearray()
    for one in archive.members:
        packed = one.packed()
        facts = one.facts(packed)
        offset = len(out) if one.offset is None else one.offset
        name = one.name if one.local_name is None else one.local_name
        out += _LOCAL + struct.pack("<H", 20) + _said(facts | one.local)
        out += struct.pack("<HH", len(name) % 65536, len(one.extra)) + name + one.extra + packed
        directory += _CENTRAL + struct.pack("<HH", 20, 20) + _said(facts | one.central)
        directory += struct.pack("<HHHHH", len(one.name) % 65536, len(one.extra), 0, 0, 0)
        directory += struct.pack("<II", one.outside % 2**32, offset % 2**32) + one.name + one.extra
    count = len(archive.members) % 65536
    told = {"here": count, "count": count, "length": len(directory), "begin": len(out)}
    told |= archive.end
    end = struct.pack("<HHHH", 0, 0, told["here"] % 65536, told["count"] % 65536)
    end += struct.pack("<II", told["length"] % 2**32, told["begin"] % 2**32)
    end += struct.pack("<H", len(archive.comment) % 65536) + archive.comment
    return bytes(out + directory + _END + end + archive.behind)


def _said(facts: dict[str, int]) -> bytes:
    wide = struct.pack("<III", *(facts[name] % 2**32 for name in _LIES[4:]))
    return struct.pack("<HHHH", *(facts[name] % 2**16 for name in _LIES[1::-1] + _LIES[2:4])) + wide


def mutated(members: dict[str, bytes], chance: np.random.Generator) -> bytes:
    """A zip of these files in which some things are not as they should be."""
    archive = Zip([Member(name.encode(), content) for name, content in members.items()])
    for _ in range(int(chance.choice([1, 1, 2, 4]))):
        _MUTATIONS[chance.integers(len(_MUTATIONS))](archive, chance)
    content = written(archive)
    if archive.bytewise:
        content = mutations.mutated(content, chance)
    # Anything else is no zip, and goes where recordings go, which fuzz_audio looks at.
    return content if content[:4] == _LOCAL else _LOCAL + content[4:]


def _one(archive: Zip, chance: np.random.Generator) -> Member:
    if not archive.members:
        archive.members.append(Member(b"a.wav", b"RIFF"))
    return archive.members[int(chance.integers(len(archive.members)))]


def _extreme(chance: np.random.Generator) -> int:
    return int(chance.choice(EXTREMES))


def _name(archive: Zip, chance: np.random.Generator) -> None:
    one = _one(archive, chance)
    one.name = NAMES[int(chance.integers(len(NAMES)))]
    one.flags |= _UTF8 if chance.random() < 0.3 else 0


def _two_names(archive: Zip, chance: np.random.Generator) -> None:
    _one(archive, chance).local_name = NAMES[int(chance.integers(len(NAMES)))]


def _unicode_name(archive: Zip, chance: np.random.Generator) -> None:
    """The name in UTF-8 that some packers write beside the other, right or not."""
    one = _one(archive, chance)
    told = NAMES[int(chance.integers(len(NAMES)))]
    sum_of = zlib.crc32(one.name) if chance.random() < 0.7 else _extreme(chance)
    field_of = b"\x01" + struct.pack("<I", sum_of) + told
    length = len(field_of) if chance.random() < 0.7 else _extreme(chance) % 65536
    one.extra += struct.pack("<HH", 0x7075, length) + field_of


def _twice(archive: Zip, chance: np.random.Generator) -> None:
    archive.members.append(dataclasses.replace(_one(archive, chance)))


def _method(archive: Zip, chance: np.random.Generator) -> None:
    _one(archive, chance).method = int(chance.choice([_STORED, _DEFLATED, _BZIP2, _LZMA]))


def _lie(archive: Zip, chance: np.random.Generator) -> None:
    """Of a fact, in one place or both."""
    one, name = _one(archive, chance), str(chance.choice(_LIES))
    value = int(chance.choice([1, 6, 9, 93, 99])) if name == "method" else _extreme(chance)
    where = int(chance.integers(3))
    one.local |= {name: value} if where != 1 else {}
    one.central |= {name: value} if where != 0 else {}


def _small_lie(archive: Zip, chance: np.random.Generator) -> None:
    one = _one(archive, chance)
    name = str(chance.choice(["packed", "size"]))
    one.central[name] = max(0, one.facts(one.packed())[name] + int(chance.integers(-9, 10)))


def _flag(archive: Zip, chance: np.random.Generator) -> None:
    _one(archive, chance).flags |= int(
        chance.choice([_ENCRYPTED, _DESCRIBED, _STRONG, _UTF8, 0x2000])
    )


def _wide(archive: Zip, chance: np.random.Generator) -> None:
    """The sizes of zip64, which do not fit their field."""
    one = _one(archive, chance)
    numbers = [_extreme(chance) << int(chance.choice([0, 32])) for _ in range(chance.integers(4))]
    part = b"".join(struct.pack("<Q", number % 2**64) for number in numbers)
    length = len(part) if chance.random() < 0.7 else _extreme(chance) % 65536
    one.extra += struct.pack("<HH", 1, length) + part
    one.central |= {name: 2**32 - 1 for name in ("packed", "size") if chance.random() < 0.7}


def _wide_end(archive: Zip, chance: np.random.Generator) -> None:
    """An end of zip64, of which the other end says that it counts."""
    numbers = [_extreme(chance) << int(chance.choice([0, 32])) for _ in range(5)]
    record = b"PK\x06\x06" + struct.pack("<QHHII", 44, 45, 45, 0, 0)
    record += b"".join(struct.pack("<Q", number % 2**64) for number in numbers[:4])
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, numbers[4] % 2**64, 1)
    archive.comment, archive.end["begin"] = b"", 2**32 - 1
    archive.members.append(Member(b"last.wav", b"", extra=record + locator))


def _points(archive: Zip, chance: np.random.Generator) -> None:
    """A place in the directory that is another file's, or nobody's."""
    _one(archive, chance).offset = int(chance.choice([0, 0, 30, 100, *EXTREMES]))


def _end(archive: Zip, chance: np.random.Generator) -> None:
    name = str(chance.choice(["here", "count", "length", "begin"]))
    archive.end[name] = _extreme(chance)


def _comment(archive: Zip, chance: np.random.Generator) -> None:
    archive.comment = _END + chance.bytes(int(chance.integers(40)))


def _around(archive: Zip, chance: np.random.Generator) -> None:
    part = chance.bytes(int(chance.integers(1, 2_000)))
    if chance.random() < 0.5:
        archive.before = _LOCAL + part
    else:
        archive.behind = part


def _link(archive: Zip, chance: np.random.Generator) -> None:
    one = _one(archive, chance)
    one.outside, one.content = _LINK, b"/etc/passwd"


def _nested(archive: Zip, chance: np.random.Generator) -> None:
    one = _one(archive, chance)
    one.content = written(Zip([Member(b"a.wav", one.content)]))


def _bomb(archive: Zip, chance: np.random.Generator) -> None:
    one = _one(archive, chance)
    one.content, one.method = bytes(int(chance.choice([2, 12, 40])) * 10**6), _DEFLATED


def _many(archive: Zip, chance: np.random.Generator) -> None:
    content = _one(archive, chance).content if chance.random() < 0.3 else b""
    count = int(chance.choice([150, 250, 3_000])) if not content else 30
    archive.members += [Member(f"m{number}.wav".encode(), content) for number in range(count)]


def _overlapping(archive: Zip, chance: np.random.Generator) -> None:
    """Many names of one large file that is there once."""
    content = bytes(8 * 10**6)
    first = Member(b"large.wav", content)
    packed = len(first.packed())
    archive.members = [first]
    for number in range(60):
        other = Member(f"o{number}.wav".encode(), b"", offset=0)
        other.central = {"packed": packed, "size": len(content), "crc": zlib.crc32(content)}
        archive.members.append(other)


def _nothing(archive: Zip, chance: np.random.Generator) -> None:
    archive.members = [Member(b"folder/", b"")] if chance.random() < 0.5 else []


def _bytes(archive: Zip, chance: np.random.Generator) -> None:
    archive.bytewise = True


_MUTATIONS: tuple[Callable[[Zip, np.random.Generator], None], ...] = (
    *(_name, _name, _two_names, _unicode_name, _twice, _method, _lie, _lie, _lie, _small_lie),
    *(_flag, _wide, _wide_end, _points, _end, _comment, _around, _link, _nested, _bomb, _many),
    *(_overlapping, _nothing, _bytes, _bytes),
)
