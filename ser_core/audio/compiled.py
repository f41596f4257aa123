"""Transforms, a product with a sparse matrix, peaks: scipy's compiled code, and no more of it.

``import scipy.fft`` also brings scipy.special and much else: 0.2 s and 28 MB, more than all the
rest that hearing a recording imports; ``import scipy.signal`` takes four times that, of an app that
has not drawn anything yet. These modules lie in files of their own and know nothing of the Python
around them. Where a release of scipy has moved them, the usual way to them is taken.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray


def _loaded(name: str) -> ModuleType:
    """A compiled module of scipy by its full name, without the packages that it lies in."""
    if name in sys.modules:
        return sys.modules[name]
    scipy = find_spec("scipy")
    places = (scipy.submodule_search_locations or ()) if scipy is not None else ()
    folders = [str(Path(place, *name.split(".")[1:-1])) for place in places]
    spec = PathFinder.find_spec(name, folders)
    if spec is None or spec.loader is None:
        return importlib.import_module(name)
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_fourier: Any = _loaded("scipy.fft._pocketfft.pypocketfft")
_sparse: Any = _loaded("scipy.sparse._sparsetools")

# How scipy numbers what its transforms are divided by.
_BY_NOTHING, _BY_ROOT, _BY_LENGTH = 0, 1, 2


def rfft(signals: NDArray[Any]) -> NDArray[Any]:
    """Spectrum of real signals along the last axis, as of ``scipy.fft.rfft``."""
    return np.asarray(_fourier.r2c(signals, (-1,), True, _BY_NOTHING, None, 1))


def irfft(spectra: NDArray[Any], n: int) -> NDArray[Any]:
    """Real signals of length n, as of ``scipy.fft.irfft``.

    Parameters
    ----------
    spectra : np.ndarray of complex, shape (..., n_bins)
        Bins up to ``n // 2`` that are not there count as zero.
    n : int
    """
    missing = n // 2 + 1 - spectra.shape[-1]
    if missing:
        spectra = np.pad(spectra, [(0, 0)] * (spectra.ndim - 1) + [(0, missing)])
    return np.asarray(_fourier.c2r(spectra, (-1,), n, False, _BY_LENGTH, None, 1))


def dct(values: NDArray[Any]) -> NDArray[Any]:
    """Cosine transform along the first axis, as of ``scipy.fft.dct(..., axis=0, norm="ortho")``."""
    return np.asarray(_fourier.dct(values, 2, (0,), _BY_ROOT, None, 1, None))


def good_size(n: int) -> int:
    """The next length from n on whose transform is quick."""
    return int(_fourier.good_size(n, True))


def find_peaks(values: NDArray[Any], *, prominence: float, distance: int) -> NDArray[np.intp]:
    """Where values have peaks, as of ``scipy.signal.find_peaks``.

    Parameters
    ----------
    values : np.ndarray, shape (n,)
    prominence : float
        How far a peak rises from the higher of the valleys beside it, at least.
    distance : int
        How many values two peaks are apart, at least; of two nearer ones the higher stays.
    """
    peaks = _loaded("scipy.signal._peak_finding_utils")
    x = np.ascontiguousarray(values, dtype=np.float64)
    found, _, _ = peaks._local_maxima_1d(x)
    found = found[peaks._select_by_peak_distance(found, x[found], float(distance))]
    # Over all values, and not only in a window around each.
    rising, _, _ = peaks._peak_prominences(x, found, -1)
    return np.asarray(found[rising >= prominence])


class Sparse:
    """A matrix of which most is zero.

    Parameters
    ----------
    matrix : np.ndarray of float32, shape (n_rows, n_columns)
    """

    def __init__(self, matrix: NDArray[np.float32]) -> None:
        rows, columns = np.nonzero(matrix)
        self._shape = matrix.shape
        self._starts = np.searchsorted(rows, np.arange(matrix.shape[0] + 1)).astype(np.int32)
        self._columns, self._values = columns.astype(np.int32), matrix[rows, columns]

    def __matmul__(self, other: NDArray[np.float32]) -> NDArray[np.float32]:
        """The product with one of shape (n_columns, n), added up in one order everywhere."""
        found = np.zeros((self._shape[0], other.shape[1]), dtype=np.float32)
        _sparse.csr_matvecs(
            *self._shape,
            other.shape[1],
            self._starts,
            self._columns,
            self._values,
            other.ravel(),
            found.ravel(),
        )
        return found
