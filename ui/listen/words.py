"""The Listen page's sentences. Pure functions: what was measured in, words out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from ser_core.audio import Clip
from ser_core.data.voice import Spread
from ser_core.emotions import ORDINARY
from ser_core.inference.decision import NO_SPEECH, NOT_SURE
from ser_core.inference.explanation import Check
from ser_core.inference.facts import BundleInfo
from ser_core.inference.parties import Party
from ser_core.inference.prediction import Prediction
from ser_core.inference.timeline import Segment, Timeline
from ser_core.speech.quality import Measures
from ui import words
from ui.about import words as about_words

VOICES = {"all": "Everybody", "female": "Women", "male": "Men"}
"""The groups that a voice can be laid beside."""


SEGMENTS = {
    "caption": "What was heard when",
    "heads": ["Play", "When", "Sounds", "How likely"],
    "play": "Play",
}
"""What the list of segments says by itself."""

COURSE_FROM_S = 10.0
"""A recording of this length has a course: what changed, and when."""

_LEAST_S = 0.75
"""What was heard for less than this is not told in the headline."""
_MOST_PARTS = 4

_LABELS = {NOT_SURE: "not sure", NO_SPEECH: "nobody speaking"}


def course(heard: Timeline) -> str | None:
    """What changed, as a headline: "Angry, then sad; ordinary between".

    Parameters
    ----------
    heard : Timeline

    Returns
    -------
    str or None
        None where the verdict on the whole says as much: nothing, or one thing, was heard for
        sure.
    """
    parts = told_parts(heard)
    if len(set(parts)) < 2:
        return None
    between = ""
    if ORDINARY in parts and ORDINARY not in (parts[0], parts[-1]):
        between = "; ordinary between"
        parts = [name for name, _ in groupby(name for name in parts if name != ORDINARY)]
    if len(parts) > _MOST_PARTS:
        kinds = [name for name in heard.answers if name in parts]
        return f"Changes {words.number(len(parts) - 1)} times: {words.listing(kinds)}{between}"
    return ", then ".join(parts).capitalize() + between


def all_in_all(headline: str) -> str:
    """The verdict on the whole beside a course: "All in all it sounds angry, 82%."."""
    said = headline[:1].lower() + headline[1:]
    return f"All in all{' it' if said.startswith('sounds') else ''} {said}."


def told_parts(heard: Timeline) -> list[str]:
    """The answers that were heard for sure, in order, neighbours of one kind joined."""
    sure = [
        segment.verdict
        for segment in heard.segments()
        if segment.verdict in heard.answers and segment.end_s - segment.start_s >= _LEAST_S
    ]
    return [name for name, _ in groupby(sure)]


def segment(heard: Segment) -> str:
    """What was heard in a segment: "angry", "not sure: sad or happy"."""
    return words.not_sure(heard.probabilities) if heard.verdict == NOT_SURE else heard.verdict


def over_time(heard: Timeline) -> str:
    """A timeline in a sentence: how long it heard what."""
    seconds: dict[str, float] = {}
    for segment in heard.segments():
        length = segment.end_s - segment.start_s
        label = _LABELS.get(segment.verdict, segment.verdict)
        seconds[label] = seconds.get(label, 0.0) + length
    order = [name for name in (*heard.answers, *_LABELS.values()) if name in seconds]
    return words.how_long({name: seconds[name] for name in order}).capitalize() + "."


def party(heard: Party) -> str:
    """What was heard of one channel, in a sentence."""
    whole = words.duration(heard.prediction.duration_s)
    return (
        f"**{heard.name.capitalize()}**: {heard.prediction.headline}. Speaks "
        f"{words.duration(heard.speech_s)} of {whole}."
    )


def findings(measured: Measures, heard: Prediction) -> list[str]:
    """The quality check, a line a finding: its number, and what to do where it is not good."""
    spoken = measured.speech
    warned = {warning.code: warning.message for warning in heard.warnings}
    return [
        _line(
            "Speech",
            f"{spoken.seconds:.1f} s in {words.duration(heard.duration_s)}."
            if spoken.is_speech
            else "none.",
            [warned.get(code) for code in ("no_speech", "too_short", "mostly_silence")],
        ),
        _line(
            "Level",
            f"{-measured.level_dbfs:.0f} dB below full scale.",
            [warned.get("too_quiet")],
        ),
        _line(
            "Clipping",
            f"{words.nearest(measured.clipped_share, 1)} of the samples are cut off."
            if measured.clipped_share >= 0.0005
            else "none.",
            [warned.get("clipped")],
        ),
        _line(
            "Background",
            f"the voice stands {measured.snr_db:.0f} dB above it.",
            [warned.get("noisy")],
        ),
        _line(
            "Treble",
            f"what lies above 4.5 kHz is {-measured.treble_db:.0f} dB weaker than the rest.",
            [warned.get("band_limited")],
        ),
    ]


def _line(label: str, found: str, advice: Sequence[str | None]) -> str:
    said = " ".join(text for text in advice if text)
    sign = ":material/warning:" if said else ":material/check_circle:"
    return f"{sign} **{label}**: {said or found}"


def source(clip: Clip) -> str:
    """What the file was."""
    channels = "mono" if clip.source_channels == 1 else f"{clip.source_channels} channels"
    return (
        f"The file: {clip.source_format}, {clip.source_rate / 1000:g} kHz, {channels}. The model "
        "hears it as mono at 16 kHz, brought to one level."
    )


def beside(label: str, unit: str, value: float, usual: Mapping[str, Mapping[str, float]]) -> str:
    """A measure beside what is usual for each emotion."""
    if value != value:
        return f"**{label}**: too little of it is voiced to say."
    said = (
        f"**{label}: {value:.3g} {unit}**" if value < 1000 else f"**{label}: {value:,.0f} {unit}**"
    )
    inside = [name for name, at in usual.items() if at["p25"] <= value <= at["p75"]]
    if not usual:
        return said
    if not inside:
        return f"{said}. Outside the middle half of every emotion."
    if len(inside) == len(usual) > 1:
        return f"{said}. Usual for all of them, so it tells nothing."
    return f"{said}. In the middle half of {words.listing(inside)}."


def spread_source(usual: Spread, gender: str) -> str:
    """What the bars are."""
    groups = [group for group in usual["groups"] if group["gender"] == gender]
    clips = sum(group["n_recordings"] for group in groups)
    titles = words.listing([corpus["title"] for corpus in usual["corpora"]])
    return (
        f"Bars hold half of the clips of an emotion, thin lines nine in ten: {clips:,} clips of "
        f"actors ({titles}). The diamond is this recording, filled where it lies in a bar. People "
        "differ more than emotions do, so one number decides nothing."
    )


def faithful(checked: Check) -> str:
    """Whether what is outlined under "Why?" matters to the model."""
    marked, others = checked["marked"], checked["random"]
    return (
        f"Under **Why?**, Listen outlines what carried a verdict. Hiding that part "
        f"({words.nearest(checked['hidden_share'])} of the speech, on average) lowers the "
        f"probability of the verdict by {100 * marked['value']:.0f} points "
        f"({words.interval(marked)}); hiding as large a part drawn at random, by "
        f"{100 * others['value']:.0f} ({words.interval(others)}). It mattered more in "
        f"{100 * checked['larger_share']:.0f} of 100 clips ({checked['n_clips']} clips of "
        f"{checked['n_speakers']} speakers of {words.listing(checked['corpora'])}; 95% "
        "intervals by bootstrap over clips). It may have learned from some of these clips: this "
        "says whether an explanation is true of the model, not whether the model is right."
    )


def standing(info: BundleInfo) -> str:
    """How good a model is, in a line."""
    reports = info["reports"]
    report = reports.get("speakers") or next(iter(reports.values()), None)
    if report is None:
        return "It was never tested."
    said = about_words.protocol(report).replace("**", "")
    return f"{info['n_weights']:,} weights. {said}"
