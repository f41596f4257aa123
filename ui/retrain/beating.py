"""The shipped run to beat: its curve beside a visitor's, and where the two cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ser_core.inference.facts import BundleInfo
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.training.settings import TrainingSettings
from ui import words

_TESTED = {"speakers": N_("people it had never heard"), "random": N_("clips of people it knew")}


@dataclass(frozen=True)
class Shipped:
    """The curve of a shipped model with the same network and the same kind of split.

    Attributes
    ----------
    history : sequence of mapping
        ``epoch`` and ``val_accuracy``; empty where nothing can be held beside.
    said : str
        What the line is, and where it cannot be compared, or why there is none.
    level : float or None
        What share it got right in the end of the very clips that a visitor's is tested on, where
        it was tested on them.
    more : str or None
        What else differs, for who asks.
    """

    history: Sequence[Mapping[str, float]]
    said: str
    level: float | None = None
    more: str | None = None


def to_beat(settings: TrainingSettings, split: str, infos: Sequence[BundleInfo]) -> Shipped:
    """What to beat with these settings.

    Parameters
    ----------
    settings : TrainingSettings
    split : {"speakers", "random"}
    infos : sequence of dict
        ``bundle.json`` of the shipped models.
    """
    info = next((info for info in infos if info["network"] == settings.network), None)
    if info is None:
        return Shipped((), "")
    name = f"`{info['name']}`"
    theirs = TrainingSettings.from_dict(info["training"])
    if set(theirs.emotions) != set(settings.emotions):
        return Shipped(
            (),
            _("No line to beat: the shipped {model} tells {emotions} apart.").format(
                model=name, emotions=words.emotions(theirs.emotions, "and")
            ),
        )
    report = info["reports"].get(split)
    curves = report.get("curves") if report else None
    if report is None or not curves:
        said = _("No line to beat: the shipped {model} was not scored by such a split.")
        return Shipped((), said.format(model=name))
    folds = report["folds"]
    other = list(_differences(settings, theirs))
    if not other and (split == "speakers" or settings.seed == theirs.seed):
        # As `ser_core.evaluation.protocols.hold_out` chooses it.
        level = folds[settings.seed % len(folds)]["accuracy"]
        said = _(
            "To beat: {share}, by the shipped {model} on the same clips. The faint line is its "
            "mean over {count} such tests."
        ).format(share=words.nearest(level), model=name, count=words.number(len(folds)))
        more = None
        if settings.keep_best and not theirs.keep_best:
            more = _(
                "It learned from all others and kept its last epoch. Yours sets a fifth of them "
                "aside to choose its epoch."
            )
        return Shipped(curves, said, level, more)
    said = _("To beat: the shipped {model} on {people}, a mean over {count} such tests.").format(
        model=name, people=_(_TESTED[split]), count=words.number(len(folds))
    )
    if other:
        said += " " + _("Not quite a fair match: it learned from {differences}.").format(
            differences=words.listing(other)
        )
    return Shipped(curves, said)


def _differences(settings: TrainingSettings, theirs: TrainingSettings) -> Iterator[str]:
    """What else the shipped model learned from, or in another way than a slider can say."""
    if set(theirs.corpora) != set(settings.corpora):
        yield _("other corpora")
    if theirs.augmentation > settings.augmentation:
        yield _("copies in noise and rooms as well")
    if theirs.members > settings.members:
        yield _("all that with {count} networks, whose answers it averages").format(
            count=words.number(theirs.members)
        )
