"""What ``bundle.json`` holds, and the reports in it: plain JSON values, and what to expect in them.

They stay dictionaries, as they are read and written; these types are for who reads the code, and
for the type checker.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Interval(TypedDict):
    """A share with its 95% interval by bootstrap over speakers."""

    value: float
    low: float
    high: float


class Bin(TypedDict):
    """Answers of about one confidence: how sure, and how often right."""

    low: float
    high: float
    confidence: float
    accuracy: float
    count: int


class Calibration(TypedDict):
    """Whether percentages can be believed."""

    ece: float
    bins: list[Bin]


class RiskPoint(TypedDict):
    """How often a model is right if it answers only this share, the surest."""

    coverage: float
    accuracy: float
    threshold: float


class FoldFigures(TypedDict):
    """One fold of a protocol."""

    name: str
    n_recordings: int
    n_speakers: int
    accuracy: float
    uar: float


class Scores(TypedDict):
    """Figures that need no probabilities; ``confusion`` has a row an emotion that was meant."""

    n_recordings: int
    n_speakers: int
    accuracy: Interval
    uar: Interval
    recall: dict[str, float | None]
    f1: dict[str, float | None]
    confusion: list[list[int]]
    classification_report: str


class Figures(Scores):
    """All that is measured of one set of recordings."""

    calibration: Calibration


class Report(Figures):
    """One protocol: on what data, by which split, how well; in all, by corpus and by gender."""

    protocol: str
    description: str
    corpora: list[str]
    chance: float
    risk_coverage: list[RiskPoint]
    folds: list[FoldFigures]
    by_corpus: dict[str, Figures]
    by_gender: dict[str, Figures]
    settings: dict[str, Any]
    curves: NotRequired[list[dict[str, float]]]
    command: NotRequired[str]


class Given(TypedDict):
    """What is said of voices that have none of the emotions, as shares."""

    n_recordings: int
    emotion: float
    ordinary: float
    not_sure: float
    by_corpus: NotRequired[dict[str, Given]]


class Answered(TypedDict):
    """What share of a corpus is answered, and how often that is right."""

    coverage: float
    accuracy: float | None
    ece: NotRequired[float]


class Served(Calibration):
    """How the answers hold that people are given, in one protocol."""

    coverage: float
    accuracy: float | None
    corpora: NotRequired[list[str]]
    by_corpus: NotRequired[dict[str, Answered]]
    ordinary: NotRequired[Given]
    neither: NotRequired[Given]


class DecisionFacts(TypedDict):
    """`ser_core.inference.decision.Decision` as it is written."""

    temperature: float
    threshold: float
    ordinary_bias: NotRequired[float]
    ordinary_threshold: NotRequired[float]
    doubt: NotRequired[float]
    leniency: NotRequired[float]
    coverage: NotRequired[float]
    served: NotRequired[dict[str, Served]]


class CorpusFacts(TypedDict):
    """A corpus that a model learned from."""

    name: str
    title: str
    language: NotRequired[str]
    licence: str
    source: str
    citation: str
    n_recordings: int
    n_speakers: int


class ScalerFacts(TypedDict):
    """How the features are standardised, and which of them the network sees."""

    mean: list[float]
    scale: list[float]
    columns: list[int]


class HeadFacts(TypedDict):
    """`ser_core.inference.head.Head` as it is written: weights as base64 of float32."""

    matrix: str
    offset: list[float]
    mixing: NotRequired[str]


class CurvePoint(TypedDict):
    """How well models do that learned from so many clips; the band holds nine in ten tries."""

    n_clips: int
    uar: float
    low: float
    high: float


class Compared(TypedDict):
    """What a model does on somebody's own clips whose labels are among its answers."""

    model: str
    answers: dict[str, str]
    n_recordings: int
    n_seen: int
    uar: Interval
    own_uar: NotRequired[Interval]
    coverage: float
    accuracy: float | None


class OwnFacts(TypedDict):
    """What a model of somebody's own recordings came from, and what else was measured."""

    name: str
    labels_from: str
    speakers_from: str
    n_left_out: int
    base: str
    on_top: bool
    n_seen: int
    alone: NotRequired[Interval]
    shipped: NotRequired[Compared]
    curve: list[CurvePoint]
    advice: list[str]


class Locally(TypedDict):
    """How a model's answers hold on somebody's own clips."""

    temperature: float
    threshold: float
    accuracy: Interval
    uar: Interval
    coverage: float
    accuracy_of_answers: float | None
    ece: float


class CalibratedFacts(TypedDict):
    """What a model was calibrated on; ``after``: clips that it was not fitted to."""

    name: str
    base: str
    answers: dict[str, str]
    n_recordings: int
    n_speakers: int
    n_seen: int
    before: Locally
    after: Locally


class BundleInfo(TypedDict):
    """The content of ``bundle.json``; ``network_sha256`` is of its ``model.tflite``."""

    format: int
    name: str
    title: str
    network: str
    emotions: list[str]
    features: dict[str, Any]
    decision: DecisionFacts
    training: dict[str, Any]
    seed: int
    n_weights: int
    history: list[dict[str, float]]
    corpora: list[CorpusFacts]
    versions: dict[str, str]
    reports: dict[str, Report]
    learned: str
    scaler: ScalerFacts
    network_sha256: NotRequired[str]
    head: NotRequired[HeadFacts]
    base: NotRequired[DecisionFacts]
    own: NotRequired[OwnFacts]
    calibrated: NotRequired[CalibratedFacts]
