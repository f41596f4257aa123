"""CREMA-D: the Crowd-sourced Emotional Multimodal Actors Dataset, its audio.

Ninety-one actors (48 men, 43 women, 20 to 74 years old, of many origins) say twelve English
sentences in six emotions, one of the sentences at three levels: 7,442 recordings, 16 kHz. The label
is what the actor was asked for; by the voice alone, people recognise it in 41 to 45% of cases.

A file name such as ``1001_DFA_ANG_XX`` is actor, sentence, emotion and level (LO, MD, HI, or XX for
unspecified; one file of the release ends in X).

Known faults: three pairs are the same recording under two labels (1006_TIE_HAP_XX and
1006_TIE_NEU_XX; 1013_WSI_DIS_XX and 1013_WSI_SAD_XX; 1017_IWW_ANG_XX and 1017_IWW_FEA_XX), and
1076_MTI_SAD_XX is all zeros. Levels vary widely.

Who is a woman is from ``VideoDemographics.csv`` of the CREMA-D repository; the counts agree with
those published, 43 and 48.
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_core.corpora import _shared
from ser_core.corpora._shared import Recording, Remote

NAME = "cremad"
TITLE = "CREMA-D"
DESCRIPTION = "91 actors of all ages and many origins say twelve English sentences in six emotions."
LICENCE = "ODbL 1.0"
SOURCE = "https://github.com/CheyneyComputerScience/CREMA-D"
BIBTEX = """\
@article{cao2014cremad,
  author  = {Cao, Houwei and Cooper, David G. and Keutmann, Michael K. and Gur, Ruben C. and
             Nenkova, Ani and Verma, Ragini},
  title   = {{CREMA-D}: Crowd-sourced Emotional Multimodal Actors Dataset},
  journal = {IEEE Transactions on Affective Computing},
  volume  = {5},
  number  = {4},
  pages   = {377--390},
  year    = {2014},
  doi     = {10.1109/TAFFC.2014.2336244}
}"""
REMOTES: tuple[Remote, ...] = ()
ACCESS = (
    "The recordings lie in Git LFS, which checks them itself; there is no archive to download. "
    "With git and git-lfs installed, run\n"
    "    git lfs install\n"
    "    GIT_LFS_SKIP_SMUDGE=1 git clone --depth 1 "
    "https://gitlab.com/cs-cooper-lab/crema-d-mirror.git cremad\n"
    "    cd cremad && git lfs pull --include AudioWAV\n"
    "in the data folder. That is the authors' mirror; the original, "
    "https://github.com/CheyneyComputerScience/CREMA-D, is often over its transfer limit. This "
    "could not be tried by us. If both fail, ask the authors, whom the original's page names."
)
LANGUAGE = "en"
EXPECTED_RECORDINGS = 7442
SHARE_FEATURES = True

ACTORS = range(1001, 1092)
SPEAKER_GROUPS = {
    f"group {group + 1}": tuple(
        f"cremad-{actor}" for actor in ACTORS if (actor - ACTORS.start) % 5 == group
    )
    for group in range(5)
}

FEMALE = frozenset(
    int(actor)
    for actor in """
    1002 1003 1004 1006 1007 1008 1009 1010 1012 1013 1018 1020 1021 1024
    1025 1028 1029 1030 1037 1043 1046 1047 1049 1052 1053 1054 1055 1056
    1058 1060 1061 1063 1072 1073 1074 1075 1076 1078 1079 1082 1084 1089
    1091
    """.split()
)
EMOTIONS = {
    "ANG": "angry",
    "DIS": "disgust",
    "FEA": "fearful",
    "HAP": "happy",
    "NEU": "neutral",
    "SAD": "sad",
}
INTENSITIES = {"LO": "low", "MD": "medium", "HI": "high"}
STATEMENTS = {
    "IEO": "It's eleven o'clock",
    "TIE": "That is exactly what happened",
    "IOM": "I'm on my way to the meeting",
    "IWW": "I wonder what this is about",
    "TAI": "The airplane is almost full",
    "MTI": "Maybe tomorrow it will be cold",
    "IWL": "I would like a new alarm clock",
    "ITH": "I think I have a doctor's appointment",
    "DFA": "Don't forget a jacket",
    "ITS": "I think I've seen this before",
    "TSI": "The surface is slick",
    "WSI": "We'll stop in a couple of minutes",
}

FILE_NAME = re.compile(
    rf"(?P<actor>10[0-8]\d|109[01])_(?P<statement>{'|'.join(STATEMENTS)})"
    rf"_(?P<emotion>{'|'.join(EMOTIONS)})_(?P<level>LO|MD|HI|XX?)"
)
LEFT_OUT: dict[str, re.Pattern[str]] = {}


def parse(path: Path) -> Recording | None:
    """Read what a file's name says; None if it is not a CREMA-D recording."""
    match = FILE_NAME.fullmatch(path.stem)
    if match is None or int(match["actor"]) not in ACTORS:
        return None
    return Recording(
        corpus=NAME,
        name=path.stem,
        path=path,
        speaker=f"cremad-{match['actor']}",
        gender="female" if int(match["actor"]) in FEMALE else "male",
        emotion=EMOTIONS[match["emotion"]],
        intensity=INTENSITIES.get(match["level"]),
        statement=STATEMENTS[match["statement"]],
        language=LANGUAGE,
    )


def find(root: str | Path) -> list[Recording]:
    """Find the recordings under a folder, each once, sorted by name."""
    return _shared.find(root, parse)
