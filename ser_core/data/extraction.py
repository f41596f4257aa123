"""Recordings in, tables out: decode, clean, compute features, write parquet.

Works in parallel, and in batches that are kept as they finish: a run that was stopped goes on where
it stopped. A table that is current is left alone.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from tqdm import tqdm

from ser_core.audio import SAMPLE_RATE
from ser_core.corpora import CORPORA, Recording, find_all, get
from ser_core.data import tables
from ser_core.data.cleaning import Exclusion, clean
from ser_core.data.measuring import Measurement, measure_batches
from ser_core.errors import AudioError, CorpusError
from ser_core.features.classic import FeatureSettings, feature_names
from ser_core.features.classic import extract as extract_features

BATCH = 32
"""Recordings to a batch: some seconds of work, which is what an interruption costs."""


@dataclass(frozen=True)
class Extraction:
    """What became of one corpus.

    Attributes
    ----------
    corpus : str
    table : Path
    n_recordings, n_speakers : int
        In the table.
    with_features : bool
        False for a manifest.
    excluded : tuple of Exclusion
        What was found but left out.
    already_current : bool
        Whether the table was there already and nothing had to be done.
    """

    corpus: str
    table: Path
    n_recordings: int
    n_speakers: int
    with_features: bool
    excluded: tuple[Exclusion, ...]
    already_current: bool

    @property
    def text(self) -> str:
        """The same for people, ready to print."""
        what = "recordings with features" if self.with_features else "recordings, manifest only"
        lines = [
            f"{get(self.corpus).TITLE}: {self.n_recordings:,} {what}, {self.n_speakers} speakers, "
            f"{self.table.name}{' (already current)' if self.already_current else ''}"
        ]
        copies = [exclusion for exclusion in self.excluded if exclusion.code == "copy"]
        if copies:
            lines.append(f"  passed over: {len(copies):,} second copies of the same files")
        lines += [f"  left out: {e.name}: {e.reason}" for e in self.excluded if e.code != "copy"]
        return "\n".join(lines)


def extract(
    data: str | Path,
    out: str | Path | None = None,
    corpora: Iterable[str] | None = None,
    *,
    settings: FeatureSettings | None = None,
    all_features: bool = False,
    workers: int | None = None,
    progress: bool = True,
) -> list[Extraction]:
    """Compute the tables of corpora.

    Parameters
    ----------
    data : str or Path
        The data root.
    out : str or Path, optional
        The folder of the tables; `ser_core.data.tables.DATA_DIR` unless given.
    corpora : iterable of str, optional
        Which; unless given, all that are found.
    settings : FeatureSettings, optional
    all_features : bool
        Compute features also where the licence forbids passing them on (TESS): for your own use.
    workers : int, optional
        Number of processes; as many as there are processors unless given.
    progress : bool
        Whether to draw a progress bar.

    Returns
    -------
    list of Extraction
        In the order asked for.

    Raises
    ------
    CorpusError
        With code ``unknown_corpus``, ``no_recordings`` (nothing found) or ``not_writable``.
    """
    settings = settings or FeatureSettings()
    out = Path(out or tables.DATA_DIR)
    names = list(CORPORA) if corpora is None else list(dict.fromkeys(corpora))
    found = {name: find_all(data, get(name).parse) for name in names}
    missing = [name for name in names if not found[name]]
    if corpora is None:
        names = [name for name in names if found[name]]
    if (missing and corpora is not None) or not names:
        raise CorpusError(
            "no_recordings",
            f"No recordings of {' or '.join(get(name).TITLE for name in missing)} were found in "
            f"the data folder {Path(data).name!r}. Check the folder with `python -m ser_core "
            "corpora --data DIR`; it says how to get what is missing.",
        )
    try:
        out.mkdir(parents=True, exist_ok=True)
        return [
            _extract_corpus(
                name,
                found[name],
                out,
                settings if all_features or get(name).SHARE_FEATURES else None,
                workers,
                progress,
            )
            for name in names
        ]
    except OSError as error:
        raise CorpusError(
            "not_writable",
            f"The tables cannot be written: {error.strerror or 'unknown fault'}. Choose another "
            "folder with --out, or make room on the disk; what is finished is kept.",
        ) from error


def _extract_corpus(
    name: str,
    found: list[Recording],
    out: Path,
    settings: FeatureSettings | None,
    workers: int | None,
    progress: bool,
) -> Extraction:
    inputs = _digest_inputs(found, settings)
    current = _current(name, found, out, inputs)
    if current is not None:
        return current

    unique = list({recording.name: recording for recording in reversed(found)}.values())[::-1]
    batches = [unique[start : start + BATCH] for start in range(0, len(unique), BATCH)]
    parts = out / f".{name}.parts"
    parts.mkdir(exist_ok=True)
    done = {number: _read_part(parts, batch, settings) for number, batch in enumerate(batches)}
    todo = [number for number, measured in done.items() if measured is None]
    results = measure_batches(
        [[recording.path for recording in batches[number]] for number in todo],
        settings,
        workers=workers,
    )
    with tqdm(
        total=len(unique),
        initial=len(unique) - sum(len(batches[number]) for number in todo),
        desc=get(name).TITLE,
        unit="file",
        disable=None if progress else True,
    ) as bar:
        for number, measured in zip(todo, results, strict=True):
            _write_part(parts, batches[number], settings, measured)
            done[number] = measured
            bar.update(len(measured))

    measurements = {m.path: m for batch in done.values() for m in batch or ()}
    outcomes = {path: measurement.outcome for path, measurement in measurements.items()}
    kept, excluded = clean(found, outcomes)
    if not kept:
        raise CorpusError(
            "no_recordings",
            f"None of the {len(unique):,} recordings of {get(name).TITLE} can be used; the first: "
            f"{excluded[0].name}: {excluded[0].reason}",
        )
    table = tables.write(
        _rows(kept, measurements, settings),
        name,
        out,
        features=settings,
        excluded=[(e.name, e.code, e.reason) for e in excluded if e.code != "copy"],
        inputs=inputs,
    )
    shutil.rmtree(parts)
    n_speakers = len({recording.speaker for recording in kept})
    return Extraction(
        name, table, len(kept), n_speakers, settings is not None, tuple(excluded), False
    )


def _rows(
    kept: Sequence[Recording],
    measurements: dict[Path, Measurement],
    settings: FeatureSettings | None,
) -> pd.DataFrame:
    manifest = pd.DataFrame([asdict(recording) for recording in kept]).drop(columns="path")
    manifest["duration_s"] = [measurements[recording.path].duration_s for recording in kept]
    manifest["sha256"] = [measurements[recording.path].sha256 for recording in kept]
    manifest = manifest[list(tables.MANIFEST)]
    if settings is None:
        return manifest
    values = np.stack([_features(measurements[recording.path]) for recording in kept])
    features = pd.DataFrame(values, columns=list(feature_names(settings)))
    return pd.concat([manifest, features], axis=1)


def _features(measurement: Measurement) -> np.ndarray:
    assert measurement.features is not None
    return measurement.features


def _current(name: str, found: list[Recording], out: Path, inputs: str) -> Extraction | None:
    """The table as it is, if it was computed from these files with these settings."""
    try:
        about = tables.info(name, out)
        if about.inputs != inputs:
            return None
        rows = tables.read([name], out, features=False)
    except CorpusError:
        return None
    by_name = {recording.name: recording for recording in reversed(found)}
    first = {recording.path for recording in by_name.values()}
    excluded = [
        Exclusion(name, r.name, r.path, "copy", "a second copy")
        for r in found
        if r.path not in first
    ] + [
        Exclusion(name, left_out, by_name[left_out].path, code, reason)
        for left_out, code, reason in about.excluded
    ]
    return Extraction(
        name,
        tables.path_of(name, out),
        len(rows),
        rows["speaker"].nunique(),
        about.features is not None,
        tuple(excluded),
        True,
    )


def _digest_inputs(recordings: Sequence[Recording], settings: FeatureSettings | None) -> str:
    """Digest of the files' names, sizes and dates and of what the features are."""
    stats = [(recording.path.name, recording.path.stat()) for recording in recordings]
    files = [(name, stat.st_size, stat.st_mtime_ns) for name, stat in stats]
    text = json.dumps([files, None if settings is None else sample_features(settings)])
    return hashlib.sha256(text.encode()).hexdigest()


@cache
def sample_features(settings: FeatureSettings) -> list[float]:
    """Features of a fixed noise: they tell when settings or code have changed."""
    noise = np.random.default_rng(0).normal(scale=0.1, size=SAMPLE_RATE).astype(np.float32)
    return [float(value) for value in extract_features(noise, settings)]


# A part is an npz named after the digest of its inputs, so that one of other files or features is
# never taken for it. Errors are kept too: an unreadable file is not tried again.


def _part(parts: Path, batch: Sequence[Recording], settings: FeatureSettings | None) -> Path:
    return parts / f"{_digest_inputs(batch, settings)}.npz"


def _read_part(
    parts: Path, batch: Sequence[Recording], settings: FeatureSettings | None
) -> list[Measurement] | None:
    try:
        with np.load(_part(parts, batch, settings), allow_pickle=False) as part:
            stored = {key: part[key] for key in part.files}
    except FileNotFoundError:
        return None
    return [
        Measurement(
            recording.path,
            float(stored["duration_s"][row]),
            str(stored["sha256"][row]),
            stored["features"][row] if settings is not None else None,
            AudioError(str(stored["code"][row]), str(stored["message"][row]))
            if stored["code"][row]
            else None,
        )
        for row, recording in enumerate(batch)
    ]


def _write_part(
    parts: Path,
    batch: Sequence[Recording],
    settings: FeatureSettings | None,
    measured: Sequence[Measurement],
) -> None:
    width = 0 if settings is None else len(feature_names(settings))
    absent = np.full(width, np.nan, dtype=np.float32)
    path = _part(parts, batch, settings)
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("wb") as file:
        np.savez(
            file,
            duration_s=np.array([m.duration_s for m in measured]),
            sha256=np.array([m.sha256 for m in measured]),
            features=np.stack([absent if m.features is None else m.features for m in measured]),
            code=np.array([m.error.code if m.error else "" for m in measured]),
            message=np.array([m.error.message if m.error else "" for m in measured]),
        )
    os.replace(unfinished, path)
