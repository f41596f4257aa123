"""Whether `check-split` finds planted leaks, and calls clean what is clean.

    python -m benchmarks.split_check --data DIR [--corpora ravdess,emodb] [--planted 100]

For each corpus: its fixed groups of speakers as sides, which share nobody (whatever is found is a
false alarm); then a random split, in which every take of a speaker faces others of the same words,
and no recording is on both sides but those that the corpus itself holds twice; then copies of some
test recordings, made as people make them, planted in the training under other names and speakers;
speakers under other spellings; and RAVDESS as in its doubled archive.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

from ser_core import audio
from ser_core.corpora import data_root, find_all, get
from ser_core.evaluation import leaks
from ser_core.evaluation.manifests import Entry

RATE = audio.SAMPLE_RATE
Copy = tuple[np.ndarray, int, dict[str, object]]


def _middle(signal: np.ndarray, share: float) -> np.ndarray:
    gone = round(len(signal) * (1 - share) / 2)
    return signal[gone : len(signal) - gone]


def _mp3(signal: np.ndarray) -> Copy:
    return signal, RATE, {"format": "MP3", "compression_level": 0.9}


def _louder(signal: np.ndarray, decibels: float) -> np.ndarray:
    full = signal / np.abs(signal).max()
    return np.asarray(np.clip(full * 10 ** (decibels / 20), -1, 1))


def _noisy(signal: np.ndarray, decibels: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=len(signal))
    mixed = signal + noise * signal.std() * 10 ** (-decibels / 20)
    return np.asarray(mixed / max(1.0, np.abs(mixed).max()))


COPIES: dict[str, Callable[[np.ndarray], Copy]] = {
    "FLAC under another name": lambda s: (s, RATE, {"format": "FLAC", "subtype": "PCM_16"}),
    "MP3 of 17 to 31 kbit/s": _mp3,
    "Opus": lambda s: (s, RATE, {"format": "OGG", "subtype": "OPUS"}),
    "telephone (8 kHz, mu-law)": lambda s: (
        soxr.resample(s, RATE, 8_000),
        8_000,
        {"format": "WAV", "subtype": "ULAW"},
    ),
    "44.1 kHz": lambda s: (soxr.resample(s, RATE, 44_100), 44_100, {"format": "WAV"}),
    "6 dB quieter": lambda s: (s / 2, RATE, {"format": "WAV"}),
    "up to full scale": lambda s: (_louder(s, 0), RATE, {"format": "WAV"}),
    "6 dB beyond full scale, clipped": lambda s: (_louder(s, 6), RATE, {"format": "WAV"}),
    "12 dB beyond full scale, clipped": lambda s: (_louder(s, 12), RATE, {"format": "WAV"}),
    "the middle half": lambda s: (_middle(s, 0.5), RATE, {"format": "WAV"}),
    "the middle half as MP3": lambda s: _mp3(_middle(s, 0.5)),
    "the middle third": lambda s: (_middle(s, 1 / 3), RATE, {"format": "WAV"}),
    "noise 20 dB below": lambda s: (_noisy(s, 20), RATE, {"format": "WAV"}),
    "noise 10 dB below": lambda s: (_noisy(s, 10), RATE, {"format": "WAV"}),
    "5% faster": lambda s: (soxr.resample(s, 1.05, 1), RATE, {"format": "WAV"}),
}
SPELLINGS: dict[str, Callable[[str], str]] = {
    "upper case": str.upper,
    "spaces": lambda name: name.replace("-", " "),
    "underscores, padded": lambda name: name.replace("-", "_000"),
    "no sign": lambda name: name.replace("-", ""),
}


def entries_of(corpus: str, root: Path) -> list[Entry]:
    """A corpus's recordings, the groups of its speakers as sides."""
    module = get(corpus)
    group = {s: name for name, members in module.SPEAKER_GROUPS.items() for s in members}
    found = {recording.name: recording for recording in reversed(find_all(root, module.parse))}
    return [
        Entry(r.path, group[r.speaker], r.name, r.speaker, r.statement or "", r.emotion)
        for r in found.values()
    ]


def drawn(entries: list[Entry], seed: int = 0) -> list[Entry]:
    """The same on a random split, four fifths to train on."""
    lots = random.Random(seed)
    return [replace(e, side="test" if lots.random() < 0.2 else "train") for e in entries]


def planted(entries: list[Entry], make: Callable[[np.ndarray], Copy], count: int) -> str:
    """How many copies of test recordings are found in the training."""
    groups = sorted({entry.side for entry in entries})
    sides = [replace(e, side="test" if e.side == groups[0] else "train") for e in entries]
    test = [entry for entry in sides if entry.side == "test"]
    chosen = random.Random(0).sample(test, min(count, len(test)))
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for number, entry in enumerate(chosen):
            signal, rate, options = make(audio.load(entry.path).signal.astype(np.float64))
            path = Path(folder) / f"{number:04}.{str(options['format']).lower()}"
            soundfile.write(path, signal, rate, **options)
            copies.append(Entry(path, "train", path.name, f"planted {chr(97 + number % 26)}"))
        # Only what the copies are found against: the training proper has been looked through.
        report = leaks.check([*test, *copies])
    right = {(e.path, c.path) for e, c in zip(chosen, copies, strict=True)}
    found = [frozenset((p.first.path, p.second.path)) for p in report.pairs]
    hits = sum(frozenset(pair) in found for pair in right)
    return f"{hits} of {len(copies)} found, {len(found) - hits} others"


def doubled(entries: list[Entry]) -> str:
    """RAVDESS's archive with every actor twice, on a random split."""
    with tempfile.TemporaryDirectory() as folder:
        copies = []
        for entry in entries:
            for place in (Path(folder), Path(folder) / leaks.DOUBLED):
                link = place / entry.path.parent.name / entry.path.name
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(entry.path)
                copies.append(replace(entry, path=link))
        report = leaks.check(drawn(copies))
    told = sum(pair.doubled for pair in report.pairs)
    return (
        f"{len(report.pairs)} recordings on both sides, {told} of them told as the doubled archive"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--corpora", default="ravdess,emodb")
    parser.add_argument("--planted", type=int, default=100, metavar="N", help="copies of each kind")
    options = parser.parse_args()
    for corpus in options.corpora.split(","):
        entries = entries_of(corpus, data_root(options.data))
        clean = leaks.check(entries)
        print(
            f"{corpus}, {len(entries)} recordings, {len(clean.recordings)} groups of speakers: "
            f"{len(clean.pairs)} recordings and {len(clean.speakers)} speakers on two sides",
            flush=True,
        )
        lots = leaks.check(drawn(entries))
        named = ", ".join(
            f"{p.first.name} = {p.second.name} ({p.likeness:.2f})" for p in lots.pairs
        )
        print(f"  random split: {len(lots.pairs)} recordings on both sides: {named}", flush=True)
        if options.planted:
            for kind, make in COPIES.items():
                print(f"  {kind}: {planted(entries, make, options.planted)}", flush=True)
            for kind, spelt in SPELLINGS.items():
                speakers = sorted({entry.speaker for entry in entries})
                found = sum(
                    leaks.spelling(spelt(name)) == leaks.spelling(name) for name in speakers
                )
                print(f"  speakers, {kind}: {found} of {len(speakers)} found", flush=True)
        if corpus == "ravdess":
            print(f"  doubled archive: {doubled(entries)}", flush=True)


if __name__ == "__main__":
    main()
