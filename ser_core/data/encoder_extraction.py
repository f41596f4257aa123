"""What the speech encoder says of many recordings and of degraded copies of them, in parallel.

Kept on disk recording by recording: an extraction that was broken off goes on where it was, and one
with other recordings computes those that are new.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from ser_core import audio
from ser_core.assets import registry
from ser_core.corpora import get, paths_of
from ser_core.data import encoder_tables, tables
from ser_core.data.degrade import degrade
from ser_core.features import encoder

Halves = NDArray[np.float16]

_CHUNK = 64


def extract_encoder(
    paths: Sequence[Path],
    n_copies: int,
    *,
    seed: int,
    cache: Path,
    progress: bool = False,
) -> tuple[Halves, Halves]:
    """Pooled numbers of recordings and of degraded copies of them.

    Parameters
    ----------
    paths : sequence of Path
    n_copies : int
    seed : int
    cache : Path
        Folder in which the numbers are kept; what is there is not computed again.
    progress : bool

    Returns
    -------
    inputs : np.ndarray of float16, shape (n, 1536)
        As `encoder.features` gives them, with what hum there is.
    copies : np.ndarray of float16, shape (n, n_copies, 1536)
        What is done to a copy hangs on its number, the seed and the sound alone.

    Raises
    ------
    AudioError
        If a recording cannot be decoded.
    """
    folder = cache / f"encoder-{_settings_digest(n_copies, seed)}"
    folder.mkdir(parents=True, exist_ok=True)
    keys = [registry.sha256(path) for path in paths]
    places = dict(zip(keys, paths, strict=True))
    missing = sorted(set(keys) - _kept(folder))
    chunks = [missing[start : start + _CHUNK] for start in range(0, len(missing), _CHUNK)]
    work = partial(_extract_chunk, n_copies=n_copies, seed=seed, folder=folder)
    if chunks:
        # Spawned, not forked: TensorFlow may have threads by now.
        with ProcessPoolExecutor(
            mp_context=get_context("spawn"), initializer=threadpool_limits, initargs=(1,)
        ) as pool:
            jobs = pool.map(work, [{key: places[key] for key in chunk} for chunk in chunks])
            for _ in tqdm(
                jobs, total=len(chunks), unit="batch", disable=None if progress else True
            ):
                pass
    return _read(folder, keys, n_copies)


def write_tables(
    data: Path, out: Path, corpora: Iterable[str], *, cache: Path, progress: bool = False
) -> list[Path]:
    """Write what the encoder says of corpora's recordings beside their tables.

    Parameters
    ----------
    data : Path
        The data root.
    out : Path
        The folder with the corpora's tables, where the encoder's go.
    corpora : iterable of str
        Those whose licence forbids passing it on are left out.
    cache : Path
        As in `extract_encoder`.
    progress : bool

    Returns
    -------
    list of Path
        The tables.

    Raises
    ------
    AudioError
        If a recording cannot be decoded.
    CorpusError
        If a corpus has no table in ``out``.
    """
    written = []
    for corpus in corpora:
        if get(corpus).SHARE_FEATURES:
            manifest = tables.read([corpus], out, features=False)
            paths = paths_of(list(manifest["corpus"]), list(manifest["name"]), data)
            inputs, _ = extract_encoder(paths, 0, seed=0, cache=cache, progress=progress)
            written.append(encoder_tables.write(manifest, inputs, out))
    return written


def _settings_digest(n_copies: int, seed: int) -> str:
    """Changes with the encoder, the settings and what the code makes of a fixed noise."""
    noise = np.random.default_rng(0).standard_normal(8_000).astype(np.float32)
    # Enough copies that everything is done to one of them.
    made = [noise, *(degrade(noise, np.random.default_rng(copy)) for copy in range(32))]
    prepared = [encoder.prepare(sound, keep_hum=True).signal for sound in made]
    heard = [
        [round(float(value), 2) for value in encoder.log_mel(sound)[::7, 9]] for sound in prepared
    ]
    content = json.dumps(
        [registry.of_encoder()[encoder.NETWORK], encoder.MAX_S, heard, n_copies, seed]
    )
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _kept(folder: Path) -> set[str]:
    kept: set[str] = set()
    for stored in folder.glob("*.npz"):
        with np.load(stored, allow_pickle=False) as arrays:
            kept.update(arrays["keys"].tolist())
    return kept


def _read(folder: Path, keys: Sequence[str], n_copies: int) -> tuple[Halves, Halves]:
    wanted: dict[str, list[int]] = {}
    for row, key in enumerate(keys):
        wanted.setdefault(key, []).append(row)
    numbers = np.empty((len(keys), 1 + n_copies, encoder.N_FEATURES), dtype=np.float16)
    for stored in folder.glob("*.npz"):
        with np.load(stored, allow_pickle=False) as arrays:
            found = arrays["keys"].tolist()
            if not wanted.keys().isdisjoint(found):
                for key, kept in zip(found, arrays["numbers"], strict=True):
                    numbers[wanted.get(key, [])] = kept
    return numbers[:, 0], numbers[:, 1:]


def _extract_chunk(recordings: dict[str, Path], *, n_copies: int, seed: int, folder: Path) -> None:
    numbers = np.empty((len(recordings), 1 + n_copies, encoder.N_FEATURES), dtype=np.float16)
    for row, path in enumerate(recordings.values()):
        signal = audio.load(path).signal
        numbers[row, 0] = encoder.features(signal, keep_hum=True)
        identity = int(audio.digest(signal)[:12], 16)
        for copy in range(n_copies):
            rng = np.random.default_rng([seed, copy, identity])
            numbers[row, 1 + copy] = encoder.features(degrade(signal, rng), keep_hum=True)
    keys = list(recordings)
    stored = folder / f"{hashlib.sha256(''.join(keys).encode()).hexdigest()[:16]}.npz"
    unfinished = stored.with_suffix(f".{os.getpid()}.unfinished")
    with unfinished.open("wb") as file:
        np.savez(file, keys=np.array(keys), numbers=numbers)
    unfinished.replace(stored)
