"""Each warning comes when it should, and only then."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
import pytest
import soxr
from scipy.signal import butter, sosfilt

from ser_core import audio
from ser_core.audio import SAMPLE_RATE, Clip
from ser_core.corpora import CORPORA
from ser_core.speech import quality
from tests.support.voices import clip, not_speech, voice

OTHER = not_speech()


def bright(seconds: float = 3.0) -> np.ndarray:
    """A voice with the hiss that the made-up ones lack."""
    signal = voice(seconds)
    hiss = np.random.default_rng(1).normal(size=len(signal)).astype(np.float32)
    return signal + 0.03 * np.abs(signal) * hiss


def telephone(signal: np.ndarray) -> np.ndarray:
    band = sosfilt(butter(6, [300, 3_400], "band", fs=SAMPLE_RATE, output="sos"), signal)
    return soxr.resample(soxr.resample(band, SAMPLE_RATE, 8_000), 8_000, SAMPLE_RATE)


def noisy(signal: np.ndarray, snr_db: float) -> np.ndarray:
    level = quality.measure(clip(signal)).level_dbfs
    noise = np.random.default_rng(2).normal(size=len(signal))
    return signal + 10 ** ((level - snr_db) / 20) * noise


def overdriven(signal: np.ndarray) -> np.ndarray:
    return np.clip(20 * signal, -1, 1)


def buried(signal: np.ndarray, seconds: float) -> np.ndarray:
    """In the middle of a long stretch of a quiet room."""
    room = 1e-3 * np.random.default_rng(3).normal(size=int(seconds * SAMPLE_RATE))
    start = (len(room) - len(signal)) // 2
    room[start : start + len(signal)] = signal
    return room


def chords() -> np.ndarray:
    return 0.2 * OTHER["chords, held"] / np.abs(OTHER["chords, held"]).max()


FAULTS = {
    "a good recording": (bright(), set()),
    "chords": (chords(), {"no_speech"}),
    "faint noise": (1e-4 * OTHER["white noise"], {"no_speech", "too_quiet"}),
    "half a second": (bright()[20_500:30_500], {"too_short"}),
    "a word in a long pause": (buried(bright(3.0)[8_000:32_000], 12.0), {"mostly_silence"}),
    "far away": (0.002 * bright(), {"too_quiet"}),
    "overdriven": (overdriven(bright()), {"clipped"}),
    "noise at 5 dB": (noisy(bright(), 5), {"noisy"}),
    "telephone": (telephone(bright()), {"band_limited"}),
}


@pytest.mark.parametrize(("signal", "codes"), FAULTS.values(), ids=FAULTS)
def test_warnings(signal: np.ndarray, codes: set[str]) -> None:
    assert {warning.code for warning in quality.check(clip(signal))} == codes


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("chords", r"^No speech heard: its pitch stands still"),
        ("half a second", r"^Only 0\.\d s of speech: a whole sentence"),
        ("a word in a long pause", r"^Nobody speaks in 8\d% of the recording"),
        ("far away", r"^Very quiet \((7|8)\d dB below full scale; 50 or less is good\)"),
        ("overdriven", r"^Overdriven \(\d+\.\d% of the samples"),
        ("noise at 5 dB", r"^Noisy \(the voice stands [3-7] dB above the background"),
        ("telephone", r"^Dull, as over a telephone \(.* is \d\d dB weaker"),
    ],
)
def test_messages_hold_the_number_and_what_to_do(name: str, said: str) -> None:
    (warning,) = quality.check(clip(FAULTS[name][0]))
    assert re.search(said, warning.message)
    assert "--" not in warning.message
    assert " -" not in warning.message


def test_no_speech_comes_first() -> None:
    assert quality.check(clip(FAULTS["faint noise"][0]))[0].code == "no_speech"


@pytest.mark.parametrize("snr_db", [0, 6, 12, 20, 30])
def test_the_estimated_snr_is_near_the_true_one(snr_db: float) -> None:
    found = quality.measure(clip(noisy(bright(4.0), snr_db)))
    assert found.snr_db == pytest.approx(snr_db, abs=3.5)


@pytest.mark.parametrize("gain", [0.01, 0.1, 1.0])
def test_level_follows_the_gain_and_snr_does_not(gain: float) -> None:
    base, scaled = (quality.measure(clip(bright() * part)) for part in (1.0, gain))
    assert scaled.level_dbfs - base.level_dbfs == pytest.approx(20 * np.log10(gain), abs=0.3)
    assert scaled.snr_db == pytest.approx(base.snr_db, abs=1.0)
    assert scaled.treble_db == pytest.approx(base.treble_db, abs=0.5)


def test_clipping_is_told_by_the_file_and_not_by_its_mean() -> None:
    signal = overdriven(bright())
    quiet_mean = Clip(signal=signal.astype(np.float32) / 2, peak=1.0)
    assert "clipped" in {warning.code for warning in quality.check(quiet_mean)}


@pytest.mark.parametrize("corpus", ["ravdess", "tess", "emodb", "cremad"])
def test_real_clips_are_heard_as_speech_at_full_band(ser_data, corpus: str) -> None:
    recordings = CORPORA[corpus].find(ser_data / corpus)
    chosen = np.random.default_rng(1).choice(len(recordings), 25, replace=False)
    codes = [
        warning.code
        for index in chosen
        for warning in quality.check(audio.load(recordings[index].path))
    ]
    # Some clips are quiet, noisy or overdriven indeed.
    assert not {"no_speech", "mostly_silence", "too_short"} & set(codes)
    assert codes.count("band_limited") <= 1


@pytest.mark.parametrize(
    ("measure", "value", "limit", "worse"),
    [
        ("level_dbfs", quality.QUIET_DBFS - 0.2, r"(\d+) dB below full scale; (\d+) or less", 1),
        ("snr_db", quality.NOISY_SNR_DB - 0.2, r"(\d+) dB above .*?; (\d+) or more", -1),
    ],
)
def test_a_number_that_is_warned_of_does_not_read_as_a_good_one(
    measure: str, value: float, limit: str, worse: int
) -> None:
    found = dataclasses.replace(quality.measure(clip(bright())), **{measure: value})
    (warning,) = quality.warnings_of(found, 3.0)
    shown, good = map(int, re.search(limit, warning.message).groups())
    assert worse * (shown - good) > 0
