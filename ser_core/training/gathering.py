"""From settings to examples: the committed tables, or recordings of one's own."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pandas as pd
from numpy.typing import NDArray

from ser_core.assets import cache
from ser_core.corpora import CORPORA, data_root, paths_of, synthetic
from ser_core.data import encoder_tables, tables
from ser_core.data.examples import Examples, from_table
from ser_core.errors import SettingsError
from ser_core.features.classic import FeatureSettings, feature_names
from ser_core.training.settings import TrainingSettings


def default_data() -> Path | None:
    """Where recordings are looked for when nobody says: ``$SER_DATA``, else ``./corpora``.

    Returns
    -------
    Path or None
        None where there is no such folder: the committed tables serve.
    """
    if os.environ.get("SER_DATA"):
        return Path(os.environ["SER_DATA"])
    root = data_root(None)
    return root if root.is_dir() else None


def gather(settings: TrainingSettings, data: Path | None, *, progress: bool = False) -> Examples:
    """Collect the examples that settings ask for.

    Parameters
    ----------
    settings : TrainingSettings
    data : Path or None
        The root of the recordings; None for the committed tables.
    progress : bool
        Whether to draw a progress bar while features are computed.

    Returns
    -------
    gathered : Examples
        Features of the recordings that may be used (see `ser_core.data.cleaning`).

    Raises
    ------
    CorpusError
        Where a corpus is not there.
    SettingsError
        Where an emotion has no recording, or the settings need recordings and have tables only.
    """
    if "synthetic" in settings.corpora:
        data = _synthetic_root(settings)
    if data is None:
        return _from_tables(settings)
    table = _wanted(tables.read(settings.corpora, _extracted(settings, data, progress)), settings)
    inputs: NDArray[Any]
    copies: NDArray[Any] | None = None
    if settings.architecture.vector == "encoder":
        from ser_core.data.encoder_extraction import extract_encoder

        inputs, copies = extract_encoder(
            paths_of(list(table["corpus"]), list(table["name"]), data),
            settings.augmentation,
            seed=settings.seed,
            cache=cache_folder(data),
            progress=progress,
        )
    else:
        inputs = table[list(feature_names())].to_numpy(dtype="float32")
        if settings.augmentation:
            from ser_core.training.augment import augmented_features

            copies = augmented_features(
                paths_of(list(table["corpus"]), list(table["name"]), data),
                settings.augmentation,
                FeatureSettings(),
                seed=settings.seed,
            )
    return from_table(table, inputs, settings.emotions, copies)


def _from_tables(settings: TrainingSettings) -> Examples:
    if settings.augmentation:
        raise SettingsError(
            "needs_audio",
            f"{settings.augmentation} augmented copies of each recording are made from the sound, "
            "and only feature tables were given. Name the folder of the recordings with --data "
            "DIR, or train without copies.",
        )
    if settings.architecture.vector == "encoder":
        numbers = encoder_tables.read(settings.corpora)
        everything = tables.read(settings.corpora, features=False)
        table = _wanted(everything, settings)
        return from_table(table, numbers[table.index], settings.emotions)
    table = _wanted(tables.read(settings.corpora), settings)
    inputs = table[list(feature_names())].to_numpy(dtype="float32")
    return from_table(table, inputs, settings.emotions)


def _wanted(everything: pd.DataFrame, settings: TrainingSettings) -> pd.DataFrame:
    """The recordings that a network learns from; the index is kept."""
    wanted = everything["emotion"].isin(settings.emotions) | settings.architecture.hears_all
    return everything[wanted]


def cache_folder(data: Path) -> Path:
    """Where the tables of a data root are kept between runs."""
    key = hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:12]
    return cache.folder() / key


def _extracted(settings: TrainingSettings, data: Path, progress: bool) -> Path:
    from ser_core.data.extraction import extract

    folder = cache_folder(data)
    extract(data, folder, settings.corpora, all_features=True, progress=progress)
    return folder


def _synthetic_root(settings: TrainingSettings) -> Path:
    if settings.corpora != ("synthetic",):
        others = ", ".join(name for name in CORPORA if name != "synthetic")
        raise SettingsError(
            "synthetic_alone",
            "The synthetic set is not speech and is never mixed with it: choose it alone, or "
            f"choose from {others}.",
        )
    root = cache.folder() / "synthetic"
    if len(synthetic.find(root)) != synthetic.EXPECTED_RECORDINGS:
        synthetic.write(root)
    return root
