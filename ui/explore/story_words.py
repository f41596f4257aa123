"""What Explore says of people and of the map. Pure functions: tables in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ser_core import figures
from ser_core.data.exploring import Holding, Neighbourhood
from ser_core.data.projecting import MapFacts
from ser_core.emotions import shown
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.language import ngettext
from ui import words

GROUPS = {
    "female": N_("women"),
    "male": N_("men"),
    "not stated": N_("not stated"),
    "low": N_("low"),
    "medium": N_("medium"),
    "normal": N_("normal"),
    "high": N_("high"),
    "strong": N_("strong"),
}
"""Genders and intensities, as groups of clips."""

_LEFT_OUT = {
    "duplicate": N_("the same sound as another one, which is counted"),
    "contradictory": N_("one sound under two labels, so neither can be trusted"),
    "silent": N_("digital silence"),
    "unreadable": N_("cannot be read"),
}

_OPENINGS = {
    "learning": N_(
        "Two lines: the clips that it learns from, and people it has never heard. Look at the "
        "gap between them. It is what the model learned by heart; only the strangers' line "
        "counts."
    ),
    "splits": N_(
        "One recipe, the same clips, two scores. See how far apart they are: where the same "
        "people are in training and test, knowing a voice passes for knowing an emotion."
    ),
}
_OF_MAP = {
    ("speaker", "classic"): N_(
        "Each point is a clip; clips that sound alike lie together. Look at the islands: nearly "
        "every one of them is one person. A voice in numbers says first of all who is speaking."
    ),
    ("emotion", "classic"): N_(
        "The same points by emotion. See how the colours mix on each island: how somebody speaks "
        "moves a clip less than who speaks."
    ),
    ("emotion", "encoder"): N_(
        "The same clips as the speech encoder hears them. Most islands are now one sentence and "
        "no longer one person, and on them the emotions begin to gather. This is how the default "
        "model listens."
    ),
    ("speaker", "encoder"): N_(
        "The same clips as the speech encoder hears them. Most islands are now one sentence, and "
        "the people mix on them."
    ),
    ("corpus", "classic"): N_(
        "Each point is a clip; clips that sound alike lie together. See how each corpus keeps to "
        "itself: rooms and microphones are heard, too."
    ),
    ("corpus", "encoder"): N_(
        "The same clips as the speech encoder hears them. See how much each corpus still keeps "
        "to itself: rooms and microphones are heard, too."
    ),
}


def opening(step: str, clips: pd.DataFrame, colour: str, ears: str) -> str:
    """What to look at in a step, and what it means."""
    if step == "map":
        return _(_OF_MAP[(colour, ears)])
    if step == "people":
        return _(
            "{clips} clips, but only {people} people, and all of it is acted. See how the "
            "emotions share each bar: whatever a model knows about voices, it knows from these."
        ).format(
            clips=figures.number(len(clips)), people=figures.number(clips["speaker"].nunique())
        )
    return _(_OPENINGS[step])


def unknown(parameters: Sequence[str]) -> str:
    """Of an address that asks for what is not here."""
    return _(
        "This address asks for something that is not here ({parameters}). The rest of it is shown."
    ).format(parameters=words.listing(parameters))


def missing_tables(titles: Sequence[str]) -> str:
    """Of corpora whose table should be here."""
    return ngettext(
        "The table of {corpora} is missing on this server. Restore the data folder (git checkout), "
        "or make it again with `python -m ser_core extract --data DIR`.",
        "The tables of {corpora} are missing on this server. Restore the data folder (git "
        "checkout), or make them again with `python -m ser_core extract --data DIR`.",
        len(titles),
    ).format(corpora=words.listing(titles))


def clips_of(chosen: pd.DataFrame, everything: pd.DataFrame) -> str:
    """How many clips pass the filters."""
    return _("**{chosen} of {all} clips**, {speakers} speakers, {hours} hours").format(
        chosen=figures.number(len(chosen)),
        all=figures.number(len(everything)),
        speakers=figures.number(chosen["speaker"].nunique()),
        hours=figures.number(chosen["duration_s"].sum() / 3600, 1),
    )


def sum_of(counts: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """The totals of few groups as a sum that can be checked."""
    totals = {str(name): int(total) for name, total in counts.sum(axis=1).items()}
    if len(totals) == 1:
        ((only, total),) = totals.items()
        return _("{group}: {total} clips").format(
            group=labels.get(only, only), total=figures.number(total)
        )
    parts = [f"{labels.get(name, name)} {figures.number(n)}" for name, n in totals.items()]
    return _("{sum} = {total} clips").format(
        sum=" + ".join(parts), total=figures.number(sum(totals.values()))
    )


def balance(counts: pd.DataFrame) -> str:
    """Which emotion is most and least frequent."""
    totals = counts.sum(axis=0)
    most, least = str(totals.idxmax()), str(totals.idxmin())
    if totals[most] == totals[least]:
        return _("Each emotion shown has as many clips.")
    return _(
        "Most clips are {most} ({n_most}), the fewest {least} ({n_least}). Scores here are "
        "averaged over emotions, so that the frequent ones do not outweigh the rare ones."
    ).format(
        most=shown(most),
        n_most=figures.number(totals[most]),
        least=shown(least),
        n_least=figures.number(totals[least]),
    )


def lengths(table: pd.DataFrame) -> str:
    """Which emotion is spoken fastest and which slowest."""
    slow, quick = str(table["median"].idxmax()), str(table["median"].idxmin())
    if slow == quick:
        return _("Half of the clips are longer than {duration}.").format(
            duration=words.duration(table["median"].iloc[0])
        )
    return _(
        "The middle clip of {quick} lasts {shortest}, that of {slow} {longest}. A box holds half "
        "of the clips, its whiskers nine in ten."
    ).format(
        quick=shown(quick),
        shortest=words.duration(table["median"][quick]),
        slow=shown(slow),
        longest=words.duration(table["median"][slow]),
    )


def left_out(holding: Holding) -> str:
    """What was found in a corpus and is not counted, as one line of Markdown."""
    clips = figures.number(holding.n_recordings)
    if not holding.excluded:
        return _("**{corpus}**: {clips} clips, nothing left out.").format(
            corpus=holding.title, clips=clips
        )
    codes: dict[str, list[str]] = {}
    for name, code, _reason in holding.excluded:
        codes.setdefault(code, []).append(f"`{name}`")
    reasons = "; ".join(
        _("{count} left out ({reason}): {names}").format(
            count=len(names), reason=_(_LEFT_OUT[code]), names=", ".join(names)
        )
        for code, names in codes.items()
    )
    return _("**{corpus}**: {clips} clips, {reasons}.").format(
        corpus=holding.title, clips=clips, reasons=reasons
    )


def neighbours(near: Mapping[str, Neighbourhood], count: int) -> str:
    """What the nearest neighbours have in common through each pair of ears, against lots."""
    classic, encoder = near["classic"], near["encoder"]
    return _(
        "Of a clip's {count} nearest neighbours in the 180 features, **{speaker} are the same "
        "person** (by chance {speaker_chance}) and {emotion} carry the same emotion (by chance "
        "{emotion_chance}). Through the speech encoder {encoder_speaker} are the same person and "
        "{encoder_emotion} carry the same emotion."
    ).format(
        count=count,
        speaker=words.nearest(classic.same_speaker),
        speaker_chance=_small(classic.speaker_chance),
        emotion=words.nearest(classic.same_emotion),
        emotion_chance=_small(classic.emotion_chance),
        encoder_speaker=words.nearest(encoder.same_speaker),
        encoder_emotion=words.nearest(encoder.same_emotion),
    )


def _small(share: float) -> str:
    return words.nearest(share, 0 if share >= 0.02 else 1)


def how_drawn(plane: str, n_clips: int, about: MapFacts) -> str:
    """How the map came about."""
    method = (
        _("The plane holds {share} of the variance.").format(
            share=words.nearest(about["pca_variance"])
        )
        if plane == "pca"
        else _(
            "t-SNE (of the whitened principal components) keeps neighbours together; how far "
            "apart groups are means little."
        )
    )
    return _(
        "Each point is one of {clips} clips; clips with similar features lie together. {method} "
        "TESS is not on the map: its licence forbids passing features on."
    ).format(clips=figures.number(n_clips), method=method)


def closer(distances: Mapping[str, float], emotion: str) -> str:
    """Whether a clip resembles its emotion or its speaker."""
    said = (
        _(
            "Overall it lies closer to the mean of its speaker: {of_emotion} standard deviations "
            "from {emotion}, {of_speaker} from its speaker (root mean square over the features)."
        )
        if distances["speaker"] < distances["emotion"]
        else _(
            "Overall it lies closer to the mean of {emotion}: {of_emotion} standard deviations "
            "from {emotion}, {of_speaker} from its speaker (root mean square over the features)."
        )
    )
    return said.format(
        emotion=shown(emotion),
        of_emotion=figures.number(distances["emotion"], 2),
        of_speaker=figures.number(distances["speaker"], 2),
    )


def about_clip(clip: pd.Series, title: str) -> str:
    """Who says what, and how."""
    emotion = words.capital(shown(clip["emotion"]))
    if clip["intensity"] != "not stated":
        emotion = _("{emotion} ({intensity} intensity)").format(
            emotion=emotion, intensity=_(GROUPS[clip["intensity"]])
        )
    who = {"female": _("a woman"), "male": _("a man")}.get(clip["gender"], _("somebody"))
    told = {
        "emotion": emotion,
        "who": who,
        "corpus": title,
        "speaker": clip["speaker"],
        "duration": words.duration(clip["duration_s"]),
    }
    if not isinstance(clip["statement"], str):
        return _(
            "**{emotion}**: {who} from {corpus} ({speaker}) makes a sound without words, {duration}"
        ).format(**told)
    return _("**{emotion}**: {who} from {corpus} ({speaker}) says “{words}”, {duration}").format(
        words=words.plain(clip["statement"]), **told
    )
