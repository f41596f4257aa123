"""Is your own split honest? By its names; by sound, the command line says."""

from __future__ import annotations

import streamlit as st

from ser_core.errors import DataError
from ser_core.evaluation import leak_words, leaks, manifests
from ui import frame, words

_MOST_CHARACTERS = 500_000


@frame.section()
def draw() -> None:
    """A place for the table of a split, and what is on both sides of it."""
    st.header("Is your own split honest?", anchor=False)
    text = st.text_area(
        "Paste the table of your split: a line a recording, with the columns file and split, and "
        "speaker, sentence and emotion where you have them",
        placeholder="file,split,speaker\na.wav,train,Anna\nb.wav,test,Ben",
        max_chars=_MOST_CHARACTERS,
        key="own-split",
    )
    if text.strip():
        try:
            entries = manifests.with_sides(manifests.parse(text.strip(), "The table"))
        except DataError as error:
            st.error(words.plain(error.message))
            return
        report = leaks.check_names(entries)
        *found, verdict = leak_words.lines(report)
        show = st.error if report.leaks else st.info
        show(words.plain(verdict))
        for line in found:
            st.markdown(words.plain(line.strip()))
    st.caption(
        "Names alone are read here: speakers under other spellings, sentences, files on both "
        "sides. `undertone check-split split.csv` listens, too, and finds the same recording as "
        "MP3, louder or cut."
    )
