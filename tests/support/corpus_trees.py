"""Tiny fixture trees shaped like the real downloads, made of a few hundred milliseconds of tone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000


def tone(seed: int, seconds: float = 0.4) -> np.ndarray:
    """A short sound of its own for every seed."""
    chance = np.random.default_rng(seed)
    time = np.arange(int(seconds * RATE)) / RATE
    hum = 0.3 * np.sin(2 * np.pi * chance.uniform(100, 300) * time)
    return (hum + 0.01 * chance.normal(size=len(time))).astype(np.float32)


def write(path: Path, signal: np.ndarray | None = None, rate: int = RATE, **options: str) -> Path:
    """Write a sound; unless it is given, one of its own for the file's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if signal is None:
        signal = tone(sum(path.stem.encode()) * 1009 + int.from_bytes(path.stem.encode()[-8:]))
    soundfile.write(path, signal, rate, **options)
    return path


# For each corpus, files as they lie in the official download, and in other people's copies of it.
LAYOUTS: dict[str, dict[str, list[str]]] = {
    "ravdess": {
        "the Zenodo archive": [
            "Actor_01/03-01-05-01-01-01-01.wav",
            "Actor_01/03-01-01-01-02-02-01.wav",
            "Actor_02/03-01-06-02-02-02-02.wav",
            "Actor_24/03-01-08-01-01-02-24.wav",
        ],
        "the Kaggle archive, every actor twice": [
            "Actor_01/03-01-05-01-01-01-01.wav",
            "Actor_01/03-01-01-01-02-02-01.wav",
            "Actor_02/03-01-06-02-02-02-02.wav",
            "Actor_24/03-01-08-01-01-02-24.wav",
            "audio_speech_actors_01-24/Actor_01/03-01-05-01-01-01-01.wav",
            "audio_speech_actors_01-24/Actor_01/03-01-01-01-02-02-01.wav",
            "audio_speech_actors_01-24/Actor_02/03-01-06-02-02-02-02.wav",
            "audio_speech_actors_01-24/Actor_24/03-01-08-01-01-02-24.wav",
        ],
    },
    "tess": {
        "the Dataverse's files": [
            "OAF_back_angry.wav",
            "OA_bite_neutral.wav",
            "YAF_dog_ps.wav",
            "YAF_youth_fear.wav",
        ],
        "the Kaggle archive": [
            "TESS Toronto emotional speech set data/OAF_angry/OAF_back_angry.wav",
            "TESS Toronto emotional speech set data/OAF_neutral/OA_bite_neutral.wav",
            "TESS Toronto emotional speech set data/YAF_pleasant_surprised/YAF_dog_ps.wav",
            "TESS Toronto emotional speech set data/YAF_fear/YAF_youth_fear.wav",
        ],
    },
    "emodb": {
        "the authors' archive": [
            "wav/03a01Fa.wav",
            "wav/08b10Wd.wav",
            "wav/16a07Lb.wav",
            "wav/11a02Nc.wav",
        ],
        "one flat folder": ["03a01Fa.wav", "08b10Wd.wav", "16a07Lb.wav", "11a02Nc.wav"],
    },
    "cremad": {
        "the repository": [
            "AudioWAV/1001_DFA_ANG_XX.wav",
            "AudioWAV/1002_IEO_HAP_HI.wav",
            "AudioWAV/1040_ITH_SAD_X.wav",
            "AudioWAV/1091_WSI_NEU_XX.wav",
        ],
        "one flat folder": [
            "1001_DFA_ANG_XX.wav",
            "1002_IEO_HAP_HI.wav",
            "1040_ITH_SAD_X.wav",
            "1091_WSI_NEU_XX.wav",
        ],
    },
    "nemo": {
        "the repository": [
            "samples/EB0_anger_1.wav",
            "samples/KS0_surprised_90.wav",
            "samples/MP0_fear_17.wav",
            "samples/WR0_happiness_42.wav",
        ],
    },
    "banglaser": {
        "the archive": [
            "03-01-01-01-01-01-01.wav",  # a name that RAVDESS has, too
            "03-01-05-01-02-02-24.wav",
            "03-01-03-02-03-03-34.wav",
            "01-01-04-02-03-01-15.wav",  # a slip of the release
        ],
    },
    "turevdb": {
        "the repository": [
            "Sound Source/Sad/1157_hl_acik.wav",
            "Sound Source/Angry/1157_kz_algi.wav",
            "Sound Source/Happy/7895_mt_ogul1.wav",
            "Sound Source/Calm/1984_sk_beste.wav",
        ],
    },
    "emogator": {
        "the repository": [
            "data/mp3/000001-03-1.mp3",
            "data/mp3/000002-13-3.mp3",
            "data/mp3/000138-02-2.mp3",
            "data/mp3/000357-24-1.mp3",
        ],
    },
    "synthetic": {
        "as written": [
            "synthetic-01-angry-01.wav",
            "synthetic-02-happy-06.wav",
            "synthetic-07-sad-03.wav",
            "synthetic-08-fearful-02.wav",
        ],
    },
}


def grow(folder: Path, corpus: str, layout: str | None = None, suffix: str = ".wav") -> Path:
    """Write a corpus's tree into ``folder/corpus``."""
    layouts = LAYOUTS[corpus]
    for name in layouts[layout or next(iter(layouts))]:
        write((folder / corpus / name).with_suffix(suffix))
    return folder
