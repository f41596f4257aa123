"""What a visitor says on the Live page, as it comes: held in memory, for this visit only."""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ser_core import audio
from ser_core.errors import AudioError
from ser_core.inference.live import Live, wav
from ser_core.inference.timeline import Timeline

MOST_S = audio.LONG_DURATION_S
"""Longest take, in seconds: as long as Listen hears."""

_MOST_CHUNK = 10 * audio.SAMPLE_RATE


@dataclass(eq=False)
class Take:
    """One take.

    Attributes
    ----------
    name : str
        Given by the browser: another name is another take.
    live : Live
    first : int
        The first cell that the browser has not been told as it is now.
    done : bool
        Whether it has ended.
    full : bool
        Whether the server has no room for more.
    """

    name: str
    live: Live
    first: int = 0
    done: bool = False
    full: bool = False
    _samples: bytearray = field(default_factory=bytearray, repr=False)

    @property
    def n_bytes(self) -> int:
        """What it takes in memory."""
        return len(self._samples)

    def hear(self, chunk: Mapping[str, Any]) -> None:
        """Hear what is new in a chunk; what was heard before is passed over, and so is nonsense.

        Parameters
        ----------
        chunk : mapping
            ``first``, the number of its first sample, and ``samples``, 16-bit samples at 16 kHz in
            base64.
        """
        try:
            first = int(chunk["first"])
            content = base64.b64decode(chunk["samples"], validate=True)
            samples = np.frombuffer(content, dtype="<i2")[:_MOST_CHUNK]
        except (KeyError, TypeError, ValueError, binascii.Error):
            return
        known = self.live.n_samples
        if not first <= known < first + len(samples) or self.done:
            return
        fresh = samples[known - first :][: round(MOST_S * audio.SAMPLE_RATE) - known]
        self._samples += fresh.tobytes()
        self.first = self.live.hear(fresh)

    def end(self, over_time: Callable[[bytes], Timeline]) -> None:
        """End the take: from now on it is what Listen says of the whole.

        Parameters
        ----------
        over_time : callable
            From a WAV file to its timeline; one that refuses leaves what was heard on the way.
        """
        self.done, self.first = True, 0
        if self.n_bytes:
            with contextlib.suppress(AudioError):
                self.live.settle(over_time(self.wav()))

    def wav(self) -> bytes:
        """The whole take as a WAV file."""
        return wav(self._samples)
