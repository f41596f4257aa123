"""The front page's sentences. Pure functions: a bundle's ``bundle.json`` in, words out."""

from __future__ import annotations

from ser_core import figures
from ser_core.inference import learned
from ser_core.inference.facts import BundleInfo, Report
from ser_core.language import gettext as _
from ser_core.language import ngettext
from ui import words


def trust(info: BundleInfo) -> str:
    """How far to trust it, in one plain line."""
    strangers = _in_ten(info["reports"]["speakers"])
    elsewhere = info["reports"].get("corpora")
    if elsewhere is None:
        return _(
            "It is right about {strangers} times in ten on people it never met. It learned from "
            "actors, and says so when it is not sure."
        ).format(strangers=strangers)
    return _(
        "It is right about {strangers} times in ten on people it never met, {elsewhere} in rooms "
        "that it never heard either. It learned from actors, and says so when it is not sure."
    ).format(strangers=strangers, elsewhere=_in_ten(elsewhere))


def _in_ten(report: Report) -> str:
    return words.number(round(10 * report["uar"]["value"]))


def scores(info: BundleInfo) -> list[tuple[str, str, str]]:
    """Two scores side by side: label, score, and what it was measured on."""
    reports = info["reports"]
    strangers = reports["speakers"]
    found = [
        (
            _("Right about strangers"),
            words.score(strangers["uar"]),
            _(
                "{interval}, 95%\u00a0interval. {speakers} speakers, each judged by a model "
                "that never heard them."
            ).format(
                interval=words.interval(strangers["uar"]),
                speakers=words.capital(words.number(strangers["n_speakers"])),
            ),
        )
    ]
    if "corpora" in reports:
        unseen = reports["corpora"]["uar"]
        found.append(
            (
                _("Right about an unseen corpus"),
                words.score(unseen),
                _(
                    "{interval}, 95%\u00a0interval. Other rooms, microphones and sentences, "
                    "too, as your own recording may have."
                ).format(interval=words.interval(unseen)),
            )
        )
    elif "random" in reports:
        mixed = reports["random"]["uar"]
        found.append(
            (
                _("Right on a random split"),
                words.score(mixed),
                _(
                    "{interval}, 95%\u00a0interval. The figure most often quoted. It flatters: "
                    "the same voices were in training."
                ).format(interval=words.interval(mixed)),
            )
        )
    return found


def measured(info: BundleInfo) -> str:
    """What the scores are scores of."""
    strangers = info["reports"]["speakers"]
    return _(
        "Measured on the {recordings} recordings of {corpora} whose speakers meant to sound "
        "{emotions}: how many of each emotion it recognises, averaged over the {number}. Guessing "
        "gets {chance}."
    ).format(
        recordings=figures.number(strangers["n_recordings"]),
        corpora=words.learned_from(info),
        emotions=words.emotions(info["emotions"]),
        number=words.number(len(info["emotions"])),
        chance=words.nearest(strangers["chance"]),
    )


def cards(info: BundleInfo, n_models: int) -> dict[str, str]:
    """What waits on each page."""
    speakers = sum(corpus["n_speakers"] for corpus in info["corpora"])
    return {
        "Listen": _(
            "Bring one recording, dozens of them, or a film. See what was heard when, and why."
        ),
        "Live": _("See your voice drawn while you speak, in the colours of what it carries."),
        "Game": _("Ten voices: what did the actor mean? You against the model."),
        "Explore": _(
            "{clips} recordings by {speakers} speakers made this model. See what they hold."
        ).format(
            clips=figures.number(learned.count(info["learned"])), speakers=figures.number(speakers)
        ),
        "Retrain": _("{weights} weights, {epochs} epochs. Train your own with sliders.").format(
            weights=figures.number(info["n_weights"]), epochs=len(info["history"])
        ),
        "About": ngettext(
            "Data, licences, protocol and limits of one model.",
            "Data, licences, protocol and limits of {models} models.",
            n_models,
        ).format(models=words.number(n_models)),
    }
