"""nEMO: Dataset of Emotional Speech in Polish.

Nine actors (four women, five men) say ninety Polish sentences, each rich in the language's sounds,
in six emotions: 4,481 recordings, 24 kHz, made with one microphone in a treated room at the Adam
Mickiewicz University, Poznań.

A file name such as ``EB0_anger_1`` is speaker, emotion and the number of the sentence.

Known faults: MP0 has only 17 fearful and 29 angry clips. The words of the sentences are in a table
beside the recordings, not in their names.

Who is a woman is from the data set's own table. Nine speakers make four pairs of a woman and a man
and one man alone.
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_core.corpora import _shared
from ser_core.corpora._shared import Recording, Remote

NAME = "nemo"
TITLE = "nEMO"
DESCRIPTION = "Nine actors say ninety Polish sentences in six emotions."
LICENCE = "CC BY-NC-SA 4.0"
SOURCE = "https://github.com/amu-cai/nEMO"
BIBTEX = """\
@inproceedings{christop2024nemo,
  author    = {Christop, Iwona},
  title     = {{nEMO}: Dataset of Emotional Speech in {Polish}},
  booktitle = {Proceedings of the 2024 Joint International Conference on Computational Linguistics,
               Language Resources and Evaluation ({LREC-COLING} 2024)},
  pages     = {12111--12116},
  year      = {2024},
  url       = {https://aclanthology.org/2024.lrec-main.1059}
}"""
REMOTES: tuple[Remote, ...] = ()
ACCESS = (
    "The recordings lie in the repository; there is no archive with a checksum. With git "
    "installed, run\n"
    "    git clone --depth 1 https://github.com/amu-cai/nEMO nemo\n"
    "in the data folder. This way could not be tried by us."
)
LANGUAGE = "pl"
EXPECTED_RECORDINGS = 4481
SHARE_FEATURES = True
SPEAKER_GROUPS = {
    f"speakers {' '.join(speakers)}": tuple(f"nemo-{speaker}" for speaker in speakers)
    for speakers in (("EB0", "KS0"), ("IC0", "MP0"), ("KD0", "SM0"), ("MK0", "TP0"), ("WR0",))
}

FEMALE = frozenset({"EB0", "IC0", "KD0", "MK0"})
EMOTIONS = {
    "anger": "angry",
    "fear": "fearful",
    "happiness": "happy",
    "neutral": "neutral",
    "sadness": "sad",
    "surprised": "surprised",
}

FILE_NAME = re.compile(
    r"(?P<speaker>EB0|IC0|KD0|KS0|MK0|MP0|SM0|TP0|WR0)"
    rf"_(?P<emotion>{'|'.join(EMOTIONS)})_(?P<sentence>[1-9]|[1-8]\d|90)"
)
LEFT_OUT: dict[str, re.Pattern[str]] = {}


def parse(path: Path) -> Recording | None:
    """Read what a file's name says; None if it is not an nEMO recording."""
    match = FILE_NAME.fullmatch(path.stem)
    if match is None:
        return None
    return Recording(
        corpus=NAME,
        name=path.stem,
        path=path,
        speaker=f"nemo-{match['speaker']}",
        gender="female" if match["speaker"] in FEMALE else "male",
        emotion=EMOTIONS[match["emotion"]],
        intensity=None,
        statement=f"sentence {match['sentence']}",
        language=LANGUAGE,
    )


def find(root: str | Path) -> list[Recording]:
    """Find the recordings under a folder, each once, sorted by name."""
    return _shared.find(root, parse)
