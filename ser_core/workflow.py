"""The whole of a training: examples, network, scores, decision, bundle."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ser_core.corpora import CORPORA
from ser_core.data.examples import Examples
from ser_core.evaluation import protocols as evaluation
from ser_core.evaluation.served import fit_decision
from ser_core.inference import bundle
from ser_core.inference.decision import Decision
from ser_core.inference.facts import BundleInfo, Report
from ser_core.training.callbacks import OnEpoch, ShouldStop
from ser_core.training.fitting import Fitted, fit
from ser_core.training.settings import TrainingSettings

Save: TypeAlias = Callable[[Path, Fitted, BundleInfo], None]
"""Writes a bundle to a folder."""


def train_and_cross_validate(
    settings: TrainingSettings,
    examples: Examples,
    out: Path,
    *,
    protocols: tuple[str, ...] = ("speakers", "random"),
    title: str | None = None,
    progress: evaluation.Progress | None = None,
    save: Save = bundle.save,
) -> BundleInfo:
    """Train on everything, score by cross-validation, write the bundle.

    Temperature and threshold come from the protocols with unseen speakers, in which everybody was
    heard by a network that did not know them.

    Parameters
    ----------
    settings : TrainingSettings
    examples : Examples
    out : Path
        Folder of the bundle; its name becomes the model's.
    protocols : tuple of str
    title : str, optional
        Name for people; made from the corpora and the network unless given.
    progress : callable, optional
    save : callable, optional

    Returns
    -------
    dict
        The content of ``bundle.json``.
    """
    evaluations = _evaluations(settings, examples, protocols, progress)
    everyone = np.arange(len(examples))
    fitted = fit(
        settings,
        examples,
        everyone,
        on_epoch=(lambda figures: progress("everyone", figures)) if progress else None,
    )
    decision = _decision(settings, examples, evaluations)
    repeat = f"python -m ser_core evaluate --model {out.name} --data DIR --protocol"
    reports: dict[str, Report] = {
        name: one.report | {"command": f"{repeat} {name}"} for name, one in evaluations.items()
    }
    info = _describe(
        settings, examples, fitted, everyone, out, decision=decision, reports=reports, title=title
    )
    save(out, fitted, info)
    return info


def evaluate_served(
    settings: TrainingSettings,
    examples: Examples,
    *,
    protocols: tuple[str, ...],
    progress: evaluation.Progress | None = None,
) -> Decision:
    """Score a recipe as people are served: with "ordinary" and "not sure".

    Parameters
    ----------
    settings : TrainingSettings
    examples : Examples
    protocols : tuple of str
    progress : callable, optional

    Returns
    -------
    Decision
        As `train_and_cross_validate` writes it into the bundle; how it holds is in ``served``.
    """
    return _decision(settings, examples, _evaluations(settings, examples, protocols, progress))


def _evaluations(
    settings: TrainingSettings,
    examples: Examples,
    protocols: tuple[str, ...],
    progress: evaluation.Progress | None,
) -> dict[str, evaluation.Evaluation]:
    return {
        protocol: evaluation.cross_validate(settings, examples, protocol, progress=progress)
        for protocol in protocols
    }


def _decision(
    settings: TrainingSettings,
    examples: Examples,
    evaluations: dict[str, evaluation.Evaluation],
) -> Decision:
    strangers = [one for name, one in evaluations.items() if name != "random"]
    return fit_decision(
        strangers or list(evaluations.values()),
        examples,
        knows_ordinary=settings.architecture.hears_all,
    )


def train_and_hold_out(
    settings: TrainingSettings,
    examples: Examples,
    out: Path,
    *,
    split: str = "speakers",
    command: str = "",
    on_epoch: OnEpoch | None = None,
    should_stop: ShouldStop | None = None,
    save: Save = bundle.save,
) -> BundleInfo:
    """Train on four fifths, score on the rest, write the bundle: what the Retrain page does.

    Parameters
    ----------
    settings : TrainingSettings
    examples : Examples
    out : Path
    split : {"speakers", "random"}
        Which fifth is held out depends on the seed.
    command : str
    on_epoch : callable, optional
        Told each epoch's figures on both sides; returning True stops there and keeps what was
        learned.
    should_stop : callable, optional
        Asked after each batch; True does the same at once.
    save : callable, optional

    Returns
    -------
    dict
        The content of ``bundle.json``.
    """
    fold = evaluation.hold_out(examples, split, settings.seed)
    fitted = fit(
        settings,
        examples,
        fold.train,
        watch=fold.test,
        strangers=split != "random",
        on_epoch=on_epoch,
        should_stop=should_stop,
    )
    logits = fitted.logits(examples, fold.test).astype(np.float64)
    names = np.full(len(fold.test), fold.name)
    report = evaluation.make_report(examples, fold.test, logits, names, split, settings)
    report["curves"], report["command"] = fitted.history, command
    held_out = evaluation.Evaluation(report, logits, fold.test, names)
    decision = fit_decision([held_out], examples, knows_ordinary=settings.architecture.hears_all)
    info = _describe(
        settings, examples, fitted, fold.train, out, decision=decision, reports={split: report}
    )
    save(out, fitted, info)
    return info


def _describe(
    settings: TrainingSettings,
    examples: Examples,
    fitted: Fitted,
    train: NDArray[np.intp],
    out: Path,
    *,
    decision: Decision,
    reports: dict[str, Report],
    title: str | None = None,
) -> BundleInfo:
    titles = [CORPORA[name].TITLE for name in settings.corpora]
    return bundle.describe(
        settings,
        examples,
        fitted,
        train,
        name=out.name,
        title=title or f"{' + '.join(titles)}, {settings.network}",
        decision=decision,
        reports=reports,
    )
