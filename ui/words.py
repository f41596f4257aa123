"""Numbers in words. Pure functions: what a bundle or a prediction says, as a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from ser_core import figures
from ser_core.emotions import ORDINARY, ORDINARY_KINDS
from ser_core.inference.decision import NO_SPEECH, NOT_SURE, Decision
from ser_core.inference.facts import BundleInfo, Given, Interval, Served
from ser_core.inference.percents import whole_percent, whole_percents
from ser_core.inference.prediction import Prediction
from ser_core.language import gettext as _

MIN_BIN = 20
"""A reliability bin with fewer clips than this says nothing about the next one."""

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


LANGUAGES = {
    "bn": "Bangla",
    "de": "German",
    "en": "English",
    "pl": "Polish",
    "tr": "Turkish",
}
"""Languages of the corpora (ISO 639), in words."""

PROTOCOLS = {"speakers": "Strangers", "random": "Random split", "corpora": "Unseen corpus"}
"""The evaluation protocols, as labels."""

NOTICE = (
    ":material/smart_toy: You are about to speak to software that guesses emotions from the sound "
    "of a voice. Record yourself, or people who know that and agree."
)
"""Said before a microphone, as Article 50(3) of the EU AI Act asks (Regulation 2024/1689)."""

PRIVACY = (
    ":material/lock: Your voice is held in memory for this visit and is never written to disk. "
    "Clear deletes it at once; closing or reloading the page forgets it, within two minutes."
)

NOT_FOR = """
- **Judging people.** Not for hiring, medicine, law or surveillance. It decides nothing about
  anybody.
- **Work and school.** The EU AI Act (Regulation 2024/1689, article 5) forbids inferring people's
  emotions there, save for medical or safety reasons.
- **Reading minds.** It learned from actors. How a voice sounds is not what a person feels.
"""
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
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else f"{count:,}"


def listing(names: Sequence[str], joint: str = "and") -> str:
    """Names in a row: "angry, fearful, happy or sad"."""
    *head, last = names
    return f"{', '.join(head)} {joint} {last}" if head else last


def duration(seconds: float) -> str:
    """A length of time for people: "3.4 s", "1 min 5 s"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"


def how_long(seconds: Mapping[str, float]) -> str:
    """What lasted how long: "angry for 2.5 s and sad for 2.0 s"."""
    return listing([f"{name} for {duration(length)}" for name, length in seconds.items()])


def plain(text: str) -> str:
    """Text that came from outside, so that Markdown shows it letter by letter."""
    for sign in "\\`*_{}[]()<>#+-!|~$:":
        text = text.replace(sign, "\\" + sign)
    return text.replace("\n", " ")


def probabilities(prediction: Prediction) -> str:
    """The bars in words: "Angry 82%, fearful 9%, happy 7%, sad 2%, ..."."""
    shares = percents(prediction.answers)
    return ", ".join(f"{name} {share}" for name, share in shares.items()).capitalize()


def moment(probabilities: Mapping[str, float], verdict: str) -> str:
    """A moment of a timeline: "sounds sad, 71%", "not sure: sad or happy", "nobody speaks"."""
    if verdict == NO_SPEECH:
        return "nobody speaks"
    if verdict == NOT_SURE:
        return not_sure(probabilities)
    return f"sounds {verdict}, {percents(probabilities)[verdict]}"


def not_sure(probabilities: Mapping[str, float]) -> str:
    """Between which answers it wavers: "not sure: sad or happy"."""
    first, second = sorted(probabilities, key=lambda name: -probabilities[name])[:2]
    return f"not sure: {first} or {second}"


def short_verdict(prediction: Prediction) -> str:
    """A verdict for a table: "angry", "ordinary", "not sure" or "no speech"."""
    return prediction.verdict.replace("_", " ")


def files(count: int, refused: int) -> str:
    """How many files were heard: "12 files: 10 heard, two refused"."""
    heard = number(count - refused) if refused < count else "none"
    said = f"{number(count).capitalize()} file{'s' * (count != 1)}: {heard} heard"
    return f"{said}, {number(refused)} refused" if refused else said


def answer(meant: str, said: str, heard: Prediction) -> str:
    """What a riddle's speaker meant, the visitor said and the model heard."""
    doubt = "" if heard.decided else ", but was not sure"
    if heard.verdict == ORDINARY:
        doubt = ", but found it ordinary"
    share = percents(heard.answers)[heard.emotion]
    return (
        f"The speaker meant **{meant}**. You said **{said}**: "
        f"{'right' if said == meant else 'not this time'}. The model heard **{heard.emotion}**, "
        f"{share}{doubt}: {'right' if heard.emotion == meant else 'wrong'}."
    )


def advantage(info: BundleInfo, corpus: str, title: str) -> str:
    """Whether a riddle was fair to the visitor."""
    if corpus in {entry["name"] for entry in info["corpora"]}:
        return (
            f"A clip of {title}. The model was trained on these voices, so it has an advantage "
            "over you: its score here says nothing about strangers."
        )
    return f"A clip of {title}, a corpus that the model has never heard: a fair match."


def learned_from(info: BundleInfo) -> str:
    """The corpora of a model: "RAVDESS and EMO-DB"."""
    return listing([corpus["title"] for corpus in info["corpora"]])


def teachers(info: BundleInfo) -> str:
    """Whom a model learned from: "actors (RAVDESS and EMO-DB)"."""
    corpora = [corpus["title"] for corpus in info["corpora"] if corpus["name"] != "own"]
    actors = f"actors ({listing(corpora)})" if corpora else ""
    if "own" not in info:
        return actors
    return f"your recordings, and before from {actors}" if actors else "your recordings"


def trust(
    info: BundleInfo, heard: Prediction, *, synthetic: bool = False, parts: bool = False
) -> str | None:
    """How far to trust a verdict; None where its warnings, or the bundle, leave nothing to say.

    Of a recording with several `parts` it is said of answers at large: each part has its own.
    """
    if synthetic:
        return "Nobody spoke: the sound was made by a formula, and a verdict on it proves nothing."
    if heard.seen_in_training:
        return None
    if heard.warnings:
        return "Trust this less: how often it is right was measured on clean recordings."
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
            return (
                f"When it was this sure ({100 * found['low']:.0f} to {nearest(found['high'])}) "
                f"about clips{languages(info)} of people it had never heard, about "
                f"{100 * found['accuracy']:.0f} in 100 of its answers were right "
                f"({found['count']:,} clips, each meant {listing(_meant(info, served), 'or')}"
                f"{_of_none(served)}"
            )
    return None


def _meant(info: BundleInfo, served: Served) -> list[str]:
    """Of what voices the figures of a decision are."""
    return [*info["emotions"], *(["ordinary"] if "ordinary" in served else [])]


def _of_none(served: Served) -> str:
    """How the sentence ends that says how often an emotion is right."""
    if "ordinary" not in served:
        return ": it says nothing of a voice that is none of these)."
    return (
        "). Of 100 clips in which such people spoke as usual it gave "
        f"{share_of(served['ordinary'], 'emotion')} one of these."
    )


def share_of(shares: Given, name: Literal["emotion", "ordinary", "not_sure"]) -> str:
    """One of several shares, in per cent without the sign."""
    return f"{100 * shares[name]:.0f}"


def ordinary(info: BundleInfo) -> str | None:
    """What "ordinary" means, and how often strangers' ordinary speech was called so."""
    served = _strangers(info)
    meaning = f"So people speak most of the time: {listing(ORDINARY_KINDS, 'or')}."
    if served is None or "ordinary" not in served:
        return meaning
    told = served["ordinary"]
    return (
        f"{meaning} Of 100 clips in which people whom it had never heard spoke so"
        f"{languages(info)}, it said "
        f"ordinary of {share_of(told, 'ordinary')}, gave {share_of(told, 'emotion')} an emotion, "
        "and was otherwise not sure."
    )


def answer_names(info: BundleInfo) -> list[str]:
    """What a model can answer: its emotions, and "ordinary" where it knows it."""
    knows = Decision.from_dict(info["decision"]).knows_ordinary
    return [*info["emotions"], *([ORDINARY] if knows else [])]


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
    told = info["decision"]["served"]["speakers"].get("ordinary")
    also = (
        f" Of 100 in which they spoke as usual it gives {share_of(told, 'emotion')} an emotion."
        if told
        else ""
    )
    return (
        f"Of 100 strangers' clips{languages(info)} that were meant "
        f"{listing(info['emotions'], 'or')} it answers "
        f"{100 * coverage:.0f}, and {nearest(right)} of those answers are right.{also}"
    )


def _strangers(info: BundleInfo) -> Served | None:
    """How the answers hold that strangers are given; None where it was not measured."""
    return info["decision"].get("served", {}).get("speakers")


def languages(info: BundleInfo) -> str:
    """Of what languages the figures of a decision are: " in English or German", or nothing."""
    served = _strangers(info)
    means_of = served.get("corpora", []) if served else []
    spoken = {
        LANGUAGES[corpus["language"]]
        for corpus in info.get("corpora", [])
        if corpus["name"] in means_of and corpus.get("language") in LANGUAGES
    }
    return f" in {listing(sorted(spoken), 'or')}" if spoken else ""


def title(info: BundleInfo, name: str) -> str:
    """A corpus's name for people."""
    return str(next(corpus["title"] for corpus in info["corpora"] if corpus["name"] == name))
