"""scipy's compiled code gives what scipy gives, however it is reached."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import scipy.fft
import scipy.signal
import scipy.sparse

from ser_core.audio.compiled import Sparse, dct, find_peaks, good_size, irfft, rfft

CHANCE = np.random.default_rng(5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(16, 1280), (400,), (3, 4, 512), (67_500,)])
def test_transforms_are_those_of_scipy(shape: tuple[int, ...], dtype: type) -> None:
    signals = CHANCE.standard_normal(shape).astype(dtype)
    spectra = rfft(signals)
    np.testing.assert_array_equal(spectra, scipy.fft.rfft(signals))
    for some in (spectra, spectra[..., :100]):
        back = irfft(some, shape[-1])
        np.testing.assert_array_equal(back, scipy.fft.irfft(some, shape[-1]))
        assert back.dtype == dtype
    assert good_size(shape[-1] + 1) == scipy.fft.next_fast_len(shape[-1] + 1, real=True)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_cosine_transform_is_that_of_scipy(dtype: type) -> None:
    values = CHANCE.standard_normal((128, 33)).astype(dtype)
    found = dct(values)
    np.testing.assert_array_equal(found, scipy.fft.dct(values, axis=0, type=2, norm="ortho"))
    assert found.dtype == dtype


@pytest.mark.parametrize(
    "values",
    [
        CHANCE.standard_normal(2_000).astype(np.float32),
        np.repeat(CHANCE.standard_normal(300), 3),  # flat tops
        np.zeros(50),
        np.arange(3.0),
        np.empty(0),
    ],
)
@pytest.mark.parametrize(("prominence", "distance"), [(0.0, 1), (0.5, 6), (2.0, 40)])
def test_peaks_are_those_of_scipy(values: np.ndarray, prominence: float, distance: int) -> None:
    expected, _ = scipy.signal.find_peaks(values, prominence=prominence, distance=distance)
    found = find_peaks(values, prominence=prominence, distance=distance)
    np.testing.assert_array_equal(found, expected)


def test_a_sparse_product_is_that_of_scipy() -> None:
    matrix = CHANCE.standard_normal((80, 201)).astype(np.float32)
    matrix[CHANCE.random(matrix.shape) < 0.9] = 0.0
    matrix[7] = 0.0
    other = CHANCE.random((48, 201)).astype(np.float32).T
    np.testing.assert_array_equal(Sparse(matrix) @ other, scipy.sparse.csr_array(matrix) @ other)


@pytest.mark.parametrize("first", ["ser_core.audio.compiled", "scipy.fft, scipy.signal"])
def test_it_goes_with_scipy_itself_in_either_order(first: str) -> None:
    code = f"import {first}; from ser_core.audio.compiled import find_peaks; "
    code += "find_peaks([0, 1, 0], prominence=0, distance=1); import scipy.fft, scipy.signal"
    subprocess.run([sys.executable, "-c", code], check=True)
