"""Takes the hum of the mains, and of machines that run on it, out of a spectrum that holds one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Spectrum = NDArray[np.complex64]
Hertz = NDArray[np.float64]

MAINS_HZ = (50.0, 60.0)
"""Europe, Africa and most of Asia; the Americas and parts of Japan."""

TOP_HZ = 2_000.0
"""Up to here overtones are taken away."""

HALF_WIDTH_HZ = 3.0
"""And so much on either side of each: the mains drift by a thousandth, and hum swells and fades."""

JUDGED_HZ = (95.0, 1_400.0)
"""The overtones by which a hum is known: above what a small microphone drops."""

STANDING_OUT_DB = 1.0
SHARE = 0.6
"""There is a hum where this share of them stands so far out of what lies between them. A voice that
holds a note of twice the mains' frequency stands out at half of them."""

_CLEAR_HZ = HALF_WIDTH_HZ + 2.0
"""What lies nearer to an overtone holds what leaks out of it."""


def take_out(spectrum: Spectrum, step_hz: float) -> None:
    """Take a hum out of a spectrum, in place; where none stands out, nothing changes.

    Parameters
    ----------
    spectrum : np.ndarray of complex64, shape (n_bins,)
        Of a stretch of half a second to some ten seconds, up to 8 kHz.
    step_hz : float
        From one bin to the next.
    """
    for mains in [mains for mains in MAINS_HZ if _stands_out(spectrum, step_hz, mains)]:
        for overtone in np.arange(mains, TOP_HZ + 1, mains):
            first = round((overtone - HALF_WIDTH_HZ) / step_hz)
            last = round((overtone + HALF_WIDTH_HZ) / step_hz)
            spectrum[first : last + 1] = 0


def _stands_out(spectrum: Spectrum, step_hz: float, mains: float) -> bool:
    low, high = JUDGED_HZ
    overtones = np.arange(np.ceil(low / mains), high // mains + 1) * mains
    top = round((overtones[-1] + mains) / step_hz) + 1
    # Sums up to each bin, so that the mean of any stretch is one difference.
    sums = np.cumsum(np.square(np.abs(spectrum[:top])), dtype=np.float64)

    def mean(lows: Hertz, highs: Hertz) -> Hertz:
        first = np.rint(lows / step_hz).astype(int) - 1
        last = np.rint(highs / step_hz).astype(int)
        return np.asarray((sums[last] - sums[first]) / (last - first))

    gaps = np.append(overtones, overtones[-1] + mains)
    between = mean(gaps - mains + _CLEAR_HZ, gaps - _CLEAR_HZ)
    inside = mean(overtones - HALF_WIDTH_HZ, overtones + HALF_WIDTH_HZ)
    # Digital silence between two overtones is no reason to divide by it.
    least = sums[-1] * 1e-12 + np.finfo(np.float32).tiny
    around = np.sqrt((between[:-1] + least) * (between[1:] + least))
    level_db = 10 * np.log10((inside + least) / around)
    return float(np.percentile(level_db, 100 * (1 - SHARE))) > STANDING_OUT_DB
