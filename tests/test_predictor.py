"""Verdicts."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from ser_core import audio, load_model
from ser_core.errors import AudioError, BundleError
from ser_core.inference import bundle, runners
from ser_core.inference.prediction import Prediction
from ser_core.inference.windows import LONG_S
from ser_core.speech.quality import QualityWarning
from tests.support.models import Ruled, band_share
from tests.support.voices import clip, encoded, not_speech, voice


def prediction(
    confidence: float, verdict: str = "angry", *, ordinary: float = 0.0, codes: tuple[str, ...] = ()
) -> Prediction:
    rest = 1 - confidence - ordinary
    return Prediction(
        verdict=verdict,
        emotion="angry",
        confidence=confidence,
        probabilities={"angry": confidence, "sad": rest, "ordinary": ordinary},
        duration_s=2.0,
        warnings=tuple(QualityWarning(code, "…") for code in codes),
    )


@pytest.mark.parametrize(
    ("given", "headline"),
    [
        (prediction(0.829), "Sounds angry, 83%"),
        (prediction(0.9999), "Sounds angry, 99%"),
        (prediction(0.51, "not_sure"), "Not sure: between angry and sad"),
        (prediction(0.4, "not_sure", ordinary=0.38), "Not sure: between angry and ordinary"),
        (prediction(0.3, "ordinary", ordinary=0.6), "Sounds ordinary: neither of the two"),
        (prediction(0.9, codes=("noisy",)), "Sounds angry, 90%"),
        (prediction(0.9, "no_speech", codes=("no_speech",)), "No speech heard"),
    ],
)
def test_verdict_in_words(given: Prediction, headline: str) -> None:
    assert given.headline == headline
    assert given.decided == headline.startswith("Sounds angry")
    assert given.heard_speech == ("no_speech" not in [w.code for w in given.warnings])


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ((0.70, 0.10, 0.15, 0.05), "angry"),
        ((0.62, 0.02, 0.34, 0.02), "angry"),
        ((0.50, 0.20, 0.20, 0.10), "not_sure"),
        ((0.06, 0.04, 0.70, 0.20), "ordinary"),
        # As likely as any other, but not likely enough.
        ((0.30, 0.10, 0.45, 0.15), "not_sure"),
        # What is neither is never named, whatever comes second.
        ((0.10, 0.05, 0.15, 0.70), "not_sure"),
    ],
)
@pytest.mark.parametrize("seconds", [3.0, 9.0])
def test_five_answers(shares: tuple[float, ...], verdict: str, seconds: float) -> None:
    model = Ruled(*(lambda _, value=value: value for value in (shares[0], *shares[2:])))
    heard = model.predict_clip(clip(voice(seconds)))
    assert heard.verdict == verdict
    assert list(heard.probabilities) == ["angry", "sad", "ordinary"]
    assert sum(heard.probabilities.values()) == pytest.approx(1.0)
    assert heard.probabilities["ordinary"] == pytest.approx(shares[2] / sum(shares[:3]), abs=0.01)
    assert heard.emotion == "angry"
    assert heard.confidence == heard.probabilities["angry"]
    assert heard.decided == (verdict == "angry")


@pytest.mark.parametrize("name", ["tone", "chords, held", "melody", "room", "white noise", "claps"])
@pytest.mark.parametrize("times", [1, 3])
def test_without_speech_nothing_is_decided(name: str, times: int) -> None:
    signal = np.tile(not_speech()[name], times)
    heard = load_model().predict_clip(clip(0.3 * signal / np.abs(signal).max()))
    assert (heard.verdict, heard.headline) == ("no_speech", "No speech heard")
    assert (heard.decided, heard.heard_speech) == (False, False)
    assert heard.to_dict()["warnings"][0] == "no_speech"


def test_a_model_of_another_sampling_rate_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "SAMPLE_RATE", 22_050)
    with pytest.raises(BundleError, match=r"16,000 Hz, and here they have 22,050") as caught:
        load_model("ravdess-mlp")
    assert caught.value.code == "other_rate"


def test_bytes_path_and_clip_give_the_same(tmp_path) -> None:
    content = encoded(voice(3.0), subtype="FLOAT")
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    model = load_model()
    assert model.predict(content) == model.predict(path) == model.predict_clip(clip(voice(3.0)))


@pytest.mark.parametrize("name", bundle.names())
@pytest.mark.parametrize("seconds", [0.02, 0.3])
def test_a_word_in_digital_silence_gets_probabilities(name: str, seconds: float) -> None:
    """As from a microphone that is muted before and after."""
    word = voice(3.0)[16_000 : 16_000 + round(seconds * 16_000)]
    heard = load_model(name).predict_clip(clip(np.concatenate([word, np.zeros(6 * 16_000)])))
    assert sum(heard.probabilities.values()) == pytest.approx(1.0)


def test_the_library_hears_as_long_as_the_app(tmp_path) -> None:
    assert load_model().predict(encoded(np.tile(voice(3.0), 21))).duration_s == 63.0
    with pytest.raises(AudioError, match="at most 60 s"):
        load_model().predict(encoded(np.tile(voice(3.0), 21)), max_duration_s=60.0)


def changed(**keys: object) -> Callable[[bytes], bytes]:
    """What changes the content of a bundle.json."""
    return lambda content: json.dumps(json.loads(content) | keys).encode()


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("model.tflite", lambda content: content[: len(content) // 2]),
        ("bundle.json", lambda content: b"\xff\xfe" + content),
        *(
            ("bundle.json", lambda content, key=key: content.replace(key, b'"other"', 1))
            for key in (b'"scaler"', b'"threshold"', b'"features"', b'"learned"')
        ),
        # What broke the process or gave nonsense: see benchmarks/fuzz_models.py.
        ("bundle.json", lambda content: b"[" * 50_000 + content),
        ("bundle.json", changed(emotions=[])),
        ("bundle.json", changed(emotions=["angry", "angry", "happy", "sad"])),
        ("bundle.json", changed(emotions=["angry", "sad"])),
        ("bundle.json", changed(decision=None)),
        ("bundle.json", changed(decision={"temperature": 0.0, "threshold": 0.5})),
        ("bundle.json", changed(decision={"temperature": 1e300, "threshold": 0.5})),
        ("bundle.json", changed(scaler={"mean": [0.0], "scale": [1.0], "columns": [500]})),
        ("bundle.json", changed(reports={"speakers": None})),
        ("bundle.json", changed(calibrated={"name": "x"})),
        ("bundle.json", changed(network_sha256="00" * 32)),
    ],
)
def test_a_damaged_bundle_is_refused(
    file: str, change: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    for name in ("model.tflite", "bundle.json"):
        content = (bundle.MODELS / "ravdess-mlp" / name).read_bytes()
        (tmp_path / name).write_bytes(change(content) if name == file else content)
    with pytest.raises(BundleError) as caught:
        load_model(tmp_path)
    assert caught.value.code == "damaged_bundle"


def test_probabilities_sum_to_one_and_rank() -> None:
    heard = load_model().predict_clip(clip(voice(3.0)))
    assert sum(heard.probabilities.values()) == pytest.approx(1.0)
    assert heard.confidence == max(heard.probabilities[name] for name in load_model().emotions)
    assert heard.ranked == sorted(heard.answers, key=lambda name: -heard.answers[name])


def test_a_model_of_the_emotions_alone_never_says_ordinary() -> None:
    model = load_model("ravdess-mlp")
    heard = model.predict_clip(clip(voice(3.0)))
    assert heard.probabilities["ordinary"] == 0.0
    assert set(heard.ranked) == set(heard.answers) == set(model.emotions)
    assert heard.decided == (heard.confidence >= model.decision.threshold)
    assert heard.verdict in (*model.emotions, "not_sure")


@pytest.mark.slow
@pytest.mark.parametrize("name", bundle.names())
@pytest.mark.parametrize("gain_db", [-12.0, 12.0])
def test_how_loud_a_recording_is_changes_nothing(
    name: str, gain_db: float, ser_clips: Path
) -> None:
    model = load_model(name)
    for path in sorted(ser_clips.glob("*.wav")):
        heard = audio.load(path)
        signal = heard.signal * min(1.0, 0.2 / float(np.abs(heard.signal).max()))
        before = model.judge(signal)
        after = model.judge((signal * 10 ** (gain_db / 20)).astype(np.float32))
        # The speech encoder's weights have eight bits: it rounds another level another way.
        np.testing.assert_allclose(after, before, atol=0.02, err_msg=path.name)
        assert after.argmax() == before.argmax(), path.name


def test_a_long_recording_is_weighed_by_its_speech() -> None:
    """Twenty seconds of a quiet, bright room after ten of a dull voice change nothing."""
    room = 1e-4 * np.random.default_rng(0).normal(size=20 * 16_000)
    model = Ruled(band_share(2_000, 8_000))
    alone = model.predict_clip(clip(voice(10.0)))
    buried = model.predict_clip(clip(np.concatenate([voice(10.0), room])))
    assert alone.duration_s > LONG_S
    assert buried.confidence == pytest.approx(alone.confidence, abs=0.05)


def test_progress_of_a_long_recording() -> None:
    told: list[float] = []
    load_model().predict_clip(clip(voice(8.0)), progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(BundleError, match="no model 'gone'"):
        load_model("gone")


@pytest.mark.slow
def test_serving_imports_nothing_heavy(tmp_path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(voice(8.0)))
    program = """
import sys
from pathlib import Path
from ser_core import audio, load_model
from ser_core.inference import batch, explanation, timeline
from ser_core.data import voice
model, clip = load_model(), audio.load(sys.argv[1])
model.predict_clip(clip), timeline.timeline(model, clip), voice.measures(clip)
explanation.explain(model, clip), batch.predict_many(model, [("a", open(sys.argv[1], "rb").read())])
heavy = {"tensorflow", "keras", "librosa", "numba", "sklearn", "av", "torch"} & set(sys.modules)
print(sorted(heavy))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.slow
def test_a_verdict_needs_no_filter_design(tmp_path) -> None:
    """scipy.signal alone was half of the command line's start."""
    path = tmp_path / "a.wav"
    path.write_bytes(encoded(voice(8.0)))
    program = """
import sys
from ser_core import load_model
from ser_core.inference import batch
batch.predict_many(load_model(), [("a", open(sys.argv[1], "rb").read())])
print("scipy.signal" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_what_the_decoding_found_is_among_the_warnings() -> None:
    sound = voice(3.0)
    found = audio.load(encoded(np.stack([sound, -sound], axis=1)))
    heard = load_model().predict_clip(found)
    assert heard.warnings[0] == found.warnings[0]
    assert heard.to_dict()["warnings"][0] == "opposite_phase"
