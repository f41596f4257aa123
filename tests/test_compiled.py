"""scipy's compiled code gives what scipy gives, however it is reached."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import scipy.fft
import scipy.sparse

from ser_core.audio.compiled import Sparse, good_size, irfft, rfft

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


def test_a_sparse_product_is_that_of_scipy() -> None:
    matrix = CHANCE.standard_normal((80, 201)).astype(np.float32)
    matrix[CHANCE.random(matrix.shape) < 0.9] = 0.0
    matrix[7] = 0.0
    other = CHANCE.random((48, 201)).astype(np.float32).T
    np.testing.assert_array_equal(Sparse(matrix) @ other, scipy.sparse.csr_array(matrix) @ other)


@pytest.mark.parametrize("first", ["ser_core.audio.compiled", "scipy.fft, scipy.sparse"])
def test_it_goes_with_scipy_itself_in_either_order(first: str) -> None:
    code = f"import {first}; import ser_core.audio.compiled, scipy.fft, scipy.sparse, scipy.special"
    subprocess.run([sys.executable, "-c", code], check=True)
