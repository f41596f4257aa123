"""Every page, run as Streamlit runs it, without a browser."""

from __future__ import annotations

import gc
import re
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from ser_core import audio, load_model
from ser_core.errors import BundleError
from ser_core.inference import bundle
from tests.support.pages import ROOT, n_heard, open_page, sweep, upload, verdict
from tests.support.voices import encoded
from ui import cached, frame, words

pytestmark = pytest.mark.slow


@pytest.fixture
def listen() -> AppTest:
    return open_page("pages/listen.py")


@pytest.mark.parametrize("path", [page[0] for page in frame.PAGES])
def test_page_opens(path: str) -> None:
    app = open_page(path)
    assert not app.exception
    assert not app.error
    assert app.title
    said = [str(element.value) for element in (*app.metric, *app.markdown, *app.caption)]
    assert said and not [text for text in said if re.search(r"\d\s%", text)]  # no line ends there


@pytest.mark.parametrize("path", ["streamlit_app.py", "pages/about.py"])
def test_score_is_read_from_the_bundle_and_names_both_protocols(path: str) -> None:
    app = open_page(path)
    said = " ".join(str(element.value) for element in (*app.metric, *app.markdown))
    reports = load_model().info["reports"]
    assert {"speakers", "corpora"} <= set(reports)
    for report in reports.values():
        assert words.score(report["uar"]) in said
    assert "unseen corpus" in said.lower() + " ".join(m.label for m in app.metric).lower()


def test_about_says_where_the_model_fails() -> None:
    said = " ".join(str(element.value) for element in open_page("pages/about.py").markdown)
    unseen = load_model().info["reports"]["corpora"]["by_corpus"].values()
    worst = min((part["uar"] for part in unseen), key=lambda uar: uar["value"])
    assert f"{words.score(worst)} ({words.interval(worst)})" in said
    assert "10 dB below the voice" in said


def test_listen_waits_for_a_voice(listen: AppTest) -> None:
    assert verdict(listen) is None
    assert any("stops by itself when you pause" in text.value for text in listen.markdown)


@pytest.mark.parametrize(
    ("container", "name"),
    [
        ("WAV", "a.wav"),
        ("FLAC", "a.flac"),
        ("OGG", "a.ogg"),
        ("MP3", "a.mp3"),
        ("AIFF", "a.aiff"),
        ("FLAC", "misnamed.txt"),
    ],
)
def test_upload_gets_the_librarys_verdict(listen: AppTest, container: str, name: str) -> None:
    content = sweep(container=container)
    upload(listen, content, name)
    assert not listen.error
    assert verdict(listen) == load_model().predict(content).headline
    assert n_heard(listen) == 1


def test_recording_gets_a_verdict(listen: AppTest) -> None:
    listen.audio_input[0].set_value(("audio.wav", sweep(), "audio/wav")).run()
    assert verdict(listen) == load_model().predict(sweep()).headline


def test_rerun_and_page_change_keep_the_clip_and_count_it_once(listen: AppTest) -> None:
    upload(listen, sweep())
    heard = verdict(listen)
    listen.run()
    listen.switch_page("pages/about.py").run()
    listen.switch_page("pages/listen.py").run()
    assert verdict(listen) == heard
    assert n_heard(listen) == 1
    upload(listen, sweep(), "the same again.wav")
    assert n_heard(listen) == 1
    upload(listen, sweep(low=220), "another.wav")
    assert n_heard(listen) == 2


def test_newest_recording_wins(listen: AppTest) -> None:
    upload(listen, sweep())
    listen.audio_input[0].set_value(("audio.wav", sweep(3.0), "audio/wav")).run()
    assert any("3.0 s" in text.value for text in listen.markdown)
    listen.run()
    assert any("3.0 s" in text.value for text in listen.markdown)


def test_clip_can_be_brought_back_after_a_page_change(listen: AppTest) -> None:
    upload(listen, sweep(2.0))
    listen.audio_input[0].set_value(("audio.wav", sweep(3.0), "audio/wav")).run()
    listen.switch_page("pages/about.py").run()
    listen.switch_page("pages/listen.py").run()
    upload(listen, sweep(2.0))
    assert any("2.0 s" in text.value for text in listen.markdown)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0 bytes"),
        (b"plain text, not sound", "not a sound"),
        (sweep(0.1), "Record a little longer"),
    ],
    ids=["empty", "text", "short"],
)
def test_refusal_says_why_and_keeps_the_earlier_clip(
    listen: AppTest, content: bytes, said: str
) -> None:
    upload(listen, sweep())
    heard = verdict(listen)
    upload(listen, content, "b.wav")
    assert said in listen.error[0].value
    assert verdict(listen) == heard
    assert n_heard(listen) == 1
    upload(listen, sweep(low=220), "c.wav")
    assert not listen.error


def test_warnings_are_shown_in_words(listen: AppTest) -> None:
    content = sweep(0.5)
    upload(listen, content)
    expected = [warning.message for warning in load_model().predict(content).warnings]
    assert expected
    assert [warning.value for warning in listen.warning] == expected


def test_an_ordinary_voice_is_told_so_and_what_that_is_worth(
    listen: AppTest, ser_clips: Path
) -> None:
    """As people bring one: on a phone, from a room."""
    clip = audio.load(ser_clips / "03-01-01-01-01-01-08.wav")
    upload(listen, encoded(3 * clip.signal[:-1_600]))
    assert verdict(listen) == "Sounds ordinary: none of the four"
    trust = next(text.value for text in listen.markdown if "how people speak" in text.value)
    assert "neutral, calm or bored" in trust and "gave" in trust


def test_a_training_clip_gets_no_promise_about_strangers(listen: AppTest, ser_clips: Path) -> None:
    upload(listen, (ser_clips / "03-01-05-02-01-01-08.wav").read_bytes())
    assert verdict(listen).startswith("Sounds angry")
    assert "learned from this very recording" in listen.warning[0].value
    assert not any("never heard" in text.value for text in listen.markdown)


def test_model_picker_comes_with_the_second_model(monkeypatch: pytest.MonkeyPatch) -> None:
    (first, *_) = bundle.names()
    monkeypatch.setattr(bundle, "names", lambda: [first, "second"])
    monkeypatch.setattr(cached, "load_model", lambda name: load_model(first))
    app = upload(open_page("pages/listen.py"), sweep())
    assert app.selectbox[0].label == "Model"
    app.selectbox[0].select("second").run()
    assert verdict(app)
    app.switch_page("pages/about.py").run()
    assert not app.exception
    app.switch_page("pages/listen.py").run()
    assert app.selectbox[0].value == "second"
    assert n_heard(app) == 1


def test_clear_forgets_the_clip(listen: AppTest) -> None:
    upload(listen, sweep())
    (clear,) = [button for button in listen.button if button.label == "Clear"]
    clear.click().run()
    assert verdict(listen) is None
    assert listen.session_state["held"] is None
    assert not listen.file_uploader[0].value
    upload(listen, sweep())
    assert verdict(listen)


@pytest.mark.parametrize("path", ["streamlit_app.py", "pages/listen.py", "pages/about.py"])
def test_missing_models_are_told_plainly(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> list[str]:
        raise BundleError("no_registry", "The registry of shipped models is missing.")

    monkeypatch.setattr(bundle, "names", refuse)
    app = open_page(path)
    assert not app.exception
    assert [error.value for error in app.error] == ["The registry of shipped models is missing."]


def test_a_warm_model_is_nothing_to_look_through_for_garbage(listen: AppTest) -> None:
    upload(listen, sweep())
    assert gc.get_freeze_count() > 100_000


def test_upload_cap_is_the_cores_and_leaves_room_for_the_form() -> None:
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert config["server"]["maxUploadSize"] * 1024**2 == audio.MAX_BYTES + 1024**2


def test_serving_imports_no_training_library() -> None:
    code = f"""
    import sys
    sys.path.insert(0, {str(ROOT)!r})
    from tests.support.pages import open_page, sweep, upload, verdict
    for page in ("pages/about.py", "pages/listen.py"):
        app = open_page(page)
    assert verdict(upload(app, sweep()))
    heavy = {{"tensorflow", "keras", "librosa", "numba", "sklearn", "torch"}} & set(sys.modules)
    assert not heavy, heavy
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, check=True)
