"""The Explore page's sentences. Pure functions: tables and reports in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from ser_core.data.exploring import Holding, Neighbourhood
from ser_core.data.projecting import MapFacts
from ser_core.data.reported import Matrix, Part
from ser_core.emotions import ORDINARY
from ser_core.inference.facts import BundleInfo, Figures, Report
from ui import words

TESTED = {
    "speakers": "strangers",
    "random": "the test clips",
    "corpora": "a corpus it never heard",
}
"""What the tested side of each protocol is."""

GENDERS = {"female": "Women", "male": "Men"}

_LEFT_OUT = {
    "duplicate": "the same sound as another one, which is counted",
    "contradictory": "one sound under two labels, so neither can be trusted",
    "silent": "digital silence",
    "unreadable": "cannot be read",
}


def missing_tables(titles: Sequence[str]) -> str:
    """Of corpora whose table should be here."""
    return (
        f"The table{'s' * (len(titles) > 1)} of {words.listing(titles)} "
        f"{'are' if len(titles) > 1 else 'is'} missing on this server. Restore the data folder "
        "(git checkout), or make it again with `python -m ser_core extract --data DIR`."
    )


def unknown(parameters: Sequence[str]) -> str:
    """Of an address that asks for what is not here."""
    return (
        f"This address asks for something that is not here ({words.listing(parameters)}). The rest "
        "of it is shown."
    )


def opening(step: str, clips: pd.DataFrame, colour: str, ears: str) -> str:
    """What to look at in a step, and what it means."""
    if step == "map":
        return _OF_MAP.get((colour, ears), _OF_MAP[("", ears)])
    if step == "people":
        return (
            f"{len(clips):,} clips, but only {clips['speaker'].nunique()} people, and all of it "
            "is acted. Look how the emotions share each bar: what a model can know of a voice, "
            "it knows from these."
        )
    return _OPENINGS[step]


_OPENINGS = {
    "learning": "Two lines: the clips that it learns from, and people it has never heard. Look at "
    "the gap between them. It is what the model learned by heart; only the line of the strangers "
    "counts.",
    "splits": "One recipe, the same clips, two scores. Look how far they are apart: where the same "
    "people are in training and test, knowing a voice passes for knowing an emotion.",
}
_OF_MAP = {
    ("speaker", "classic"): "Each point is a clip; clips that sound alike lie together. Look at "
    "the islands: nearly each of them is one person. Numbers of a voice say first who speaks.",
    ("emotion", "classic"): "The same points by emotion. Look how the colours mix on each island: "
    "how somebody speaks moves a clip less than who speaks.",
    ("emotion", "encoder"): "The same clips as the speech encoder hears them. Most islands are now "
    "one sentence and no longer one person, and on them the emotions begin to gather. Through this "
    "the default model listens.",
    ("speaker", "encoder"): "The same clips as the speech encoder hears them. Most islands are now "
    "one sentence, and the people mix on them.",
    ("", "classic"): "Each point is a clip; clips that sound alike lie together. Look how each "
    "corpus keeps to itself: rooms and microphones are heard, too.",
    ("", "encoder"): "The same clips as the speech encoder hears them. Look how much each corpus "
    "still keeps to itself: rooms and microphones are heard, too.",
}


def how_drawn(plane: str, n_clips: int, about: MapFacts, seen: str) -> str:
    """How the map came about."""
    method = (
        f"The plane holds {words.nearest(about['pca_variance'])} of the variance of the {seen}."
        if plane == "pca"
        else "t-SNE (of the whitened principal components) keeps neighbours together; how far "
        "groups are apart means little."
    )
    return (
        f"Each point is one of {n_clips:,} clips; clips with similar features lie together. "
        f"{method} TESS is not on the map: its licence forbids passing features on."
    )


def clips_of(chosen: pd.DataFrame, everything: pd.DataFrame) -> str:
    """How many clips pass the filters."""
    hours = chosen["duration_s"].sum() / 3600
    return (
        f"**{len(chosen):,} of {len(everything):,} clips**, "
        f"{chosen['speaker'].nunique()} speakers, {hours:.1f} hours"
    )


def sum_of(counts: pd.DataFrame, labels: Mapping[str, str]) -> str:
    """The totals of few groups as a sum that can be checked."""
    totals = counts.sum(axis=1)
    if len(totals) == 1:
        only = str(totals.index[0])
        return f"{labels.get(only, only)}: {totals.iloc[0]:,} clips"
    named = zip(map(str, totals.index), totals, strict=True)
    parts = " + ".join(f"{labels.get(name, name)} {total:,}" for name, total in named)
    return f"{parts} = {totals.sum():,} clips"


def balance(counts: pd.DataFrame) -> str:
    """Which emotion is most and least frequent."""
    totals = counts.sum(axis=0)
    most, least = str(totals.idxmax()), str(totals.idxmin())
    if totals[most] == totals[least]:
        return "Each emotion shown has as many clips."
    return (
        f"Most clips are {most} ({totals[most]:,}), fewest {least} ({totals[least]:,}). Scores "
        "here are averaged over emotions, so that the frequent ones do not outweigh the rare ones."
    )


def lengths(table: pd.DataFrame) -> str:
    """Which emotion is spoken fastest and which slowest."""
    slow, quick = str(table["median"].idxmax()), str(table["median"].idxmin())
    if slow == quick:
        return f"Half of the clips are longer than {words.duration(table['median'].iloc[0])}."
    return (
        f"The middle {quick} clip lasts {words.duration(table['median'][quick])}, the middle "
        f"{slow} one {words.duration(table['median'][slow])}. A box holds half of the clips, its "
        "whiskers nine in ten."
    )


def left_out(holding: Holding) -> str:
    """What was found in a corpus and is not counted, as one line of Markdown."""
    if not holding.excluded:
        return f"**{holding.title}**: {holding.n_recordings:,} clips, nothing left out."
    codes: dict[str, list[str]] = {}
    for name, code, _ in holding.excluded:
        codes.setdefault(code, []).append(f"`{name}`")
    reasons = "; ".join(
        f"{len(names)} left out ({_LEFT_OUT[code]}): {', '.join(names)}"
        for code, names in codes.items()
    )
    return f"**{holding.title}**: {holding.n_recordings:,} clips, {reasons}."


def neighbours(near: Mapping[str, Neighbourhood], count: int) -> str:
    """What the nearest neighbours have in common through each pair of ears, against lots."""
    classic, encoder = near["classic"], near["encoder"]
    return (
        f"Of a clip's {count} nearest neighbours in the 180 features, "
        f"**{words.nearest(classic.same_speaker)} are the same person** "
        f"(by chance {_small(classic.speaker_chance)}) and "
        f"{words.nearest(classic.same_emotion)} carry the same emotion "
        f"(by chance {_small(classic.emotion_chance)}). Through the speech encoder "
        f"{words.nearest(encoder.same_speaker)} are the same person and "
        f"{words.nearest(encoder.same_emotion)} carry the same emotion."
    )


def closer(distances: Mapping[str, float], emotion: str) -> str:
    """Whether a clip resembles its emotion or its speaker."""
    nearer = "its speaker" if distances["speaker"] < distances["emotion"] else emotion
    return (
        f"On the whole it lies closer to the mean of {nearer}: {distances['emotion']:.2f} standard "
        f"deviations from {emotion}, {distances['speaker']:.2f} from its speaker (root mean square "
        "over the features)."
    )


def about_clip(clip: pd.Series, title: str) -> str:
    """Who says what, and how."""
    intensity = "" if clip["intensity"] == "not stated" else f", {clip['intensity']} intensity"
    who = {"female": "a woman", "male": "a man"}.get(clip["gender"], "somebody")
    statement = clip["statement"]
    says = "makes a sound without words"
    if isinstance(statement, str):
        says = f"says \u201c{words.plain(statement)}\u201d"
    return (
        f"**{clip['emotion'].capitalize()}**{intensity}: {who} of {title} "
        f"({clip['speaker']}) {says}, {words.duration(clip['duration_s'])}"
    )


def tested_on(report: Report, part: Part, titles: Mapping[str, str]) -> str:
    """On what data a report's figures were measured, and which filters they do not follow."""
    corpora = words.listing([titles.get(name, name) for name in report["corpora"]])
    figures = part.figures
    narrowed = f", {part.covers}" if part.covers else ""
    text = (
        f"{report['description'].capitalize()}. Tested on {figures['n_recordings']:,} clips of "
        f"{figures['n_speakers']} speakers of {corpora}{narrowed}; chance "
        f"{words.nearest(report['chance'])}."
    )
    if part.ignored:
        text += (
            f" The model's report has no figures for this filter of "
            f"{words.listing(part.ignored)}, so they are not narrowed by it."
        )
    return text


def curves_of(info: BundleInfo) -> str:
    """What else is to be said about a model's curves."""
    if ORDINARY not in words.answer_names(info):
        return ""
    return " They are of all that it learns to tell apart: ordinary and other speech, too."


def gap(history: Sequence[Mapping[str, float]], heard: str) -> str:
    """How far training and test are apart at the end."""
    last = history[-1]
    if "val_accuracy" not in last:
        learned = words.nearest(last["accuracy"])
        return f"At the end it is right about {learned} of its training clips."
    best = max(history, key=lambda point: point["val_accuracy"])
    return (
        f"After {len(history)} epochs it is right about {words.nearest(last['accuracy'])} of the "
        f"clips it trained on and {words.nearest(last['val_accuracy'])} of {heard} (at its best "
        f"{words.nearest(best['val_accuracy'])}, epoch {best['epoch']:.0f}). The gap is what it "
        "learned by heart."
    )


def confused(table: pd.DataFrame) -> str:
    """The most frequent mistake."""
    meant, heard, count = max(
        (
            (meant, heard, int(table.loc[meant, heard]))
            for meant in table.index
            for heard in table.columns
            if meant != heard
        ),
        key=lambda mistake: mistake[2],
    )
    total = int(table.loc[meant].sum())
    return (
        f"Its most frequent mistake: {count:,} of {total:,} {meant} clips are heard as {heard}. "
        "Each row adds up to all clips that were meant so."
    )


def calibrated(figures: Figures) -> str:
    """Whether its percentages can be believed."""
    return (
        "If its percentages were honest, each bar would end at the dotted line; on average they "
        f"are off by {100 * figures['calibration']['ece']:.1f} points. The numbers are clips."
    )


def dot(info: BundleInfo) -> str:
    """Where the app itself stands among all shares that it could answer."""
    if ORDINARY not in words.answer_names(info):
        return "The dot is where the app begins to say that it is not sure."
    return (
        "The dot is what the app does, as a mean of corpora: it also weighs whether a voice is "
        "ordinary and the room strange, so the dot need not lie on the line."
    )


def _small(share: float) -> str:
    return words.nearest(share) if share >= 0.02 else words.nearest(share, 1)


def why_it_flatters(mixed: Figures, strangers: Figures) -> str:
    """How much the random split flatters, with the reason, in two sentences.

    Parameters
    ----------
    mixed, strangers : mapping
        The figures of both splits.
    """
    lost = 100 * (mixed["uar"]["value"] - strangers["uar"]["value"])
    return (
        "A random split puts clips of each speaker on both sides, so the model meets voices that "
        "it already knows, and what it learned about the people passes for knowledge of emotion. "
        "With strangers in the test that help is gone: the same recipe on the same "
        f"{strangers['n_recordings']:,} clips scores {lost:.0f} points less."
    )


def fall(cells: pd.DataFrame, titles: Mapping[str, str]) -> str:
    """How much is lost on another corpus."""
    own = cells[cells["train"] == cells["test"]]["uar"].mean()
    others = cells[cells["train"] != cells["test"]]
    if others.empty:
        alone = words.nearest(own)
        return f"{alone} on strangers of its own corpus; choose more corpora to compare."
    best = others.iloc[int(others["uar"].argmax())]
    return (
        f"On strangers from its own corpus the recipe reaches {words.nearest(own)} on average, on "
        f"another corpus {words.nearest(others['uar'].mean())} "
        f"(at best {words.nearest(best['uar'])}: trained on "
        f"{titles[best['train']]}, tested on {titles[best['test']]}). That much is lost "
        "to other rooms, microphones, words and ways of acting, on top of unknown voices."
    )


def about_matrix(matrix: Matrix) -> str:
    """How the matrix was measured."""
    layers = "-".join(map(str, matrix["settings"]["layers"]["hidden"]))
    return (
        f"Unweighted average recall over {words.listing(matrix['emotions'])} with its 95% "
        f"interval (bootstrap over the test's speakers; with the two of TESS it says little); "
        f"chance {words.nearest(matrix['chance'])}. Rows: {matrix['description']}. "
        f"Recipe: 180 features, network of {layers}, {matrix['settings']['epochs']} epochs."
    )


def classification(table: pd.DataFrame) -> str:
    """Precision, recall and F1 of each emotion as a Markdown table."""
    head = "| Emotion | Precision | Recall | F1 | Clips |\n| --- | ---: | ---: | ---: | ---: |"
    rows = (
        f"| {str(name).capitalize()} | {_share(row['precision'])} | {_share(row['recall'])} | "
        f"{_share(row['f1'])} | {row['clips']:,.0f} |"
        for name, row in table.iterrows()
    )
    return "\n".join([head, *rows])


def _share(value: float) -> str:
    # A no-break space: in a narrow column the sign would fall to the next line.
    return "none" if pd.isna(value) else words.nearest(value)
