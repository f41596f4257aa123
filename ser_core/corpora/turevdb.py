"""TurEV-DB: the Turkish Emotion Voice Database.

Six amateur actors say 83 Turkish words in four emotions: 1,735 recordings of about a second, 44.1
kHz. There is no fear.

A file name such as ``1157_hl_acik`` is speaker, emotion (kz kızgın, angry; hl hüzünlü, sad; sk
sakin, calm; mt mutlu, happy) and word.

Known faults: speaker 1157 has only angry and sad words, 7895 only 29 happy ones. The words are so
short that a model of sentences takes nearly all of them for fearful: of use for windows of a
second, if at all. Who is a woman is not said.

The README says CC BY-NC-ND, the LICENSE file beside it GPL-3.0. The stricter is taken: this project
passes on no features.
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_core.corpora import _shared
from ser_core.corpora._shared import NOT_STATED, Recording, Remote

NAME = "turevdb"
TITLE = "TurEV-DB"
DESCRIPTION = "Six amateur actors say 83 single Turkish words in four emotions."
LICENCE = "CC BY-NC-ND 4.0 by its README, GPL-3.0 by its LICENSE file"
SOURCE = "https://github.com/Xeonen/TurEV-DB"
BIBTEX = """\
@inproceedings{canpolat2020turevdb,
  author    = {Canpolat, Salih Firat and Ormano{\\u{g}}lu, Zuhal and Zeyrek, Deniz},
  title     = {{Turkish} Emotion Voice Database ({TurEV-DB})},
  booktitle = {Proceedings of the 1st Joint {SLTU} and {CCURL} Workshop},
  pages     = {368--375},
  year      = {2020}
}"""
REMOTES: tuple[Remote, ...] = ()
ACCESS = (
    "The recordings lie in the repository; there is no archive with a checksum. With git "
    "installed, run\n"
    "    git clone --depth 1 https://github.com/Xeonen/TurEV-DB turevdb\n"
    "in the data folder. This way could not be tried by us."
)
LANGUAGE = "tr"
EXPECTED_RECORDINGS = 1735
SHARE_FEATURES = False
SPEAKER_GROUPS = {
    # In each pair at least one has all four emotions.
    f"speakers {first} {second}": (f"turevdb-{first}", f"turevdb-{second}")
    for first, second in (("1157", "1234"), ("1358", "1984"), ("6783", "7895"))
}

EMOTIONS = {"kz": "angry", "hl": "sad", "sk": "calm", "mt": "happy"}

FILE_NAME = re.compile(
    rf"(?P<speaker>1157|1234|1358|1984|6783|7895)_(?P<emotion>{'|'.join(EMOTIONS)})"
    r"_(?P<word>[a-z]+)\d?"
)
LEFT_OUT: dict[str, re.Pattern[str]] = {}


def parse(path: Path) -> Recording | None:
    """Read what a file's name says; None if it is not a TurEV-DB recording."""
    match = FILE_NAME.fullmatch(path.stem)
    if match is None:
        return None
    return Recording(
        corpus=NAME,
        name=path.stem,
        path=path,
        speaker=f"turevdb-{match['speaker']}",
        gender=NOT_STATED,
        emotion=EMOTIONS[match["emotion"]],
        intensity=None,
        statement=match["word"],
        language=LANGUAGE,
    )


def find(root: str | Path) -> list[Recording]:
    """Find the recordings under a folder, each once, sorted by name."""
    return _shared.find(root, parse)
