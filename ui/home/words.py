"""The front page's sentences. Pure functions: a bundle's ``bundle.json`` in, words out."""

from __future__ import annotations

from ser_core.inference import learned
from ser_core.inference.facts import BundleInfo
from ui import words


def trust(info: BundleInfo) -> str:
    """How far to trust it, in one plain line."""
    in_ten = round(10 * info["reports"]["speakers"]["uar"]["value"])
    elsewhere = info["reports"].get("corpora")
    said = f"It is right about {words.number(in_ten)} times in ten on people it never met"
    if elsewhere is not None:
        others = round(10 * elsewhere["uar"]["value"])
        said += f", {words.number(others)} in rooms that it never heard either"
    return f"{said}. It learned from actors, and says so when it is not sure."


def scores(info: BundleInfo) -> list[tuple[str, str, str]]:
    """Two scores side by side: label, score, and what it was measured on."""
    reports = info["reports"]
    strangers = reports["speakers"]
    found = [
        (
            "Right about strangers",
            words.score(strangers["uar"]),
            f"{words.interval(strangers['uar'])}, 95% interval. "
            f"{words.number(strangers['n_speakers']).capitalize()} speakers, each judged by a "
            "model that never heard them.",
        )
    ]
    if "corpora" in reports:
        unseen = reports["corpora"]["uar"]
        found.append(
            (
                "Right about an unseen corpus",
                words.score(unseen),
                f"{words.interval(unseen)}, 95% interval. Other rooms, microphones and "
                "sentences, too: your own recording may be such a one.",
            )
        )
    elif "random" in reports:
        mixed = reports["random"]["uar"]
        found.append(
            (
                "Right on a random split",
                words.score(mixed),
                f"{words.interval(mixed)}, 95% interval. The figure most often quoted. It "
                "flatters: the same voices were in training.",
            )
        )
    return found


def measured(info: BundleInfo) -> str:
    """What the scores are scores of."""
    strangers = info["reports"]["speakers"]
    return (
        f"Measured on the {strangers['n_recordings']:,} recordings of {words.learned_from(info)} "
        f"whose speakers meant to sound {words.listing(info['emotions'], 'or')}: how many of each "
        f"emotion it recognises, averaged over the {words.number(len(info['emotions']))}. Guessing "
        f"gets {words.nearest(strangers['chance'])}."
    )


def cards(info: BundleInfo, n_models: int) -> dict[str, str]:
    """What waits on each page."""
    heard = learned.count(info["learned"])
    speakers = sum(corpus["n_speakers"] for corpus in info["corpora"])
    return {
        "Listen": "Bring a recording, dozens or a film. See what was heard when, and why.",
        "Explore": f"{heard:,} recordings by {speakers:,} speakers made this model. See what they "
        "hold.",
        "Retrain": f"{info['n_weights']:,} weights, {len(info['history'])} epochs. Train your own "
        "with sliders.",
        "About": f"Data, licences, protocol and limits of {words.number(n_models)} "
        f"model{'s' * (n_models != 1)}.",
    }
