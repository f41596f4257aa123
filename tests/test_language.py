"""In which language a sentence is said, and what the catalogues hold."""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from streamlit.testing.v1 import AppTest

from ser_core import figures, language
from ser_core.emotions import ALL_EMOTIONS, ANSWERS, shown
from tests.support.pages import TIMEOUT_S

ROOT = Path(__file__).resolve().parents[1]
OTHERS = [code for code in language.LANGUAGES if code != language.ENGLISH]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("de", "de"),
        ("de-DE", "de"),
        ("DE_at", "de"),
        ("fr-FR, de;q=0.7, en;q=0.3", "de"),
        ("en-GB,de;q=0.9", "en"),
        ("fr", "en"),
        ("", "en"),
        ("*", "en"),
    ],
)
def test_a_browser_gets_the_language_that_comes_nearest(wanted: str, found: str) -> None:
    assert language.nearest(wanted) == found


def test_english_is_said_where_nobody_asks_for_another_language() -> None:
    said = []
    with language.use("de-DE"):
        assert shown("sad") == "traurig"
        # Another thread serves another reader.
        other = threading.Thread(target=lambda: said.append(shown("sad")))
        other.start()
        other.join()
    assert [*said, shown("sad")] == ["sad", "sad"]


def test_english_reads_no_catalogue() -> None:
    code = (
        "from ser_core import language; language.gettext('sad');"
        "assert not language.catalogue.cache_info().currsize"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.parametrize(
    ("code", "thousands", "decimals", "share"),
    [("en", "7,356", "1,234.5", "74%"), ("de", "7.356", "1.234,5", "74\u00a0%")],
)
def test_numbers_are_written_as_the_language_does(
    code: str, thousands: str, decimals: str, share: str
) -> None:
    with language.use(code):
        assert figures.number(7356) == thousands
        assert figures.number(1234.5, 1) == decimals
        assert figures.percent(74) == share


@pytest.mark.parametrize("code", OTHERS)
def test_every_emotion_has_its_own_word_and_a_label_of_ones_own_stays(code: str) -> None:
    names = {*ALL_EMOTIONS, *ANSWERS}
    with language.use(code):
        assert len({shown(name) for name in names}) == len(names)
        assert shown("furious") == "furious"


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_read_is_what_was_translated(code: str) -> None:
    source = language.LOCALE / code / "LC_MESSAGES" / f"{language.DOMAIN}.po"
    made = io.BytesIO()
    mofile.write_mo(made, pofile.read_po(io.BytesIO(source.read_bytes()), locale=code))
    assert made.getvalue() == source.with_suffix(".mo").read_bytes(), "make words"


def test_a_module_that_speaks_uses_the_name_for_nothing_else() -> None:
    for path in (*(ROOT / "ser_core").rglob("*.py"), *(ROOT / "ui").rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        if any(isinstance(node, ast.alias) and node.asname == "_" for node in nodes):
            # A comprehension's names are its own.
            apart = {
                id(name)
                for node in nodes
                if isinstance(node, ast.comprehension)
                for name in ast.walk(node.target)
            }
            named = [node for node in nodes if isinstance(node, ast.Name) and node.id == "_"]
            stored = [node for node in named if isinstance(node.ctx, ast.Store)]
            assert all(id(node) in apart for node in stored), path


def page() -> None:
    import streamlit as st

    from ser_core.emotions import shown
    from ui import frame

    def pressed() -> None:
        st.session_state.said = shown("sad")

    @st.fragment
    def part() -> None:
        st.button("fragment")
        st.text(shown("angry"))

    frame.needed(part)
    st.button("callback", on_click=pressed)
    st.text(st.session_state.get("said", ""))


@pytest.mark.parametrize(
    ("locale", "angry", "sad"),
    [("de-DE", "wütend", "traurig"), ("fr-FR", "angry", "sad"), (None, "angry", "sad")],
)
def test_a_page_speaks_as_the_browser_does_and_so_do_its_fragments_and_callbacks(
    locale: str | None, angry: str, sad: str
) -> None:
    app = AppTest.from_function(page, default_timeout=TIMEOUT_S)
    app.context = {"locale": locale} if locale else {}
    app.run()
    app.button[0].click().run()
    assert [text.value for text in app.text] == [angry, ""]
    app.button[1].click().run()
    assert not app.exception
    assert [text.value for text in app.text] == [angry, sad]
