"""Names in zips that do not say how they are written."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest

from ser_core.inference import batch, zip_names

NAMES = {
    "gbk": ["愤怒的声音.wav", "录音/第二个.wav"],
    "big5": ["憤怒的聲音.wav", "錄音二.wav"],
    "shift_jis": ["怒った声.wav", "録音データ.wav"],
    "euc_kr": ["화난 목소리.wav", "녹음 둘.wav"],
    "cp866": ["Сердитый голос.wav", "Запись два.wav"],
    "cp1251": ["Сердитый голос.wav", "Запись два.wav"],
    "koi8-r": ["Сердитый голос.wav", "Запись два.wav"],
    "cp1253": ["Φωνή θυμωμένη.wav", "Εγγραφή δύο.wav"],
    "cp1250": ["Wściekły głos.wav", "złość.wav"],
    "cp852": ["Wściekły głos.wav", "złość.wav"],
    "cp850": ["Wütende Stimme für später.wav", "café.wav"],
    "cp437": ["Grüße.wav", "naïve.wav"],
    "cp1252": ["Wütende Stimme.wav", "señal.wav"],
    "utf-8": ["愤怒.wav", "Grüße.wav", "голос.wav"],
    "ascii": ["angry.wav", "a-b_c (2).wav"],
}


class Raw(zipfile.ZipInfo):
    """A member whose name is written as it is, without a word about its code page."""

    raw = b""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.raw, self.flag_bits


def packed(*names: bytes, extra: bytes = b"") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, name in enumerate(names):
            member = Raw(f"{number}.wav")
            member.raw, member.extra = name, extra
            archive.writestr(member, b"x")
    return file.getvalue()


@pytest.mark.parametrize("encoding", NAMES)
def test_names_are_read_in_the_code_page_of_the_packer(encoding: str) -> None:
    names = NAMES[encoding]
    found = batch.expand([("a.zip", packed(*(name.encode(encoding) for name in names)))])
    assert sorted(name for name, _ in found) == sorted(name.split("/")[-1] for name in names)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("gbk", "高兴.wav"),
        ("big5", "你好.wav"),
        ("shift_jis", "録音テスト.wav"),
        ("cp437", "Año.wav"),
        ("cp850", "São João.wav"),
        ("cp850", "Île Ô.wav"),
        ("cp1252", "Ação – 2.wav"),
        ("cp1251", "Привет.wav"),
        ("cp866", "Привет.wav"),
        ("koi8-r", "Привет.wav"),
        ("koi8-r", "Бабушка 2.wav"),
        ("cp1253", "καλημέρα.wav"),
        ("cp1250", "łąka.wav"),
        ("cp1250", "naštvaný hlas.wav"),
        ("cp1250", "hűtő.wav"),
        ("cp852", "příšerně.wav"),
        ("cp852", "Łódź.wav"),
        ("cp1252", "Blåbærgrød.wav"),
        ("cp1252", "Ärger.wav"),
    ],
)
def test_one_short_name_is_enough(encoding: str, name: str) -> None:
    ((found, _),) = batch.expand([("a.zip", packed(name.encode(encoding)))])
    assert found == name


def test_a_name_that_says_it_is_utf8_is_believed() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("愤怒é.wav", b"x")
    assert batch.expand([("a.zip", file.getvalue())]) == [("愤怒é.wav", b"x")]


@pytest.mark.parametrize("right", [True, False], ids=["its own", "left behind"])
def test_a_name_in_utf8_beside_the_other_is_taken_where_it_belongs_to_it(right: bool) -> None:
    raw, told = b"??.wav", "声音.wav"
    checksum = zlib.crc32(raw if right else b"another.wav")
    field = struct.pack("<BI", 1, checksum) + told.encode()
    extra = struct.pack("<HH", 0x7075, len(field)) + field
    ((name, _),) = batch.expand([("a.zip", packed(raw, extra=extra))])
    assert name == (told if right else "??.wav")


@pytest.mark.parametrize("raw", [bytes(range(0x80, 0x100)), b"\xff\xfe\x00.wav", b"\x81", b"\xa4"])
def test_any_bytes_are_a_name(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(packed(raw))) as archive:
        (name,) = zip_names.of(archive.infolist())
    assert name
