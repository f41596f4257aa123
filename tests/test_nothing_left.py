"""No sentence is left behind: each has its translation, and no page says one past the catalogue."""

from __future__ import annotations

import io
import string
from collections.abc import Callable
from functools import partial

import pytest
from babel.messages import Catalog, Message, frontend, pofile
from babel.messages.extract import extract_from_dir
from streamlit.testing.v1 import AppTest

from ser_core import language
from tests.support import pseudo
from tests.support.pages import ROOT, TIMEOUT_S, sweep, upload_many
from ui.explore import address

pytestmark = pytest.mark.slow

OTHERS = [code for code in language.LANGUAGES if code != language.ENGLISH]
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}

NAMES = frozenset(
    "Undertone RAVDESS TESS EMO-DB CREMA-D nEMO BanglaSER TurEV-DB WAV UAR CSV JSON MFCC PCA t-SNE "
    "CC BY-NC-SA BY-NC-ND BY ODbL Praat TextGrid ELAN WebVTT SubRip kHz Hz dB MB PCM_16 "
    "F1 a.wav b.wav c.wav".split()
)
"""What is the same in every language: names, units, formats and licences."""

EXAMPLE = "file,split,speaker\na.wav,train,Anna\nb.wav,test,Ben"
"""The columns of a split are called so everywhere."""


@pytest.fixture(scope="module")
def sources() -> Catalog:
    found = Catalog()
    with (language.LOCALE / "babel.cfg").open() as settings:
        method_map, options = frontend.parse_mapping_cfg(settings)
    for file, _line, message, _comments, context in extract_from_dir(
        str(ROOT), method_map, options, KEYWORDS
    ):
        found.add(message, locations=[(file, 0)], context=context)
    return found


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def faults(message: Message) -> list[str]:
    """What is wrong with a translation."""
    texts = message.string if isinstance(message.string, tuple) else (message.string,)
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    wanted = set().union(*map(fields, ids))
    found = ["fuzzy"] if message.fuzzy else []
    found += ["not translated"] if not all(texts) else []
    # A singular may spell its number out.
    others = [fields(text) for text in texts[-1:]]
    found += [f"places {other} for {wanted}" for other in others if all(texts) and other != wanted]
    return found


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_has_its_translation(code: str, sources: Catalog) -> None:
    path = language.LOCALE / code / "LC_MESSAGES" / f"{language.DOMAIN}.po"
    there = pofile.read_po(io.BytesIO(path.read_bytes()), locale=code)
    wanted = {(message.context, message.id) for message in sources if message.id}
    assert not {(message.context, message.id) for message in there if message.id} ^ wanted, (
        "make words"
    )
    assert not there.obsolete
    assert not {m.id: faults(m) for m in there if m.id and faults(m)}


def opened(path: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S)
    app.context = {"locale": OTHERS[0]}
    app.run()
    return app if path == "streamlit_app.py" else app.switch_page(path).run()


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if label in button.label).click().run()
    return app


def section(name: str) -> AppTest:
    """A long recording on Listen, looked at closer."""
    app = opened("pages/listen.py")
    press(app, "Two voices in turn")
    closer = next(group for group in app.button_group if "Look closer" in group.label)
    closer.set_value(name).run()
    assert closer.value == name
    return app


def many() -> AppTest:
    # Recordings that no other test brings: what was said of those is kept, in English.
    files = ("a.wav", sweep(2.3)), ("b.wav", sweep(3.3)), ("c.wav", b"no sound")
    return upload_many(opened("pages/listen.py"), *files)


def step(name: str) -> AppTest:
    """A step of Explore's story, with all that lies deeper."""
    app = opened("pages/explore.py")
    app.button_group(key="step").set_value(name).run()
    for box in app.expander:
        app.session_state[box.key] = True
    return app.run()


PAGES = ("streamlit_app.py", "pages/listen.py", "pages/live.py", "pages/game.py", "pages/about.py")
PAGES += ("pages/retrain.py",)
SECTIONS = ("Why?", "Recording", "The voice in numbers", "Compare models", "Download")
STATES: dict[str, Callable[[], AppTest]] = {
    **{path: partial(opened, path) for path in PAGES},
    "a verdict on Home": lambda: press(opened("streamlit_app.py"), "A raised voice"),
    **{name: partial(section, name) for name in SECTIONS},
    "many files": many,
    **{name: partial(step, name) for name in address.STEPS},
}


@pytest.mark.parametrize("state", STATES)
def test_a_page_says_nothing_past_the_catalogue(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pseudo.speak(monkeypatch)
    app = STATES[state]()
    assert not app.exception
    assert pseudo.unmarked(app, NAMES) <= {EXAMPLE}
