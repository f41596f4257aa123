"""What is read of models, tables and runs: bundles, networks, registries, tables, a run's files."""

from __future__ import annotations

import contextlib
import json
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from benchmarks import fuzz_own, fuzz_texts, mutations
from benchmarks.fuzzing import Kind
from ser_core import assets, audio, load_model
from ser_core.assets import datafiles
from ser_core.audio import Clip
from ser_core.cli.hearing import Introduction, Wanted
from ser_core.cli.outputs import Kept
from ser_core.data import encoder_tables, tables
from ser_core.errors import BundleError
from ser_core.features import encoder
from ser_core.inference import annotation, batch, bundle, own_bundle, parties
from ser_core.inference.bundle import Bundle
from ser_core.inference.decision import Decision
from ser_core.inference.facts import OwnFacts
from ser_core.inference.head import Head
from ser_core.inference.predictor import Model
from ser_core.jobs import costs
from ser_core.jobs.manager import Jobs
from ser_core.service import hearing
from ser_core.training.flags import as_python, command_line
from ser_core.training.settings import TrainingSettings
from ui.retrain import runs
from ui.retrain import words as retrain_words

_RUN = "a" * 16
_CORPUS = "tess"


@cache
def _clip() -> Clip:
    return audio.load(fuzz_own.sound())


@cache
def _bundle() -> Bundle:
    return bundle.read_shipped("ravdess-mlp")


@cache
def _own_bundle() -> Bundle:
    """A model of one's own that stands alone, whole in its ``bundle.json``."""
    chance = np.random.default_rng(0)
    head = Head(
        (chance.normal(size=(encoder.N_FEATURES, 3)) / 100).astype(np.float32),
        np.zeros(3, dtype=np.float32),
    )
    facts: OwnFacts = {
        "name": "own",
        "labels_from": "the folders' names",
        "speakers_from": "",
        "n_left_out": 0,
        "base": "strangers",
        "on_top": False,
        "n_seen": 0,
        "curve": [{"n_clips": 20, "uar": 0.5, "low": 0.4, "high": 0.6}],
        "advice": ["Record more."],
    }
    return own_bundle.headed(
        bundle.read_shipped("strangers"),
        head,
        ("bored", "cross", "glad"),
        name="own",
        title="Own",
        decision=Decision(1.0, 0.5),
        training={"seed": 0},
        reports={},
        own=facts,
        digests=["00" * 32],
        n_speakers=2,
    )


@contextlib.contextmanager
def _folder(**files: bytes) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="undertone-fuzz-") as place:
        for name, content in files.items():
            Path(place, name.replace("_", ".")).write_bytes(content)
        yield Path(place)


def _hear_with(model: Model) -> str:
    """All that is said with a model must be told, and make sense."""
    party = parties.hear(model, _clip())
    shares = list(party.prediction.probabilities.values())
    assert np.isfinite(shares).all() and abs(sum(shares) - 1) < 0.01
    assert party.prediction.headline
    row = batch.Row("a.wav", party.prediction)
    assert batch.to_csv([row], model.emotions) and batch.to_json_lines([row])
    assert annotation.write(annotation.annotate(model, "a.wav", [party]), "csv")
    assert np.isfinite(model.embed(_clip())).all()
    json.dumps(hearing.card(model))
    return "heard"


def _hear_bundle(case: bytes) -> str:
    with _folder(bundle_json=case, model_tflite=_bundle().tflite) as folder:
        return _hear_with(load_model(folder))


def _hear_own_bundle(case: bytes) -> str:
    with _folder(bundle_json=case) as folder:
        return _hear_with(load_model(folder))


def _hear_network(case: bytes) -> str:
    info = json.dumps(_bundle().info).encode()
    with _folder(bundle_json=info, model_tflite=case) as folder:
        return _hear_with(load_model(folder))


def _network(chance: np.random.Generator) -> bytes:
    return mutations.mutated(_bundle().tflite, chance)


def _registry(chance: np.random.Generator) -> bytes:
    return fuzz_texts.tree(json.loads((assets.MODELS / "registry.json").read_bytes()), chance)


def _read_registry(case: bytes) -> str:
    with _folder(registry_json=case) as folder:
        for name in ("ravdess-mlp", "encoder", "strangers"):
            (folder / name).symlink_to(assets.MODELS / name)
        names = bundle.names(folder)
        for name in names:
            with contextlib.suppress(BundleError):
                bundle.read_shipped(name, models=folder)
        encoder.load.__wrapped__(folder)
        return "read"


def _data_registry(chance: np.random.Generator) -> bytes:
    return fuzz_texts.tree(json.loads((assets.DATA / "registry.json").read_bytes()), chance)


def _read_data_registry(case: bytes) -> str:
    with _folder(registry_json=case) as folder:
        (folder / f"{_CORPUS}.parquet").symlink_to(tables.path_of(_CORPUS))
        (folder / "noise.json").symlink_to(assets.DATA / "noise.json")
        datafiles.missing(folder)
        datafiles.read_json(folder / "noise.json")
        return f"{len(tables.read([_CORPUS], folder, features=False))} rows"


def _table(chance: np.random.Generator) -> bytes:
    name = str(chance.choice([f"{_CORPUS}.parquet", "encoder-emodb.parquet"]))
    content = mutations.mutated((assets.DATA / name).read_bytes(), chance)
    return (b"e" if name.startswith("encoder") else b"c") + content


def _read_table(case: bytes) -> str:
    """In a folder without a registry, where nothing tells that a file was changed."""
    kind, content = case[:1], case[1:]
    with tempfile.TemporaryDirectory(prefix="undertone-fuzz-") as place:
        if kind == b"e":
            Path(place, "encoder-emodb.parquet").write_bytes(content)
            encoder_tables.read(["emodb"], place)
        else:
            Path(place, f"{_CORPUS}.parquet").write_bytes(content)
            tables.available(place, features=True)
            tables.read([_CORPUS], place, features=False)
            tables.read([_CORPUS], place)
    return "read"


def _settings(chance: np.random.Generator) -> bytes:
    return fuzz_texts.tree(TrainingSettings().to_dict(), chance)


def _take_settings(case: bytes) -> str:
    try:
        values = json.loads(case)
    except (ValueError, RecursionError):
        return "no JSON"
    if not isinstance(values, dict):
        return "no settings"
    settings = TrainingSettings.from_dict(values)
    assert command_line(settings, "speakers") and as_python(settings)
    costs.refuse(settings, costs.n_recordings(settings))
    return "taken"


def _run(chance: np.random.Generator) -> bytes:
    """Its two files, of which one is whole as a rule."""
    point = dict.fromkeys(("epoch", "loss", "accuracy", "val_loss", "val_accuracy"), 1.0)
    told = {"status": "done", "message": "Trained.", "history": [point, point], "seconds": 3.5}
    about = {"split": "speakers", "owner": "a", "created": 1.0, "limits": {}, "estimate": 20.0}
    files = [{"settings": TrainingSettings().to_dict(), **about}, told]
    which = int(chance.integers(2))
    texts = [json.dumps(one).encode() for one in files]
    texts[which] = fuzz_texts.tree(files[which], chance)
    return b"\0\0\0".join(texts)


def _look_at_run(case: bytes) -> str:
    job, _, progress = case.partition(b"\0\0\0")
    with tempfile.TemporaryDirectory(prefix="undertone-fuzz-") as place:
        folder = Path(place, _RUN)
        folder.mkdir()
        (folder / "job.json").write_bytes(job)
        (folder / "progress.json").write_bytes(progress)
        jobs = Jobs(Path(place))
        jobs.estimate(TrainingSettings(), 700)
        run = jobs.read(_RUN)
        assert run.ended and retrain_words.state(run) is not None
        assert runs.name(run) and runs.summary(run) and runs.snippet(run)
        assert 0 < runs.chance(run.settings) < 1
        runs.table([run], runs.infos(jobs, [run]))
        if run.history:
            retrain_words.gap(run.history, run.split)
        return run.status


def _introduction() -> Introduction:
    return Introduction(_bundle().name, tuple(_bundle().info["emotions"]))


def _earlier_output(chance: np.random.Generator) -> bytes:
    """Lines of an earlier ``predict --out``, as JSON or as CSV, changed."""
    form = "json" if chance.random() < 0.5 else "csv"
    row = batch.Row("a.wav", fuzz_own.model().predict_clip(_clip())).to_dict() | {
        "sha256": "00" * 32,
        "model": _bundle().name,
    }
    if form == "json":
        whole = json.dumps(row) + "\n"
        changed = fuzz_texts.tree(row, chance) + b"\n" * int(chance.random() < 0.8)
        text = whole.encode() + changed + whole.encode()
    else:
        emotions = _bundle().info["emotions"]
        lines = [
            batch.csv_header(emotions, traced=True),
            batch.csv_line(row, emotions, traced=True),
        ]
        text = "".join(f"{line}\n" for line in (*lines, lines[1], lines[1])).encode()
        text = mutations.mutated(text, chance)
    return form[:1].encode() + text


def _go_on_with(case: bytes) -> str:
    form = "json" if case[:1] == b"j" else "csv"
    with tempfile.TemporaryDirectory(prefix="undertone-fuzz-") as place:
        path = Path(place, "rows")
        path.write_bytes(case[1:])
        kept = Kept(path, Wanted(format=form, traced=True), _introduction(), resume=True)
        kept.known("a.wav")
        kept.close()
        # What was whole is still there; a head that was torn is written anew.
        now = path.read_bytes()
        assert case[1:].startswith(now) or now.startswith(case[1:])
    return "goes on"


KINDS = {
    "bundle": Kind(lambda chance: fuzz_texts.tree(_bundle().info, chance), _hear_bundle),
    "own bundle": Kind(
        lambda chance: fuzz_texts.tree(_own_bundle().info, chance), _hear_own_bundle
    ),
    "network": Kind(_network, _hear_network),
    "models registry": Kind(_registry, _read_registry, 4),
    "data registry": Kind(_data_registry, _read_data_registry),
    "table": Kind(_table, _read_table),
    "settings": Kind(_settings, _take_settings),
    "run": Kind(_run, _look_at_run),
    "earlier output": Kind(_earlier_output, _go_on_with),
}
