"""Somebody's own recordings, heard: what a shipped model's network is given of each, and says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ser_core import audio
from ser_core.data import own
from ser_core.data.examples import Examples
from ser_core.data.own import LeftOut, Own, OwnClip
from ser_core.errors import AudioError
from ser_core.features.fingerprint import Catalogue, Fingerprint, fingerprint
from ser_core.inference.predictor import Model
from ser_core.language import gettext as _
from ser_core.speech.activity import find_speech

CORPUS = "own"
"""What takes the place of a corpus's name."""

Progress = Callable[[float], None]


@dataclass(frozen=True, eq=False)
class Heard:
    """Own recordings that can be learned from, in numbers.

    Attributes
    ----------
    own : Own
        What was understood; what cannot be heard is among the left out.
    numbers : np.ndarray of float32, shape (n, n_features)
        `Model.embed` of each.
    logits : np.ndarray of float32, shape (n, n_outputs)
        What the model's network says of these.
    shares : np.ndarray of float64, shape (n, n_outputs)
        What the model says of each recording, as it is served.
    digests : tuple of str
        Of the sounds.
    seen : np.ndarray of bool, shape (n,)
        Whether the model learned from this very recording.
    """

    own: Own
    numbers: NDArray[np.float32] = field(repr=False)
    logits: NDArray[np.float32] = field(repr=False)
    shares: NDArray[np.float64] = field(repr=False)
    digests: tuple[str, ...] = field(repr=False)
    seen: NDArray[np.bool_] = field(repr=False)

    @property
    def classes(self) -> tuple[str, ...]:
        """Of the labels, in order."""
        return tuple(self.own.classes)

    def examples(self) -> Examples:
        """As training and evaluation take them; without speakers, each clip is one of its own."""
        clips, classes = self.own.clips, self.classes
        names = np.array([clip.name for clip in clips])
        knows = self.own.has_strangers
        kinds = np.array([clip.label for clip in clips])
        blank = np.full(len(clips), "")
        return Examples(
            inputs=self.numbers,
            labels=np.array([classes.index(label) for label in kinds], dtype=np.intp),
            emotions=classes,
            kinds=kinds,
            speakers=np.array([clip.speaker for clip in clips]) if knows else names,
            genders=blank,
            corpora=np.full(len(clips), CORPUS),
            hashes=np.array(self.digests),
            names=names,
        )


@dataclass(frozen=True, eq=False)
class _One:
    """A recording, heard."""

    clip: OwnClip
    digest: str
    print: Fingerprint
    numbers: NDArray[np.float32]
    logits: NDArray[np.float32]
    shares: NDArray[np.float64]


def hear(found: Own, model: Model, *, progress: Progress | None = None) -> Heard:
    """Hear own recordings with a shipped model.

    Parameters
    ----------
    found : Own
    model : Model
    progress : callable, optional
        Told the share done, 0 to 1.

    Returns
    -------
    Heard
        Without those that cannot be heard, hold no speech, or are heard twice, coded anew, louder
        or cut, too: of one recording under one label the first is kept, under several none.

    Raises
    ------
    CorpusError
        Where too little is left (`ser_core.data.own.check`).
    """
    there: list[_One] = []
    left_out = list(found.left_out)
    for done, clip in enumerate(found.clips, start=1):
        try:
            there.append(_hear(clip, model))
        except AudioError as error:
            left_out.append(LeftOut(clip.name, error.code, error.message))
        if progress is not None:
            progress(done / len(found.clips))
    kept = []
    for same in _alike(there):
        first = same[0]
        if len({(one.clip.label, one.clip.speaker) for one in same}) > 1:
            reason = _("the same recording as another under another label or speaker")
            left_out += [LeftOut(one.clip.name, "contradictory", reason) for one in same]
            continue
        kept.append(first)
        reason = _("the same recording as another, which is kept")
        left_out += [LeftOut(one.clip.name, "duplicate", reason) for one in same[1:]]
    clips = tuple(one.clip for one in kept)
    return Heard(
        own.check(replace(found, clips=clips, left_out=tuple(left_out))),
        np.stack([one.numbers for one in kept]),
        np.stack([one.logits for one in kept]),
        np.stack([one.shares for one in kept]),
        tuple(one.digest for one in kept),
        np.array([model.knows(one.digest) for one in kept]),
    )


def _alike(there: list[_One]) -> list[list[_One]]:
    """Recordings, those together that are one: by the sound, or coded anew, louder or cut."""
    catalogue = Catalogue([one.print for one in there])
    group_of: list[int] = []
    by_sound: dict[str, int] = {}
    for place, one in enumerate(there):
        earlier = [match.index for match in catalogue.find(one.print) if match.index < place]
        earlier += [by_sound[one.digest]] if one.digest in by_sound else []
        by_sound.setdefault(one.digest, place)
        group_of.append(group_of[min(earlier)] if earlier else place)
    groups: dict[int, list[_One]] = {}
    for one, group in zip(there, group_of, strict=True):
        groups.setdefault(group, []).append(one)
    return list(groups.values())


def _hear(found: OwnClip, model: Model) -> _One:
    clip = audio.load(found.source)
    speech = find_speech(clip)
    if not speech.is_speech:
        raise AudioError("no_speech", _("nobody is heard to speak"))
    each, speech_s = model.numbers(clip, speech)
    numbers = np.average(each, axis=0, weights=speech_s).astype(np.float32)
    logits = model.judge_numbers(np.vstack([each, numbers]))
    shares = model.decision.shares(logits[:-1])
    return _One(
        found,
        audio.digest(clip.signal),
        fingerprint(clip.signal),
        numbers,
        logits[-1],
        np.average(shares, axis=0, weights=speech_s),
    )
