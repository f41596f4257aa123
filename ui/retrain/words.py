"""What Retrain says of a visitor's own recordings."""

from __future__ import annotations

from collections.abc import Sequence

from ser_core.data.own import FEWEST
from ser_core.inference.facts import BundleInfo, CalibratedFacts, CurvePoint
from ui import words

INTRODUCTION = (
    "Bring a zip of clips of your own, with labels of your own, in any language: two classes or "
    f"more, at least {FEWEST} clips of each. Labels by folder (`angry/clip1.wav`, better "
    "`anna/angry/clip1.wav`), in the files' names (`angry_s01_1.wav`), or in a CSV inside with the "
    "columns `file`, `emotion` and `speaker`. You see what was understood before anything is "
    "learned."
)
RIGHT = "Right on average over the emotions, {who}"
"""What a score is called; unweighted average recall, or UAR, elsewhere."""
RIGHT_HELP = (
    "Of each emotion, the share of its clips that is recognised; then the mean of these shares, so "
    "that a frequent emotion counts no more than a rare one. Its usual name is unweighted average "
    "recall (UAR)."
)
UPLOAD = "A zip of your recordings"
KEPT = (
    "The recordings are heard once, in memory, and gone at once; their numbers and your model stay "
    "for this visit only. Download the model to keep it."
)
ON_TOP = "On top of the shipped model"
ALONE = "From these recordings alone"
ABOUT = {
    ON_TOP: "It begins with what that one hears; the more clips you bring, the more yours count.",
    ALONE: "For labels that the shipped model knows nothing of, or to compare.",
}
HEARING = "Hearing your recordings"
TRAINING = "Training, and trying it on people whom it has not heard"
CALIBRATE_HELP = (
    "Trains nothing: says how often the shipped model is right on these clips, and fits its "
    "percentages and its doubt to them."
)


def beside(info: BundleInfo) -> str:
    """What the shipped model does on the same clips, in a sentence."""
    shipped = info["own"].get("shipped")
    if shipped is None:
        return "The shipped model has no answer for these labels, so nothing can be held beside."
    said = (
        f"On the {shipped['n_recordings']:,} clips that it has an answer for, the shipped model "
        f"has {words.score(shipped['uar'])} ({words.interval(shipped['uar'])})"
    )
    if "own_uar" in shipped:
        said += f", yours {words.score(shipped['own_uar'])}"
    said += "."
    if shipped["n_seen"]:
        said += (
            f" It learned from {shipped['n_seen']:,} of these very clips, so that proves nothing, "
            "and nothing was put on top of it."
        )
    return said


def alone(info: BundleInfo) -> str:
    """What the same recordings give without the shipped model; empty where that was not tried."""
    found = info["own"].get("alone")
    return f"From your recordings alone: {words.score(found)}." if found else ""


def curve(points: Sequence[CurvePoint]) -> str:
    """A learning curve for those who do not see it."""
    said = words.listing(
        [f"{words.nearest(point['uar'])} with {point['n_clips']}" for point in points]
    )
    return f"Right on average, by the number of clips learned from: {said}."


def calibrated(facts: CalibratedFacts) -> str:
    """What a calibration changed, in a few sentences."""
    before, after = facts["before"], facts["after"]
    seen = (
        " It learned from some of these very clips, which flatters it." if facts["n_seen"] else ""
    )
    return (
        f"On your {facts['n_recordings']:,} clips the shipped model is right in "
        f"{words.score(before['accuracy'])} ({words.interval(before['accuracy'])}), and its "
        f"percentages are off by {100 * before['ece']:.0f} points; calibrated, by "
        f"{100 * after['ece']:.0f}. It answered {words.nearest(before['coverage'])}, now "
        f"{words.nearest(after['coverage'])}{_right(after['accuracy_of_answers'])}.{seen}"
    )


def _right(share: float | None) -> str:
    return "" if share is None else f", and is right in {words.nearest(share)} of that"
