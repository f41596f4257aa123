"""The About page's sentences and tables. Pure functions: a ``bundle.json`` in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ser_core import figures
from ser_core.data.reported import NoiseScores
from ser_core.emotions import ORDINARY_KINDS, shown
from ser_core.inference.decision import Decision
from ser_core.inference.facts import BundleInfo, CorpusFacts, Report, Served
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ui import words

LICENCES = (N_("Free for research; cite Burkhardt et al. 2005"),)
"""Those of the corpora that are sentences."""

PROMISES = {
    "speakers": N_("Nobody in the test was heard in training."),
    "random": N_("The same speakers are in training and test."),
    "corpora": N_("Other speakers, other rooms, other microphones."),
}
"""What each protocol keeps apart."""

NOISES = (N_("clean"), N_("hammering"), N_("machine"), N_("passing car"))
"""What the tables of noise name."""


def doubt(info: BundleInfo) -> str:
    """From where on a model answers."""
    decision = Decision.from_dict(info["decision"])
    least = words.percent(decision.threshold)
    if decision.ordinary_threshold is None:
        return _("Below {least} it says that it is not sure.").format(least=least)
    return _(
        "It names an emotion that is likelier than ordinary speech and has at least {least} among "
        "all that it tells apart, disgust and surprise included. It says ordinary where that is "
        "the likeliest of all. Otherwise it says that it is not sure."
    ).format(least=least)


def off_by(info: BundleInfo) -> str:
    """How far off the percentages that people are given are, by protocol."""
    served = info["decision"]["served"]
    points = {
        "speakers": _("{points} points on strangers"),
        "random": _("{points} points on a random split"),
        "corpora": _("{points} points on an unseen corpus"),
    }
    said = [
        text.format(points=figures.number(100 * served[name]["ece"], 1))
        for name, text in points.items()
        if name in served
    ]
    return _("Its percentages are off by {points} on average (expected calibration error).").format(
        points=words.listing(said)
    )


def known_failures(info: BundleInfo, in_noise: NoiseScores | None) -> str:
    """Where the model is known to be wrong more often, as a Markdown list."""
    reports = info["reports"]
    measured = reports["speakers"]["recall"]
    recalls = {name: share for name, share in measured.items() if share is not None}
    worst = min(recalls, key=lambda name: recalls[name])
    lines = [
        _(
            "**Voices that sound {emotion}.** Of strangers' clips meant to sound {emotion} it "
            "recognises {share}, the fewest of all."
        ).format(emotion=shown(worst), share=words.nearest(recalls[worst]))
    ]
    if "corpora" in reports:
        unseen = reports["corpora"]["by_corpus"]
        hardest = min(unseen, key=lambda name: unseen[name]["uar"]["value"])
        lines.append(
            _(
                "**Other rooms, microphones and ways of acting.** Where it never heard {corpus}, "
                "it is right about {share} ({interval}) of it."
            ).format(
                corpus=words.title(info, hardest),
                share=words.score(unseen[hardest]["uar"]),
                interval=words.interval(unseen[hardest]["uar"]),
            )
        )
    lines += _language_failures(info)
    lines += _ordinary_failures(info)
    if in_noise is not None:
        clean, *others = map(words.nearest, in_noise["uar"].values())
        noises = list(in_noise["uar"])[1:]
        lines.append(
            _(
                "**Noise.** At {decibels} dB below the voice, noise takes its score on strangers, "
                "averaged over the corpora, from {clean} to {shares} ({noises}; none of them used "
                "in training)."
            ).format(
                decibels=figures.number(in_noise["snr_db"]),
                clean=clean,
                shares=words.listing(others),
                noises=words.listing([_(name) for name in noises]),
            )
        )
    lines.append(
        _(
            "**What it never heard.** Children, whispers, people who do not act, and languages "
            "other than those of its corpora were not tested."
        )
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
        line = _(
            "**{language}.** Its promises do not cover this language. Of strangers' clips in "
            "{corpus} it answers {answered}, and {right} of those answers are right."
        ).format(
            language=_(language),
            corpus=corpus["title"],
            answered=words.nearest(held["coverage"]),
            right=words.nearest(held["accuracy"]),
        )
        spoken = served.get("ordinary", {}).get("by_corpus", {}).get(name)
        if spoken is not None:
            line += " " + _("{share} of their ordinary speech is given an emotion.").format(
                share=words.nearest(spoken["emotion"])
            )
        lines.append(line)
    return lines


def _ordinary_failures(info: BundleInfo) -> list[str]:
    """Where a voice that has none of the emotions is given one."""
    served = info["decision"].get("served", {})
    strangers = served.get("speakers")
    if strangers is None or "ordinary" not in strangers:
        return [
            _(
                "**People who do not act.** It does not know ordinary speech: a voice with none of "
                "its emotions is given one of them, often with confidence."
            )
        ]
    told = strangers["ordinary"]
    said = _(
        "**Ordinary speech.** {share} of strangers' ordinary speech is given an emotion."
    ).format(share=words.nearest(told["emotion"]))
    unseen = served.get("corpora")
    if unseen is not None and "ordinary" in unseen:
        elsewhere = unseen["ordinary"]
        parts = elsewhere["by_corpus"]
        worst = max(parts, key=lambda name: parts[name]["emotion"])
        said += " " + _(
            "Where it never heard the corpus it is {share}, and {worst} of {corpus}."
        ).format(
            share=words.nearest(elsewhere["emotion"]),
            worst=words.nearest(parts[worst]["emotion"]),
            corpus=words.title(info, worst),
        )
    lines = [said]
    if "neither" in strangers:
        lines.append(
            _(
                "**Other emotions.** {share} of strangers' clips of disgust or surprise are given "
                "one of its emotions: it has no name for them, and should not be sure."
            ).format(share=words.nearest(strangers["neither"]["emotion"]))
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
    ordinary = _("Ordinary ({kinds})").format(kinds=words.emotions(ORDINARY_KINDS))
    rows = [
        (
            label,
            figures.number(told["n_recordings"]),
            *(words.nearest(told[name], 1) for name in ("emotion", "ordinary", "not_sure")),
        )
        for label, told in (
            (ordinary, served.get("ordinary")),
            (_("Neither (disgust or surprise)"), served.get("neither")),
        )
        if told
    ]
    head = (_("Meant"), _("Clips"), _("An emotion"), _("Ordinary"), _("Not sure"))
    return _table(head, rows) if rows else None


def protocol(report: Report) -> str:
    """The scores of a protocol with all that belongs to them."""
    name = report["protocol"]
    said = _(
        "**{protocol}**: UAR {uar} ({uar_interval}), accuracy {accuracy} ({accuracy_interval}), on "
        "{clips} clips of {speakers} speakers."
    ).format(
        protocol=_(words.PROTOCOLS[name]),
        uar=words.score(report["uar"]),
        uar_interval=words.interval(report["uar"]),
        accuracy=words.score(report["accuracy"]),
        accuracy_interval=words.interval(report["accuracy"]),
        clips=figures.number(report["n_recordings"]),
        speakers=report["n_speakers"],
    )
    return f"{said} {_(PROMISES[name])}"


def emotion_table(emotions: Sequence[str], report: Report) -> str:
    """How each emotion fares and what it is taken for, as a Markdown table."""
    rows = []
    for meant, counts in zip(emotions, report["confusion"], strict=True):
        others = {name: n for name, n in zip(emotions, counts, strict=True) if name != meant}
        most = max(others, key=lambda name: others[name])
        right, total = counts[emotions.index(meant)], sum(counts)
        rows.append(
            (
                words.capital(shown(meant)),
                words.nearest(right / total),
                _("{part} of {whole}").format(
                    part=figures.number(right), whole=figures.number(total)
                ),
                f"{shown(most)} ({others[most]})",
            )
        )
    return _table((_("Emotion"), _("Recognised"), _("Clips"), _("Mistaken for")), rows)


def corpus_table(corpora: Sequence[CorpusFacts]) -> str:
    """The data of a model, with licences, as a Markdown table."""
    return _table(
        (_("Corpus"), _("Clips"), _("Speakers"), _("Licence")),
        (
            (
                f"[{corpus['title']}]({corpus['source']})",
                figures.number(corpus["n_recordings"]),
                corpus["n_speakers"],
                _(corpus["licence"]),
            )
            for corpus in corpora
        ),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)
