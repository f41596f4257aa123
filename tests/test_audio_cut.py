"""Containers that end too early, have no end, or are damaged."""

from __future__ import annotations

import contextlib
import struct

import numpy as np
import pytest

from ser_core import audio
from ser_core.errors import AudioError
from tests.support.voices import at_rate, encoded, tracks, voice

VOICE = at_rate(voice(3.0))

OTHER = at_rate(voice(4.0, speaker=2))

SILENCE = np.zeros(3 * 48_000, dtype=np.float32)


def codes(clip: audio.Clip) -> list[str]:
    return [warning.code for warning in clip.warnings]


def refusal(content: bytes) -> AudioError:
    with pytest.raises(AudioError) as caught:
        audio.load(content)
    return caught.value


def index_first(content: bytes) -> bytes:
    """An MP4 as for the web: its index before its samples."""
    at = content.index(b"moov") - 4
    head, index = content[: content.index(b"mdat") - 4], bytearray(content[at:])
    table = index.index(b"stco") + 8
    (count,) = struct.unpack_from(">I", index, table)
    for entry in range(table + 4, table + 4 + 4 * count, 4):
        struct.pack_into(">I", index, entry, struct.unpack_from(">I", index, entry)[0] + len(index))
    return head + bytes(index) + content[len(head) : at]


HEARD_CUT = {
    "RF64": encoded(voice(3.0), format="RF64"),
    "WebM": tracks("webm", "libopus", VOICE),
    "Matroska": tracks("matroska", "pcm_s16le", VOICE),
    "Matroska with AAC": tracks("matroska", "aac", VOICE),
    "Matroska with FLAC": tracks("matroska", "flac", VOICE),
}


@pytest.mark.parametrize("content", HEARD_CUT.values(), ids=HEARD_CUT)
@pytest.mark.parametrize("share", [0.5, 0.63, 0.75, 0.9])
def test_what_there_is_of_a_recording_without_an_end_is_heard_with_a_note(
    content: bytes, share: float
) -> None:
    whole = audio.load(content)
    assert codes(whole) == []
    clip = audio.load(content[: int(share * len(content))])
    assert codes(clip) == ["cut_off"]
    assert 0.2 < clip.duration_s < whole.duration_s - 0.2
    assert "announces" in clip.warnings[0].message
    both = min(len(clip.signal), len(whole.signal)) - 1_600
    np.testing.assert_allclose(clip.signal[:both], whole.signal[:both], atol=1e-3)


CUT = {
    "Wave64": encoded(voice(3.0), format="W64"),
    "AU": encoded(voice(3.0), format="AU"),
    "CAF": encoded(voice(3.0), format="CAF"),
    "MP4, index first": index_first(tracks("mp4", "aac", VOICE)),
    "MP4 in fragments": tracks(
        "mp4", "aac", VOICE, options={"movflags": "frag_keyframe+empty_moov", "frag_duration": "2"}
    ),
    "AVI": tracks("avi", "pcm_s16le", VOICE),
    "WMA": tracks("asf", "wmav2", VOICE),
    "WAV with AC-3": tracks("wav", "ac3", VOICE),
}


@pytest.mark.parametrize("content", CUT.values(), ids=CUT)
def test_what_was_cut_off_is_not_heard_as_a_shorter_one(content: bytes) -> None:
    assert audio.load(content).duration_s == pytest.approx(3.0, abs=0.1)
    for share in (0.5, 0.75):
        error = refusal(content[: int(share * len(content))])
        assert error.code in {"truncated", "damaged"}


@pytest.mark.parametrize(
    "content",
    [
        tracks("webm", "libopus", VOICE, options={"live": "1"}),
        tracks("matroska", "aac", VOICE, options={"live": "1"}),
    ],
)
def test_a_live_recording_has_no_length_and_is_heard(content: bytes) -> None:
    assert audio.load(content).duration_s == pytest.approx(3.0, abs=0.1)


@pytest.mark.parametrize("name", ["mpegts", "flv", "mov", "matroska", "avi"])
def test_a_container_damaged_all_over_is_refused_in_words(name: str) -> None:
    codec = {"mpegts": "mp2", "flv": "libmp3lame"}.get(name, "pcm_s16le")
    content = bytearray(tracks(name, codec, at_rate(voice(3.0), 44_100), rate=44_100))
    chance = np.random.default_rng(3)
    for at in range(400, len(content) - 60, 600):
        content[at : at + 60] = chance.bytes(60)
    # Whatever is not refused is heard; anything but a refusal in words fails here.
    with contextlib.suppress(AudioError):
        audio.load(bytes(content))
