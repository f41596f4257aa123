"""The frame that every page shares: what becomes of a fault, and of Streamlit's own signals."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from ser_core.data import exploring
from ser_core.errors import CorpusError
from tests.support.pages import open_page
from ui import cached, frame
from ui.home import words as home_words
from ui.listen import microphone
from ui.live import ribbon
from ui.retrain import runs

pytestmark = pytest.mark.slow


def fail(*_args: object, **_kwargs: object) -> None:
    raise ZeroDivisionError("a fault that nobody foresaw")


def refuse(*_args: object, **_kwargs: object) -> None:
    raise CorpusError("no_table", "The table is missing.")


@pytest.mark.parametrize(
    ("path", "where", "name", "stays"),
    [
        ("streamlit_app.py", home_words, "scores", "What it is not for"),
        ("pages/about.py", cached, "noise_scores", "What it learned from"),
        ("pages/explore.py", exploring, "counts", "15,468 of 15,468 clips"),
        ("pages/retrain.py", runs, "here", "Your own recordings"),
        ("pages/listen.py", microphone, "record", "Listen"),
        ("pages/live.py", ribbon, "draw", "Speak for as long as you like"),
    ],
)
@pytest.mark.parametrize(
    ("fault", "told"), [(fail, frame.FAULT), (refuse, "The table is missing.")]
)
def test_a_fault_is_told_in_words_and_the_rest_of_the_page_stays(
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    where: object,
    name: str,
    stays: str,
    fault: Callable[..., None],
    told: str,
) -> None:
    monkeypatch.setattr(where, name, fault)
    app = open_page(path)
    assert not app.exception
    assert told in [error.value for error in app.error]
    headings = [e.value for e in (*app.title, *app.header, *app.subheader, *app.markdown)]
    assert any(stays in text for text in headings)


def with_signals() -> None:
    import streamlit as st

    from ui import frame

    with frame.section():
        if "again" not in st.session_state:
            st.session_state.again = True
            st.rerun()
        st.markdown("after a rerun")
        st.stop()
    st.markdown("after a stop")


def test_a_stop_and_a_rerun_are_no_faults() -> None:
    app = AppTest.from_function(with_signals).run()
    assert not app.error and not app.exception
    assert [text.value for text in app.markdown] == ["after a rerun"]


def with_callback() -> None:
    import streamlit as st

    from ui import frame

    def fail() -> None:
        raise ZeroDivisionError

    frame.begin("Test")
    st.button("Press", on_click=frame.guarded(fail))
    st.markdown("the rest")


def test_a_callbacks_fault_is_told_once_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame, "PAGES", ())
    app = AppTest.from_function(with_callback).run()
    app.button[0].click().run()
    assert [error.value for error in app.error] == [frame.FAULT]
    assert not app.exception
    assert app.markdown[-1].value == "the rest"
    assert not app.run().error


def test_what_the_page_cannot_do_without_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached, "clips", fail)
    app = open_page("pages/explore.py")
    assert [error.value for error in app.error] == [frame.FAULT]
    assert not app.exception and not app.selectbox
