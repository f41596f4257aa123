"""The voice in numbers that people understand, and how the corpora's voices spread over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TypedDict

import numpy as np
import pandas as pd

from ser_core import assets, audio
from ser_core.assets import datafiles
from ser_core.assets.reading import json_of
from ser_core.audio import SAMPLE_RATE, Clip
from ser_core.audio.compiled import find_peaks
from ser_core.corpora import get
from ser_core.corpora._shared import Recording
from ser_core.errors import AudioError, CorpusError
from ser_core.speech import pitch
from ser_core.speech.activity import find_speech
from ser_core.speech.voicing import HOP_S, VOICED, analyse

VOICES = assets.DATA / "voices.json"

MEASURES: dict[str, tuple[str, str]] = {
    "pitch_hz": ("Pitch", "Hz"),
    "pitch_range_st": ("Pitch range", "semitones"),
    "loudness_range_db": ("Loudness range", "dB"),
    "rate_per_s": ("Speech rate", "syllables a second"),
    "brightness_hz": ("Brightness", "Hz"),
}
"""Name of each measure -> label and unit for people."""

QUANTILES = {"p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95}

# Long recordings are measured in pieces, in bounded memory.
_PIECE = 6 * SAMPLE_RATE
_MIN_VOICED_FRAMES = 12
# A pitch further than this from the median is the tracker's octave error, not the voice's.
_MAX_SEMITONES = 14.0
# Two syllable nuclei have a dip between them, and a tenth of a second.
_DIP_DB = 2.0
_APART_S = 0.1


class SpreadSource(TypedDict):
    """A corpus whose voices were measured."""

    name: str
    title: str
    source: str
    licence: str
    citation: str


class SpreadGroup(TypedDict):
    """Voices of one emotion and gender (or ``"all"``): by measure, the `QUANTILES`."""

    emotion: str
    gender: str
    n_recordings: int
    n_speakers: int
    measures: dict[str, dict[str, float]]


class Spread(TypedDict):
    """The content of `VOICES`."""

    command: str
    per_speaker: int
    seed: int
    corpora: list[SpreadSource]
    groups: list[SpreadGroup]


@dataclass(frozen=True)
class VoiceMeasures:
    """A voice in numbers; NaN where too little of it is voiced.

    Attributes
    ----------
    pitch_hz : float
        Median pitch.
    pitch_range_st : float
        From the 5th to the 95th percentile of pitch, in semitones.
    loudness_range_db : float
        From the 10th to the 95th percentile of the level while speaking, in dB.
    rate_per_s : float
        Syllable nuclei a second of speech.
    brightness_hz : float
        Mean spectral centroid of voiced speech.
    """

    pitch_hz: float
    pitch_range_st: float
    loudness_range_db: float
    rate_per_s: float
    brightness_hz: float


def measures(clip: Clip) -> VoiceMeasures:
    """Measure a voice.

    Parameters
    ----------
    clip : Clip

    Returns
    -------
    VoiceMeasures
        All but NaN depend on neither the level of the recording nor its pauses.

    Notes
    -----
    Syllable nuclei: voiced peaks of the level with a dip of 2 dB or more between them, after de
    Jong and Wempe (2009), Behavior Research Methods 41(2).
    """
    active = find_speech(clip).active
    rows = []
    for start in range(0, len(clip.signal), _PIECE):
        piece = clip.signal[start : start + _PIECE]
        sound, tracked = analyse(piece), pitch.track(piece)
        n_frames = min(len(sound.level_db), len(tracked.hz))
        parts = (sound.level_db, sound.harmonicity, sound.centroid_hz, tracked.hz)
        rows.append(np.stack([part[:n_frames] for part in parts]))
    level, harmonicity, centroid, hertz = np.concatenate(rows, axis=1)
    # The pieces' frames end a little early; a frame more or less does not matter here.
    n_frames = min(len(active), len(level))
    active, level = active[:n_frames], level[:n_frames]
    voiced = active & (harmonicity[:n_frames] > VOICED)
    if voiced.sum() < _MIN_VOICED_FRAMES:
        return VoiceMeasures(*(float("nan") for _ in fields(VoiceMeasures)))
    semitones = 12 * np.log2(hertz[:n_frames][voiced])
    semitones = semitones[np.abs(semitones - np.median(semitones)) < _MAX_SEMITONES]
    low, high = np.percentile(semitones, (5, 95))
    soft, loud = np.percentile(level[active], (10, 95))
    peaks = find_peaks(level, prominence=_DIP_DB, distance=max(1, round(_APART_S / HOP_S)))
    return VoiceMeasures(
        pitch_hz=float(2 ** (np.median(semitones) / 12)),
        pitch_range_st=float(high - low),
        loudness_range_db=float(loud - soft),
        rate_per_s=float(voiced[peaks].sum() / (active.sum() * HOP_S)),
        brightness_hz=float(centroid[:n_frames][voiced].mean()),
    )


def survey(
    root: str | Path,
    corpora: Sequence[str],
    *,
    per_speaker: int = 4,
    seed: int = 0,
    command: str = "",
    progress: Callable[[float], None] | None = None,
) -> Spread:
    """Measure the corpora's voices.

    Parameters
    ----------
    root : str or Path
        Folder of the corpora.
    corpora : sequence of str
    per_speaker : int
        At most so many recordings of a speaker and emotion, drawn at random, so that no talkative
        corpus outweighs the others.
    seed : int
    command : str
        How it was called, for the record.
    progress : callable, optional
        Told the share done, 0 to 1.

    Returns
    -------
    dict
        As `spread` gives it.

    Raises
    ------
    CorpusError
        Where a corpus is missing.
    """
    chosen = _drawn(root, corpora, per_speaker, np.random.default_rng(seed))
    rows = []
    for done, recording in enumerate(chosen):
        try:
            found_measures = asdict(measures(audio.load(recording.path)))
        except AudioError:
            continue
        about = {key: getattr(recording, key) for key in ("emotion", "gender", "speaker")}
        rows.append(about | found_measures)
        if progress is not None:
            progress((done + 1) / len(chosen))
    sources: list[SpreadSource] = [
        {
            "name": name,
            "title": get(name).TITLE,
            "source": get(name).SOURCE,
            "licence": get(name).LICENCE,
            "citation": get(name).BIBTEX,
        }
        for name in corpora
    ]
    return {
        "command": command,
        "per_speaker": per_speaker,
        "seed": seed,
        "corpora": sources,
        "groups": _groups(pd.DataFrame(rows).dropna()),
    }


def _drawn(
    root: str | Path, corpora: Sequence[str], per_speaker: int, rng: np.random.Generator
) -> list[Recording]:
    """At most so many recordings of each speaker and emotion."""
    chosen: list[Recording] = []
    for name in corpora:
        found = [r for r in get(name).find(root) if r.corpus == name]
        if not found:
            raise CorpusError(
                "no_recordings",
                f"No recording of {get(name).TITLE} was found. Point --data at the folder that "
                "holds it, or name other corpora.",
            )
        cells: dict[tuple[str, str], list[Recording]] = {}
        for recording in found:
            cells.setdefault((recording.speaker, recording.emotion), []).append(recording)
        for cell in cells.values():
            picks = rng.permutation(len(cell))[:per_speaker]
            chosen += [cell[pick] for pick in picks]
    return chosen


def _groups(table: pd.DataFrame) -> list[SpreadGroup]:
    """The spread of each measure, by emotion and gender."""
    groups: list[SpreadGroup] = []
    for emotion in sorted(set(table["emotion"])):
        for gender in ("all", "female", "male"):
            mine = table[table["emotion"] == emotion]
            mine = mine if gender == "all" else mine[mine["gender"] == gender]
            if mine.empty:
                continue
            groups.append(
                {
                    "emotion": emotion,
                    "gender": gender,
                    "n_recordings": len(mine),
                    "n_speakers": mine["speaker"].nunique(),
                    "measures": {
                        measure: {
                            label: round(float(mine[measure].quantile(share)), 2)
                            for label, share in QUANTILES.items()
                        }
                        for measure in MEASURES
                    },
                }
            )
    return groups


def spread(path: Path = VOICES) -> Spread:
    """The corpora's spread of each measure, as committed in ``data/voices.json``.

    Returns
    -------
    dict
        ``groups``: a list of ``{"emotion", "gender" ("all", "female" or "male"), "n_recordings",
        "n_speakers", "measures": {name: {"p05", "p25", "p50", "p75", "p95"}}}``; ``corpora``: their
        titles, sources, licences and citations; ``command``, ``per_speaker`` and ``seed``: how it
        was made.

    Raises
    ------
    CorpusError
        With code ``no_voices``.
    """
    datafiles.check(path)
    try:
        found: Spread = json_of(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CorpusError(
            "no_voices",
            f"The table of the corpora's voices ({path.name}) is missing or damaged. Restore the "
            "data folder (git checkout), or run `python -m ser_core voices --data DIR`.",
        ) from error
    return found
