"""What people bring with labels or sides: zips, folders, tables of labels, splits."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks import fuzz_texts, fuzz_zips
from benchmarks.fuzzing import Kind
from ser_core import audio, load_model
from ser_core.data import own, own_lines, own_sounds
from ser_core.data.own import Own
from ser_core.evaluation import leak_words, leaks, manifests
from ser_core.evaluation.manifests import Entry
from ser_core.inference import batch
from ser_core.inference.predictor import Model
from tests.support.voices import at_rate, encoded, voice

CLASSES, PEOPLE, TAKES = ("angry", "sad"), ("anna", "ben", "carla"), (1, 2)
# Hearing costs a hundred times as much as understanding.
_HEARD_ONE_IN = 20


@cache
def sound(number: int = 0) -> bytes:
    """A short sentence, which no other number says alike."""
    spoken = voice(1.4, speaker=1 + number % 4)[4_000:16_000].copy()
    spoken[: 400 * number] *= 0.5
    return encoded(at_rate(spoken, 16_000), format="WAV", subtype="PCM_16")


@cache
def model(name: str = "ravdess-mlp") -> Model:
    return load_model(name)


def warm() -> None:
    """What takes its time and memory once is there before anything is counted."""
    audio.warm()
    for name in ("ravdess-mlp", "strangers"):
        model(name).predict(sound())


@cache
def _labelled() -> dict[str, bytes]:
    places = ((label, who, take) for label in CLASSES for who in PEOPLE for take in TAKES)
    return {
        f"{label}/{who}-{take}.wav": sound(number)
        for number, (label, who, take) in enumerate(places)
    }


@cache
def _rows(columns: tuple[str, ...]) -> list[list[str]]:
    told = [
        {
            "file": name,
            "emotion": name.split("/")[0],
            "speaker": name.split("/")[1].split("-")[0],
            "split": "test" if "carla" in name else "train",
            "sentence": str(number % 3),
        }
        for number, name in enumerate(_labelled())
    ]
    return [list(columns), *([row[column] for column in columns] for row in told)]


def _table_of_labels(chance: np.random.Generator) -> bytes:
    return fuzz_texts.table(_rows(("file", "emotion", "speaker")), chance)


def _table_of_sides(chance: np.random.Generator) -> bytes:
    return fuzz_texts.table(_rows(("file", "split", "speaker", "sentence", "emotion")), chance)


def _zip_of_many(chance: np.random.Generator) -> bytes:
    return fuzz_zips.mutated({f"f/{name}.wav": sound(name) for name in range(3)}, chance)


def _zip_of_own(chance: np.random.Generator) -> bytes:
    members = dict(_labelled())
    if chance.random() < 0.4:
        members["labels.csv"] = _table_of_labels(chance)
    return fuzz_zips.mutated(members, chance)


def _zip_of_a_split(chance: np.random.Generator) -> bytes:
    members = {f"{side}/{take}.wav": sound(take) for side in ("train", "test") for take in TAKES}
    if chance.random() < 0.4:
        members["split.csv"] = _table_of_sides(chance)
    return fuzz_zips.mutated(members, chance)


def _hear_many(case: bytes) -> str:
    rows = batch.predict_many(model(), batch.expand([("many.zip", case)]))
    emotions = model().emotions
    lines = batch.to_json_lines(rows).splitlines()
    # A line break of another kind within a name is within a string of JSON.
    assert len("".join(lines).split('{"file": ')) - 1 == len(rows)
    assert all(len(Path(row.file).parts) <= 1 for row in rows)
    assert batch.csv_file(rows, emotions)
    heard = [row.prediction for row in rows if row.prediction is not None]
    assert all(abs(sum(each.probabilities.values()) - 1) < 0.01 for each in heard)
    return "heard" if heard else "all refused"


def _understand(found: Own, case: bytes) -> str:
    assert own_lines.lines(found)
    assert all(count >= own.FEWEST for count in found.classes.values())
    if case[len(case) // 2] % _HEARD_ONE_IN:
        return "understood"
    heard = own_sounds.hear(found, model("strangers"))
    assert np.isfinite(heard.numbers).all() and len(heard.examples().labels) == len(heard.digests)
    return "heard"


def _understand_zip(case: bytes) -> str:
    return _understand(own.read_zip("own.zip", case), case)


def _look_into_split(case: bytes) -> str:
    entries, sounds = manifests.packed(dict(batch.unpack(case)))
    return _told(entries, lambda: leaks.check(entries, sounds))


def _told(entries: list[Entry], check: Callable[[], leaks.Report]) -> str:
    report = check()
    assert sum(report.recordings.values()) == len(entries)
    assert leak_words.lines(report) and json.dumps(leak_words.as_dict(report))
    return "leaks" if report.leaks else "none found"


@contextlib.contextmanager
def _folder(files: dict[str, bytes]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="undertone-fuzz-") as place:
        for name, content in files.items():
            path = Path(place, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield Path(place)


def _understand_table(case: bytes) -> str:
    with _folder(_labelled() | {"labels.csv": case}) as folder:
        return _understand(own.read(folder / "labels.csv"), case)


def _look_into_table(case: bytes) -> str:
    with _folder(_labelled() | {"split.csv": case}) as folder:
        entries = manifests.read([folder / "split.csv"])
        _told(entries, lambda: leaks.check_names(entries))
        # Cells name devices, too: those are opened, and refused.
        return _told(entries, lambda: leaks.check(entries[:50])) if len(entries) <= 50 else "told"


_ODD_FILES = ("link", "loop", "pipe", "folder", "empty", "unreadable", "text", "away")


def _odd_folder(chance: np.random.Generator) -> bytes:
    """What lies where, as JSON: names and kinds of files."""
    lies = dict.fromkeys(_labelled(), "sound")
    names = [name.decode("utf-8", "surrogateescape") for name in fuzz_zips.NAMES]
    for _ in range(int(chance.integers(1, 6))):
        name = str(chance.choice(list(lies) or ["a.wav"]))
        way = int(chance.integers(4))
        if way == 0:
            lies[name] = _ODD_FILES[int(chance.integers(len(_ODD_FILES)))]
        elif way == 1:
            odd = names[int(chance.integers(len(names)))].replace("..", "").strip("/\0")
            lies[f"{Path(name).parent}/{odd}"] = lies.pop(name)
        elif way == 2:
            lies[f"deep/er/{name}"] = lies.pop(name)
        else:
            lies.pop(name)
    if chance.random() < 0.2:
        lies["labels.csv"] = "table" if chance.random() < 0.7 else "pipe"
    return json.dumps(lies).encode()


def _lay(path: Path, kind: str, number: int) -> None:
    """Put a file of a kind there, where the system lets it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "link":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path.name)
    elif kind == "away":
        path.symlink_to(path.parent.parent)
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "table":
        path.write_bytes(_table_of_labels(np.random.default_rng(number)))
    else:
        content = {"empty": b"", "text": b"Dear listener,"}.get(kind, sound(number))
        path.write_bytes(content)
        path.chmod(0 if kind == "unreadable" else 0o600)


def _understand_folder(case: bytes) -> str:
    with tempfile.TemporaryDirectory(prefix="undertone-fuzz-") as place:
        for number, (name, kind) in enumerate(json.loads(case).items()):
            # Names that no file can have, and two of which one is the other's folder.
            with contextlib.suppress(OSError, ValueError):
                _lay(Path(place, name.lstrip("/")), kind, number % 40)
        return _understand(own.read(place), case)


KINDS = {
    "zip of many": Kind(_zip_of_many, _hear_many),
    "zip of own": Kind(_zip_of_own, _understand_zip),
    "zip of a split": Kind(_zip_of_a_split, _look_into_split),
    "own folder": Kind(_odd_folder, _understand_folder),
    "own table": Kind(_table_of_labels, _understand_table),
    "split table": Kind(_table_of_sides, _look_into_table),
}
