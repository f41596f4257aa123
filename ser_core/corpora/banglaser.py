"""BanglaSER: emotional speech in Bangla.

Thirty-four people who are no actors say three Bangla sentences, three times each, in five
emotions, neutral ones at one intensity and the others at two: 1,467 recordings, made by themselves
on their own phones and laptops. There is no fear.

A file name such as ``03-01-01-02-03-01-15`` is modality, channel, emotion, intensity (01 normal, 02
strong), sentence, repetition and speaker. **It looks like a name of RAVDESS and is none**: here 01
is happy, 02 sad, 03 angry, 04 surprised and 05 neutral. Hundreds of names are in both corpora, so
the folder decides: a recording is BanglaSER's where the nearest folder that is named for either
corpus is named for this one (`ser_core.corpora._shared.folder_named`).

Known faults: three names begin with 01; for 11 of 27 speakers that were looked at, the neutral
clips were made with another device than the rest, so that "neutral" can be told by the microphone;
two pairs are the same sound. Rates are 44.1 and 48 kHz, and most files are stereo. Who is a woman
is not said: an odd number does not mean a man, as it does in RAVDESS.
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_core.corpora import _shared
from ser_core.corpora._shared import LIKE_RAVDESS, NOT_STATED, Recording, Remote, folder_named

NAME = "banglaser"
TITLE = "BanglaSER"
DESCRIPTION = "34 people, no actors, say three Bangla sentences in five emotions on their phones."
LICENCE = "CC BY 4.0"
SOURCE = "https://doi.org/10.17632/t9h6p943xy.5"
BIBTEX = """\
@article{das2022banglaser,
  author  = {Das, Rakesh Kumar and Islam, Nahidul and Ahmed, Md. Rayhan and Islam, Salekul and
             Shatabda, Swakkhar and Islam, A. K. M. Muzahidul},
  title   = {{BanglaSER}: A speech emotion recognition dataset for the {Bangla} language},
  journal = {Data in Brief},
  volume  = {42},
  pages   = {108091},
  year    = {2022},
  doi     = {10.1016/j.dib.2022.108091}
}"""
REMOTES: tuple[Remote, ...] = ()
ACCESS = (
    "Download it from its page at Mendeley Data and unpack it into a folder called banglaser in "
    "the data folder: its file names are RAVDESS's, and only the folder tells them apart. This way "
    "could not be tried by us."
)
LANGUAGE = "bn"
EXPECTED_RECORDINGS = 1467
SHARE_FEATURES = True
SPEAKER_GROUPS = {
    f"group {group + 1}": tuple(f"banglaser-{s:02d}" for s in range(group + 1, 35, 5))
    for group in range(5)
}

EMOTIONS = {"01": "happy", "02": "sad", "03": "angry", "04": "surprised", "05": "neutral"}
INTENSITIES = {"01": "normal", "02": "strong"}

FILE_NAME = re.compile(
    r"0[13]-01-(?P<emotion>0[1-5])-(?P<intensity>0[12])-(?P<sentence>0[1-3])-0[1-3]"
    r"-(?P<speaker>0[1-9]|[12]\d|3[0-4])"
)
LEFT_OUT: dict[str, re.Pattern[str]] = {}


def parse(path: Path) -> Recording | None:
    """Read what a file's name and folder say; None if it is not a BanglaSER recording."""
    match = FILE_NAME.fullmatch(path.stem)
    if match is None or folder_named(path, LIKE_RAVDESS) != NAME:
        return None
    return Recording(
        corpus=NAME,
        name=path.stem,
        path=path,
        speaker=f"banglaser-{match['speaker']}",
        gender=NOT_STATED,
        emotion=EMOTIONS[match["emotion"]],
        intensity=INTENSITIES[match["intensity"]],
        statement=f"sentence {int(match['sentence'])}",
        language=LANGUAGE,
    )


def find(root: str | Path) -> list[Recording]:
    """Find the recordings under a folder, each once, sorted by name."""
    return _shared.find(root, parse)
