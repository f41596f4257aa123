"""EMO-DB: the Berlin Database of Emotional Speech.

Ten actors (five women, five men) say ten everyday German sentences in seven emotions; those that
listeners recognised well and found natural were kept: 535 recordings, 16 kHz, 16 bit, made in the
anechoic chamber of the Technical University of Berlin in 1997 and 1999.

A file name such as ``03a01Fa`` is speaker (03), sentence (a01), the first letter of the German
emotion word (F, Freude) and the take. Speakers 03, 10, 11, 12 and 15 are men.

Nobody publishes a checksum of the archive, and its server has no TLS. `ser_core.data.fetch`
therefore holds every recording, decoded, against the SHA-256 in this project's table. The address
was read in independent public sources (audEERING's documentation, MathWorks' examples) in November
2026; fetching from the real server has not been tried.
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_core.corpora import _shared
from ser_core.corpora._shared import Recording, Remote

NAME = "emodb"
TITLE = "EMO-DB"
DESCRIPTION = "Ten actors say ten German sentences in seven emotions, kept if well recognised."
LICENCE = "Free for research; cite Burkhardt et al. 2005"
SOURCE = "http://emodb.bilderbar.info"
BIBTEX = """\
@inproceedings{burkhardt2005emodb,
  author    = {Burkhardt, Felix and Paeschke, Astrid and Rolfes, Miriam and
               Sendlmeier, Walter F. and Weiss, Benjamin},
  title     = {A database of {German} emotional speech},
  booktitle = {Interspeech},
  pages     = {1517--1520},
  year      = {2005},
  doi       = {10.21437/Interspeech.2005-446}
}"""
REMOTES = (
    Remote(
        url="http://emodb.bilderbar.info/download/download.zip",
        filename="emodb.zip",
        size_mb=41,
    ),
)
ACCESS = (
    "Downloaded directly from the authors' server (41 MB). This way could not be tried by us; if "
    "it fails, download the archive from the source's page and unpack it."
)
LANGUAGE = "de"
EXPECTED_RECORDINGS = 535
SHARE_FEATURES = True
SPEAKER_GROUPS = {
    f"speakers {first} {second}": (f"emodb-{first}", f"emodb-{second}")
    for first, second in (("03", "08"), ("09", "10"), ("11", "12"), ("13", "14"), ("15", "16"))
}

MALE = frozenset({"03", "10", "11", "12", "15"})
EMOTIONS = {
    "W": "angry",  # Wut, anger
    "L": "bored",  # Langeweile, boredom
    "E": "disgust",  # Ekel, disgust
    "A": "fearful",  # Angst, anxiety
    "F": "happy",  # Freude, happiness
    "T": "sad",  # Trauer, sadness
    "N": "neutral",
}
STATEMENTS = {
    "a01": "Der Lappen liegt auf dem Eisschrank",
    "a02": "Das will sie am Mittwoch abgeben",
    "a04": "Heute abend könnte ich es ihm sagen",
    "a05": "Das schwarze Stück Papier befindet sich da oben neben dem Holzstück",
    "a07": "In sieben Stunden wird es soweit sein",
    "b01": "Was sind denn das für Tüten, die da unter dem Tisch stehen?",
    "b02": "Sie haben es gerade hochgetragen und jetzt gehen sie wieder runter",
    "b03": "An den Wochenenden bin ich jetzt immer nach Hause gefahren und habe Agnes besucht",
    "b09": "Ich will das eben wegbringen und dann mit Karl was trinken gehen",
    "b10": "Die wird auf dem Platz sein, wo wir sie immer hinlegen",
}

FILE_NAME = re.compile(
    rf"(?P<speaker>03|08|09|1[0-6])(?P<text>{'|'.join(STATEMENTS)})(?P<emotion>[WLEAFTN])[a-z]?"
)
LEFT_OUT: dict[str, re.Pattern[str]] = {}


def parse(path: Path) -> Recording | None:
    """Read what a file's name says; None if it is not an EMO-DB recording."""
    match = FILE_NAME.fullmatch(path.stem)
    if match is None:
        return None
    return Recording(
        corpus=NAME,
        name=path.stem,
        path=path,
        speaker=f"emodb-{match['speaker']}",
        gender="male" if match["speaker"] in MALE else "female",
        emotion=EMOTIONS[match["emotion"]],
        intensity=None,
        statement=STATEMENTS[match["text"]],
        language=LANGUAGE,
    )


def find(root: str | Path) -> list[Recording]:
    """Find the recordings under a folder, each once, sorted by name."""
    return _shared.find(root, parse)
