"""How far to trust what a model says. Pure functions: a ``bundle.json`` in, sentences out."""

from __future__ import annotations

from typing import Literal

from ser_core import figures
from ser_core.emotions import ORDINARY, ORDINARY_KINDS
from ser_core.inference.facts import BundleInfo, Given, Served
from ser_core.inference.prediction import Prediction
from ser_core.language import gettext as _
from ui import words

MIN_BIN = 20
"""A reliability bin with fewer clips than this says nothing about the next one."""


def trust(
    info: BundleInfo, heard: Prediction, *, synthetic: bool = False, parts: bool = False
) -> str | None:
    """How far to trust a verdict; None where its warnings, or the bundle, leave nothing to say.

    Of a recording with several `parts` it is said of answers at large: each part has its own.
    """
    if synthetic:
        return _(
            "Nobody spoke: this sound was made by a formula, and a verdict on it proves nothing."
        )
    if heard.seen_in_training:
        return None
    if heard.warnings:
        return _("Trust this less: how often it is right was measured on clean recordings.")
    if parts:
        return answers(info)
    if heard.verdict == ORDINARY:
        return ordinary(info)
    return reliability(info, heard.confidence)


def reliability(info: BundleInfo, confidence: float) -> str | None:
    """How often the model was right about strangers when it was as sure as this.

    Parameters
    ----------
    info : dict
        A ``bundle.json``.
    confidence : float

    Returns
    -------
    str or None
        None where the bundle holds no such figure, or too few clips to say.
    """
    served = _strangers(info)
    if served is None:
        return None
    for found in served["bins"]:
        if found["low"] <= confidence <= found["high"] and found["count"] >= MIN_BIN:
            return _reliability(info, served).format(
                low=figures.number(100 * found["low"]),
                high=words.nearest(found["high"]),
                languages=languages(info),
                right=figures.number(100 * found["accuracy"]),
                count=figures.number(found["count"]),
                emotions=words.emotions(_meant(info, served)),
                given=share_of(served["ordinary"], "emotion") if "ordinary" in served else "",
            )
    return None


def _reliability(info: BundleInfo, served: Served) -> str:
    if "ordinary" not in served:
        return _(
            "When it was this sure ({low} to {high}) about clips{languages} of people it had never "
            "heard, about {right} in 100 of its answers were right ({count} clips, each meant to "
            "sound {emotions}: this says nothing about voices that are none of these)."
        )
    return _(
        "When it was this sure ({low} to {high}) about clips{languages} of people it had never "
        "heard, about {right} in 100 of its answers were right ({count} clips, each meant to sound "
        "{emotions}). Of 100 clips of such people speaking as usual, it gave {given} an emotion."
    )


def _meant(info: BundleInfo, served: Served) -> list[str]:
    """Of what voices the figures of a decision are."""
    return [*info["emotions"], *([ORDINARY] if "ordinary" in served else [])]


def share_of(shares: Given, name: Literal["emotion", "ordinary", "not_sure"]) -> str:
    """One of several shares, in per cent without the sign."""
    return figures.number(100 * shares[name])


def ordinary(info: BundleInfo) -> str | None:
    """What "ordinary" means, and how often strangers' ordinary speech was called so."""
    served = _strangers(info)
    meaning = _("This is how people speak most of the time: {kinds}.").format(
        kinds=words.emotions(ORDINARY_KINDS)
    )
    if served is None or "ordinary" not in served:
        return meaning
    told = served["ordinary"]
    measured = _(
        "Of 100 such clips{languages} of people it had never heard, it called {ordinary} ordinary, "
        "gave {emotion} an emotion, and was not sure about the rest."
    ).format(
        languages=languages(info),
        ordinary=share_of(told, "ordinary"),
        emotion=share_of(told, "emotion"),
    )
    return f"{meaning} {measured}"


def answered(info: BundleInfo) -> tuple[float, float] | None:
    """Share of strangers' clips that the model answers, and how often it is then right."""
    served = _strangers(info)
    if served is None or served["accuracy"] is None:
        return None
    return served["coverage"], served["accuracy"]


def answers(info: BundleInfo) -> str | None:
    """The same in a sentence, which also says of what voices it holds."""
    found = answered(info)
    if found is None:
        return None
    coverage, right = found
    said = _(
        "Of 100 strangers' clips{languages} that were meant to sound {emotions}, it answers "
        "{answered}, and {right} of those answers are right."
    ).format(
        languages=languages(info),
        emotions=words.emotions(info["emotions"]),
        answered=figures.number(100 * coverage),
        right=words.nearest(right),
    )
    told = info["decision"]["served"]["speakers"].get("ordinary")
    if not told:
        return said
    usual = _("Of 100 clips of them speaking as usual, it gives {emotion} an emotion.")
    return f"{said} {usual.format(emotion=share_of(told, 'emotion'))}"


def _strangers(info: BundleInfo) -> Served | None:
    """How the answers hold that strangers are given; None where it was not measured."""
    return info["decision"].get("served", {}).get("speakers")


def languages(info: BundleInfo) -> str:
    """Of what languages the figures of a decision are: " in English or German", or nothing."""
    served = _strangers(info)
    means_of = served.get("corpora", []) if served else []
    spoken = {
        _(words.LANGUAGES[corpus["language"]])
        for corpus in info.get("corpora", [])
        if corpus["name"] in means_of and corpus.get("language") in words.LANGUAGES
    }
    if not spoken:
        return ""
    return _(" in {languages}").format(languages=words.listing(sorted(spoken), "or"))
