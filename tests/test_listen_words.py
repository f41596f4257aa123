"""What changed in a recording, as a headline."""

from __future__ import annotations

import numpy as np
import pytest

from ser_core.inference.timeline import Timeline
from ui.listen import words

ANSWERS = ("angry", "fearful", "happy", "sad", "ordinary")
KINDS = {
    "A": "angry",
    "F": "fearful",
    "H": "happy",
    "S": "sad",
    "o": "ordinary",
    "?": "not_sure",
    ".": "no_speech",
}


def heard(cells: str) -> Timeline:
    """A timeline, a letter a quarter of a second."""
    starts = 0.25 * np.arange(len(cells))
    verdicts = tuple(KINDS[cell] for cell in cells)
    shares = np.zeros((len(cells), len(ANSWERS)))
    for row, verdict in enumerate(verdicts):
        if verdict != "no_speech":
            shares[row] = 0.1
            shares[row, ANSWERS.index(verdict) if verdict in ANSWERS else 0] = 0.6
    return Timeline(starts, starts + 0.25, shares, verdicts, ANSWERS[:4], ANSWERS)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ("AAAA....SSSS", "Angry, then sad"),
        ("oooo..AAAA", "Ordinary, then angry"),
        ("AAAA..oooo", "Angry, then ordinary"),
        ("AAAA.oooo.FFFF", "Angry, then fearful; ordinary between"),
        ("AAAA.oooo.AAAA", "Angry; ordinary between"),
        ("oooo.AAAA.oooo", "Ordinary, then angry, then ordinary"),
        ("AAAA.SSSS.HHHH.FFFF", "Angry, then sad, then happy, then fearful"),
        ("AAAA.SSSS.AAAA.SSSS.HHHH", "Changes four times: angry, happy and sad"),
        ("AAAA????AAAA..SSSS", "Angry, then sad"),
        # Half a second is not told, and one thing all along is what the verdict says.
        ("AAAA..SS..AAAA", None),
        ("AAAA....AAAA", None),
        ("????....????", None),
        ("............", None),
    ],
)
def test_a_headline_says_what_changed(cells: str, said: str | None) -> None:
    assert words.course(heard(cells)) == said


def test_a_doubtful_segment_names_what_it_is_between() -> None:
    (segment,) = heard("????").segments()
    assert words.segment(segment) == "not sure: angry or fearful"
    (segment,) = heard("oooo").segments()
    assert words.segment(segment) == "ordinary"


@pytest.mark.parametrize(
    ("headline", "said"),
    [
        ("Sounds angry, 82%", "All in all it sounds angry, 82%."),
        ("Not sure: between angry and sad", "All in all not sure: between angry and sad."),
    ],
)
def test_the_whole_is_told_beside_it(headline: str, said: str) -> None:
    assert words.all_in_all(headline) == said
