"""What came of a training on somebody's own recordings, in words."""

from __future__ import annotations

from collections.abc import Sequence

from ser_core.inference.facts import BundleInfo, Compared, CurvePoint, Interval, Locally


def lines(info: BundleInfo) -> list[str]:
    """The result, line by line.

    Parameters
    ----------
    info : dict
        The content of ``bundle.json`` of such a bundle.
    """
    own = info["own"]
    (report,) = info["reports"].values()
    strangers = report["protocol"] == "speakers"
    tested = (
        f"tested on {report['n_recordings']:,} clips of {report['n_speakers']} speakers, each by a "
        "network that had not heard that voice"
        if strangers
        else f"tested on {report['n_recordings']:,} clips, maybe of voices that it had heard: this "
        "score flatters"
    )
    said = [
        f"UAR {interval(report['uar'])}, chance {percent(report['chance'])}: {tested}.",
        "Recognised: "
        + ", ".join(
            f"{name} {percent(share)}" if share is not None else f"{name} not tested"
            for name, share in report["recall"].items()
        )
        + ".",
    ]
    confused = confusions(report["confusion"], info["emotions"])
    if confused:
        said.append(f"Most often confused: {'; '.join(confused)}.")
    if own["n_seen"]:
        said.append(
            f"{own['base'].partition('@')[0]} learned from {own['n_seen']:,} of these very clips: "
            "on top of it no score could be believed, so yours learned from these alone."
        )
    if "alone" in own:
        said.append(
            f"From these recordings alone, without the model {own['base'].partition('@')[0]}: UAR "
            f"{interval(own['alone'])}."
        )
    said.append(
        shipped(own["shipped"])
        if "shipped" in own
        else ("The shipped model has no answer for these labels, so it cannot be compared.")
    )
    said.append("With fewer clips: " + curve(own["curve"]) + ".")
    return [*said, "What would help:", *(f"- {line}" for line in own["advice"])]


def shipped(compared: Compared) -> str:
    """What the shipped model does on the same clips."""
    meant = ", ".join(f"{name} as {answer}" for name, answer in compared["answers"].items())
    said = (
        f"The shipped model {compared['model']} on the {compared['n_recordings']:,} clips that it "
        f"has an answer for ({meant}): UAR {interval(compared['uar'])}"
    )
    if "own_uar" in compared:
        said += f"; yours on the same clips: {interval(compared['own_uar'])}"
    said += "."
    if compared["n_seen"]:
        said += f" It learned from {compared['n_seen']:,} of these very clips, which flatters it."
    return said


def curve(points: Sequence[CurvePoint]) -> str:
    """A learning curve in words."""
    return ", ".join(f"{point['n_clips']} clips {percent(point['uar'])}" for point in points)


def confusions(
    confusion: Sequence[Sequence[int]], classes: Sequence[str], most: int = 3
) -> list[str]:
    """The most frequent confusions, as shares of what was meant."""
    found = [
        (row[place] / sum(row), meant, heard)
        for row, meant in zip(confusion, classes, strict=True)
        for place, heard in enumerate(classes)
        if heard != meant and row[place]
    ]
    found.sort(key=lambda one: -one[0])
    return [f"{meant} as {heard} ({percent(share)})" for share, meant, heard in found[:most]]


def interval(score: Interval) -> str:
    """A share with its interval."""
    return f"{percent(score['value'])} (95%: {percent(score['low'])} to {percent(score['high'])})"


def percent(share: float) -> str:
    """A share in whole percent."""
    return f"{100 * share:.0f}%"


def calibrated(info: BundleInfo) -> list[str]:
    """What came of a calibration, line by line.

    Parameters
    ----------
    info : dict
        The content of ``bundle.json`` of such a bundle.
    """
    facts = info["calibrated"]
    before, after = facts["before"], facts["after"]
    meant = ", ".join(f"{name} as {answer}" for name, answer in facts["answers"].items())
    said = [
        f"{facts['base'].partition('@')[0]} on {facts['n_recordings']:,} clips ({meant}): right in "
        f"{interval(before['accuracy'])}, UAR {interval(before['uar'])}.",
        "As shipped: " + _locally(before),
        "Calibrated: "
        + _locally(after)
        + " Each clip was judged without its own part in that"
        + (
            "."
            if facts["n_speakers"] > 1
            else ", but maybe with its speaker's: nobody says who "
            "speaks, and these figures flatter."
        ),
    ]
    if facts["n_seen"]:
        said.append(
            f"It learned from {facts['n_seen']:,} of these very clips: all of this flatters it, "
            "and it will be too sure of others."
        )
    return said


def _locally(held: Locally) -> str:
    right = held["accuracy_of_answers"]
    return (
        f"temperature {held['temperature']:.2f}, threshold {held['threshold']:.2f}; it answers "
        f"{percent(held['coverage'])}"
        + (f" and is then right in {percent(right)}" if right is not None else "")
        + f"; its percentages are off by {100 * held['ece']:.0f} points."
    )
