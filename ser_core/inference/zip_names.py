"""The names in a zip, in the code page of whoever packed it.

A zip says only whether a name is UTF-8. Where it does not say so, the name is in whatever code page
the packer's computer used, and nothing tells which. So the bytes of all names together are judged:
what is common in one code page is rare or impossible in the others.
"""

from __future__ import annotations

import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Sequence

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
_EXTRA = struct.Struct("<HH")

_HIGH = re.compile(rb"[\x80-\xff]+")
# Code pages of two bytes a sign, with the pairs that are common in them: the frequent characters
# come first in each of these sets.
_DOUBLE = {
    "shift_jis": re.compile(
        rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]|\x81[\x40-\x9e]"
        rb"|\x88[\x9f-\xfc]|[\x89-\x97][\x40-\xfc]|\x98[\x40-\x72]"
    ),
    "euc_kr": re.compile(rb"[\xb0-\xc8][\xa1-\xfe]"),
    "gbk": re.compile(rb"[\xb0-\xd7\xa3][\xa1-\xfe]"),
    "big5": re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]"),
}
# The same for one byte a sign: the letters.
_SINGLE = {
    "cp866": re.compile(rb"[\x80-\xaf\xe0-\xf1]"),
    "cp1251": re.compile(rb"[\xc0-\xff\xa8\xb8]"),
}
# Letters of scripts with a byte a sign, the frequent ones first, and their code pages. Of random
# letters the mean place is the middle, of words it is before it.
_SCRIPTS = {
    "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё": ("cp1251", "koi8-r", "cp866"),
    "αοιετσνηυρπκμλωςδγχθφβξζψ": ("cp1253",),
}
_FREQUENT, _FREQUENT_SHORT = 0.45, 0.42
# Fewer letters than a short word has may be anything, and two Chinese characters are four bytes.
_SHORT, _LONG = 5, 8
# Code pages of Latin letters with accents: a zip's own first, and what is worth how much in them.
# Between the first two, and between them and the Central European ones, much is the same.
_LATIN = ("cp437", "cp850", "cp1252", "cp852", "cp1250")
_CENTRAL = ("cp852", "cp1250")
# What a language writes with accents: together they are worth more than one of each of many.
_WESTERN_LANGUAGES = ("äöüß", "àâæçéèêëîïôùûü", "áéíñóúü", "ãáàâçéêíóôõú", "àèéìòù", "åäöæøé")
_CENTRAL_LANGUAGES = (
    *("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž"),
    *("ăâîşţ", "äöüß"),
)
_TOGETHER = 0.5
_SIGNS = frozenset("–—’“”«»°")
_RARE, _SIGN, _ODD = 0.3, 0.5, 0.5
# A letter with an accent inside a word, which a pair of bytes would end in the middle of; and where
# letters without one stand beside those that have one.
_ACCENT = re.compile(
    rb"(?<=[A-Za-z])[\x80-\xff](?![\x80-\xff])|(?<![A-Za-z\x80-\xff])[\x80-\xff](?=[a-z]{2})"
)
_BESIDE = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]+|[\x80-\xff]+(?=[A-Za-z])")
_MOSTLY = 0.85
# So many Korean signs in a row are no Chinese by chance, whose characters lie among them, too.
_SURELY_KOREAN = 5


def of(members: Sequence[zipfile.ZipInfo]) -> list[str]:
    """The names of members of one zip, readable.

    Parameters
    ----------
    members : sequence of zipfile.ZipInfo

    Returns
    -------
    list of str
        In order. A name of which the zip says that it is UTF-8 stays as it is; so does one in
        code page 437, a zip's own.
    """
    raw = [None if _is_told(member) else _raw(member) for member in members]
    encoding = _guess(b"\n".join(name for name in raw if name is not None))
    return [
        _told(member) if name is None else name.decode(encoding, "replace")
        for member, name in zip(members, raw, strict=True)
    ]


def _raw(member: zipfile.ZipInfo) -> bytes:
    """The bytes of a name that `zipfile` read as code page 437."""
    return member.orig_filename.encode("cp437")


def _is_told(member: zipfile.ZipInfo) -> bool:
    return bool(member.flag_bits & _UTF8_FLAG) or _unicode_path(member) is not None


def _told(member: zipfile.ZipInfo) -> str:
    return _unicode_path(member) or member.filename


def _unicode_path(member: zipfile.ZipInfo) -> str | None:
    """The name in UTF-8 that some packers write beside the other."""
    if member.flag_bits & _UTF8_FLAG:
        return None
    extra = member.extra
    while len(extra) >= _EXTRA.size:
        kind, length = _EXTRA.unpack_from(extra)
        field = extra[_EXTRA.size : _EXTRA.size + length]
        # A name that was changed afterwards leaves this one behind: its checksum tells.
        if kind == _UNICODE_PATH and field[1:5] == zlib.crc32(_raw(member)).to_bytes(4, "little"):
            return field[5:].decode("utf-8", "replace")
        extra = extra[_EXTRA.size + length :]
    return None


def _guess(names: bytes) -> str:
    """The code page of names, from their bytes."""
    if _decodes(names, "utf-8"):
        return "utf-8"
    runs = _HIGH.findall(names)
    latin, is_sure = _latin(names)
    if len(_ACCENT.findall(names)) == len(runs):
        return latin
    beside = len(_BESIDE.findall(names))
    if beside <= len(runs) / 2 and (script := _script(names)):
        return script
    if is_sure and beside == len(runs):
        return latin
    for encoding, common in _DOUBLE.items():
        if _decodes(names, encoding) and _share(names, encoding, common) >= _MOSTLY:
            if encoding == "euc_kr" and len(common.findall(names)) < _SURELY_KOREAN:
                continue
            return encoding
    # Words are in a script of their own, or have a letter with an accent now and then.
    if max(map(len, runs)) > 2:
        shares = {
            encoding: sum(len(letters.findall(run)) for run in runs) / sum(map(len, runs))
            for encoding, letters in _SINGLE.items()
        }
        best = max(shares, key=lambda encoding: shares[encoding])
        if shares[best] >= _MOSTLY:
            return best
    return latin


def _script(names: bytes) -> str | None:
    """The code page in which names are words of a script other than Latin; None if in none."""
    found = []
    for letters, encodings in _SCRIPTS.items():
        for encoding in filter(lambda encoding: _decodes(names, encoding), encodings):
            text = names.decode(encoding)
            signs = [sign for sign in text if not sign.isascii()]
            places = [letters.find(_plain(sign)) for sign in signs]
            known = [place for place in places if place >= 0]
            if len(known) < max(_SHORT, _MOSTLY * len(signs)) or _odd_case(text):
                continue
            place = sum(known) / len(known) / len(letters)
            if place < (_FREQUENT if len(known) >= _LONG else _FREQUENT_SHORT):
                found.append((place, encoding))
    return min(found)[1] if found else None


def _plain(sign: str) -> str:
    """A letter without its accent, in lower case."""
    return unicodedata.normalize("NFD", sign.lower())[0]


def _odd_case(text: str) -> bool:
    """Whether capitals stand within words more often than people write them so."""
    words = [word for word in re.findall(r"[^\W\d_]+", text) if not word.isascii()]
    odd = [word for word in words if not (word[1:].islower() or word.isupper() or len(word) == 1)]
    return len(odd) > len(words) / 4


def _share(names: bytes, encoding: str, common: re.Pattern[bytes]) -> float:
    """How much of what is not ASCII is common in a code page."""
    signs = [sign.encode(encoding) for sign in names.decode(encoding) if not sign.isascii()]
    return sum(bool(common.fullmatch(sign)) for sign in signs) / len(signs)


def _decodes(names: bytes, encoding: str) -> bool:
    try:
        names.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _latin(names: bytes) -> tuple[str, bool]:
    """The Latin code page in which names have most of what words are written with.

    And whether they are words of one language in it, for sure.
    """
    best, most, is_sure = "", -1.0, False
    for encoding in _LATIN:
        text = names.decode(encoding, "replace")
        languages = _CENTRAL_LANGUAGES if encoding in _CENTRAL else _WESTERN_LANGUAGES
        common = set("".join(languages))
        signs = [sign for sign in text if not sign.isascii()]
        together = max(sum(sign.lower() in language for sign in signs) for language in languages)
        worth = _TOGETHER * together + sum(_worth(sign, common) for sign in signs)
        worth *= _ODD if _odd_case(text) else 1.0
        if worth > most:
            is_sure = 1 < len(signs) == together and not _odd_case(text)
            best, most = encoding, worth
    return best, is_sure


def _worth(sign: str, common: set[str]) -> float:
    if sign.lower() in common:
        return 1.0
    if sign in _SIGNS:
        return _SIGN
    return _RARE * unicodedata.name(sign, "").startswith("LATIN")
