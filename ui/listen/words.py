"""The Listen page's sentences. Pure functions: what was measured in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from ser_core import figures
from ser_core.audio import Clip
from ser_core.data.voice import Spread
from ser_core.emotions import ORDINARY, shown
from ser_core.inference.decision import NO_SPEECH, NOT_SURE
from ser_core.inference.explanation import Check
from ser_core.inference.facts import BundleInfo
from ser_core.inference.parties import Party
from ser_core.inference.prediction import Prediction
from ser_core.inference.timeline import Segment, Timeline
from ser_core.language import gettext as _
from ser_core.language import gettext_noop as N_
from ser_core.language import ngettext
from ser_core.speech.quality import Measures
from ui import words
from ui.about import words as about_words

VOICES = {"all": N_("Everybody"), "female": N_("Women"), "male": N_("Men")}
"""The groups that a voice can be laid beside."""

MEASURES = (
    *(N_("Pitch"), N_("Pitch range"), N_("Loudness range"), N_("Speech rate"), N_("Brightness")),
    *(N_("semitones"), N_("syllables a second")),
)
"""What `ser_core.data.voice.MEASURES` names."""


def segments() -> dict[str, Any]:
    """What the list of segments says by itself."""
    return {
        "caption": _("What was heard when"),
        "heads": [_("Play"), _("When"), _("Sounds"), _("How likely")],
        "play": _("Play"),
        "no_picture": _(
            "Your browser cannot show this video; its sound plays as the model hears it."
        ),
    }


COURSE_FROM_S = 10.0
"""A recording of this length has a course: what changed, and when."""

_LEAST_S = 0.75
"""What was heard for less than this is not told in the headline."""
_MOST_PARTS = 4

_LABELS = {NOT_SURE: N_("not sure"), NO_SPEECH: N_("nobody speaking")}


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
    said = "{told}"
    if ORDINARY in parts and ORDINARY not in (parts[0], parts[-1]):
        said = _("{told}; ordinary between")
        parts = _without_repeats(name for name in parts if name != ORDINARY)
    if len(parts) > _MOST_PARTS:
        kinds = [shown(name) for name in heard.answers if name in parts]
        told = _("Changes {times} times: {emotions}").format(
            times=words.number(len(parts) - 1), emotions=words.listing(kinds)
        )
    else:
        told = words.capital(_(", then ").join(map(shown, parts)))
    return said.format(told=told)


def all_in_all(headline: str) -> str:
    """The verdict on the whole beside a course: "All in all it sounds angry, 82%."."""
    sounds = _("Sounds ")
    if headline.startswith(sounds):
        return _("All in all it sounds {verdict}.").format(verdict=headline.removeprefix(sounds))
    verdict = headline[:1].lower() + headline[1:]
    return _("All in all {verdict}.").format(verdict=verdict)


def told_parts(heard: Timeline) -> list[str]:
    """The answers that were heard for sure, in order, neighbours of one kind joined."""
    sure = [
        segment.verdict
        for segment in heard.segments()
        if segment.verdict in heard.answers and segment.end_s - segment.start_s >= _LEAST_S
    ]
    return _without_repeats(sure)


def _without_repeats(names: Iterable[str]) -> list[str]:
    return [name for name, _same in groupby(names)]


def segment(heard: Segment) -> str:
    """What was heard in a segment: "angry", "not sure: sad or happy"."""
    if heard.verdict == NOT_SURE:
        return words.not_sure(heard.probabilities)
    return shown(heard.verdict)


def over_time(heard: Timeline) -> str:
    """A timeline in a sentence: how long it heard what."""
    seconds: dict[str, float] = {}
    for segment in heard.segments():
        length = segment.end_s - segment.start_s
        seconds[segment.verdict] = seconds.get(segment.verdict, 0.0) + length
    order = [name for name in (*heard.answers, *_LABELS) if name in seconds]
    told = {_(_LABELS[name]) if name in _LABELS else name: seconds[name] for name in order}
    return words.capital(words.how_long(told)) + "."


def party(heard: Party) -> str:
    """What was heard of one channel, in a sentence."""
    return _("**{name}**: {headline}. Speaks for {seconds} of {whole}.").format(
        name=words.capital(_(heard.name)),
        headline=heard.prediction.headline,
        seconds=words.duration(heard.speech_s),
        whole=words.duration(heard.prediction.duration_s),
    )


def findings(measured: Measures, heard: Prediction) -> list[str]:
    """The quality check, a line a finding: its number, and what to do where it is not good."""
    spoken = measured.speech
    warned = {warning.code: warning.message for warning in heard.warnings}
    return [
        _line(
            _("Speech"),
            _("{seconds} s in {whole}.").format(
                seconds=figures.number(spoken.seconds, 1), whole=words.duration(heard.duration_s)
            )
            if spoken.is_speech
            else _("none."),
            [warned.get(code) for code in ("no_speech", "too_short", "mostly_silence")],
        ),
        _line(
            _("Level"),
            _("{level} dB below full scale.").format(level=figures.number(-measured.level_dbfs)),
            [warned.get("too_quiet")],
        ),
        _line(
            _("Clipping"),
            _("{share} of the samples are cut off.").format(
                share=words.nearest(measured.clipped_share, 1)
            )
            if measured.clipped_share >= 0.0005
            else _("none."),
            [warned.get("clipped")],
        ),
        _line(
            _("Background"),
            _("the voice stands {level} dB above it.").format(
                level=figures.number(measured.snr_db)
            ),
            [warned.get("noisy")],
        ),
        _line(
            _("Treble"),
            _("what lies above 4.5 kHz is {level} dB weaker than the rest.").format(
                level=figures.number(-measured.treble_db)
            ),
            [warned.get("band_limited")],
        ),
    ]


def _line(label: str, found: str, advice: Sequence[str | None]) -> str:
    said = " ".join(text for text in advice if text)
    sign = ":material/warning:" if said else ":material/check_circle:"
    return f"{sign} **{label}**: {said or found}"


def source(clip: Clip) -> str:
    """What the file was."""
    channels = ngettext("mono", "{count} channels", clip.source_channels)
    return _(
        "The file: {kind}, {rate} kHz, {channels}. The model hears it as mono at 16 kHz, brought "
        "to one level."
    ).format(
        kind=clip.source_format,
        rate=f"{clip.source_rate / 1000:g}",
        channels=channels.format(count=clip.source_channels),
    )


def beside(label: str, unit: str, value: float, usual: Mapping[str, Mapping[str, float]]) -> str:
    """A measure beside what is usual for each emotion."""
    if value != value:
        return _("**{label}**: too little of it is voiced to tell.").format(label=_(label))
    digits = f"{value:.3g}"
    number = figures.number(value, len(digits.partition(".")[2]) if value < 1000 else 0)
    said = f"**{_(label)}: {number} {_(unit)}**"
    inside = [name for name, at in usual.items() if at["p25"] <= value <= at["p75"]]
    if not usual:
        return said
    if not inside:
        return _("{measure}. Outside the middle half of every emotion.").format(measure=said)
    if len(inside) == len(usual) > 1:
        return _("{measure}. Usual for all of them, so it tells nothing.").format(measure=said)
    return _("{measure}. In the middle half of {emotions}.").format(
        measure=said, emotions=words.listing(list(map(shown, inside)))
    )


def spread_source(usual: Spread, gender: str) -> str:
    """What the bars are."""
    groups = [group for group in usual["groups"] if group["gender"] == gender]
    clips = sum(group["n_recordings"] for group in groups)
    titles = words.listing([corpus["title"] for corpus in usual["corpora"]])
    return _(
        "Bars hold half of the clips of an emotion, thin lines nine in ten: {clips} clips of "
        "actors ({titles}). The diamond is this recording, filled where it lies in a bar. People "
        "differ more than emotions do, so one number decides nothing."
    ).format(clips=figures.number(clips), titles=titles)


def faithful(checked: Check) -> str:
    """Whether what is outlined under "Why?" matters to the model."""
    marked, others = checked["marked"], checked["random"]
    return _(
        "Under **Why?**, Listen outlines what carried a verdict. Hiding that part ({hidden} of the "
        "speech, on average) lowers the probability of the verdict by {marked} points "
        "({marked_interval}); hiding as large a part drawn at random, by {others} "
        "({others_interval}). It mattered more in {larger} of 100 clips ({clips} clips of "
        "{speakers} speakers of {corpora}; {sure} intervals by bootstrap over clips). It may have "
        "learned from some of these clips: this says whether an explanation is true of the model, "
        "not whether the model is right."
    ).format(
        hidden=words.nearest(checked["hidden_share"]),
        marked=figures.number(100 * marked["value"]),
        marked_interval=words.interval(marked),
        others=figures.number(100 * others["value"]),
        others_interval=words.interval(others),
        larger=figures.number(100 * checked["larger_share"]),
        clips=figures.number(checked["n_clips"]),
        speakers=figures.number(checked["n_speakers"]),
        corpora=words.listing(checked["corpora"]),
        sure=figures.percent(95),
    )


def standing(info: BundleInfo) -> str:
    """How good a model is, in a line."""
    reports = info["reports"]
    report = reports.get("speakers") or next(iter(reports.values()), None)
    if report is None:
        return _("It was never tested.")
    said = about_words.protocol(report).replace("**", "")
    return _("{count} weights. {said}").format(count=figures.number(info["n_weights"]), said=said)
