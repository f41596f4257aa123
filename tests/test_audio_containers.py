"""What phones, browsers and video recorders bring: many channels, several tracks, odd codings."""

from __future__ import annotations

import re
import struct

import numpy as np
import pytest

from ser_core import audio, load_model
from ser_core.audio.formats import TABLE
from ser_core.errors import AudioError
from tests.support.voices import at_rate, encoded, g723, tracks, voice

VOICE = at_rate(voice(3.0))

OTHER = at_rate(voice(4.0, speaker=2))

SILENCE = np.zeros(3 * 48_000, dtype=np.float32)


def codes(clip: audio.Clip) -> list[str]:
    return [warning.code for warning in clip.warnings]


def refusal(content: bytes) -> AudioError:
    with pytest.raises(AudioError) as caught:
        audio.load(content)
    return caught.value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "codec", "channels"),
    [
        *(("ipod", "aac", n) for n in (6, 7, 8, 16)),
        *(("webm", "libopus", n) for n in (7, 8, 10, 24)),
        *(("matroska", "flac", n) for n in (7, 8)),
        *(("mov", "pcm_s16le", n) for n in (7, 8, 10, 24)),
        *(("matroska", "pcm_f32le", n) for n in (7, 8, 12)),
        *(("mov", "pcm_s24be", n) for n in (7, 8, 16)),
    ],
)
def test_many_channels_are_heard(name: str, codec: str, channels: int) -> None:
    clip = audio.load(tracks(name, codec, np.repeat(VOICE[:, None], channels, axis=1)))
    assert clip.source_channels == channels
    assert clip.duration_s == pytest.approx(3.0, abs=0.1)
    assert clip.warnings == ()
    heard, expected = (np.abs(np.fft.rfft(s, 2**16))[: 2**14] for s in (clip.signal, voice(3.0)))
    assert np.corrcoef(heard, expected)[0, 1] > 0.95


def test_samples_are_those_of_the_file_whatever_their_width() -> None:
    stereo = np.stack([VOICE, 0.5 * VOICE], axis=1)
    expected = audio.load(encoded(stereo, 48_000)).signal
    for codec in ("pcm_s16le", "pcm_s16be", "pcm_s32le", "pcm_f32le", "pcm_f64le", "pcm_s24le"):
        heard = audio.load(tracks("mov", codec, stereo)).signal
        np.testing.assert_allclose(heard, expected, atol=1e-4, err_msg=codec)


@pytest.mark.parametrize(
    ("content", "duration_s", "said"),
    [
        (tracks("ipod", "aac", SILENCE, VOICE), 3.0, "track 2, the first that holds sound"),
        (tracks("ipod", "aac", VOICE, SILENCE), 3.0, "track 1, the default"),
        (tracks("mp4", "aac", VOICE, OTHER, default=1), 4.0, "track 2, the default"),
        (tracks("matroska", "libopus", VOICE, OTHER, default=1), 4.0, "track 2, the default"),
        (tracks("matroska", "libopus", SILENCE, VOICE, OTHER, default=0), 3.0, "track 2, the fir"),
        (tracks("mov", "pcm_s16le", SILENCE, OTHER), 4.0, "track 2, the first that holds sound"),
    ],
)
def test_of_several_tracks_the_default_else_the_first_with_sound(
    content: bytes, duration_s: float, said: str
) -> None:
    clip = audio.load(content)
    assert clip.duration_s == pytest.approx(duration_s, abs=0.1)
    assert codes(clip) == ["other_tracks"]
    assert said in clip.warnings[0].message
    assert load_model().predict_clip(clip).warnings[0] == clip.warnings[0]


def test_several_silent_tracks_are_silent() -> None:
    assert refusal(tracks("mov", "pcm_s16le", SILENCE, SILENCE)).code == "silent"


def with_unknown_codec(content: bytes, tag: bytes, place: int = 0) -> bytes:
    """An MP4 in which the coding of a track is renamed to one that no library knows."""
    changed = bytearray(content)
    for name, other in ((b"mp4a", tag), (b"esds", b"free")):
        at = [found.start() for found in re.finditer(name, content)][place]
        changed[at : at + 4] = other
    return bytes(changed)


def test_an_unknown_codec_is_named() -> None:
    error = refusal(with_unknown_codec(tracks("mp4", "aac", VOICE), b"apac"))
    assert (error.code, "apac" in error.message) == ("unknown_codec", True)
    error = refusal(with_unknown_codec(tracks("mp4", "aac", VOICE), b"zzz9"))
    assert (error.code, "zzz9" in error.message) == ("unknown_codec", True)
    matroska = tracks("matroska", "aac", VOICE).replace(b"A_AAC", b"A_XYZ")
    error = refusal(matroska)
    assert (error.code, "A_XYZ, which" in error.message) == ("unknown_codec", True)
    webm = tracks("webm", "libopus", VOICE).replace(b"A_OPUS", b"A_QPUS")
    assert "A_QPUS, which" in refusal(webm).message
    avi = bytearray(tracks("avi", "pcm_s16le", VOICE))
    at = avi.index(b"strf") + 8
    avi[at : at + 2] = b"\x42\x42"
    assert "0x4242" in refusal(bytes(avi)).message


@pytest.mark.parametrize("place", [0, 1])
def test_an_unknown_track_does_not_keep_another_from_being_heard(place: int) -> None:
    content = with_unknown_codec(tracks("mp4", "aac", VOICE, VOICE), b"apac", place)
    clip = audio.load(content)
    assert clip.duration_s == pytest.approx(3.0, abs=0.1)
    assert codes(clip) == ["other_tracks"]
    assert f"track {2 - place}" in clip.warnings[0].message


@pytest.mark.parametrize("codec", ["ac3", "eac3", "wmav2", "wmav1", "g726", "g722", "mp2"])
def test_a_wav_with_another_codec_in_it_is_heard(codec: str) -> None:
    rate = {"g726": 8_000, "g722": 16_000}.get(codec, 48_000)
    clip = audio.load(tracks("wav", codec, at_rate(voice(3.0), rate), rate=rate))
    assert clip.source_format.startswith("WAV ")
    assert clip.duration_s == pytest.approx(3.0, abs=0.15)


@pytest.mark.parametrize(("tag", "said"), [(0x00FF, "AAC"), (0x704F, "Opus"), (0x4321, "0x4321")])
def test_a_codec_in_a_wav_that_cannot_be_heard_is_named(tag: int, said: str) -> None:
    content = bytearray(encoded(voice(3.0)))
    content[20:22] = struct.pack("<H", tag)
    error = refusal(bytes(content))
    assert error.code in {"unknown_codec", "damaged"}
    assert said in error.message


def test_a_whole_wav_whose_packets_nobody_can_tell_apart_is_not_called_damaged() -> None:
    bare = tracks("wav", "aac", VOICE)
    error = refusal(bare)
    assert error.code == "unknown_codec"
    assert "a WAV file whose sound is coded as AAC, which cannot" in error.message
    # With its packets' lengths beside them it is heard.
    at = bare.index(b"data") + 8
    clip = audio.load(bare[:at] + tracks("adts", "aac", VOICE))
    assert clip.duration_s == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("codec", ["alac", "flac", "pcm_s16be", "pcm_mulaw"])
def test_caf_is_heard(codec: str) -> None:
    clip = audio.load(tracks("caf", codec, VOICE))
    assert clip.source_format.startswith("CAF ")
    assert clip.duration_s == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "codec", "source_format"),
    [
        ("au", "pcm_s16be", "AU PCM_16"),
        ("au", "pcm_mulaw", "AU ULAW"),
        ("asf", "wmav2", "ASF wmav2"),
        ("3gp", "aac", "MOV aac"),
        ("flv", "aac", "FLV aac"),
        ("ac3", "ac3", "AC3 ac3"),
        ("eac3", "eac3", "EAC3 eac3"),
        ("mpeg", "mp2", "MPEG mp2"),
        ("latm", "aac", "LOAS aac_latm"),
        ("tta", "tta", "TTA tta"),
        ("wv", "wavpack", "WV wavpack"),
        ("w64", "pcm_s16le", "W64 PCM_16"),
        ("mp2", "mp2", "MP3 MPEG_LAYER_II"),
        ("avi", "libmp3lame", "AVI mp3float"),
        ("nut", "libopus", "NUT opus"),
        ("nut", "pcm_s16le", "NUT pcm_s16le"),
    ],
)
def test_other_containers_are_heard(name: str, codec: str, source_format: str) -> None:
    clip = audio.load(tracks(name, codec, VOICE))
    assert clip.source_format == source_format
    assert clip.duration_s == pytest.approx(3.0, abs=0.15)


def test_bare_frames_of_g723_are_heard() -> None:
    clip = audio.load(g723(at_rate(voice(3.0), 8_000)))
    assert clip.source_format == "G723_1 g723_1"
    assert clip.duration_s == pytest.approx(3.0, abs=0.15)


@pytest.mark.parametrize(("last", "said"), [(b"\xba", "a TrueHD file"), (b"\xbb", "an MLP file")])
def test_what_no_encoder_at_hand_makes_is_named(last: bytes, said: str) -> None:
    head = bytes.fromhex("e03cffd8f8726f") + last
    assert said in refusal(head + np.random.default_rng(0).bytes(3_000)).message


@pytest.mark.parametrize("length", [960, 24_000])
@pytest.mark.parametrize("start", [b"\0", b"text of somebody\n", bytes(range(256))])
def test_what_only_ends_where_a_frame_of_g723_would_is_no_sound(start: bytes, length: int) -> None:
    content = (start * (length // len(start) + 1))[:length]
    assert refusal(content).code == "not_audio"
    assert refusal(np.random.default_rng(length).bytes(length)).code == "not_audio"


@pytest.mark.parametrize("channels", [10, 12, 16, 24])
@pytest.mark.parametrize("places", [0, 3, 0xFFFF])
def test_wavpack_of_many_channels_is_heard_whatever_places_it_names(
    channels: int, places: int
) -> None:
    content = tracks("wv", "wavpack", np.repeat(VOICE[:, None], channels, axis=1))
    clip = audio.load(with_places(content, places))
    assert clip.source_channels == channels
    assert clip.duration_s == pytest.approx(3.0, abs=0.1)


def test_wavpack_of_more_channels_than_are_decoded_is_named_and_not_called_damaged() -> None:
    content = tracks("wv", "wavpack", np.repeat(VOICE[:, None], 24, axis=1))
    # A piece of the first block says 200 channels; the blocks hold 24.
    found = re.search(rb"[\x0d\x4d][\x02-\x04][\x17\x18]", content)
    assert found is not None
    changed = bytearray(content)
    changed[found.end() - 1] = 200
    error = refusal(bytes(changed))
    assert error.code == "unknown_codec"
    assert "WavPack in 20" in error.message


def with_places(content: bytes, places: int) -> bytes:
    """A WavPack that names other places of its channels: the piece 0x0d of a block."""
    changed = bytearray(content)
    for found in re.finditer(rb"[\x0d\x4d]([\x02-\x04])", content):
        size = 2 * found[1][0] - (found[0][0] >> 6 & 1)
        at = found.end()
        extended = size >= 6
        if content[at] in (9, 10, 11, 12, 15, 16, 23, 24):
            width = size - 3 if extended else size - 1
            changed[at + size - width : at + size] = places.to_bytes(4, "little")[:width]
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"MThd\x00\x00\x00\x06" + bytes(100), "MIDI"),
        (b"#!SILK_V3" + bytes(100), "SILK"),
        (b"PK\x03\x04" + bytes(100), "zip"),
        (b"%PDF-1.7" + bytes(100), "PDF"),
        (b"<!DOCTYPE html><html>" + bytes(100), "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
    ],
)
def test_what_is_no_sound_is_named(content: bytes, said: str) -> None:
    error = refusal(content)
    assert (error.code, said in error.message) == ("not_audio", True)


def test_the_table_of_formats_is_one() -> None:
    suffixes = [suffix for kind in TABLE for suffix in kind.suffixes.split()]
    assert all(re.fullmatch(r"\.[a-z0-9]+", suffix) for suffix in suffixes)
    assert {".wav", ".m4a", ".qta", ".3ga", ".au", ".wmv", ".webm", ".caf"} <= audio.SUFFIXES
    for name in ("WAV", "FLAC", "MP3", "M4A", "WebM"):
        assert name in audio.common()


def test_a_file_of_exactly_the_most_bytes_is_heard() -> None:
    content = encoded(voice(3.0))
    full = content + b"LIST" + bytes(audio.MAX_BYTES - len(content) - 4)
    assert len(full) == audio.MAX_BYTES
    assert audio.load(full).duration_s == 3.0
    assert refusal(full + b"\0").code == "too_large"


def test_all_the_awkward_cases(ser_data) -> None:
    folder = ser_data.parent / "cases"
    if not folder.is_dir():
        pytest.skip("the awkward cases are not here")
    expected = {
        "f16_8ch.m4a": (3.97, []),
        "f11_talk.mp3": (23.3, []),
        "f14_cat.mp3": (7.8, []),
        "f14_chain.opus": (7.74, []),
        "f10_digital2_32k.aac": (9.78, []),
        "f8_sox_pipe.wav": (3.97, []),
        "f5_ac3.wav": (4.0, []),
        "f12_opus.caf": (3.97, []),
        "f9_two_tracks.m4a": (3.3, ["other_tracks"]),
        "p2_anti.mp3": (3.97, ["opposite_phase"]),
        "p2_anti.m4a": (3.97, ["opposite_phase"]),
        "p1_call_alternating.wav": (15.98, ["channels_differ"]),
    }
    for name, (duration_s, warned) in expected.items():
        clip = audio.load(folder / name)
        assert clip.duration_s == pytest.approx(duration_s, abs=0.1), name
        assert codes(clip) == warned, name
    refused = {
        "apac-sample-entry.mov": "unknown_codec",
        "unknown-codec.mkv": "unknown_codec",
        "mutated-ts.ts": "damaged",
        "gbk.zip": "not_audio",
    }
    for name, code in refused.items():
        assert refusal((folder / name).read_bytes()).code == code, name
