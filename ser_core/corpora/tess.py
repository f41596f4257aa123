"""TESS: the Toronto Emotional Speech Set.

Two actresses (OAF, 64 years old, and YAF, 26) say 200 words in the carrier phrase "Say the word
...", in seven emotions: 2,800 recordings, 24.414 kHz, made at the University of Toronto.

A file name such as ``OAF_back_angry`` is speaker, word and emotion; ``ps`` is pleasant surprise.

Known faults: one name is misspelt (``OA_bite_neutral``); two files named ``.wav`` are AIFF inside
and one has a rate of 96 kHz. With two speakers, a score on unseen ones is a score on one woman.

The licence forbids derivatives: this project passes on the manifest only, no features.

The DOI and the address of the Borealis Dataverse were read in several independent public sources
in November 2026; the checksums are those of Borealis' own listing. Fetching from the real server
has not been tried: only against a server that answers as Dataverse's documentation says.
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_core.corpora import _shared
from ser_core.corpora._shared import Recording, Remote

NAME = "tess"
TITLE = "TESS"
DESCRIPTION = "Two women, 26 and 64 years old, say 200 English words in seven emotions."
LICENCE = "CC BY-NC-ND 4.0"
SOURCE = "https://doi.org/10.5683/SP2/E8H2MF"
BIBTEX = """\
@data{pichorafuller2020tess,
  author    = {Pichora-Fuller, M. Kathleen and Dupuis, Kate},
  title     = {{Toronto} emotional speech set ({TESS})},
  publisher = {Borealis},
  year      = {2020},
  doi       = {10.5683/SP2/E8H2MF}
}"""
REMOTES = (Remote(url="https://borealisdata.ca", doi="10.5683/SP2/E8H2MF", size_mb=270),)
ACCESS = (
    "Downloaded file by file from the Borealis Dataverse (about 270 MB). This way could not be "
    "tried by us; if it fails, open the source's page, download the files and unpack them."
)
LANGUAGE = "en"
EXPECTED_RECORDINGS = 2800
SHARE_FEATURES = False
SPEAKER_GROUPS = {"OAF": ("tess-OAF",), "YAF": ("tess-YAF",)}

EMOTIONS = {
    "angry": "angry",
    "disgust": "disgust",
    "fear": "fearful",
    "happy": "happy",
    "neutral": "neutral",
    "ps": "surprised",
    "sad": "sad",
}

# OA is the release's one misspelling of OAF.
FILE_NAME = re.compile(
    rf"(?P<speaker>OAF?|YAF)_(?P<word>[a-z]+)_(?P<emotion>{'|'.join(EMOTIONS)})", re.IGNORECASE
)
LEFT_OUT: dict[str, re.Pattern[str]] = {}


def parse(path: Path) -> Recording | None:
    """Read what a file's name says; None if it is not a TESS recording."""
    match = FILE_NAME.fullmatch(path.stem)
    if match is None:
        return None
    return Recording(
        corpus=NAME,
        name=path.stem,
        path=path,
        speaker=f"tess-{'YAF' if match['speaker'].upper() == 'YAF' else 'OAF'}",
        gender="female",
        emotion=EMOTIONS[match["emotion"].lower()],
        intensity=None,
        statement=f"Say the word {match['word'].lower()}",
        language=LANGUAGE,
    )


def find(root: str | Path) -> list[Recording]:
    """Find the recordings under a folder, each once, sorted by name."""
    return _shared.find(root, parse)
