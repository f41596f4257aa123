"""The About page's sentences and tables. Pure functions: a ``bundle.json`` in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ser_core.data.reported import NoiseScores
from ser_core.emotions import ORDINARY_KINDS
from ser_core.inference.decision import Decision
from ser_core.inference.facts import BundleInfo, CorpusFacts, Report, Served
from ui import words

_NEITHER = "disgust or surprise"


def doubt(info: BundleInfo) -> str:
    """From where on a model answers."""
    decision = Decision.from_dict(info["decision"])
    if decision.ordinary_threshold is None:
        return f"Below {words.percent(decision.threshold)} it says that it is not sure."
    return (
        "It names an emotion that is likelier than ordinary speech and has at least "
        f"{words.percent(decision.threshold)} among all that it tells apart, disgust and surprise "
        "included. It says ordinary where that is the likeliest of all. Otherwise it says that it "
        "is not sure."
    )


def calibration_errors(info: BundleInfo) -> str:
    """How far off the percentages that people are given are, by protocol."""
    served = info["decision"]["served"]
    return " and ".join(
        f"{100 * served[name]['ece']:.1f} points ({words.PROTOCOLS[name].lower()})"
        for name in words.PROTOCOLS
        if name in served
    )


def known_failures(info: BundleInfo, in_noise: NoiseScores | None) -> str:
    """Where the model is known to be wrong more often, as a Markdown list."""
    reports = info["reports"]
    measured = reports["speakers"]["recall"]
    recalls = {name: share for name, share in measured.items() if share is not None}
    worst = min(recalls, key=lambda name: recalls[name])
    lines = [
        f"**{worst.capitalize()} voices.** Of strangers' {worst} clips it recognises "
        f"{words.nearest(recalls[worst])}, the fewest of all."
    ]
    if "corpora" in reports:
        unseen = reports["corpora"]["by_corpus"]
        hardest = min(unseen, key=lambda name: unseen[name]["uar"]["value"])
        lines.append(
            "**Other rooms, microphones and ways of acting.** Of "
            f"{words.title(info, hardest)}, where it never heard that corpus, it is right "
            f"about {words.score(unseen[hardest]['uar'])} "
            f"({words.interval(unseen[hardest]['uar'])})."
        )
    lines += _language_failures(info)
    lines += _ordinary_failures(info)
    if in_noise is not None:
        clean, *others = (f"{100 * value:.0f}" for value in in_noise["uar"].values())
        _, *noises = in_noise["uar"]
        lines.append(
            f"**Noise.** {in_noise['snr_db']:.0f} dB below the voice it takes the UAR about "
            f"strangers, as a mean of the corpora, from {clean}% to "
            f"{words.listing(others)}% ({words.listing(noises)}; "
            "none of them used in training)."
        )
    lines.append(
        "**What it never heard.** Children, whispers, people who do not act, and languages other "
        "than its corpora's were not tested."
    )
    return "\n".join(f"- {line}" for line in lines)


def _language_failures(info: BundleInfo) -> list[str]:
    """How the verdicts hold in languages of which the model promises nothing."""
    served = info["decision"].get("served", {}).get("speakers")
    if served is None:
        return []
    lines = []
    for corpus in info["corpora"]:
        name, language = corpus["name"], words.LANGUAGES.get(corpus.get("language", ""))
        held = served.get("by_corpus", {}).get(name)
        if language is None or held is None or name in served.get("corpora", []):
            continue
        if held["accuracy"] is None:  # It answers none of them.
            continue
        line = (
            f"**{language}.** What it promises is not of this language. Of strangers' clips in "
            f"{corpus['title']} it answers {words.nearest(held['coverage'])}, and "
            f"{words.nearest(held['accuracy'])} of those answers are right"
        )
        spoken = served.get("ordinary", {}).get("by_corpus", {}).get(name)
        if spoken is not None:
            line += f"; {words.nearest(spoken['emotion'])} of their ordinary speech is given one"
        lines.append(f"{line}.")
    return lines


def _ordinary_failures(info: BundleInfo) -> list[str]:
    """Where a voice that has none of the emotions is given one."""
    served = info["decision"].get("served", {})
    strangers = served.get("speakers")
    if strangers is None or "ordinary" not in strangers:
        return [
            "**People who do not act.** It knows no ordinary speech: a voice that has none of its "
            "emotions is given one of them, often with confidence."
        ]
    told = strangers["ordinary"]
    said = f"{words.nearest(told['emotion'])} of strangers' ordinary speech is given an emotion"
    unseen = served.get("corpora")
    if unseen is not None and "ordinary" in unseen:
        elsewhere = unseen["ordinary"]
        parts = elsewhere["by_corpus"]
        worst = max(parts, key=lambda name: parts[name]["emotion"])
        said += (
            f"; where it never heard the corpus, {words.nearest(elsewhere['emotion'])}, and of "
            f"{words.title(info, worst)} {words.nearest(parts[worst]['emotion'])}"
        )
    lines = [f"**Ordinary speech.** {said}."]
    if "neither" in strangers:
        neither = strangers["neither"]
        lines.append(
            f"**Other emotions.** {words.nearest(neither['emotion'])} of strangers' clips of "
            f"{_NEITHER} are given one of its emotions: it has no name for "
            "them, and should not be sure."
        )
    return lines


def ordinary_table(served: Served) -> str | None:
    """What is said of voices that have none of the emotions, as a Markdown table.

    Parameters
    ----------
    served : mapping
        How the verdicts hold in one protocol, from the bundle's decision.

    Returns
    -------
    str or None
        None where that was not measured.
    """
    rows = [
        (
            label,
            f"{told['n_recordings']:,}",
            *(words.nearest(told[name], 1) for name in ("emotion", "ordinary", "not_sure")),
        )
        for label, told in (
            (f"Ordinary ({words.listing(ORDINARY_KINDS, 'or')})", served.get("ordinary")),
            (f"Neither ({_NEITHER})", served.get("neither")),
        )
        if told
    ]
    return _table(("Meant", "Clips", "An emotion", "Ordinary", "Not sure"), rows) if rows else None


def protocol(report: Report) -> str:
    """The scores of a protocol with all that belongs to them."""
    _, promise = report["description"].split(": ", 1)
    return (
        f"**{words.PROTOCOLS[report['protocol']]}**: UAR {words.score(report['uar'])} "
        f"({words.interval(report['uar'])}), accuracy {words.score(report['accuracy'])} "
        f"({words.interval(report['accuracy'])}), on {report['n_recordings']:,} clips of "
        f"{report['n_speakers']} speakers. {promise.capitalize()}."
    )


def emotion_table(emotions: Sequence[str], report: Report) -> str:
    """How each emotion fares and what it is taken for, as a Markdown table."""
    rows = []
    for meant, counts in zip(emotions, report["confusion"], strict=True):
        others = {name: n for name, n in zip(emotions, counts, strict=True) if name != meant}
        most = max(others, key=lambda name: others[name])
        right, total = counts[emotions.index(meant)], sum(counts)
        rows.append(
            (
                meant.capitalize(),
                words.nearest(right / total),
                f"{right:,} of {total:,}",
                f"{most} ({others[most]})",
            )
        )
    return _table(("Emotion", "Recognised", "Clips", "Mistaken for"), rows)


def corpus_table(corpora: Sequence[CorpusFacts]) -> str:
    """The data of a model, with licences, as a Markdown table."""
    return _table(
        ("Corpus", "Clips", "Speakers", "Licence"),
        (
            (
                f"[{corpus['title']}]({corpus['source']})",
                f"{corpus['n_recordings']:,}",
                corpus["n_speakers"],
                corpus["licence"],
            )
            for corpus in corpora
        ),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
