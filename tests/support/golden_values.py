"""Golden values: what the shipped models and what they hear through say of a few made-up voices.

``python -m tests.support.golden_values`` writes them anew: after a model or a feature was changed
on purpose, never to make a test green. The difference belongs into the same commit.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from ser_core import audio, load_model
from ser_core.data import sounds
from ser_core.features import classic, encoder
from ser_core.inference import bundle

FOLDER = Path(__file__).parents[1] / "golden"
NUMBERS = FOLDER / "numbers.npz"
ANSWERS = FOLDER / "answers.json"

SOUNDS = tuple(sound.name for sound in sounds.SOUNDS)
"""All that can be made without a recording: five made-up voices and a melody."""

FEATURES = {"classic": classic.extract, "encoder": encoder.features}
"""The 180 features, and the speech encoder's numbers, pooled."""


def numbers(kind: str, sound: str) -> np.ndarray:
    """What a model that hears through ``kind`` is given of a sound."""
    return FEATURES[kind](audio.load(sounds.make(sound)).signal)


def answer(model: str, sound: str) -> dict[str, Any]:
    """What a shipped model says of a sound, in the command line's contract."""
    said = load_model(model).predict(sounds.make(sound)).to_dict()
    probabilities = {name: round(share, 6) for name, share in said["probabilities"].items()}
    return said | {"probabilities": probabilities, "confidence": round(said["confidence"], 6)}


def renew() -> None:
    """Write the values anew."""
    FOLDER.mkdir(exist_ok=True)
    found = {f"{kind} {sound}": numbers(kind, sound) for kind in FEATURES for sound in SOUNDS}
    np.savez_compressed(NUMBERS, **found)
    answers = {name: {sound: answer(name, sound) for sound in SOUNDS} for name in bundle.names()}
    ANSWERS.write_text(json.dumps(answers, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    renew()
