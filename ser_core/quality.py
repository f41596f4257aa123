"""Is this recording good enough to judge? Plain-word warnings, each with its number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import Clip

FRAME_S = 0.02

# Each bound was set by listening to, and counting over, the corpora: see docs/experiments.md.
QUIET_DBFS = -50.0
CLIPPED_SHARE = 0.001
SILENCE_SHARE = 0.8
SHORT_S = 0.8
NOISY_SNR_DB = 10.0
# Speech lies this far below the loudest frames at most.
_ACTIVE_RANGE_DB = 30.0


@dataclass(frozen=True)
class QualityWarning:
    """Something about a recording that makes its verdict less sure.

    Attributes
    ----------
    code : str
        Stable name of the fault.
    message : str
        What was measured and what to do, in plain words.
    """

    code: str
    message: str


@dataclass(frozen=True)
class Measures:
    """What the quality check measures.

    Attributes
    ----------
    level_dbfs : float
        Root-mean-square level of the active frames, in dB below full scale.
    peak_dbfs : float
        Largest sample, in dB below full scale.
    clipped_share : float
        Share of the samples that sit at full scale.
    active_s : float
        Time within 30 dB of the loudest frames, in seconds.
    active_share : float
        The same as a share of the recording.
    snr_db : float
        Level of the active frames over that of the quietest tenth, in dB.
    """

    level_dbfs: float
    peak_dbfs: float
    clipped_share: float
    active_s: float
    active_share: float
    snr_db: float


def frame_levels(signal: NDArray[np.float32], sampling_rate: int) -> NDArray[np.float64]:
    """Level of each 20 ms frame, relative to full scale in dB, shape (n_frames,)."""
    length = int(FRAME_S * sampling_rate)
    n_frames = max(1, len(signal) // length)
    frames = np.resize(signal, (n_frames, length)).astype(np.float64)
    return np.asarray(10 * np.log10(np.mean(frames**2, axis=1) + 1e-12), dtype=np.float64)


def active_frames(levels: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Frames within 30 dB of the loud ones (95th percentile), shape as `levels`."""
    return levels > np.percentile(levels, 95) - _ACTIVE_RANGE_DB


def measure(clip: Clip) -> Measures:
    """Measure level, clipping, silence and noise of a recording."""
    levels = frame_levels(clip.signal, clip.sampling_rate)
    active = active_frames(levels)
    power = 10 ** (levels / 10)
    level = 10 * np.log10(power[active].mean())
    floor = 10 * np.log10(np.sort(power)[: max(1, len(power) // 10)].mean())
    peak = max(clip.peak, float(np.abs(clip.signal).max()))
    return Measures(
        level_dbfs=float(level),
        peak_dbfs=float(20 * np.log10(peak + 1e-9)),
        # Flat tops: neighbours that both stand at the largest value, close to full scale.
        clipped_share=_flat_tops(clip.signal, peak),
        active_s=float(active.sum() * FRAME_S),
        active_share=float(active.mean()),
        snr_db=float(level - floor),
    )


def _flat_tops(signal: NDArray[np.float32], peak: float) -> float:
    if peak < 0.89:
        return 0.0
    top = np.abs(signal) >= 0.985 * np.abs(signal).max()
    return float((top[1:] & top[:-1]).mean()) if len(top) > 1 else 0.0


def check(clip: Clip) -> tuple[QualityWarning, ...]:
    """Warn of what makes a recording hard to judge.

    Parameters
    ----------
    clip : Clip

    Returns
    -------
    tuple of QualityWarning
        Empty for a good recording. Codes: ``too_short``, ``mostly_silence``, ``too_quiet``,
        ``clipped``, ``noisy``.
    """
    found = measure(clip)
    warnings = []
    if clip.duration_s < SHORT_S or found.active_s < SHORT_S / 2:
        warnings.append(
            QualityWarning(
                "too_short",
                f"Only {found.active_s:.1f} s of sound: a whole sentence, two seconds or more, "
                "tells far more.",
            )
        )
    elif found.active_share < 1 - SILENCE_SHARE:
        warnings.append(
            QualityWarning(
                "mostly_silence",
                f"{100 * (1 - found.active_share):.0f} % of the recording is silence: trim it, or "
                "speak for longer.",
            )
        )
    if found.level_dbfs < QUIET_DBFS:
        warnings.append(
            QualityWarning(
                "too_quiet",
                f"Very quiet ({found.level_dbfs:.0f} dB below full scale): move closer to the "
                "microphone or turn it up.",
            )
        )
    if found.clipped_share > CLIPPED_SHARE:
        warnings.append(
            QualityWarning(
                "clipped",
                f"Overdriven ({100 * found.clipped_share:.1f} % of the samples are cut off at the "
                "top): move away from the microphone or turn it down.",
            )
        )
    if found.snr_db < NOISY_SNR_DB:
        warnings.append(
            QualityWarning(
                "noisy",
                f"Noisy (the voice stands {found.snr_db:.0f} dB above the background): find a "
                "quieter place or move closer to the microphone.",
            )
        )
    return tuple(warnings)
