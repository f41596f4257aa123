"""What a high-pass before everything changes: verdicts on clean voices, on hum and on an offset.

    python -m benchmarks.highpass DATA [MODEL] [CLIPS]

Clips of the model's emotions are judged as they are, over a hum of 50 Hz 15 dB below the voice or a
constant as strong as the voice, and each of these behind a high-pass at 80 Hz. The shipped models
learned from some of the corpora: there the scores flatter, and only the changes tell.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ser_core import audio, load_model
from ser_core.corpora import CORPORA
from ser_core.evaluation import metrics
from ser_core.inference.predictor import Model

CLIPS = 200

CUTOFF_HZ = 80.0
"""Half of the amplitude passes here; 60 dB less of 50 Hz, a quarter of a dB less of 100 Hz."""

# 64 ms, odd, so that nothing is delayed by half a sample.
_TAPS = 1_025
_BLOCK = 1 << 16

Signal = NDArray[np.floating]


def hum(signal: Signal) -> Signal:
    time = np.arange(len(signal)) / audio.SAMPLE_RATE
    return np.asarray(signal + 0.25 * signal.std() * np.sin(2 * np.pi * 50 * time))


def offset(signal: Signal) -> Signal:
    return np.asarray(signal + signal.std())


CONDITIONS: dict[str, Callable[[Signal], Signal]] = {
    "clean": lambda signal: signal,
    "hum": hum,
    "offset": offset,
}


def highpass(signal: NDArray[np.float32]) -> NDArray[np.float32]:
    """A signal at 16 kHz without what lies below 80 Hz, not delayed, shape as `signal`."""
    half = _TAPS // 2
    response = _response()
    # Mirrored, an end is no step; a constant stays one and is taken away whole.
    padded = np.pad(signal, half, mode="reflect" if len(signal) > half else "edge")
    passed = np.empty_like(signal)
    step = _BLOCK - _TAPS + 1
    for at in range(0, len(signal), step):
        spectrum = np.fft.rfft(padded[at : at + _BLOCK], _BLOCK) * response
        block = np.fft.irfft(spectrum, _BLOCK)[_TAPS - 1 :]
        passed[at : at + step] = block[: len(passed) - at]
    return passed


@cache
def _response() -> NDArray[np.complex128]:
    """Of an impulse less a windowed sine cardinal, which is what passes below."""
    place = np.arange(_TAPS) - _TAPS // 2
    below = np.sinc(2 * CUTOFF_HZ / audio.SAMPLE_RATE * place) * np.hamming(_TAPS)
    taps = -below / below.sum()
    taps[_TAPS // 2] += 1.0
    return np.fft.rfft(taps, _BLOCK)


def main(data: Path, name: str | None = None, clips: int = CLIPS) -> None:
    model = load_model(name)
    chance = np.random.default_rng(7)
    for corpus, module in CORPORA.items():
        if corpus == "synthetic" or not (data / corpus).is_dir():
            continue
        found = [each for each in module.find(data / corpus) if each.emotion in model.emotions]
        chosen = [
            found[i] for i in chance.choice(len(found), min(clips, len(found)), replace=False)
        ]
        signals = [audio.load(recording.path).signal for recording in chosen]
        labels = np.array([model.emotions.index(recording.emotion) for recording in chosen])
        clean = judged(model, signals)
        for condition, change in CONDITIONS.items():
            changed = [change(signal).astype(np.float32) for signal in signals]
            for label, heard in (
                (condition, changed),
                (f"{condition}, high-pass", [highpass(signal) for signal in changed]),
            ):
                verdicts = judged(model, heard)
                nobody = np.zeros(len(labels), dtype=np.str_)
                confusion = metrics.speaker_confusions(
                    labels, verdicts, nobody, len(model.emotions)
                )[0]
                print(
                    f"{corpus:10} {label:18} UAR {100 * metrics.uar(confusion):5.1f}, "
                    f"{(verdicts != clean).sum():3} of {len(clean)} verdicts changed",
                    flush=True,
                )


def judged(model: Model, signals: list[NDArray[np.float32]]) -> NDArray[np.intp]:
    return np.array([model.judge(signal[: 6 * audio.SAMPLE_RATE]).argmax() for signal in signals])


if __name__ == "__main__":
    name, clips = [*sys.argv[2:], None, None][:2]
    main(Path(sys.argv[1]), name, int(clips or CLIPS))
