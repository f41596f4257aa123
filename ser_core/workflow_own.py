"""The whole of a training on somebody's own recordings; of a calibration, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from threadpoolctl import threadpool_limits

from ser_core.data.label_words import answer
from ser_core.data.own_sounds import Heard
from ser_core.evaluation import own_calibration, own_scores
from ser_core.evaluation.protocols import Evaluation
from ser_core.evaluation.served import fit_decision
from ser_core.inference import own_bundle
from ser_core.inference.bundle import Bundle
from ser_core.inference.facts import OwnFacts
from ser_core.inference.head import log_shares
from ser_core.inference.predictor import Model
from ser_core.inference.runners import scaling
from ser_core.training.own import Material, OwnSettings, fit, prior

Progress = Callable[[float], None]


def train(
    settings: OwnSettings,
    heard: Heard,
    model: Model,
    *,
    name: str,
    title: str = "",
    progress: Progress | None = None,
) -> Bundle:
    """Train on own recordings, score on their strangers, hold it against the shipped model.

    Parameters
    ----------
    settings : OwnSettings
        On top only where a label's meaning is among the answers of the shipped model, and this
        one did not learn from any of these very recordings.
    heard : Heard
        By that model.
    model : Model
        The shipped model.
    name, title : str
        Of the new one; the title is made of the recordings' name unless given.
    progress : callable, optional
        Told the share done, 0 to 1.

    Returns
    -------
    Bundle
    """
    # Matrices are small here: threads that wait for each other take ten times as long.
    with threadpool_limits(1):
        return _train(settings, heard, model, name, title, progress or (lambda share: None))


def _train(
    settings: OwnSettings, heard: Heard, model: Model, name: str, title: str, tell: Progress
) -> Bundle:
    own_bundle.refuse_base(model.source)
    # What the shipped model learned by heart it would also tell in the test.
    if heard.seen.any() or not any(answer(label) in model.answers for label in heard.classes):
        settings = replace(settings, on_top=False)
    examples, material = heard.examples(), material_of(heard, model)
    protocol, folds = own_scores.folds_of(
        examples, knows_speakers=heard.own.has_strangers, seed=settings.seed
    )
    tell(0.1)
    scored = own_scores.cross_validate(settings, material, examples, protocol, folds)
    facts = _facts(settings, heard, model, scored)
    if settings.on_top:
        alone = replace(settings, on_top=False)
        other = own_scores.cross_validate(alone, material, examples, protocol, folds)
        facts["alone"] = other.report["uar"]
    tell(0.3)
    facts["curve"] = own_scores.curve(settings, material, examples, folds)
    facts["advice"] = own_scores.advice(heard, scored.report, facts["curve"])
    tell(0.9)
    decision = fit_decision([scored], examples, knows_ordinary=False)
    weights = fit(settings, material, np.arange(len(examples)))
    way = f"on top of {model.name}" if settings.on_top else "alone"
    return own_bundle.headed(
        model.source,
        weights.head(material),
        heard.classes,
        name=name,
        title=title or f"{heard.own.name}, {way}",
        decision=decision,
        training=settings.to_dict(),
        reports={protocol: scored.report},
        own=facts,
        digests=list(heard.digests),
        n_speakers=len(heard.own.speakers),
    )


def material_of(heard: Heard, model: Model) -> Material:
    """What networks are trained on, of own recordings that this model has heard."""
    return Material.of(
        scaling(model.source)(heard.numbers),
        heard.examples().labels,
        len(heard.classes),
        logs=log_shares(model.decision.probabilities(heard.logits)),
        prior=prior(model.answers, [answer(label) for label in heard.classes]),
    )


def _facts(settings: OwnSettings, heard: Heard, model: Model, scored: Evaluation) -> OwnFacts:
    facts: OwnFacts = {
        "name": heard.own.name,
        "labels_from": heard.own.labels_from,
        "speakers_from": heard.own.speakers_from,
        "n_left_out": len(heard.own.left_out),
        "base": model.id,
        "on_top": settings.on_top,
        "n_seen": int(heard.seen.sum()),
        "curve": [],
        "advice": [],
    }
    compared = own_scores.compare(heard, model, scored.logits)
    if compared is not None:
        facts["shipped"] = compared
    return facts


def calibrate(heard: Heard, model: Model, *, name: str) -> Bundle:
    """Fit a model's temperature and threshold to own recordings; nothing is trained.

    Parameters
    ----------
    heard : Heard
        By that model.
    model : Model
    name : str
        Of the new bundle.

    Returns
    -------
    Bundle
    """
    decision, facts = own_calibration.calibrate(heard, model)
    return own_bundle.recalibrated(model.source, decision, name=name, calibrated=facts)
