"""What Retrain says of runs and of a visitor's own recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ser_core import figures
from ser_core.data.own import FEWEST
from ser_core.inference.facts import BundleInfo, CalibratedFacts, CurvePoint, Report
from ser_core.jobs.files import Run
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.language import ngettext
from ser_core.training.best import kept_epoch
from ui import words
from ui.retrain import runs

TESTED = {"speakers": N_("strangers"), "random": N_("held-out clips of the same people")}
"""What the tested side of each split is."""

RIGHT_HELP = N_(
    "Of each emotion, the share of its clips that is recognised; then the mean of these shares, so "
    "that a frequent emotion counts no more than a rare one. Its usual name is unweighted average "
    "recall (UAR)."
)

_FEW_SPEAKERS = 3


def state(run: Run) -> str:
    """Where a running training stands."""
    if run.status == "loading":
        return _("Getting ready: one second if a process is waiting, otherwise 5 to 15.")
    if run.status == "scoring":
        return _("Trained. Scoring it and writing the model.")
    done, epochs, left = len(run.history), run.settings.epochs, run.seconds_left
    if left is None:
        return _("Epoch {done} of {epochs}").format(done=done, epochs=epochs)
    return _("Epoch {done} of {epochs}, about {seconds} s left").format(
        done=done, epochs=epochs, seconds=figures.number(max(1, round(left)))
    )


def headline(info: BundleInfo) -> str:
    """How a run did, in one number, with a link to the rest."""
    found = runs.report(info)
    if found["protocol"] == "random":
        said = _("**{score}** right on average over the emotions, on people it knew.")
    else:
        said = _("**{score}** right on average over the emotions, on strangers.")
    return f"{said.format(score=words.score(found['uar']))} [{_('How it did')}](#how-it-did)"


def right_on(protocol: str) -> str:
    """What a score is called; unweighted average recall, or UAR, elsewhere."""
    if protocol == "speakers":
        return _("Right on average over the emotions, strangers")
    if protocol == "random":
        return _("Right on average over the emotions, people it knew")
    return _("Right on average over the emotions, maybe known voices")


def all_figures(found: Report) -> str:
    """What else there is to know of a score."""
    return _(
        "The score's 95%\u00a0interval, by bootstrap over speakers: {interval}. Right of all "
        "clips: {accuracy} ({around}). Guessing gets {chance}. One fifth was tested; which one "
        "depends on the seed, so try another before you believe a difference."
    ).format(
        interval=words.interval(found["uar"]),
        accuracy=words.score(found["accuracy"]),
        around=words.interval(found["accuracy"]),
        chance=words.nearest(found["chance"]),
    )


def tested_on(found: Report) -> str:
    """What a report was measured on, in words."""
    speakers = found["n_speakers"]
    people = ngettext("{count} speaker", "{count} speakers", speakers).format(
        count=words.number(speakers)
    )
    clips = figures.number(found["n_recordings"])
    if found["protocol"] == "random":
        return _(
            "Measured on {clips} clips of {people}, **all of whom were heard in training**: it "
            "says how well the model knows these people, not how it would do with you."
        ).format(clips=clips, people=people)
    said = _("Measured on {clips} clips of {people} it never heard in training.").format(
        clips=clips, people=people
    )
    if speakers < _FEW_SPEAKERS:
        said += " " + _("So few people prove little, and the interval cannot know that.")
    return said


def chosen(history: Sequence[Mapping[str, float]], split: str) -> str:
    """Which epoch is kept and who chose it, in words; empty where it is simply the last."""
    best = kept_epoch(history)
    if best is None:
        return ""
    if split == "speakers":
        said = _(
            "Epoch {best} of {epochs} is kept: a fifth of its speakers were kept aside to choose "
            "it, and it did best on them there. Nobody it is tested on had a say."
        )
    else:
        said = _(
            "Epoch {best} of {epochs} is kept: a fifth of its clips were kept aside to choose it, "
            "and it did best on them there. No clip it is tested on had a say."
        )
    return said.format(best=best, epochs=len(history))


def gap(history: Sequence[dict[str, float]], split: str) -> str:
    """What lies between training and the tested side in what is kept, in words."""
    last = runs.kept(history)
    learned, tested = last["accuracy"], last["val_accuracy"]
    if split == "speakers":
        said = _(
            "It is right about {learned} of the clips it learned from and {tested} of strangers'."
        )
    else:
        said = _(
            "It is right about {learned} of the clips it learned from and {tested} of the held-out "
            "clips of the same people."
        )
    said = said.format(learned=words.nearest(learned), tested=words.nearest(tested))
    points = round(100 * (learned - tested))
    if points >= 25:
        width = _("That is a gap of {points} points: it has learned its speakers by heart.")
    elif points >= 10:
        width = _(
            "That is a gap of {points} points: some of what it learned holds for its speakers only."
        )
    elif points > 0:
        width = _(
            "That is a gap of only {points} points: what it learned, it learned about voices."
        )
    else:
        width = _("There is no gap: it has room to learn more.")
    said += " " + width.format(points=points)
    return said if kept_epoch(history) is not None else said + _course(history, split)


def _course(history: Sequence[dict[str, float]], split: str) -> str:
    """What came before the last epoch, where that is the one that is kept; may be empty."""
    last = history[-1]
    best = max(history, key=lambda point: point["val_accuracy"])
    lowest = min(history, key=lambda point: point["val_loss"])
    if lowest["epoch"] < 0.7 * last["epoch"] and last["val_loss"] > 1.1 * lowest["val_loss"]:
        said = _(
            "The loss on {side} was lowest in epoch {epoch} and has risen since: it grew surer of "
            "its mistakes."
        )
        return " " + said.format(side=_(TESTED[split]), epoch=int(lowest["epoch"]))
    if best["epoch"] == last["epoch"] and last["accuracy"] > last["val_accuracy"] and history[1:]:
        return " " + _("Its best epoch was the last: it might gain from more.")
    return ""


def introduction() -> str:
    """What to bring."""
    return _(
        "Bring a zip of clips of your own, with labels of your own, in any language: two classes "
        "or more, at least {fewest} clips of each. Labels by folder (`angry/clip1.wav`, better "
        "`anna/angry/clip1.wav`), in the files' names (`angry_s01_1.wav`), or in a CSV inside with "
        "the columns `file`, `emotion` and `speaker`. You see what was understood before anything "
        "is learned."
    ).format(fewest=FEWEST)


UPLOAD = N_("A zip of your recordings")
KEPT = N_(
    "The recordings are heard once, in memory, and gone at once; their numbers and your model stay "
    "for this visit only. Download the model to keep it."
)
ON_TOP = N_("On top of the shipped model")
ALONE = N_("From these recordings alone")
ABOUT = {
    ON_TOP: N_(
        "It begins with what that one hears; the more clips you bring, the more yours count."
    ),
    ALONE: N_("For labels that the shipped model knows nothing of, or to compare."),
}
HEARING = N_("Hearing your recordings")
TRAINING = N_("Training, and trying it on people it has not heard")
CALIBRATE_HELP = N_(
    "Trains nothing: says how often the shipped model is right on these clips, and fits its "
    "percentages and its doubt to them."
)


def beside(info: BundleInfo) -> str:
    """What the shipped model does on the same clips, in a sentence or two."""
    shipped = info["own"].get("shipped")
    if shipped is None:
        return _(
            "The shipped model has no answer for these labels, so there is nothing to compare."
        )
    told = {
        "clips": figures.number(shipped["n_recordings"]),
        "score": words.score(shipped["uar"]),
        "interval": words.interval(shipped["uar"]),
    }
    if "own_uar" in shipped:
        said = _(
            "On the {clips} clips that it has an answer for, the shipped model has {score} "
            "({interval}), yours {own}."
        ).format(own=words.score(shipped["own_uar"]), **told)
    else:
        said = _(
            "On the {clips} clips that it has an answer for, the shipped model has {score} "
            "({interval})."
        ).format(**told)
    if shipped["n_seen"]:
        said += " " + _(
            "It learned from {count} of these very clips, so that proves nothing, and nothing was "
            "put on top of it."
        ).format(count=figures.number(shipped["n_seen"]))
    return said


def alone(info: BundleInfo) -> str:
    """What the same recordings give without the shipped model; empty where that was not tried."""
    found = info["own"].get("alone")
    return (
        _("From your recordings alone: {score}.").format(score=words.score(found)) if found else ""
    )


def curve(points: Sequence[CurvePoint]) -> str:
    """A learning curve for those who do not see it."""
    shares = [
        _("{share} with {clips}").format(share=words.nearest(point["uar"]), clips=point["n_clips"])
        for point in points
    ]
    return _("Right on average, by the number of clips learned from: {shares}.").format(
        shares=words.listing(shares)
    )


def calibrated(facts: CalibratedFacts) -> str:
    """What a calibration changed, in a few sentences."""
    before, after = facts["before"], facts["after"]
    said = _(
        "On your {clips} clips the shipped model is right in {score} ({interval}), and its "
        "percentages are off by {off} points; calibrated, by {then}. It answered {share}, now "
        "{answered}."
    ).format(
        clips=figures.number(facts["n_recordings"]),
        score=words.score(before["accuracy"]),
        interval=words.interval(before["accuracy"]),
        off=figures.number(100 * before["ece"]),
        then=figures.number(100 * after["ece"]),
        share=words.nearest(before["coverage"]),
        answered=words.nearest(after["coverage"]),
    )
    right = after["accuracy_of_answers"]
    if right is not None:
        said += " " + _("Of what it answers now, {share} is right.").format(
            share=words.nearest(right)
        )
    if facts["n_seen"]:
        said += " " + _("It learned from some of these very clips, which flatters it.")
    return said
