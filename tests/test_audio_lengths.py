"""Files that say nothing, or nothing true, of their own length: streamed, joined, chained."""

from __future__ import annotations

import io
import struct

import numpy as np
import pytest
import soundfile

from ser_core import audio
from ser_core.audio import SAMPLE_RATE
from ser_core.errors import AudioError
from tests.support.voices import at_rate, encoded, tracks, voice

ONE, TWO = voice(3.0), voice(4.0, speaker=2)


def refusal(content: bytes) -> AudioError:
    with pytest.raises(AudioError) as caught:
        audio.load(content)
    return caught.value


def mp3(signal: np.ndarray, rate: int = 44_100, *, header: bool = True, quality: int = 4) -> bytes:
    """An MP3 of variable rate, with the header that says its length or without."""
    content = tracks(
        "mp3",
        "libmp3lame",
        at_rate(signal, rate),
        rate=rate,
        options={"write_xing": str(int(header)), "id3v2_version": "0"},
        codec_options={"q": str(quality), "flags": "+qscale", "global_quality": str(118 * quality)},
    )
    # The tag of another writer, at the end.
    return content + b"TAG" + bytes(125)


def ogg(signal: np.ndarray, rate: int = 48_000, subtype: str = "VORBIS") -> bytes:
    return encoded(at_rate(signal, rate), rate, format="OGG", subtype=subtype)


def heard(content: bytes) -> tuple[float, np.ndarray]:
    clip = audio.load(content)
    return clip.duration_s, clip.signal


def loud_then_quiet() -> np.ndarray:
    """What a length that is guessed from the first frames is wrong about."""
    noise = np.random.default_rng(0).normal(size=3 * 16_000) * 0.3
    return np.concatenate([noise, np.tile(ONE, 3) * 0.02]).astype(np.float32)


def quiet_then_loud() -> np.ndarray:
    return loud_then_quiet()[::-1].copy()


@pytest.mark.parametrize("sound", [loud_then_quiet(), quiet_then_loud()], ids=["less", "more"])
def test_an_mp3_of_variable_rate_without_a_header_is_heard_whole(sound: np.ndarray) -> None:
    content = mp3(sound, header=False)
    duration_s, _ = heard(content)
    assert duration_s == pytest.approx(len(sound) / 16_000, abs=0.15)


@pytest.mark.parametrize(
    "parts",
    [
        (mp3(ONE), mp3(TWO)),
        (mp3(ONE, header=False), mp3(TWO)),
        (mp3(ONE), mp3(TWO, header=False)),
        (mp3(ONE, 44_100), mp3(TWO, 22_050)),
        (
            b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + mp3(ONE),
            b"ID3\x03\0\0\0\0\0\x14" + bytes(20),
            mp3(TWO),
        ),
    ],
)
def test_joined_mp3_are_heard_whole(parts: tuple[bytes, ...]) -> None:
    duration_s, signal = heard(b"".join(parts))
    assert duration_s == pytest.approx(7.0, abs=0.25)
    assert np.abs(signal[-2 * 16_000 : -16_000]).max() > 0.05


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 44_100, 48_000])
def test_what_an_encoder_puts_around_an_mp3_is_no_loss(rate: int) -> None:
    content = encoded(at_rate(ONE, rate), rate, format="MP3")
    clip = audio.load(content)
    assert clip.source_format == "MP3 MPEG_LAYER_III"
    assert clip.duration_s == pytest.approx(3.0, abs=0.01)
    assert heard(content + content)[0] == pytest.approx(6.2, abs=0.4)


def test_an_mp3_that_was_cut_off_is_still_told() -> None:
    content = mp3(TWO)
    assert refusal(content[: len(content) // 2]).code == "truncated"
    assert refusal(mp3(ONE) + content[: len(content) // 2]).code == "truncated"


@pytest.mark.parametrize(
    "parts",
    [
        (ogg(ONE), ogg(TWO)),
        (ogg(ONE, subtype="OPUS"), ogg(TWO, subtype="OPUS")),
        (ogg(ONE, 48_000), ogg(TWO, 22_050)),
        (ogg(ONE, subtype="OPUS"), ogg(TWO)),
        (tracks("ogg", "flac", at_rate(ONE)), tracks("ogg", "flac", at_rate(TWO))),
        (ogg(np.stack([ONE, ONE], axis=1)), ogg(TWO)),
    ],
)
def test_chained_ogg_is_heard_whole(parts: tuple[bytes, ...]) -> None:
    duration_s, signal = heard(b"".join(parts))
    assert duration_s == pytest.approx(7.0, abs=0.1)
    assert np.abs(signal[-2 * 16_000 : -16_000]).max() > 0.05


def in_container(name: str, codec: str, rate: int = 48_000) -> bytes:
    return b"".join(tracks(name, codec, at_rate(signal, rate), rate=rate) for signal in (ONE, TWO))


@pytest.mark.parametrize(
    "content",
    [
        encoded(ONE) + encoded(TWO),
        encoded(ONE, format="FLAC") + encoded(TWO, format="FLAC"),
        encoded(ONE, format="AIFF") + encoded(TWO, format="AIFF"),
        b"ID3\x04\0\0\0\0\0\x0a" + bytes(10) + in_container("flac", "flac"),
        in_container("ipod", "aac"),
        in_container("mov", "pcm_s16le"),
        in_container("webm", "libopus"),
        in_container("matroska", "flac"),
        in_container("wav", "ac3"),
        in_container("amr", "libopencore_amrnb", 8_000),
        in_container("mpegts", "aac"),
        in_container("ac3", "ac3"),
    ],
    ids=[
        "WAV",
        "FLAC",
        "AIFF",
        "ID3 FLAC",
        "M4A",
        "MOV",
        "WebM",
        "MKV",
        "AC-3 in WAV",
        "AMR",
        "TS",
        "AC-3",
    ],
)
def test_other_files_that_were_joined_are_heard_whole(content: bytes) -> None:
    duration_s, signal = heard(content)
    assert duration_s == pytest.approx(7.0, abs=0.2)
    assert np.abs(signal[-SAMPLE_RATE:]).max() > 1e-4


@pytest.mark.parametrize(
    "content",
    [
        ogg(TWO),
        ogg(TWO, subtype="OPUS"),
        ogg(ONE) + ogg(TWO),
        tracks("webm", "libopus", at_rate(TWO), options={"live": "1"}),
        tracks("ogg", "flac", at_rate(TWO)),
    ],
    ids=["Vorbis", "Opus", "chained", "live WebM", "FLAC in Ogg"],
)
def test_a_capture_that_ends_in_the_middle_of_a_piece_is_heard_with_a_note(content: bytes) -> None:
    assert audio.load(content).warnings == ()
    cut = audio.load(content[: int(0.8 * len(content))])
    assert [warning.code for warning in cut.warnings] == ["breaks_off"]
    assert cut.duration_s < audio.load(content).duration_s - 0.2


@pytest.mark.slow
def test_the_cap_holds_for_all_parts_together() -> None:
    minute = np.tile(ONE, 11)
    for joined in (2 * mp3(minute), 2 * ogg(minute)):
        assert refusal(joined).code == "too_long"


@pytest.mark.parametrize(
    "length", [0, 0x7FFFF000, 0x7FFFF024, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x40000000]
)
@pytest.mark.parametrize("subtype", ["PCM_16", "FLOAT", "ULAW"])
def test_a_wav_through_a_pipe_is_heard_whole(length: int, subtype: str) -> None:
    content = bytearray(encoded(ONE, subtype=subtype))
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", length)
    content[4:8] = struct.pack("<I", min(length + at, 0xFFFFFFFF))
    assert heard(bytes(content))[0] == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("container", "name", "offset", "number"),
    [
        ("AIFF", b"SSND", 4, ">I"),
        ("AU", b".snd", 8, ">I"),
        ("CAF", b"data", 4, ">Q"),
        ("W64", b"data\xf3\xac", 16, "<Q"),
        ("RF64", b"ds64", 16, "<Q"),
    ],
)
@pytest.mark.parametrize("length", [0, -1])
def test_others_through_a_pipe_are_heard_whole(
    container: str, name: bytes, offset: int, number: str, length: int
) -> None:
    content = bytearray(encoded(ONE, format=container))
    at = content.index(name) + offset
    width = struct.calcsize(number)
    content[at : at + width] = struct.pack(number, length % 256**width)
    assert heard(bytes(content))[0] == pytest.approx(3.0)


@pytest.mark.parametrize("rate", [32_000, 44_100])
def test_aac_that_begins_with_silence_is_heard_whole(rate: int) -> None:
    signal = np.concatenate([np.zeros(2 * 16_000, dtype=np.float32), ONE])
    duration_s, _ = heard(tracks("adts", "aac", at_rate(signal, rate), rate=rate))
    assert duration_s == pytest.approx(5.0, abs=0.1)


def test_two_aac_files_joined_are_heard_whole() -> None:
    parts = [tracks("adts", "aac", at_rate(signal)) for signal in (ONE, TWO)]
    assert heard(b"".join(parts))[0] == pytest.approx(7.0, abs=0.15)


def test_a_tag_before_it_does_not_hide_what_it_is() -> None:
    tag = b"ID3\x04\0\0\0\0\0\x0a" + bytes(10)
    assert audio.load(tag + tracks("adts", "aac", at_rate(ONE))).source_format == "AAC aac"
    file = io.BytesIO()
    soundfile.write(file, ONE, 16_000, format="FLAC")
    assert heard(tag + file.getvalue())[0] == pytest.approx(3.0)


HOSTILE = {
    "nothing but the beginning of a frame": b"\xff\xfb\x90\xc4" + b"\xff" * 20_000_000,
    "frames far apart": (b"\xff\xfb\x90\xc4" + b"\xff" * 500) * 30_000,
    "empty chunks": b"RIFF\xff\xff\xff\x7fWAVE" + b"junk\0\0\0\0" * 2_000_000,
    "empty pages": b"OggS\0\2" + bytes(21) + (b"OggS" + bytes(23)) * 900_000,
    "a thousand joined": encoded(ONE[:100]) * 1_000,
    "a thousand chained": ogg(ONE[:8_000]) * 1_000,
    "names of files": b"RIFF\x10\0\0\0WAVEfmt " * 1_000_000,
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_what_is_made_to_keep_one_busy_is_refused(content: bytes) -> None:
    error = refusal(content[: audio.MAX_BYTES])
    assert error.code in {"damaged", "not_audio", "too_many_parts", "no_samples", "truncated"}
