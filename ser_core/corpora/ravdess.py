"""RAVDESS: the Ryerson Audio-Visual Database of Emotional Speech and Song, its speech audio.

Twenty-four professional actors (twelve women, twelve men, North American English) say two sentences
twice each in eight emotions, seven of them at two intensities: 60 recordings an actor, 1,440 in
all, 48 kHz, 16 bit, recorded in a studio at Ryerson University, Toronto.

A file name such as ``03-01-06-01-02-01-12`` is modality (03 audio only), channel (01 speech),
emotion, intensity (01 normal, 02 strong), statement, repetition and actor. Odd actors are male,
even ones female.

Known faults: ``03-01-03-01-02-01-07`` and ``03-01-03-01-02-02-07`` are the same recording; five
files are stereo; the archive that most people download from Kaggle holds every actor folder twice,
the second time under ``audio_speech_actors_01-24/``.

The names of BanglaSER look the same and mean something else: what lies in a folder that is named
for that corpus is not read here.

The address and the checksum were read in several independent public sources in November 2026: the
Zenodo record as cited by other people's download scripts, and md5 sums that they verified.
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_core.corpora import _shared
from ser_core.corpora._shared import LIKE_RAVDESS, Recording, Remote, folder_named

NAME = "ravdess"
TITLE = "RAVDESS"
DESCRIPTION = "24 actors say two English sentences in eight emotions, most at two intensities."
LICENCE = "CC BY-NC-SA 4.0"
SOURCE = "https://doi.org/10.5281/zenodo.1188976"
BIBTEX = """\
@article{livingstone2018ravdess,
  author  = {Livingstone, Steven R. and Russo, Frank A.},
  title   = {The {Ryerson} Audio-Visual Database of Emotional Speech and Song ({RAVDESS})},
  journal = {PLOS ONE},
  volume  = {13},
  number  = {5},
  pages   = {e0196391},
  year    = {2018},
  doi     = {10.1371/journal.pone.0196391}
}"""
REMOTES = (
    Remote(
        url="https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip?download=1",
        filename="Audio_Speech_Actors_01-24.zip",
        checksum="md5:bc696df654c87fed845eb13823edef8a",
        size_mb=208,
    ),
)
ACCESS = "Downloaded directly from Zenodo (208 MB)."
LANGUAGE = "en"
EXPECTED_RECORDINGS = 1440
SHARE_FEATURES = True

SPEAKER_GROUPS = {
    # The five fixed groups of actors that the published unseen-speaker results use.
    f"actors {' '.join(map(str, actors))}": tuple(f"ravdess-{actor:02d}" for actor in actors)
    for actors in (
        (2, 5, 14, 15, 16),
        (3, 6, 7, 13, 18),
        (10, 11, 12, 19, 20),
        (8, 17, 21, 23, 24),
        (1, 4, 9, 22),
    )
}

EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgust",
    "08": "surprised",
}
INTENSITIES = {"01": "normal", "02": "strong"}
STATEMENTS = {"01": "Kids are talking by the door", "02": "Dogs are sitting by the door"}

FILE_NAME = re.compile(
    r"03-01-(?P<emotion>0[1-8])-(?P<intensity>0[12])-(?P<statement>0[12])-0[12]"
    r"-(?P<actor>0[1-9]|1\d|2[0-4])"
)
LEFT_OUT = {
    "song": re.compile(r"0[1-3]-02-0[1-8]-0[12]-0[12]-0[12]-(0[1-9]|1\d|2[0-4])"),
    "video": re.compile(r"0[12]-01-0[1-8]-0[12]-0[12]-0[12]-(0[1-9]|1\d|2[0-4])"),
}


def parse(path: Path) -> Recording | None:
    """Read what a file's name says; None if it is not a RAVDESS speech recording."""
    match = FILE_NAME.fullmatch(path.stem)
    if match is None or folder_named(path, LIKE_RAVDESS) == "banglaser":
        return None
    return Recording(
        corpus=NAME,
        name=path.stem,
        path=path,
        speaker=f"ravdess-{match['actor']}",
        gender="male" if int(match["actor"]) % 2 else "female",
        emotion=EMOTIONS[match["emotion"]],
        intensity=INTENSITIES[match["intensity"]],
        statement=STATEMENTS[match["statement"]],
        language=LANGUAGE,
    )


def find(root: str | Path) -> list[Recording]:
    """Find the recordings under a folder, each once, sorted by name."""
    return _shared.find(root, parse)
