"""Numbers in words. Pure functions: what a bundle or a prediction says, as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ser_core import figures
from ser_core.emotions import ORDINARY, shown
from ser_core.inference.decision import NO_SPEECH, NOT_SURE, Decision
from ser_core.inference.facts import BundleInfo, Interval
from ser_core.inference.percents import whole_percent, whole_percents
from ser_core.inference.prediction import Prediction
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.language import ngettext

_NUMBERS = (
    *(N_("no"), N_("one"), N_("two"), N_("three"), N_("four")),
    *(N_("five"), N_("six"), N_("seven"), N_("eight"), N_("nine")),
)

LANGUAGES = {
    "bn": N_("Bangla"),
    "de": N_("German"),
    "en": N_("English"),
    "pl": N_("Polish"),
    "tr": N_("Turkish"),
}
"""Languages of the corpora (ISO 639), in words."""

PROTOCOLS = {
    "speakers": N_("Strangers"),
    "random": N_("Random split"),
    "corpora": N_("Unseen corpus"),
}
"""The evaluation protocols, as labels."""

GENDERS = (N_("female"), N_("male"), N_("not stated"))
"""What the corpora say of a speaker."""

TITLES = (N_("Strangers (six corpora)"), N_("RAVDESS, the original recipe"))
"""How the shipped models call themselves."""

NOTICE = N_(
    ":material/smart_toy: You are about to speak to software that guesses emotions from the sound "
    "of a voice. Record yourself, or people who know this and agree."
)
"""Said before a microphone, as Article 50(3) of the EU AI Act asks (Regulation 2024/1689)."""

PRIVACY = N_(
    ":material/lock: Your voice is held in memory for this visit and is never written to disk. "
    "Clear deletes it at once; closing or reloading the page forgets it, within two minutes."
)

NOT_FOR = N_(
    """
- **Judging people.** Not for hiring, medicine, law or surveillance. It must not decide anything
  about anyone.
- **Work and school.** The EU AI Act (Regulation 2024/1689, Article 5) forbids inferring people's
  emotions there, except for medical or safety reasons.
- **Reading minds.** It learned from actors. How a voice sounds is not what a person feels.
"""
)
"""What Undertone must not be used for."""


def percent(share: float) -> str:
    """A share that stands alone: rounded down, and never certain ("82%")."""
    return _percent(whole_percent(share))


def percents(shares: Mapping[str, float]) -> dict[str, str]:
    """Shares of one whole as the verdict writes them: together they are 100%."""
    return {name: _percent(whole) for name, whole in whole_percents(shares).items()}


def _percent(whole: int) -> str:
    if whole:
        return figures.percent(whole)
    return _("under {percent}").format(percent=figures.percent(1))


def nearest(share: float, decimals: int = 0) -> str:
    """A share to the nearest per cent ("54%"), or nearer."""
    return figures.percent(100 * share, decimals)


def score(figure: Interval) -> str:
    """A score of a report, to the nearest per cent ("54%")."""
    return nearest(figure["value"])


def interval(figure: Interval) -> str:
    """Its 95% interval ("49 to 59%")."""
    low = figures.number(100 * figure["low"])
    return _("{low} to {high}").format(low=low, high=nearest(figure["high"]))


def number(count: int) -> str:
    """A count, spelt out below ten."""
    return _(_NUMBERS[count]) if 0 <= count < len(_NUMBERS) else figures.number(count)


def capital(text: str) -> str:
    """The same with a capital, as at the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def listing(names: Sequence[str], joint: Literal["and", "or"] = "and") -> str:
    """Names in a row: "angry, fearful, happy or sad"."""
    *head, last = names
    if not head:
        return last
    said = _("{names} and {last}") if joint == "and" else _("{names} or {last}")
    return said.format(names=", ".join(head), last=last)


def emotions(names: Sequence[str], joint: Literal["and", "or"] = "or") -> str:
    """Emotions in a row, as people read them."""
    return listing([shown(name) for name in names], joint)


def duration(seconds: float) -> str:
    """A length of time for people: "3.4 s", "1 min 5 s"."""
    if seconds < 60:
        return _("{seconds} s").format(seconds=figures.number(seconds, 1))
    minutes, rest = divmod(round(seconds), 60)
    if not rest:
        return _("{minutes} min").format(minutes=minutes)
    return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)


def how_long(seconds: Mapping[str, float]) -> str:
    """What lasted how long: "angry for 2.5 s and sad for 2.0 s"."""
    return listing(
        [
            _("{name} for {duration}").format(name=shown(name), duration=duration(length))
            for name, length in seconds.items()
        ]
    )


def plain(text: str) -> str:
    """Text that came from outside, so that Markdown shows it letter by letter."""
    for sign in "\\`*_{}[]()<>#+-!|~$:":
        text = text.replace(sign, "\\" + sign)
    return text.replace("\n", " ")


def probabilities(prediction: Prediction) -> str:
    """The bars in words: "Angry 82%, fearful 9%, happy 7%, sad 2%, ..."."""
    shares = percents(prediction.answers)
    return capital(", ".join(f"{shown(name)} {share}" for name, share in shares.items()))


def moment(probabilities: Mapping[str, float], verdict: str) -> str:
    """A moment of a timeline: "sounds sad, 71%", "not sure: sad or happy", "nobody speaks"."""
    if verdict == NO_SPEECH:
        return _("nobody speaks")
    if verdict == NOT_SURE:
        return not_sure(probabilities)
    return _("sounds {emotion}, {percent}").format(
        emotion=shown(verdict), percent=percents(probabilities)[verdict]
    )


def not_sure(probabilities: Mapping[str, float]) -> str:
    """Between which answers it wavers: "not sure: sad or happy"."""
    likeliest = sorted(probabilities, key=lambda name: -probabilities[name])[:2]
    return _("not sure: {emotions}").format(emotions=emotions(likeliest))


def short_verdict(prediction: Prediction) -> str:
    """A verdict for a table: "angry", "ordinary", "not sure" or "no speech"."""
    kinds = {NOT_SURE: _("not sure"), NO_SPEECH: _("no speech")}
    return kinds.get(prediction.verdict) or shown(prediction.verdict)


def files(count: int, refused: int) -> str:
    """How many files were heard: "12 files: 10 heard, two refused"."""
    said = ngettext("One file: {heard} heard", "{files} files: {heard} heard", count)
    if refused:
        said = ngettext(
            "One file: {heard} heard, {refused} refused",
            "{files} files: {heard} heard, {refused} refused",
            count,
        )
    return said.format(
        files=capital(number(count)),
        heard=number(count - refused) if refused < count else _("none"),
        refused=number(refused),
    )


def learned_from(info: BundleInfo) -> str:
    """The corpora of a model: "RAVDESS and EMO-DB"."""
    return listing([corpus["title"] for corpus in info["corpora"]])


def teachers(info: BundleInfo) -> str:
    """Whom a model learned from: "actors (RAVDESS and EMO-DB)"."""
    corpora = [corpus["title"] for corpus in info["corpora"] if corpus["name"] != "own"]
    if "own" not in info:
        return _("actors ({corpora})").format(corpora=listing(corpora)) if corpora else ""
    if not corpora:
        return _("your recordings")
    return _("your recordings, and before that from actors ({corpora})").format(
        corpora=listing(corpora)
    )


def answer_names(info: BundleInfo) -> list[str]:
    """What a model can answer: its emotions, and "ordinary" where it knows it."""
    knows = Decision.from_dict(info["decision"]).knows_ordinary
    return [*info["emotions"], *([ORDINARY] if knows else [])]


def title(info: BundleInfo, name: str) -> str:
    """A corpus's name for people."""
    return str(next(corpus["title"] for corpus in info["corpora"] if corpus["name"] == name))
