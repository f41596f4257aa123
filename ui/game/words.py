"""The Game page's sentences. Pure functions: rounds and scores in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ser_core import figures
from ser_core.data import guessing
from ser_core.data.guessing import Round, Score
from ser_core.emotions import EMOTIONS, ORDINARY, shown
from ser_core.language import gettext as _
from ser_core.language import ngettext
from ui import words
from ui.retrain import recipes
from ui.voices import words as voice_words


@dataclass(frozen=True)
class Lead:
    """A place to go to after a game."""

    page: str
    label: str
    icon: str
    address: Mapping[str, str] = field(default_factory=dict)


def leads() -> list[Lead]:
    """Where a game leads: the one place for these links."""
    return [
        Lead(
            "pages/explore.py",
            _("Who speaks outweighs how: the map by speaker"),
            ":material/scatter_plot:",
            {"step": "map", "colour": "speaker"},
        ),
        Lead(
            "pages/retrain.py",
            _("How to make a score look good: leak on purpose"),
            ":material/tune:",
            # The address names what is chosen as the page does.
            {"split": _(recipes.SPLITS["random"])},
        ),
        Lead(
            "pages/retrain.py",
            _("Teach it with your own recordings"),
            ":material/model_training:",
        ),
        Lead("streamlit_app.py", _("Let it hear you"), ":material/mic:"),
    ]


def opening() -> str:
    """What is played."""
    return _(
        "Ten actors each say a sentence, meant to sound {emotions}. You say what you hear; then "
        "you see what they meant, what the model heard, and what people heard who listened "
        "before you. The model never heard these actors: it knows them no better than you do."
    ).format(emotions=words.emotions(EMOTIONS))


def no_network() -> str:
    """What there is without real voices."""
    return _(
        "Sounds made by a formula will not do here: nobody meant anything by them. Without a "
        "network, there is Listen to try with a voice of your own."
    )


def rules() -> str:
    """What the numbers are numbers of."""
    return _(
        "The model has to choose as you do: its likeliest emotion counts, even where it would say "
        "*ordinary* or *not sure*. The listeners are CREMA-D's own (Cao and others, 2014): they "
        "heard the voice alone and had six answers, with disgust and neutral among them. What "
        "counts as right is what the actor was asked for, not what anybody felt."
    )


def heading(number: int, rounds: int) -> str:
    """Which voice it is."""
    return _("Voice {number} of {rounds}").format(number=number, rounds=rounds)


def answer(one: Round) -> str:
    """What the actor meant, you said, the model heard, and people heard before."""
    meant = _("The actor meant **{emotion}**.").format(emotion=shown(one.clip.emotion))
    said = (
        _("You said **{emotion}**: right.")
        if one.you_are_right
        else _("You said **{emotion}**: not this time.")
    )
    you = said.format(emotion=shown(one.guess))
    return "\n\n".join((f"{meant} {you}", model(one), voice_words.listeners(one.clip)))


def model(one: Round) -> str:
    """What the model heard, and whether it would have said so."""
    if one.heard.decided:
        said = (
            _("The model heard **{emotion}**, {share}: right.")
            if one.model_is_right
            else _("The model heard **{emotion}**, {share}: wrong.")
        )
    elif one.heard.verdict == ORDINARY:
        said = (
            _("The model finds it ordinary, and would choose **{emotion}**, {share}: right.")
            if one.model_is_right
            else _("The model finds it ordinary, and would choose **{emotion}**, {share}: wrong.")
        )
    else:
        said = (
            _("The model is not sure, and would choose **{emotion}**, {share}: right.")
            if one.model_is_right
            else _("The model is not sure, and would choose **{emotion}**, {share}: wrong.")
        )
    share = words.percents(one.heard.answers)[one.heard.emotion]
    return said.format(emotion=shown(one.heard.emotion), share=share)


def standing(score: Score) -> str:
    """The score so far."""
    return ngettext(
        "**You {you}, the model {model}**, of {rounds} voice.",
        "**You {you}, the model {model}**, of {rounds} voices.",
        score.rounds,
    ).format(you=score.you, model=score.model, rounds=words.number(score.rounds))


def result(score: Score) -> str:
    """Who has won."""
    if score.you > score.model:
        said = _("You beat the machine, {you} to {model}")
    elif score.you < score.model:
        said = _("The machine beats you, {model} to {you}")
    else:
        said = _("A draw, {you} to {model}")
    return said.format(you=score.you, model=score.model)


def figures_of(score: Score) -> list[tuple[str, str]]:
    """Label and number of everybody, of so many rounds."""
    return [
        (_("You"), figures.number(score.you)),
        (_("The model"), figures.number(score.model)),
        (_("Listeners"), figures.number(score.listeners, 1)),
        (_("Chance"), figures.number(score.chance, 1)),
    ]


def worth(score: Score, differ: bool) -> str:
    """What so few rounds say, and what they do not."""
    low, high = guessing.interval(score.you, score.rounds)
    said = _(
        "{rounds} rounds say little: whoever gets {right} right may, in the long run, be right "
        "about anything from {low} to {high} of such voices (95%\u00a0interval)."
    ).format(
        rounds=figures.number(score.rounds),
        right=figures.number(score.you),
        low=words.nearest(low),
        high=words.nearest(high),
    )
    if score.you == score.model:
        return said
    if differ:
        also = _(
            "Even so, the difference between you and the model is more than chance would make."
        )
    else:
        also = _("The difference between you and the model could well be chance.")
    return f"{said} {also}"


def crowd(rounds: Sequence[Round]) -> str:
    """How people did who listened before, and how many they were."""
    counts = [one.clip.n_listeners for one in rounds]
    score = guessing.score(rounds)
    return _(
        "One of CREMA-D's listeners would get {right} of these {rounds} right on average "
        "({answers} answers, {fewest} to {most} people a voice). They could also say neutral and "
        "disgust, and often said neutral: your choice is easier than theirs."
    ).format(
        right=figures.number(score.listeners, 1),
        rounds=score.rounds,
        answers=sum(counts),
        fewest=min(counts),
        most=max(counts),
    )


def table(rounds: Sequence[Round]) -> str:
    """Every round in a row; a tick stands where somebody was right."""
    heads = (_("Meant"), _("You"), _("Model"), _("Listeners"))
    rows = [
        (
            shown(one.clip.emotion),
            _ticked(one.guess, one.you_are_right),
            _ticked(one.heard.emotion, one.model_is_right),
            _("{votes} of {people}").format(
                votes=one.clip.votes[one.clip.emotion], people=one.clip.n_listeners
            ),
        )
        for one in rounds
    ]
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _ticked(emotion: str, right: bool) -> str:
    return f"✓ {shown(emotion)}" if right else shown(emotion)


def missed(rounds: Sequence[Round]) -> str:
    """What you and the model both took for something else."""
    both = [one for one in rounds if not one.you_are_right and not one.model_is_right]
    if not both:
        return _("There is no voice that both of you took for something else.")
    said = ngettext(
        "You both took {count} voice for something else: {voices}.",
        "You both took {count} voices for something else: {voices}.",
        len(both),
    )
    voices = [
        _("{meant} (you: {you}, the model: {model})").format(
            meant=shown(one.clip.emotion), you=shown(one.guess), model=shown(one.heard.emotion)
        )
        for one in both
    ]
    return said.format(count=words.number(len(both)), voices=words.listing(voices))


def visit(games: int, total: Score) -> str:
    """All games of this visit together."""
    return _(
        "In {games} games on this visit: you {you}, the model {model}, listeners {listeners}, of "
        "{rounds}. A voice may have come in more than one of them."
    ).format(
        games=words.number(games),
        you=total.you,
        model=total.model,
        listeners=figures.number(total.listeners, 1),
        rounds=total.rounds,
    )


def card(score: Score) -> dict[str, object]:
    """What stands on the card to keep."""
    return {
        "button": _("Keep a card"),
        "title": _("Beat the machine"),
        "result": result(score),
        "bars": [
            [label, number, value / score.rounds]
            for (label, number), value in zip(
                figures_of(score),
                (score.you, score.model, score.listeners, score.chance),
                strict=True,
            )
        ],
        "limits": _(
            "Right about what an actor meant, of {rounds} voices (CREMA-D). So few rounds say "
            "little of anybody's ear, and nothing of what people feel."
        ).format(rounds=score.rounds),
    }
