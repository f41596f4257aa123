"""Sentences about actors' voices: whose they are, what was meant, and what was heard."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ser_core import figures
from ser_core.corpora import cremad
from ser_core.data import unheard
from ser_core.data.unheard import Clip
from ser_core.data.unheard_fetch import ADDRESSES
from ser_core.emotions import ORDINARY, shown
from ser_core.inference.prediction import Prediction
from ser_core.language import gettext as _
from ser_core.language import ngettext
from ui import words

_MEGABYTE = 1e6


def offer(missing: Sequence[Clip], here: int) -> str:
    """What a press on the button brings, from where, whose it is, and under which licence."""
    size = figures.number(sum(clip.n_bytes for clip in missing) / _MEGABYTE, 1)
    first, mirror = (title for title, _address in ADDRESSES)
    said = ngettext(
        "This server fetches {count} clip of actors the model never heard, {size} MB, from "
        "[CREMA-D]({source}) on {first}, or from its authors' mirror on {mirror}, and keeps it. "
        "CREMA-D is by Cao and others (2014), under the licence {licence}. Nothing of yours is "
        "sent.",
        "This server fetches {count} clips of actors the model never heard, {size} MB, from "
        "[CREMA-D]({source}) on {first}, or from its authors' mirror on {mirror}, and keeps "
        "them. CREMA-D is by Cao and others (2014), under the licence {licence}. Nothing of "
        "yours is sent.",
        len(missing),
    ).format(
        count=len(missing),
        size=size,
        source=cremad.SOURCE,
        first=first,
        mirror=mirror,
        licence=cremad.LICENCE,
    )
    if here:
        already = ngettext("{count} is here already.", "{count} are here already.", here)
        said = f"{said} {already.format(count=here)}"
    return said


def source() -> str:
    """Whose voices they are."""
    return _(
        "Actors of [CREMA-D]({source}) (Cao and others, 2014, {licence}) the model never heard."
    ).format(source=cremad.SOURCE, licence=cremad.LICENCE)


def label(clip: Clip, heard: Prediction) -> str:
    """A clip on its button: "A man, fearful", and for what he is taken where that is wrong."""
    woman = clip.gender == "female"
    if unheard.mistaken(clip, heard):
        said = (
            _("A woman, {meant}, taken for {heard}")
            if woman
            else _("A man, {meant}, taken for {heard}")
        )
        return said.format(meant=shown(clip.emotion), heard=shown(heard.verdict))
    said = _("A woman, {meant}") if woman else _("A man, {meant}")
    return said.format(meant=shown(clip.emotion))


def name(clip: Clip) -> str:
    """What a clip is called once it is played: who says what."""
    said = _("A woman: “{statement}”") if clip.gender == "female" else _("A man: “{statement}”")
    return said.format(statement=clip.statement)


def told(clip: Clip, heard: Prediction) -> str:
    """What the actor meant, beside what the model and CREMA-D's listeners heard."""
    return f"{meant(clip, heard)} {listeners(clip)}"


def meant(clip: Clip, heard: Prediction) -> str:
    """What the actor meant, beside the verdict."""
    if unheard.mistaken(clip, heard):
        return _("It takes this one for **{heard}**: the actor meant **{meant}**.").format(
            heard=shown(heard.verdict), meant=shown(clip.emotion)
        )
    if heard.decided:
        return _("The actor meant **{meant}**, and that is what it heard.").format(
            meant=shown(clip.emotion)
        )
    if heard.verdict == ORDINARY:
        return _("The actor meant **{meant}**; to the model it sounds ordinary.").format(
            meant=shown(clip.emotion)
        )
    return _("The actor meant **{meant}**; the model is not sure.").format(
        meant=shown(clip.emotion)
    )


def listeners(clip: Clip) -> str:
    """What people heard: "Of 9 people who heard the voice alone, 8 said angry and 1 disgust."."""
    votes = {emotion: count for emotion, count in clip.votes.items() if count}
    said = [
        _("{count} said {emotion}").format(count=count, emotion=shown(emotion))
        for emotion, count in sorted(votes.items(), key=lambda one: -one[1])
    ]
    return _("Of {count} people who heard the voice alone, {votes}.").format(
        count=clip.n_listeners, votes=words.listing(said)
    )


def in_all(heard: Mapping[Clip, Prediction]) -> str:
    """How the model does on all of them."""
    right = sum(one.verdict == clip.emotion for clip, one in heard.items())
    wrong = sum(unheard.mistaken(clip, one) for clip, one in heard.items())
    return _(
        "Of all {count} clips it names the emotion that was meant in {right} and another in "
        "{wrong}; about the others it is not sure, or finds them ordinary."
    ).format(count=len(heard), right=right, wrong=wrong)
