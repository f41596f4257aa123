"""The maps of the clips: every clip with features as a point, placed by PCA and by t-SNE.

One through the 180 features, one through the speech encoder's numbers. Made once by
``python -m ser_core project`` and kept in ``data/``, so that the app needs no scikit-learn and
draws at once.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ser_core.assets import datafiles
from ser_core.corpora import get
from ser_core.data import encoder_tables, tables
from ser_core.errors import CorpusError
from ser_core.features.classic import feature_names

FORMAT = 1
FILES = {"classic": "projection.parquet", "encoder": "projection-encoder.parquet"}
"""By the feature set, as in `ser_core.architectures`."""
N_COMPONENTS = 50
PERPLEXITY = 30.0
N_NEIGHBOURS = 10
COLUMNS = ("corpus", "name", "pca_1", "pca_2", "tsne_1", "tsne_2", "same_speaker", "same_emotion")
_KEY = b"undertone"


class MapFacts(TypedDict):
    """How a map was made."""

    method: str
    seed: int
    n_components: int
    perplexity: float
    n_neighbours: int
    pca_variance: float
    inputs: str
    format: NotRequired[int]
    corpora: NotRequired[dict[str, dict[str, str]]]


def project(
    clips: pd.DataFrame, values: NDArray[np.float32], *, seed: int = 0
) -> tuple[pd.DataFrame, MapFacts]:
    """Place clips on a plane in two ways, and count what their nearest neighbours share with them.

    Parameters
    ----------
    clips : pandas.DataFrame
        Manifests as `ser_core.data.tables.read` gives them.
    values : np.ndarray of float32, shape (n, n_features)
        Their features, as `features_of` gives them.
    seed : int
        Of t-SNE.

    Returns
    -------
    rows : pandas.DataFrame
        `COLUMNS`: the two planes, each coordinate divided by its plane's spread, and how many of a
        clip's `N_NEIGHBOURS` nearest neighbours (Euclidean, all standardised features) have its
        speaker and its emotion.
    about : dict
        Settings, the share of variance that the PCA's plane holds, and ``inputs``, the digest of
        the features that went in.

    Notes
    -----
    Features are standardised over all clips. t-SNE (van der Maaten and Hinton 2008; scikit-learn)
    works on the first `N_COMPONENTS` principal components, whitened: the 128 mel bands rise and
    fall together, and would otherwise drown the rest. The neighbours are counted without that.
    """
    from sklearn.manifold import TSNE
    from sklearn.neighbors import NearestNeighbors

    inputs = digest(values)
    spread = values.std(axis=0, dtype=np.float64)
    scaled = (values - values.mean(axis=0, dtype=np.float64)) / np.where(spread > 0, spread, 1.0)
    left, singular, _ = np.linalg.svd(scaled, full_matrices=False)
    whitened = (left[:, :N_COMPONENTS] * np.sqrt(len(left))).astype(np.float32)
    tsne = TSNE(perplexity=PERPLEXITY, init="pca", random_state=seed).fit_transform(whitened)
    nearest = (
        NearestNeighbors(n_neighbors=N_NEIGHBOURS).fit(scaled).kneighbors(return_distance=False)
    )
    rows = clips[["corpus", "name"]].reset_index(drop=True)
    for name, plane in {"pca": (left * singular)[:, :2], "tsne": tsne}.items():
        places = (plane / plane.std()).astype(np.float32)
        rows[f"{name}_1"], rows[f"{name}_2"] = places[:, 0], places[:, 1]
    for column in ("speaker", "emotion"):
        own = clips[column].to_numpy(dtype=str)
        rows[f"same_{column}"] = (own[nearest] == own[:, None]).sum(axis=1).astype(np.int8)
    variance = singular**2
    return rows, {
        "method": "PCA; t-SNE of the whitened principal components (scikit-learn)",
        "seed": seed,
        "n_components": N_COMPONENTS,
        "perplexity": PERPLEXITY,
        "n_neighbours": N_NEIGHBOURS,
        "pca_variance": round(float(variance[:2].sum() / variance.sum()), 4),
        "inputs": inputs,
    }


def features_of(clips: pd.DataFrame, vector: str, root: str | Path | None = None) -> Any:
    """The features of whole tables: ``"classic"``, the 180, or ``"encoder"``, the 1,536.

    Parameters
    ----------
    clips : pandas.DataFrame
        As `ser_core.data.tables.read` gives them, for ``"classic"`` with features.
    vector : {"classic", "encoder"}
    root : str or Path, optional
        The folder of the tables.

    Returns
    -------
    np.ndarray of float32, shape (n, n_features)
    """
    if vector == "encoder":
        return encoder_tables.read(clips["corpus"], root).astype(np.float32)
    return clips[list(feature_names())].to_numpy(dtype=np.float32)


def digest(values: NDArray[np.float32]) -> str:
    """Hex digest of features, in their order."""
    return hashlib.sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def write(rows: pd.DataFrame, about: MapFacts, vector: str, root: str | Path | None = None) -> Path:
    """Write a map with its settings and the corpora's licences; returns where it lies."""
    corpora = {
        name: {"title": get(name).TITLE, "licence": get(name).LICENCE, "source": get(name).SOURCE}
        for name in dict.fromkeys(rows["corpus"])
    }
    text = json.dumps({"format": FORMAT, "corpora": corpora, **about})
    table = pa.Table.from_pandas(rows[list(COLUMNS)], preserve_index=False)
    path = Path(root or tables.DATA_DIR) / FILES[vector]
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    pq.write_table(
        table.replace_schema_metadata({_KEY: text}),
        unfinished,
        compression="zstd",
        compression_level=19,
        use_dictionary=["corpus"],
        use_byte_stream_split=[column for column in COLUMNS if column[-2:] in ("_1", "_2")],
        write_statistics=False,
    )
    os.replace(unfinished, path)
    datafiles.register(path)
    return path


def read(vector: str, root: str | Path | None = None) -> tuple[pd.DataFrame, MapFacts]:
    """Read the map that `write` wrote.

    Parameters
    ----------
    vector : {"classic", "encoder"}
    root : str or Path, optional

    Returns
    -------
    rows : pandas.DataFrame
        `COLUMNS`.
    about : dict
        What `project` said about it, and ``corpora`` with title, licence and source.

    Raises
    ------
    CorpusError
        With code ``no_projection`` where it is missing or damaged.
    """
    path = Path(root or tables.DATA_DIR) / FILES[vector]
    datafiles.check(path)
    try:
        table = pq.read_table(path)
        about = json.loads(table.schema.metadata[_KEY])
        if about["format"] != FORMAT:
            raise ValueError
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError) as error:
        raise CorpusError(
            "no_projection",
            f"The map of the clips ({path.name}) is missing or damaged. Make it with "
            "`python -m ser_core project`.",
        ) from error
    return table.to_pandas(), about
