"""EmoGator: vocal bursts. **No speech**: laughs, sobs, growls, gasps.

Three hundred and fifty-seven contributors make sounds without words for thirty kinds of feeling,
three times each, on their own microphones: 32,130 recordings, most at 48 kHz. Five kinds are read
here, 5,355 recordings: those that belong to the four emotions, and amusement.

A file name such as ``000001-03-1`` is contributor, kind and take.

What this is good for: telling that nobody *speaks*, and laughing from crying. It is no evidence of
how an emotion sounds in a sentence, and training on it teaches that. Some recordings are silent.
Who is a woman is not said.
"""

from __future__ import annotations

import re
from pathlib import Path

from ser_core.corpora import _shared
from ser_core.corpora._shared import NOT_STATED, Recording, Remote

NAME = "emogator"
TITLE = "EmoGator"
DESCRIPTION = "357 people laugh, sob, growl and gasp into their own microphones: no speech."
LICENCE = "Apache-2.0"
SOURCE = "https://github.com/fredbuhl/EmoGator"
BIBTEX = """\
@misc{buhl2023emogator,
  author = {Buhl, Fred W.},
  title  = {{EmoGator}: A New Open Source Vocal Burst Dataset with Baseline Machine Learning
            Classification Methodologies},
  year   = {2023},
  eprint = {2301.00508},
  archiveprefix = {arXiv}
}"""
REMOTES: tuple[Remote, ...] = ()
ACCESS = (
    "The recordings lie in the repository; there is no archive with a checksum. With git "
    "installed, run\n"
    "    git clone --depth 1 https://github.com/fredbuhl/EmoGator emogator\n"
    "in the data folder. This way could not be tried by us."
)
LANGUAGE = "zxx"  # ISO 639: no linguistic content
EXPECTED_RECORDINGS = 5355
SHARE_FEATURES = True
SPEAKER_GROUPS = {
    f"group {group + 1}": tuple(f"emogator-{s:06d}" for s in range(group + 1, 358, 5))
    for group in range(5)
}

EMOTIONS = {"02": "amused", "03": "angry", "13": "happy", "15": "fearful", "24": "sad"}

FILE_NAME = re.compile(
    r"(?P<speaker>000(?!000)(?:[0-2]\d\d|3[0-4]\d|35[0-7]))"
    rf"-(?P<emotion>{'|'.join(EMOTIONS)})-[123]"
)
LEFT_OUT = {"another kind of burst": re.compile(r"000[0-3]\d\d-\d\d-[123]")}


def parse(path: Path) -> Recording | None:
    """Read what a file's name says; None if it is not one of the five kinds of EmoGator."""
    match = FILE_NAME.fullmatch(path.stem)
    if match is None:
        return None
    return Recording(
        corpus=NAME,
        name=path.stem,
        path=path,
        speaker=f"emogator-{match['speaker']}",
        gender=NOT_STATED,
        emotion=EMOTIONS[match["emotion"]],
        intensity=None,
        statement=None,
        language=LANGUAGE,
    )


def find(root: str | Path) -> list[Recording]:
    """Find the recordings under a folder, each once, sorted by name."""
    return _shared.find(root, parse)
