"""The command line: ``python -m ser_core ...``."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ser_core.emotions import EMOTIONS
from ser_core.errors import AudioError, SerError
from ser_core.settings import NETWORKS

SOUND_SUFFIXES = {
    *(".wav", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".aif", ".aiff", ".w64", ".caf"),
    *(".m4a", ".mp4", ".mov", ".webm", ".mkv", ".avi", ".aac", ".3gp", ".wma", ".amr"),
}

ALL_CORPORA = ("ravdess", "tess", "emodb", "cremad")
# The licence of TESS forbids passing anything made of it on.
SHARED_CORPORA = ("ravdess", "emodb", "cremad")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; returns the exit status: 0, 1 after a refusal, 2 for bad usage."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # A file's name may hold what no encoding can write; the run goes on.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    # TensorFlow's start-up messages are not for the person at the terminal.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        return int(options.run(options))
    except SerError as error:
        print(f"{error.message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader (head, say) has seen enough; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m ser_core", description="Hears which emotion a voice carries."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    predict = commands.add_parser("predict", help="hear recordings")
    predict.add_argument("paths", nargs="+", metavar="PATH", help="a file, or a folder of files")
    predict.add_argument("--model", metavar="NAME", help="a shipped model or a bundle's folder")
    predict.add_argument("--format", choices=("table", "json", "csv"), default="table")
    predict.add_argument(
        "--timeline", action="store_true", help="with table or json: also what is heard when"
    )
    predict.add_argument(
        "--explain", action="store_true", help="with table or json: also what carried the verdict"
    )
    predict.set_defaults(run=_predict)

    corpora = commands.add_parser("corpora", help="which corpora are there, and what is wrong")
    corpora.add_argument("--data", metavar="DIR", help="default: $SER_DATA, else ./corpora")
    corpora.set_defaults(run=_corpora)

    fetch = commands.add_parser("fetch", help="download a corpus from its official address")
    fetch.add_argument("corpus", metavar="CORPUS")
    fetch.add_argument("--data", metavar="DIR", help="default: $SER_DATA, else ./corpora")
    fetch.set_defaults(run=_fetch)

    extract = commands.add_parser("extract", help="compute manifests and feature tables")
    extract.add_argument("--data", metavar="DIR", required=True)
    extract.add_argument("--out", metavar="DIR", help="default: the project's data folder")
    extract.add_argument("--corpora", type=_names, metavar="A,B", help="default: all found")
    extract.add_argument(
        "--all-features",
        action="store_true",
        help="also where the licence forbids passing features on (for your own use)",
    )
    extract.set_defaults(run=_extract)

    voices = commands.add_parser("voices", help="measure the voices of the corpora")
    voices.add_argument("--data", metavar="DIR", help="default: $SER_DATA, else ./corpora")
    voices.add_argument("--corpora", type=_names, default=SHARED_CORPORA, metavar="A,B")
    voices.add_argument("--out", metavar="FILE", type=Path, help="default: data/voices.json")
    voices.set_defaults(run=_voices)

    check = commands.add_parser("explain-check", help="check that explanations are true")
    check.add_argument("--data", metavar="DIR", help="default: $SER_DATA, else ./corpora")
    check.add_argument("--model", metavar="NAME", help="a shipped model or a bundle's folder")
    check.add_argument("--corpora", type=_names, default=ALL_CORPORA, metavar="A,B")
    check.add_argument("--clips", type=int, default=60, metavar="N")
    check.add_argument("--seed", type=int, default=0)
    check.add_argument("--out", metavar="FILE", type=Path, help="default: data/faithfulness.json")
    check.set_defaults(run=_explain_check)

    project = commands.add_parser("project", help="make the map of the clips for the Explore page")
    project.add_argument("--seed", type=int, default=0)
    project.set_defaults(run=_project)

    train = commands.add_parser("train", help="train a model and write its bundle")
    _add_settings(train)
    train.add_argument("--out", metavar="DIR", required=True, type=Path)
    train.add_argument("--title", help="name for people; default: the corpora and the network")
    train.add_argument(
        "--holdout",
        choices=("speakers", "random"),
        help="train on four fifths and score on the rest, as the Retrain page does; without it "
        "the model learns from everyone and is scored by cross-validation",
    )
    train.set_defaults(run=_train)

    evaluate = commands.add_parser("evaluate", help="score a recipe by cross-validation")
    _add_settings(evaluate)
    evaluate.add_argument("--model", metavar="NAME", help="score this model's recipe again")
    evaluate.add_argument(
        "--protocol", choices=("random", "speakers", "corpora", "matrix"), default="speakers"
    )
    evaluate.add_argument(
        "--each-speaker",
        action="store_true",
        help="with speakers: leave out one speaker at a time, not the corpora's fixed groups",
    )
    evaluate.add_argument("--format", choices=("table", "json"), default="table")
    evaluate.set_defaults(run=_evaluate)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--network", choices=NETWORKS, default="mlp")
    parser.add_argument("--corpora", type=_names, metavar="A,B")
    parser.add_argument("--emotions", type=_names, default=EMOTIONS, metavar="A,B")
    parser.add_argument("--hidden", type=_integers, metavar="N,N", help="units of each layer")
    parser.add_argument("--dropout", type=_floats, metavar="P,P", help="behind each layer")
    parser.add_argument("--features", type=_names, metavar="A,B", help="of mfcc, chroma, mel")
    parser.add_argument("--learning-rate", type=float)
    parser.add_argument("--batch-size", type=int)
    parser.add_argument(
        "--epochs", type=int, help="of the fully connected networks; with --network cnn, of that"
    )
    parser.add_argument("--patience", type=int, help="early stopping, by training speakers only")
    parser.add_argument(
        "--cosine", action="store_true", default=None, help="let the learning rate fall to zero"
    )
    parser.add_argument("--label-smoothing", type=float, metavar="P")
    parser.add_argument("--class-weights", action="store_true", default=None)
    parser.add_argument("--augmentation", type=int, metavar="COPIES")
    parser.add_argument("--seed", type=int)
    parser.add_argument(
        "--data", metavar="DIR", help="recordings; default: $SER_DATA, else ./corpora, else tables"
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _integers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _names(text))


def _floats(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in _names(text))


def _predict(options: argparse.Namespace) -> int:
    from ser_core import audio, batch
    from ser_core.predictor import load_model

    if options.format == "csv" and (options.timeline or options.explain):
        print("--timeline and --explain need --format table or json.", file=sys.stderr)
        return 2
    model = load_model(options.model)
    if options.format == "csv":
        print(batch.csv_header(model.emotions), flush=True)
    refused = False
    for path, fault in _files(options.paths):
        extras: dict[str, Any] = {}
        try:
            if fault is not None:
                raise fault
            clip = audio.load(path, max_duration_s=audio.LONG_DURATION_S)
            heard = batch.Row(path, prediction=model.predict_clip(clip))
            if options.timeline:
                from ser_core.timeline import timeline

                segments = timeline(model, clip).segments()
                extras["timeline"] = [asdict(segment) for segment in segments]
            if options.explain:
                from ser_core.explanation import explain

                extras["explanation"] = explain(model, clip).to_dict()
        except SerError as error:
            refused = True
            heard = batch.Row(path, error=error)
        row = heard.to_dict() | extras
        if options.format == "json":
            print(batch.json_line(row), flush=True)
        elif options.format == "csv":
            print(batch.csv_line(row, model.emotions), flush=True)
        else:
            print(_table_lines(row), flush=True)
    return 1 if refused else 0


def _files(paths: Sequence[str]) -> Iterator[tuple[str, AudioError | None]]:
    """The files to hear, and the folders in which there is nothing to hear, with the reason."""
    for path in paths:
        if not os.path.isdir(path):
            yield path, None
            continue
        closed: list[OSError] = []
        found = sorted(
            Path(folder) / name
            for folder, _, names in os.walk(path, onerror=closed.append)
            for name in names
            if Path(name).suffix.lower() in SOUND_SUFFIXES
        )
        yield from ((str(file), None) for file in found)
        for error in closed:
            yield (
                str(error.filename),
                AudioError(
                    "not_found",
                    f"The folder {Path(error.filename).name!r} cannot be read: "
                    f"{error.strerror}. Check your permission to read it.",
                ),
            )
        if not found and not closed:
            yield (
                path,
                AudioError(
                    "no_sounds",
                    f"There is no sound in the folder {Path(path).name!r}: files that end in "
                    f"{', '.join(sorted(SOUND_SUFFIXES))} are looked for. If yours end in "
                    "something else, name the files themselves.",
                ),
            )


def _table_lines(row: dict[str, Any]) -> str:
    from ser_core.predictor import whole_percent

    if "error" in row:
        return f"{'refused':<9}        {row['file']}\n    {row['error']['message']}"
    doubt = "" if row["decided"] else "  not sure"
    if "no_speech" in row["warnings"]:
        doubt = "  no speech heard"
    notes = f"  ({', '.join(row['warnings'])})" if row["warnings"] else ""
    share = f"{whole_percent(row['confidence']):3} %"
    lines = [f"{row['emotion']:<9} {share}  {row['file']}{doubt}{notes}"]
    for part in row.get("timeline", ()):
        if part["emotion"] is not None:
            doubt = "" if part["decided"] else "  not sure"
            lines.append(
                f"    {part['start_s']:6.1f} to {part['end_s']:6.1f} s  {part['emotion']:<9} "
                f"{whole_percent(part['confidence']):3} %{doubt}"
            )
    if "explanation" in row:
        lines.append(f"    {row['explanation']['sentence']}")
    return "\n".join(lines)


def _corpora(options: argparse.Namespace) -> int:
    from ser_core.corpora import data_root
    from ser_core.corpora.inspection import inspect

    for status in inspect(data_root(options.data)):
        print(status.text)
    return 0


def _fetch(options: argparse.Namespace) -> int:
    from ser_core.corpora import data_root
    from ser_core.fetch import fetch

    fetch(options.corpus, data_root(options.data), say=print)
    return 0


def _extract(options: argparse.Namespace) -> int:
    from ser_core import tables
    from ser_core.extraction import extract

    for extraction in extract(
        options.data,
        options.out or tables.DATA_DIR,
        options.corpora,
        all_features=options.all_features,
    ):
        print(extraction.text)
    return 0


def _voices(options: argparse.Namespace) -> int:
    from ser_core import voice
    from ser_core.corpora import data_root

    with _Share() as progress:
        found = voice.survey(
            data_root(options.data), options.corpora, command=_command(options), progress=progress
        )
    _write_json(options.out or voice.VOICES, found)
    return 0


def _explain_check(options: argparse.Namespace) -> int:
    from ser_core import explanation
    from ser_core.corpora import data_root
    from ser_core.predictor import load_model

    model = load_model(options.model)
    path = options.out or explanation.CHECKS
    with _Share() as progress:
        found = explanation.check(
            model,
            data_root(options.data),
            options.corpora,
            n_clips=options.clips,
            seed=options.seed,
            command=_command(options),
            progress=progress,
        )
    _write_json(path, explanation.checks(path) | {model.name: found})
    marked, random = (100 * found[part]["value"] for part in ("marked", "random"))
    gap = found["difference"]
    print(
        f"{model.title}, {found['n_clips']} clips: hiding the marked part lowers the verdict's "
        f"probability by {marked:.1f} points, an equal random part by {random:.1f}; difference "
        f"{100 * gap['value']:.1f} (95 %: {100 * gap['low']:.1f} to {100 * gap['high']:.1f}); "
        f"larger on {100 * found['larger_share']:.0f} % of the clips."
    )
    return 0


def _command(options: argparse.Namespace) -> str:
    command = " ".join(["python -m ser_core", *sys.argv[1:]])
    # Where the recordings lie is this machine's affair.
    return command.replace(options.data, "DIR") if options.data else command


def _write_json(path: Path, content: Any) -> None:
    text = json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _project(options: argparse.Namespace) -> int:
    from ser_core import projecting, tables

    rows, about = projecting.project(tables.read(), seed=options.seed)
    projecting.write(rows, about)
    n, near = len(rows), about["n_neighbours"]
    print(
        f"{n:,} clips placed. Of their {near} nearest neighbours "
        f"{100 * rows['same_speaker'].mean() / near:.1f} % have the same speaker, "
        f"{100 * rows['same_emotion'].mean() / near:.1f} % the same emotion."
    )
    return 0


_OF_EITHER_NETWORK = ("epochs", "batch_size", "learning_rate")


def _settings(options: argparse.Namespace) -> Any:
    from ser_core.settings import CnnSettings, NetworkSettings, recipe

    given: dict[str, Any] = {
        "corpora": options.corpora,
        "emotions": options.emotions,
        "feature_groups": options.features,
        "learning_rate": options.learning_rate,
        "batch_size": options.batch_size,
        "epochs": options.epochs,
        "patience": options.patience,
        "cosine": options.cosine,
        "label_smoothing": options.label_smoothing,
        "class_weights": options.class_weights,
        "augmentation": options.augmentation,
        "seed": options.seed,
    }
    if options.hidden is not None:
        dropout = options.dropout or (0.3,) * len(options.hidden)
        given["layers"] = NetworkSettings(options.hidden, dropout)
    elif options.dropout is not None:
        given["layers"] = NetworkSettings(dropout=options.dropout)
    changes = {key: value for key, value in given.items() if value is not None}
    if options.network == "cnn":
        own = {key: changes.pop(key) for key in _OF_EITHER_NETWORK if key in changes}
        changes["cnn"] = CnnSettings(**own)
    return recipe(options.network, **changes)


def _examples(settings: Any, data: str | None) -> Any:
    from ser_core.gathering import default_data, gather

    root = Path(data) if data else default_data()
    where = f"recordings in {root}" if root else "the committed feature tables"
    print(f"Learning from {where}.", file=sys.stderr)
    return gather(settings, root, progress=True)


def _train(options: argparse.Namespace) -> int:
    from ser_core import workflow

    settings = _settings(options)
    examples = _examples(settings, options.data)
    with _Bar(settings.n_epochs) as bar:
        if options.holdout:
            info = workflow.train_and_hold_out(
                settings,
                examples,
                options.out,
                split=options.holdout,
                command=_repeatable(options),
                on_epoch=lambda figures: bar("training", figures),
            )
        else:
            # Where there are several corpora, an unseen one says more than a random split.
            beside = "corpora" if len(settings.corpora) > 1 else "random"
            info = workflow.train_and_cross_validate(
                settings,
                examples,
                options.out,
                protocols=("speakers", beside),
                title=options.title,
                progress=bar,
            )
    for report in info["reports"].values():
        print(_summary(report))
    print(f"The bundle is in {options.out}.")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from ser_core import evaluation
    from ser_core.settings import TrainingSettings

    if options.model:
        from ser_core.predictor import load_model

        settings = TrainingSettings.from_dict(load_model(options.model).info["training"])
    else:
        settings = _settings(options)
    examples = _examples(settings, options.data)
    if options.protocol == "matrix":
        return _matrix(options, settings, examples)
    with _Bar(settings.n_epochs) as bar:
        report = evaluation.cross_validate(
            settings,
            examples,
            options.protocol,
            each_speaker=options.each_speaker,
            progress=bar,
        ).report
    if options.format == "json":
        print(json.dumps(report, ensure_ascii=False))
        return 0
    print(_summary(report))
    print()
    print(report["classification_report"])
    print("Confusion (rows: meant, columns: heard)")
    width = max(map(len, settings.emotions)) + 2
    print(" " * width + "".join(f"{emotion:>{width}}" for emotion in settings.emotions))
    for emotion, row in zip(settings.emotions, report["confusion"], strict=True):
        print(f"{emotion:<{width}}" + "".join(f"{count:>{width}}" for count in row))
    return 0


def _matrix(options: argparse.Namespace, settings: Any, examples: Any) -> int:
    from ser_core.transfer import cross_corpus_matrix

    with _Bar(settings.n_epochs) as bar:
        matrix = cross_corpus_matrix(settings, examples, command=_repeatable(options), progress=bar)
    if options.format == "json":
        print(json.dumps(matrix, ensure_ascii=False, indent=1))
        return 0
    print(f"UAR in %, {matrix['description']}; chance {100 * matrix['chance']:.0f} %")
    width = max(map(len, settings.corpora)) + 2
    print(" " * width + "".join(f"{name:>{width + 8}}" for name in settings.corpora))
    for train in settings.corpora:
        row = [cell["uar"] for cell in matrix["cells"] if cell["train"] == train]
        figures = (
            f"{100 * u['value']:.0f} ({100 * u['low']:.0f}-{100 * u['high']:.0f})" for u in row
        )
        print(f"{train:<{width}}" + "".join(f"{text:>{width + 8}}" for text in figures))
    return 0


def _repeatable(options: argparse.Namespace) -> str:
    """The command that was given; where the recordings lie is this machine's affair."""
    arguments = ["DIR" if word == options.data else word for word in sys.argv[1:]]
    return " ".join(["python -m ser_core", *arguments])


def _summary(report: dict[str, Any]) -> str:
    def share(score: dict[str, float]) -> str:
        return "{:.1f} % (95 %: {:.1f} to {:.1f})".format(
            *(100 * score[key] for key in ("value", "low", "high"))
        )

    recall = ", ".join(f"{name} {100 * value:.0f}" for name, value in report["recall"].items())
    return "\n".join(
        [
            f"{', '.join(report['corpora'])}: {report['description']}",
            f"  {report['n_recordings']:,} recordings of {report['n_speakers']} speakers, "
            f"{len(report['folds'])} fold(s), chance {100 * report['chance']:.0f} %",
            f"  UAR      {share(report['uar'])}",
            f"  accuracy {share(report['accuracy'])}",
            f"  recall   {recall}",
            f"  expected calibration error {100 * report['calibration']['ece']:.1f} %",
            *(
                f"  {fold['name']}: UAR {100 * fold['uar']:.1f} %, {fold['n_speakers']} speakers"
                for fold in report["folds"]
            ),
        ]
    )


class _Share:
    """A progress bar on standard error, told the share done."""

    def __enter__(self) -> Callable[[float], None]:
        from tqdm import tqdm

        self._bar = tqdm(total=1.0, bar_format="{percentage:3.0f} %|{bar}| {elapsed}")
        return self._tell

    def _tell(self, share: float) -> None:
        self._bar.update(share - self._bar.n)

    def __exit__(self, *_: object) -> None:
        self._bar.close()


class _Bar:
    """One progress bar over the epochs of each fold."""

    def __init__(self, epochs: int) -> None:
        from tqdm import tqdm

        self._bar = tqdm(total=epochs, unit="epoch", file=sys.stderr)
        self._fold = ""

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, fold: str, figures: dict[str, float]) -> None:
        if fold != self._fold:
            self._fold = fold
            self._bar.reset()
            self._bar.set_description(fold)
        shown = {key: figures[key] for key in ("accuracy", "val_accuracy") if key in figures}
        self._bar.set_postfix(shown, refresh=False)
        self._bar.update()
