"""Each channel of a recording heard for itself: in a call, each party; and who speaks when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ser_core import audio
from ser_core.audio import AudioSource, Clip
from ser_core.audio.apart import load_apart
from ser_core.inference.decision import NO_SPEECH
from ser_core.inference.prediction import Prediction
from ser_core.inference.predictor import Model, Progress
from ser_core.inference.timeline import Segment, timeline


@dataclass(frozen=True)
class Party:
    """What was heard of a recording, or of one of its channels.

    Attributes
    ----------
    name : str
        Of the channel; empty where the recording is heard as a whole.
    prediction : Prediction
    segments : tuple of Segment
        From its timeline.
    """

    name: str
    prediction: Prediction
    segments: tuple[Segment, ...]

    @property
    def speech_s(self) -> float:
        """How long somebody speaks in it, in seconds."""
        return sum(s.end_s - s.start_s for s in self.segments if s.verdict != NO_SPEECH)


def hear(model: Model, clip: Clip, name: str = "", *, progress: Progress | None = None) -> Party:
    """Hear a recording, or a channel of one, as a whole and over time."""
    segments = timeline(model, clip, progress=progress).segments()
    return Party(name, model.predict_clip(clip), tuple(segments))


def hear_apart(
    model: Model,
    source: AudioSource,
    *,
    max_duration_s: float = audio.LONG_DURATION_S,
    progress: Progress | None = None,
) -> Iterator[Party]:
    """Hear each channel of a recording for itself.

    Parameters
    ----------
    model : Model
    source : str, Path or bytes
    max_duration_s : float
        Longest recording accepted, in seconds.
    progress : callable, optional
        Told the share done of each channel, 0 to 1.

    Yields
    ------
    Party
        One for each channel that holds sound.

    Raises
    ------
    AudioError
        See `ser_core.audio.apart.load_apart`.
    """
    for name, clip in load_apart(source, max_duration_s=max_duration_s):
        yield hear(model, clip, name, progress=progress)
