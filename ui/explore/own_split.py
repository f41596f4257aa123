"""Is your own split honest? By its names, and by sound where the recordings are at hand."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from ser_core import audio, figures
from ser_core.audio import AudioSource
from ser_core.corpora import CORPORA
from ser_core.errors import SerError
from ser_core.evaluation import leak_words, leaks, manifests
from ser_core.evaluation.leaks import Report
from ser_core.evaluation.manifests import Entry
from ser_core.inference import batch
from ser_core.language import gettext as _
from ui import cached, frame, held, kept, words

_MOST_CHARACTERS = 500_000
_WIDGET, _HEARD = "own-split-zip", "own-split-heard"
# A minute of listening; a larger split is for the command line.
_MOST_AT_HAND = 2_000


@frame.section()
def draw() -> None:
    """A place for a split, and what is on both sides of it."""
    text = st.text_area(
        _(
            "Paste the table of your split: one line per recording, with the columns file and "
            "split, and speaker, sentence and emotion where you have them"
        ),
        placeholder="file,split,speaker\na.wav,train,Anna\nb.wav,test,Ben",
        max_chars=_MOST_CHARACTERS,
        key="own-split",
    ).strip()
    brought = st.file_uploader(
        _(
            "And add the recordings, in a zip, to have them listened to. If it has a table in "
            "it, or folders named train and test, none is needed above"
        ),
        type=["zip"],
        max_upload_size=audio.MAX_BYTES // 1024**2,
        key=held.key(_WIDGET),
    )
    try:
        if brought is not None:
            content = brought.getvalue()
            held.renew(_WIDGET)
            _listen(text, lambda: _unpacked(content, text))
            st.rerun()
        _show(text)
    except SerError as error:
        st.error(words.plain(error.message))
    st.caption(
        _(
            "Names reveal speakers under other spellings, sentences, and files on both sides. "
            "Sound also reveals the same recording as MP3, louder or cut. The recordings are "
            "gone once they have been heard; up to {count} are taken, and `undertone "
            "check-split` takes any number."
        ).format(count=batch.MAX_FILES)
    )


def _show(text: str) -> None:
    """What is known of the split: by sound if it was heard, else by its names."""
    of, report = st.session_state.get(_HEARD, ("", None))
    if report is not None and of == text:
        _tell(report)
    elif text:
        entries = manifests.with_sides(manifests.parse(text, "The table"))
        _tell(leaks.check_names(entries))
        there = _at_hand(entries)
        if there and st.button(
            _("Listen to these {count} recordings of the corpora here").format(
                count=figures.number(len(there))
            )
        ):
            _listen(text, lambda: (entries, there))
            st.rerun()


def _tell(report: Report) -> None:
    *found, verdict = leak_words.lines(report)
    show = st.error if report.leaks else st.info
    show(words.plain(verdict))
    for line in found:
        st.markdown(words.plain(line.strip()))


def _listen(
    text: str, split: Callable[[], tuple[Sequence[Entry], Mapping[Path, AudioSource]]]
) -> None:
    """Compare the sounds of a split; of the recordings nothing is kept."""
    st.session_state.pop(_HEARD, None)
    # As for the longest recording: of others' recordings none is worked on meanwhile.
    with kept.one_at_a_time(math.inf):
        entries, sounds = split()
        bar = st.progress(
            0.0,
            text=_("Listening to {count} recordings").format(count=figures.number(len(entries))),
        )

        def tell(share: float) -> None:
            bar.progress(share)

        report = leaks.check(entries, sounds, progress=tell)
    bar.empty()
    st.session_state[_HEARD] = (text, report)


def _unpacked(content: bytes, text: str) -> tuple[list[Entry], dict[Path, bytes]]:
    members = batch.unpack(content, most_bytes=min(held.room(), batch.MAX_UNPACKED_BYTES))
    return manifests.packed(dict(members), text)


def _at_hand(entries: Sequence[Entry]) -> dict[Path, Path]:
    """Where the recordings lie on this server, if all are of its corpora."""
    if len(entries) > _MOST_AT_HAND:
        return {}
    here: dict[str, Path] = {}
    for corpus, about in CORPORA.items():
        if any(about.parse(entry.path) for entry in entries):
            here |= cached.recordings(corpus)
    found = {entry.path: here.get(entry.path.stem) for entry in entries}
    return {path: place for path, place in found.items() if place} if all(found.values()) else {}
