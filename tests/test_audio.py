"""What is read, what is refused, and what is said about it."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ser_core import audio, load_model
from ser_core.audio import SAMPLE_RATE
from ser_core.errors import AudioError
from tests.support.voices import container, encoded, voice

ONE = voice(3.0)
RATES = [8_000, 16_000, 22_050, 24_414, 44_100, 48_000, 96_000]


def refusal(content: bytes, **limits: float) -> AudioError:
    with pytest.raises(AudioError) as caught:
        audio.load(content, **limits)
    return caught.value


@pytest.mark.parametrize(
    ("container_name", "subtype", "tolerance"),
    [
        ("WAV", "PCM_16", 1e-4),
        ("WAV", "PCM_24", 1e-6),
        ("WAV", "FLOAT", 0),
        ("WAV", "PCM_U8", 0.01),
        ("FLAC", "PCM_16", 1e-4),
        ("AIFF", "PCM_16", 1e-4),
        ("CAF", "PCM_16", 1e-4),
        ("W64", "PCM_16", 1e-4),
        ("OGG", "VORBIS", 0.1),
        ("OGG", "OPUS", 0.1),
        ("MP3", "MPEG_LAYER_III", 0.1),
    ],
)
def test_formats_of_libsndfile(container_name: str, subtype: str, tolerance: float) -> None:
    clip = audio.load(encoded(ONE, format=container_name, subtype=subtype))
    assert clip.sampling_rate == SAMPLE_RATE
    assert clip.signal.dtype == np.float32
    assert clip.signal.ndim == 1
    assert clip.source_format == f"{container_name} {subtype}"
    assert clip.duration_s == pytest.approx(3.0, abs=0.15)
    if tolerance < 0.1:
        np.testing.assert_allclose(clip.signal, ONE, atol=tolerance)


@pytest.mark.parametrize(
    ("name", "codec", "picture", "source_format"),
    [
        ("ipod", "aac", False, "MOV aac"),
        ("mp4", "aac", True, "MOV aac"),
        ("mov", "aac", True, "MOV aac"),
        ("mov", "pcm_s16le", False, "MOV pcm_s16le"),
        ("webm", "libopus", False, "MATROSKA opus"),
        ("matroska", "aac", True, "MATROSKA aac"),
        ("avi", "pcm_s16le", True, "AVI pcm_s16le"),
        ("adts", "aac", False, "AAC aac"),
        ("mpegts", "aac", True, "MPEGTS aac"),
    ],
)
def test_containers_of_phones_and_browsers(
    name: str, codec: str, picture: bool, source_format: str
) -> None:
    clip = audio.load(container(name, codec, picture=picture))
    assert clip.source_format == source_format
    assert clip.source_rate == 48_000
    assert clip.duration_s == pytest.approx(2.0, abs=0.1)
    # The glide begins at 200 Hz and ends at 400.
    spectrum = np.abs(np.fft.rfft(clip.signal[SAMPLE_RATE // 10 : SAMPLE_RATE // 2]))
    assert 190 < 2.5 * spectrum.argmax() < 260
    assert clip.peak == pytest.approx(0.4, abs=0.15)  # AAC overshoots where it begins


@pytest.mark.parametrize("rate", RATES)
def test_every_rate_becomes_16_khz(rate: int) -> None:
    time = np.arange(rate) / rate
    clip = audio.load(encoded(0.5 * np.sin(2 * np.pi * 440 * time), rate))
    assert (clip.source_rate, clip.sampling_rate) == (rate, SAMPLE_RATE)
    assert clip.duration_s == pytest.approx(1.0, abs=1e-3)
    middle = clip.signal[2_000:14_000]
    expected = 0.5 * np.sin(2 * np.pi * 440 * np.arange(2_000, 14_000) / SAMPLE_RATE)
    np.testing.assert_allclose(middle, expected, atol=2e-3)


def test_channels_are_averaged_and_the_peak_is_of_the_loudest() -> None:
    stereo = np.stack([ONE, np.zeros_like(ONE)], axis=1)
    clip = audio.load(encoded(stereo, subtype="FLOAT"))
    assert clip.source_channels == 2
    np.testing.assert_allclose(clip.signal, ONE / 2, atol=1e-6)
    assert clip.peak == pytest.approx(np.abs(ONE).max())


@pytest.mark.parametrize("name", ["right.aiff", "wrong.wav", "none", "mad.jpeg"])
def test_the_name_does_not_matter(tmp_path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(encoded(ONE, 24_414, format="AIFF"))
    assert audio.load(path).source_format == "AIFF PCM_16"
    assert audio.load(str(path)).source_rate == 24_414


def test_bytes_and_path_give_the_same(tmp_path) -> None:
    content = encoded(ONE, 44_100, format="FLAC")
    path = tmp_path / "a.flac"
    path.write_bytes(content)
    np.testing.assert_array_equal(audio.load(content).signal, audio.load(path).signal)


def nan_at(value: float) -> np.ndarray:
    signal = ONE.copy()
    signal[1_000] = value
    return signal


def header_only() -> bytes:
    return encoded(np.zeros(0, dtype=np.float32))


def streamed_wav(length: int) -> bytes:
    """A WAV whose writer did not know the length."""
    content = bytearray(encoded(ONE, subtype="PCM_16"))
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", length)
    return bytes(content)


def streamed_flac() -> bytes:
    """A FLAC whose writer did not know the length: 36 bits of its first block."""
    content = bytearray(encoded(ONE, format="FLAC"))
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    return bytes(content)


REFUSED = {
    "nothing": (b"", "empty"),
    "a WAV header alone": (header_only(), "no_samples"),
    "a cut-off WAV": (encoded(ONE)[:40_000], "truncated"),
    "a cut-off AIFF": (encoded(ONE, format="AIFF")[:40_000], "truncated"),
    "a cut-off MP3": (encoded(ONE, 44_100, format="MP3")[:6_000], "truncated"),
    "a cut-off M4A": (container("ipod", "aac")[:8_000], "damaged"),
    "the beginning of a FLAC": (encoded(ONE, format="FLAC")[:40], "damaged"),
    "the beginning of a WebM": (container("webm", "libopus")[:60], "damaged"),
    "NaN": (encoded(nan_at(np.nan), subtype="FLOAT"), "not_finite"),
    "infinity": (encoded(nan_at(np.inf), subtype="FLOAT"), "not_finite"),
    "samples beyond reason": (encoded(1e18 * ONE, subtype="FLOAT"), "out_of_range"),
    "a tenth of a second": (encoded(ONE[:1_600]), "too_short"),
    "digital silence": (encoded(np.zeros(SAMPLE_RATE)), "silent"),
    "61 s": (encoded(np.tile(ONE, 21)), "too_long"),
    "61 s of MP3": (encoded(np.tile(ONE, 21), format="MP3"), "too_long"),
    "61 s of AAC": (container("ipod", "aac", 61.0), "too_long"),
    "1 kHz": (encoded(ONE, 1_000), "not_audio"),
    "a text": (b"Sounds like speech, reads like speech.\n" * 50, "not_audio"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + zlib.compress(b"0" * 500), "not_audio"),
    "random bytes": (np.random.default_rng(1).bytes(5_000), "not_audio"),
    "a playlist": (b"#EXTM3U\n#EXTINF:9,\nfile:///etc/hostname\n", "not_audio"),
    "a list of files": (b"ffconcat version 1.0\nfile /etc/hostname\n", "not_audio"),
    "a silent film": (container("mp4", None, picture=True), "no_sound_track"),
}


@pytest.mark.parametrize(("content", "code"), REFUSED.values(), ids=REFUSED)
def test_refusals(content: bytes, code: str) -> None:
    error = refusal(content)
    assert error.code == code
    assert str(error) == error.message
    assert len(error.message) > 40
    for leak in ("Traceback", "0x", "/tmp", "object at", "Errno", "LibsndfileError"):
        assert leak not in error.message


def test_a_cut_off_flac_is_refused() -> None:
    noise = 0.1 * np.random.default_rng(0).normal(size=3 * SAMPLE_RATE)
    content = encoded(noise, format="FLAC")
    assert refusal(content[: len(content) // 2]).code in {"truncated", "damaged"}


def test_an_hour_of_silence_is_refused_from_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.BytesIO()
    block = np.zeros(60 * 8_000, dtype=np.int16)
    with soundfile.SoundFile(file, "w", 8_000, 1, format="FLAC") as writer:
        for _ in range(60):
            writer.write(block)
    decoded = []
    read = soundfile.SoundFile.read
    monkeypatch.setattr(
        soundfile.SoundFile, "read", lambda self, n, **k: decoded.append(n) or read(self, n, **k)
    )
    error = refusal(file.getvalue())
    assert (error.code, sum(decoded)) == ("too_long", 0)
    assert "60.0 min" in error.message


def test_a_file_that_is_too_large(tmp_path) -> None:
    path = tmp_path / "large.wav"
    with path.open("wb") as file:
        file.truncate(audio.MAX_BYTES + 1)
    for source in (path, path.read_bytes()):
        with pytest.raises(AudioError, match=r"25\.1 MB; at most 25 MB") as caught:
            audio.load(source)
        assert caught.value.code == "too_large"


def test_limits_can_be_asked_for() -> None:
    content = encoded(np.tile(ONE, 21))
    assert audio.load(content, max_duration_s=audio.LONG_DURATION_S).duration_s == 63.0
    assert refusal(content, max_bytes=1_000).code == "too_large"
    assert refusal(content, max_duration_s=2.0).code == "too_long"


def test_a_missing_file_is_named_without_its_folder(tmp_path) -> None:
    with pytest.raises(AudioError, match=r"'gone\.wav'") as caught:
        audio.load(tmp_path / "gone.wav")
    assert caught.value.code == "not_found"
    assert str(tmp_path) not in caught.value.message


@pytest.mark.parametrize("name", ["a" * 300, "nul\0in it", ""])
def test_a_name_that_no_file_can_have_is_refused(tmp_path, name: str) -> None:
    with pytest.raises(AudioError) as caught:
        audio.load(tmp_path / name)
    assert caught.value.code == "not_found"


@pytest.mark.parametrize(
    "content",
    [streamed_wav(0), streamed_wav(0x7FFFFFFF), streamed_wav(0xFFFFFFFF), streamed_flac()],
    ids=["WAV 0", "WAV 2 GB", "WAV 4 GB", "FLAC"],
)
def test_a_recorder_that_could_not_know_the_length_is_heard(content: bytes) -> None:
    assert audio.load(content).duration_s == pytest.approx(3.0)
    assert refusal(content, max_duration_s=2.0).code == "too_long"


@pytest.mark.parametrize("scale", [2.0**15, 2.0**31])
def test_samples_that_were_never_scaled_are_heard(scale: float) -> None:
    clip = audio.load(encoded(scale * ONE, subtype="FLOAT"))
    heard, usual = (load_model().judge(signal) for signal in (clip.signal, ONE))
    np.testing.assert_allclose(heard, usual, atol=1e-3)


@pytest.mark.parametrize(
    ("seconds", "limits", "said"),
    [
        (60.3, {}, "lasts 60.3 s; at most 60 s"),
        (605.0, {"max_duration_s": 600.0}, "lasts 10.1 min; at most 10 min"),
        (0.2496, {}, "lasts 0.24 s; at least 0.25 s"),
    ],
)
def test_a_refusal_never_rounds_to_what_would_be_taken(
    seconds: float, limits: dict[str, float], said: str
) -> None:
    rate = 8_000
    assert said in refusal(encoded(np.full(round(seconds * rate), 0.1), rate), **limits).message


def test_a_pipe_is_read_to_its_end(tmp_path) -> None:
    for content, code in ((encoded(ONE), None), (bytes(2_000), "too_large")):
        pipe = tmp_path / f"pipe-{code}"
        os.mkfifo(pipe)
        writer = threading.Thread(target=_write, args=(pipe, content))
        writer.start()
        if code is None:
            assert audio.load(pipe).duration_s == pytest.approx(3.0)
        else:
            with pytest.raises(AudioError) as caught:
                audio.load(pipe, max_bytes=1_000)
            assert caught.value.code == code
        writer.join()


def _write(path: Path, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        path.write_bytes(content)


def test_ffmpeg_is_loaded_only_when_it_is_needed(tmp_path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(ONE))
    program = "import sys; from ser_core import audio; audio.load(sys.argv[1]); "
    program += "print('av' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_the_same_recording_in_other_clothes(ser_clips) -> None:
    original = audio.load(ser_clips / "03-01-05-02-01-01-08.wav")
    reference = np.abs(np.fft.rfft(original.signal, 2**16))[: 2**13]
    for name in ("angry.mp3", "angry.ogg", "phone-memo-angry.m4a", "browser-angry.webm",
                 "video-angry.mp4"):  # fmt: skip
        clip = audio.load(ser_clips / name)
        assert clip.duration_s == pytest.approx(original.duration_s, abs=0.05), name
        spectrum = np.abs(np.fft.rfft(clip.signal, 2**16))[: 2**13]
        assert np.corrcoef(spectrum, reference)[0, 1] > 0.95, name


def test_all_the_awkward_clips_are_heard(ser_clips) -> None:
    sounds = [path for path in ser_clips.iterdir() if path.suffix not in {".md", ".csv"}]
    assert len(sounds) >= 20
    for path in sounds:
        assert audio.load(path).duration_s > 1, path.name
