"""Log-mel frames cut to the length that the convolutional network hears at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

WINDOW_FRAMES = 256
"""Frames of a window: 4.1 s at 16 ms."""

Frames = NDArray[np.float32]


def cut(clips: Sequence[Frames]) -> tuple[Frames, Frames, NDArray[np.intp]]:
    """Cut clips into windows, as few as cover each, evenly spread; a short one is padded.

    Parameters
    ----------
    clips : sequence of np.ndarray of float32, each of shape (n_frames, n_mels)
        Natural logarithm of mel power, of any level.

    Returns
    -------
    windows : np.ndarray of float32, shape (n_windows, WINDOW_FRAMES, n_mels)
        About the clip's own mean spectrum: no level, no microphone. Zeros in the padding.
    masks : np.ndarray of float32, shape (n_windows, WINDOW_FRAMES)
        1 where there is a clip, 0 in the padding.
    owners : np.ndarray of int, shape (n_windows,)
        Position of the clip that each window was cut from.
    """
    spans = [(owner, span) for owner, clip in enumerate(clips) for span in _spans(len(clip))]
    windows = np.zeros((len(spans), WINDOW_FRAMES, clips[0].shape[1]), dtype=np.float32)
    masks = np.zeros((len(spans), WINDOW_FRAMES), dtype=np.float32)
    means = [clip.mean(axis=0, dtype=np.float32) for clip in clips]
    for row, (owner, span) in enumerate(spans):
        part = clips[owner][span]
        windows[row, : len(part)] = part - means[owner]
        masks[row, : len(part)] = 1
    return windows, masks, np.array([owner for owner, _ in spans])


def join(logits: Frames, owners: NDArray[np.intp]) -> Frames:
    """Mean logits of each clip's windows, shape (n_clips, n_emotions)."""
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    sums = np.add.reduceat(logits, starts, axis=0)
    return np.asarray(sums / np.bincount(owners)[:, np.newaxis], dtype=np.float32)


def _spans(n_frames: int) -> list[slice]:
    beyond = max(0, n_frames - WINDOW_FRAMES)
    starts = np.linspace(0, beyond, 1 + -(-beyond // WINDOW_FRAMES)).round().astype(int)
    return [slice(start, start + WINDOW_FRAMES) for start in starts.tolist()]
