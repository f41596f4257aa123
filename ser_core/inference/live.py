"""What is heard while somebody still speaks: Listen's own windows and smoothing, piece by piece."""

from __future__ import annotations

import io
import wave

import numpy as np
from numpy.typing import NDArray

from ser_core.audio import SAMPLE_RATE, Clip
from ser_core.inference.decision import NO_SPEECH
from ser_core.inference.predictor import Model
from ser_core.inference.timeline import CELL_S, REACH_S, Timeline, smoothed
from ser_core.inference.windows import MIN_SPEECH_S, WINDOW_S, Windows
from ser_core.speech.activity import HOP_S, find_speech

# Behind the cells that may still change there is enough of the sound to tell speech from noise.
_TAIL_S = 5.0
_FULL_SCALE = np.float32(2**15)


class Live:
    """A recording that goes on.

    Each piece is heard as it comes: the last three seconds are judged as one window, and the cells
    that lie within reach of it are told anew. Older cells stay as they are. The whole recording's
    `ser_core.inference.timeline.timeline` differs a little, for it also knows what came afterwards:
    `settle` takes it over.

    Parameters
    ----------
    model : Model

    Attributes
    ----------
    verdicts : list of str
        What is heard in each cell of `CELL_S` seconds, as in a timeline.
    probabilities : list of np.ndarray of float64, shape (n_answers,)
        Of each answer; zeros where nobody speaks.
    n_samples : int
        Samples heard so far.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._tail = np.zeros(0, dtype=np.float32)
        self._windows: list[tuple[float, NDArray[np.float64], float]] = []
        self.verdicts: list[str] = []
        self.probabilities: list[NDArray[np.float64]] = []
        self.n_samples = 0

    @property
    def answers(self) -> tuple[str, ...]:
        """What the probabilities are of."""
        return self._model.answers

    @property
    def duration_s(self) -> float:
        """Seconds heard so far."""
        return self.n_samples / SAMPLE_RATE

    def hear(self, samples: NDArray[np.int16]) -> int:
        """Hear the next piece.

        Parameters
        ----------
        samples : np.ndarray of int16, shape (n_samples,)
            Mono at 16 kHz.

        Returns
        -------
        int
            The first cell that is told anew.
        """
        self.n_samples += len(samples)
        heard = np.concatenate([self._tail, samples.astype(np.float32) / _FULL_SCALE])
        self._tail = heard[-round(_TAIL_S * SAMPLE_RATE) :]
        n_cells = int(self.duration_s / CELL_S + 1e-9)
        first = max(0, min(len(self.verdicts), n_cells - round(REACH_S / CELL_S)))
        active = find_speech(Clip(self._tail)).active
        self._judge_latest(active)
        for cell in range(first, n_cells):
            self._tell(cell, active)
        return first

    def settle(self, whole: Timeline) -> None:
        """Put what the whole recording says in the place of what was heard on the way."""
        self.verdicts = list(whole.verdicts)
        self.probabilities = list(whole.probabilities)

    def _judge_latest(self, active: NDArray[np.bool_]) -> None:
        window = self._tail[-round(WINDOW_S * SAMPLE_RATE) :]
        speech_s = float(active[-round(WINDOW_S / HOP_S) :].sum()) * HOP_S
        if speech_s >= MIN_SPEECH_S:
            centre_s = self.duration_s - len(window) / SAMPLE_RATE / 2
            self._windows.append((centre_s, self._model.judge(window), speech_s))
        self._windows = [
            one for one in self._windows if one[0] >= self.duration_s - _TAIL_S - REACH_S
        ]

    def _tell(self, cell: int, active: NDArray[np.bool_]) -> None:
        begin_s = self.duration_s - len(self._tail) / SAMPLE_RATE
        edges = [round((at * CELL_S - begin_s) / HOP_S) for at in (cell, cell + 1)]
        frames = active[max(0, edges[0]) : max(0, edges[1])]
        middle_s = (cell + 0.5) * CELL_S
        near = [one for one in self._windows if abs(one[0] - middle_s) < REACH_S]
        verdict, told = NO_SPEECH, np.zeros(len(self._model.answers))
        if near and len(frames) and frames.mean() > 0.5:
            centres_s, shares, speech_s = zip(*near, strict=True)
            windows = Windows(np.array(centres_s), np.stack(shares), np.array(speech_s))
            mean = smoothed(windows, np.array([middle_s]))
            verdict = self._model.verdicts(mean)[0]
            told = self._model.decision.told(mean)[0]
        self.verdicts[cell : cell + 1] = [verdict]
        self.probabilities[cell : cell + 1] = [told]


def wav(samples: bytes | bytearray) -> bytes:
    """A whole recording as a WAV file, of 16-bit little-endian samples, mono at 16 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(SAMPLE_RATE)
        writer.writeframes(samples)
    return file.getvalue()
