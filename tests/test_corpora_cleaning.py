"""Which recordings are left out, and why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from ser_core.audio import digest
from ser_core.corpora import CORPORA, find_all
from ser_core.data.cleaning import clean
from ser_core.data.measuring import measure, measure_batches
from ser_core.errors import AudioError
from tests.support.corpus_trees import tone, write

SILENT = AudioError("silent", "All samples are zero.")
DAMAGED = AudioError("not_audio", "The content is not sound.")
ANG, HAP, SAD = "1001_DFA_ANG_XX", "1001_DFA_HAP_XX", "1001_DFA_SAD_XX"
OTHER = "1002_DFA_ANG_XX"


def recordings(*paths: str):
    return [CORPORA["cremad"].parse(Path(f"{path}.wav")) for path in paths]


@pytest.mark.parametrize(
    ("outcomes", "kept", "excluded"),
    [
        ({ANG: "1", HAP: "2"}, [ANG, HAP], {}),
        ({ANG: "1", f"copy/{ANG}": "1"}, [ANG], {f"copy/{ANG}": "copy"}),
        ({ANG: "1", HAP: SILENT}, [ANG], {HAP: "silent"}),
        ({ANG: "1", HAP: DAMAGED}, [ANG], {HAP: "unreadable"}),
        ({ANG: "1", HAP: "1", SAD: "2"}, [SAD], {ANG: "contradictory", HAP: "contradictory"}),
        ({ANG: "1", OTHER: "1"}, [], {ANG: "contradictory", OTHER: "contradictory"}),
        ({ANG: SILENT, HAP: SILENT}, [], {ANG: "silent", HAP: "silent"}),
        (
            {"1001_IEO_ANG_LO": "1", "1001_IEO_ANG_HI": "1"},
            ["1001_IEO_ANG_LO"],
            {"1001_IEO_ANG_HI": "duplicate"},
        ),
    ],
)
def test_clean(outcomes, kept, excluded):
    given = recordings(*outcomes)
    by_path = {Path(f"{path}.wav"): outcome for path, outcome in outcomes.items()}
    remaining, left_out = clean(given, by_path)
    assert [recording.name for recording in remaining] == kept
    assert {str(e.path.with_suffix("")): e.code for e in left_out} == excluded
    assert all(exclusion.reason for exclusion in left_out)
    # Nothing is lost and nothing is counted twice.
    assert len(remaining) + len(left_out) == len(given)


def test_clean_names_the_twin():
    _, left_out = clean(recordings(ANG, HAP), {Path(f"{ANG}.wav"): "1", Path(f"{HAP}.wav"): "1"})
    assert HAP in left_out[0].reason
    assert ANG in left_out[1].reason


def test_second_copies_need_not_be_decoded():
    given = recordings(ANG, f"copy/{ANG}")
    kept, left_out = clean(given, {Path(f"{ANG}.wav"): "1"})
    assert kept == given[:1]
    assert [exclusion.code for exclusion in left_out] == ["copy"]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("a.flac", {}),
        ("b.wav", {"subtype": "FLOAT"}),
        ("aiff-inside.wav", {"format": "AIFF"}),
    ],
)
def test_the_digest_is_of_the_sound_and_not_of_the_file(name, options, tmp_path):
    # Whole 16-bit steps, so that every container here holds them exactly.
    signal = np.round(tone(1) * 32768) / 32768
    path = write(tmp_path / name, signal, **options)
    reference = write(tmp_path / "reference.wav", signal, subtype="PCM_16")
    assert measure(path).sha256 == measure(reference).sha256 == digest(signal.astype(np.float32))
    assert measure(path).duration_s == pytest.approx(0.4)


def test_the_digest_tells_sounds_apart():
    assert digest(tone(1)) != digest(tone(2))


@pytest.mark.parametrize(("rate", "channels"), [(96_000, 1), (24_414, 1), (48_000, 2)])
def test_other_rates_and_stereo_are_measured_at_16_khz(rate, channels, tmp_path):
    signal = np.tile(tone(3, 2.0)[:, None], (1, channels))
    measured = measure(write(tmp_path / "a.wav", signal, rate))
    assert measured.error is None
    assert measured.duration_s == pytest.approx(len(signal) / rate, abs=0.001)


def test_the_kaggle_archive_counts_once(tmp_path):
    for number in range(1, 9):
        path = f"Actor_01/03-01-0{number}-01-01-01-01.wav"
        write(tmp_path / path)
        write(tmp_path / "audio_speech_actors_01-24" / path)
    found = find_all(tmp_path, CORPORA["ravdess"].parse)
    assert len(found) == 16
    kept, left_out = clean(found, {r.path: measure(r.path).outcome for r in found})
    assert len(kept) == 8
    assert {recording.path.parent.parent for recording in kept} == {tmp_path}
    assert {exclusion.code for exclusion in left_out} == {"copy"}


def test_batches_come_in_order_and_hold_faults(tmp_path):
    good = write(tmp_path / "good.wav")
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"not a sound at all")
    silent = write(tmp_path / "silent.wav", np.zeros(8000))
    batches = list(measure_batches([[good, bad], [silent]], workers=1))
    assert [[m.path.name for m in batch] for batch in batches] == [
        ["good.wav", "bad.wav"],
        ["silent.wav"],
    ]
    assert batches[0][0].error is None
    assert isinstance(batches[0][1].outcome, AudioError)
    assert batches[1][0].error.code == "silent"


REAL_TWINS = [
    ("cremad", "1006_TIE_HAP_XX", "1006_TIE_NEU_XX"),
    ("cremad", "1013_WSI_DIS_XX", "1013_WSI_SAD_XX"),
    ("cremad", "1017_IWW_ANG_XX", "1017_IWW_FEA_XX"),
    ("ravdess", "03-01-03-01-02-01-07", "03-01-03-01-02-02-07"),
]


@pytest.mark.parametrize(("corpus", "one", "other"), REAL_TWINS)
def test_the_real_corpora_hold_these_sounds_twice(corpus, one, other, ser_data):
    found = {recording.name: recording.path for recording in CORPORA[corpus].find(ser_data)}
    if not found:
        pytest.skip(f"{corpus} is not in the data folder")
    assert measure(found[one]).sha256 == measure(found[other]).sha256


@pytest.mark.parametrize("name", ["YAF_germ_angry", "YAF_neat_fear", "OAF_food_fear"])
def test_the_odd_originals_of_tess_can_be_heard(name, ser_clips):
    path = ser_clips / f"{name}.wav"
    info = soundfile.info(path)
    assert info.format == "AIFF" or info.samplerate == 96_000
    assert measure(path).error is None


def test_the_stereo_original_of_ravdess_can_be_heard(ser_clips):
    path = ser_clips / "03-01-03-01-02-01-20.wav"
    assert soundfile.info(path).channels == 2
    assert measure(path).error is None
