"""Make ``filterbanks.npz``: ``python -m ser_core.features.filterbanks``. Only this asks librosa.

Run it when `STORED` below changes; `ser_core.features.classic` reads the file and never imports
librosa.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ser_core.features.classic import FILTERBANKS, FeatureSettings, MelSettings
from ser_core.features.encoder import WHISPER_MEL

STORED: tuple[FeatureSettings | MelSettings, ...] = (FeatureSettings(), MelSettings(), WHISPER_MEL)


def make() -> dict[str, NDArray[np.float32]]:
    """Compute every stored filter bank, each of shape (n_bands, n_fft // 2 + 1)."""
    from librosa import filters  # type: ignore[attr-defined]  # loaded lazily

    banks = {}
    for settings in STORED:
        rate, n_fft = settings.sampling_rate, settings.n_fft
        if isinstance(settings, FeatureSettings):
            fmin, fmax = 0.0, rate / 2
            banks[f"chroma-{rate}-{n_fft}-{settings.n_chroma}"] = filters.chroma(
                sr=rate, n_fft=n_fft, n_chroma=settings.n_chroma, tuning=0.0
            )
        else:
            fmin, fmax = settings.fmin, settings.fmax
        banks[f"mel-{rate}-{n_fft}-{settings.n_mels}-{fmin:g}-{fmax:g}"] = filters.mel(
            sr=rate, n_fft=n_fft, n_mels=settings.n_mels, fmin=fmin, fmax=fmax
        )
    return {name: bank.astype(np.float32) for name, bank in banks.items()}


if __name__ == "__main__":
    np.savez_compressed(FILTERBANKS, **make())  # type: ignore[arg-type]  # numpy's stub
