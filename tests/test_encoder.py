"""The speech encoder: held against an independent computation from the same weights."""

from __future__ import annotations

import json
import math
import shutil
from concurrent.futures import ThreadPoolExecutor

import librosa
import numpy as np
import pytest

from ser_core.assets import registry
from ser_core.errors import BundleError
from ser_core.features import encoder, encoder_weights
from tests.support.voices import voice

RATE = 16_000


@pytest.fixture(scope="module")
def weights():
    """The weights in half precision, as numbers of double."""
    try:
        found = encoder_weights.find().weights
    except BundleError as error:
        pytest.skip(error.message)
    return {name: tensor.astype(np.float64) for name, tensor in found.items()}


@pytest.fixture(scope="module")
def spoken():
    return voice(3.0)


def gelu(x):
    return 0.5 * x * (1.0 + np.vectorize(math.erf)(x / math.sqrt(2.0)))


def convolution(x, kernel, bias, stride):
    padded = np.pad(x, ((1, 1), (0, 0)))
    rows = [
        np.einsum("ki,oik->o", padded[start : start + 3], kernel)
        for start in range(0, len(x), stride)
    ]
    return gelu(np.array(rows) + bias)


def norm(x, weight, bias):
    return (x - x.mean(1, keepdims=True)) / np.sqrt(x.var(1, keepdims=True) + 1e-5) * weight + bias


def attention(x, held, heads=6):
    query = x @ held["query.weight"].T + held["query.bias"]
    key = x @ held["key.weight"].T
    value = x @ held["value.weight"].T + held["value.bias"]
    width = x.shape[1] // heads
    mixed = np.empty_like(x)
    for head in range(heads):
        part = slice(head * width, (head + 1) * width)
        scores = query[:, part] @ key[:, part].T / math.sqrt(width)
        shares = np.exp(scores - scores.max(1, keepdims=True))
        mixed[:, part] = shares / shares.sum(1, keepdims=True) @ value[:, part]
    return mixed @ held["out.weight"].T + held["out.bias"]


def whisper(mel, weights):
    """Whisper's encoder up to its second block, in double precision, as its paper describes it."""

    def under(prefix):
        return {
            name.removeprefix(prefix): tensor
            for name, tensor in weights.items()
            if name.startswith(prefix)
        }

    x = mel.astype(np.float64)
    for name, stride in (("conv1", 1), ("conv2", 2)):
        x = convolution(x, *under(f"encoder.{name}.").values(), stride)
    x = x + weights["encoder.positional_embedding"][: len(x)]
    behind = []
    for number in (0, 1):
        block = under(f"encoder.blocks.{number}.")
        normed = norm(x, block["attn_ln.weight"], block["attn_ln.bias"])
        x = x + attention(normed, under(f"encoder.blocks.{number}.attn."))
        normed = norm(x, block["mlp_ln.weight"], block["mlp_ln.bias"])
        inner = gelu(normed @ block["mlp.0.weight"].T + block["mlp.0.bias"])
        x = x + inner @ block["mlp.2.weight"].T + block["mlp.2.bias"]
        behind.append(x)
    return np.concatenate(behind, axis=1)


@pytest.mark.slow
def test_eight_bits_say_what_double_precision_says(weights, spoken):
    mel = encoder.log_mel(encoder.prepare(spoken).signal)
    ours, exact = encoder.load().frames(mel), whisper(mel, weights)
    assert ours.shape == exact.shape == (math.ceil(len(mel) / 2), 768)
    for block in (slice(0, 384), slice(384, 768)):
        assert np.corrcoef(ours[:, block].ravel(), exact[:, block].ravel())[0, 1] > 0.997
    assert np.corrcoef(encoder.pool(ours), encoder.pool(exact))[0, 1] > 0.9995


@pytest.mark.slow
def test_the_shipped_file_is_the_conversion_of_these_weights(weights):
    pytest.importorskip("tensorflow")
    from ser_core.features.encoder_conversion import convert

    made = convert(encoder_weights.find().weights)
    assert made == (registry.MODELS / "encoder" / "encoder.tflite").read_bytes()


def test_the_tensors_are_those_that_are_written_down(weights):
    written = json.loads((registry.MODELS / "encoder" / "source.json").read_text())
    assert encoder_weights.find().describe() == written
    assert set(written["tensors"]) == set(encoder_weights.names())


def test_positions_are_the_sinusoids_of_the_paper(weights):
    steps = np.exp(-math.log(10_000) / 191 * np.arange(192))
    angles = np.arange(1500)[:, None] * steps
    expected = np.concatenate([np.sin(angles), np.cos(angles)], axis=1)
    assert np.allclose(weights["encoder.positional_embedding"], expected, atol=1e-3)


def reference_log_mel(signal):
    """openai/whisper, audio.py, one frame at a time."""
    padded = np.pad(signal.astype(np.float64), 200, mode="reflect")
    window = np.array([0.5 - 0.5 * math.cos(2 * math.pi * i / 400) for i in range(400)])
    turns = np.exp(-2j * np.pi * np.outer(np.arange(201), np.arange(400)) / 400)
    bank = librosa.filters.mel(sr=RATE, n_fft=400, n_mels=80)
    rows = []
    for start in range(0, len(padded) - 400 + 1, 160):
        power = np.abs(turns @ (padded[start : start + 400] * window)) ** 2
        rows.append(np.log10(np.maximum(bank @ power, 1e-10)))
    logs = np.array(rows)[:-1]  # Whisper drops the last frame
    return (np.maximum(logs, logs.max() - 8.0) + 4.0) / 4.0


@pytest.mark.slow
@pytest.mark.parametrize("n_samples", [16_000, 32_000])
def test_the_spectrogram_is_whispers(spoken, n_samples):
    signal = spoken[8_000 : 8_000 + n_samples]
    assert np.allclose(encoder.log_mel(signal), reference_log_mel(signal), atol=2e-4)


def with_hum(signal, times):
    seconds = np.arange(len(signal)) / RATE
    level = times * np.sqrt(np.mean(signal**2))
    return signal + level * math.sqrt(2) * np.sin(2 * np.pi * 50 * seconds + 1)


def in_silence(signal, before_s, after_s):
    before, after = np.zeros(int(before_s * RATE)), np.zeros(int(after_s * RATE))
    return np.concatenate([before, signal, after])


def in_a_room(signal, below_db):
    """A noise this far below the voice, and three seconds of it before and after."""
    noise = np.random.default_rng(5).normal(size=len(signal) + 6 * RATE)
    level = np.sqrt(np.mean(signal[RATE:-RATE] ** 2)) * 10 ** (-below_db / 20)
    return np.pad(signal, 3 * RATE) + level * noise


CHANGES = {
    "12 dB louder": (lambda x: x * 4, 0.01),
    "12 dB softer": (lambda x: x / 4, 0.01),
    "upside down": (lambda x: -x, 0.05),
    "an offset": (lambda x: x + 0.3, 0.05),
    "mains hum as loud as the voice": (lambda x: with_hum(x, 1), 0.1),
    "mains hum far louder than the voice": (lambda x: with_hum(x, 3), 0.2),
    "silence around it": (lambda x: in_silence(x, 1, 2), 0.2),
    "a quiet room around it": (lambda x: in_a_room(x, 45), 0.2),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_not_the_voice_changes_little(spoken, change):
    changed, bound = CHANGES[change]
    own = encoder.features(spoken)
    another = encoder.features(voice(3.0, speaker=2))
    moved = np.abs(encoder.features(changed(spoken).astype(np.float32)) - own).mean()
    assert moved < bound * np.abs(another - own).mean()


SOUNDS = {
    "a second": np.random.default_rng(0).normal(size=RATE) * 0.1,
    "a quarter of a second": np.random.default_rng(0).normal(size=RATE // 4) * 0.1,
    "a minute": np.random.default_rng(0).normal(size=60 * RATE) * 0.1,
    "silence": np.zeros(RATE),
    "a constant": np.full(RATE, 0.5),
    "very soft": np.random.default_rng(0).normal(size=RATE) * 1e-7,
    "never scaled": np.random.default_rng(0).normal(size=RATE) * 1e9,
    "a click": np.eye(1, RATE, 9_000)[0],
    "a handful of samples": np.array([0.1, -0.1, 0.2]),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_any_sound_gives_numbers(name):
    found = encoder.features(SOUNDS[name].astype(np.float32))
    assert found.shape == (encoder.N_FEATURES,) == (1536,)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


@pytest.mark.parametrize("below_db", [20, 30, 45])
def test_waiting_in_a_room_changes_little(spoken, below_db):
    long = in_a_room(spoken, below_db).astype(np.float32)
    short = encoder.features(long[3 * RATE : -3 * RATE])
    another = encoder.features(voice(3.0, speaker=2))
    moved = np.abs(encoder.features(long) - short).mean()
    assert moved < 0.2 * np.abs(another - short).mean()


def test_pooled_numbers_are_means_then_deviations(spoken):
    frames = encoder.load().frames(encoder.log_mel(spoken))
    pooled = encoder.pool(frames)
    assert np.allclose(pooled[:768], frames.mean(axis=0), atol=1e-4)
    assert np.allclose(pooled[768:], frames.std(axis=0), atol=1e-4)


def test_prepared_says_where_it_begins(spoken):
    prepared = encoder.prepare(in_silence(spoken, 2.0, 1.0).astype(np.float32))
    # The made-up voice speaks two seconds, half a second into its sound.
    assert prepared.start_s == pytest.approx(2.5 - 0.2, abs=0.1)
    assert len(prepared.signal) / RATE == pytest.approx(2.0 + 3 * 0.2, abs=0.2)


def test_many_threads_hear_what_one_hears(spoken):
    mels = [encoder.log_mel(spoken[: 16_000 + 1_600 * length]) for length in range(6)] * 3
    alone = [encoder.load().frames(mel) for mel in mels]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(encoder.load().frames, mels))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


def test_the_longest_stretch_is_heard_and_a_longer_one_refused():
    longest = np.zeros((encoder.MAX_FRAMES, 80), dtype=np.float32)
    assert encoder.load().frames(longest).shape == (encoder.MAX_FRAMES // 2, 768)
    with pytest.raises(ValueError, match="820 at most"):
        encoder.load().frames(np.zeros((encoder.MAX_FRAMES + 1, 80), dtype=np.float32))


@pytest.mark.parametrize("file", ["encoder.tflite", "LICENSE", "source.json"])
def test_a_changed_file_is_refused(file, tmp_path):
    shutil.copytree(registry.MODELS / "encoder", tmp_path / "encoder")
    shutil.copy(registry.MODELS / "registry.json", tmp_path)
    content = bytearray((tmp_path / "encoder" / file).read_bytes())
    content[100] ^= 1
    (tmp_path / "encoder" / file).write_bytes(content)
    with pytest.raises(BundleError) as caught:
        encoder.load(tmp_path)
    assert caught.value.code == "changed_bundle"
    assert "speech encoder" in caught.value.message and file in caught.value.message


@pytest.mark.parametrize("digests", [None, {}, {"encoder.tflite": 1}, "x"])
def test_a_registry_without_the_encoder_is_refused(digests, tmp_path):
    known = json.loads((registry.MODELS / "registry.json").read_text())
    known |= {"encoder": digests}
    (tmp_path / "registry.json").write_text(json.dumps(known))
    with pytest.raises(BundleError) as caught:
        encoder.load(tmp_path)
    assert caught.value.code == "no_registry"
