"""What answers look like, for the page about the interface; a test holds answers to it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Fault(_Closed):
    """Why something was refused: a code for programs, a message for people."""

    code: str
    message: str


class Refusal(_Closed):
    """A request that was refused."""

    error: Fault


class RefusedRow(_Closed):
    """One of several recordings that was refused."""

    file: str
    error: Fault


class Heard(_Closed):
    """What was heard in a recording, as ``predict --format json`` prints it."""

    file: str
    verdict: str = Field(description="One of the emotions, ordinary, not_sure or no_speech.")
    emotion: str = Field(description="The most likely of the emotions, whatever the verdict.")
    confidence: float = Field(description="Its calibrated probability.")
    decided: bool = Field(description="Whether the verdict is one of the emotions.")
    probabilities: dict[str, float] = Field(description="Of each answer; they sum to 1.")
    duration_s: float
    warnings: list[str]


class Stretch(_Closed):
    """A stretch of one verdict; in silence there is no emotion and no probability."""

    start_s: float
    end_s: float
    verdict: str
    emotion: str | None
    confidence: float
    decided: bool
    probabilities: dict[str, float]


class HeardOverTime(Heard):
    """A recording, or one channel of it, and what is heard in it when."""

    channel: str | None = Field(None, description="Where channels are heard apart, which one.")
    speech_s: float | None = Field(None, description="How long somebody speaks in it.")
    timeline: list[Stretch]


class Rows(_Closed):
    """Several recordings in their order; a refused one is a row like any other."""

    rows: list[Heard | RefusedRow]


class Channels(_Closed):
    """Each channel of a recording for itself."""

    rows: list[HeardOverTime]


class Embedding(_Closed):
    """A recording in numbers."""

    file: str
    duration_s: float
    embedding: list[float]


class Embeddings(_Closed):
    """Recordings in numbers, and the model whose network is given them."""

    model: str
    rows: list[Embedding]


class Health(_Closed):
    """That it answers."""

    status: Literal["ok"]


class Version(_Closed):
    """What answers."""

    undertone: str
    model: str


class Card(BaseModel):
    """The model card: emotions, corpora, figures by protocol, how an answer is chosen."""

    model_config = ConfigDict(extra="allow")

    id: str
    title: str
    what_this_is: str
    emotions: list[str]
    corpora: list[dict[str, Any]]
    reports: dict[str, Any]
