"""Real voices on Home and Listen: offered, fetched at a press, shown with what was meant."""

from __future__ import annotations

from collections import Counter

import pytest
from streamlit.testing.v1 import AppTest

from ser_core import load_model
from ser_core.data import unheard
from ser_core.inference.prediction import Prediction
from tests.support import unheard as made
from tests.support.downloads import Server
from tests.support.pages import labels, open_page, press, said, verdict
from ui import held
from ui.voices import words

pytestmark = pytest.mark.slow

PAGES = {"streamlit_app.py": 3, "pages/listen.py": 12}
FETCH = "Fetch real voices"
RIGHT_IN_TEN = "times in ten on people it never met"


def voices(app: AppTest) -> list[str]:
    return [label for label in labels(app) if label.startswith(("A woman,", "A man,"))]


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_fetched_before_a_press_and_it_is_said_what_would_be(
    clips_server: Server, page: str
) -> None:
    app = open_page(page)
    megabytes = sum(clip.n_bytes for clip in unheard.clips()) / 1e6
    offer = said(app)
    for told in (f"12 clips of actors the model never heard, {megabytes:.1f} MB", "GitHub"):
        assert told in offer
    for told in ("mirror on GitLab", "Cao and others (2014)", "ODbL 1.0"):
        assert told in offer
    assert clips_server.requests.total() == 0
    assert voices(app) == [] and "A raised voice" in labels(app)


@pytest.mark.parametrize(("page", "count"), PAGES.items())
def test_a_press_brings_voices_each_a_press_from_its_verdict(
    clips_server: Server, page: str, count: int
) -> None:
    app = press(open_page(page), FETCH)
    assert FETCH not in labels(app)
    assert len(voices(app)) == count
    (first, *_) = unheard.to_show(
        {clip: load_model().predict(made.wav(clip.name)) for clip in unheard.clips()}, count
    )
    heard = load_model().predict(made.wav(first.name))
    press(app, words.label(first, heard))
    assert verdict(app) == heard.headline
    assert words.told(first, heard) in said(app)
    # Nothing of the visitor's would be lost with it.
    assert app.session_state["held"].example == first.name


def test_without_a_network_it_says_so_and_the_synthetic_ones_stay(clips_server: Server) -> None:
    clips_server.close()
    app = press(open_page("streamlit_app.py"), FETCH)
    assert "reaches neither address" in app.error[0].value
    assert FETCH in labels(app) and "A raised voice" in labels(app)
    press(app, "A raised voice")
    assert verdict(app) is not None


@pytest.mark.parametrize("page", PAGES)
def test_how_often_it_is_right_about_people_is_not_said_under_a_synthetic_sound(
    clips_server: Server, page: str
) -> None:
    app = open_page(page)
    assert (RIGHT_IN_TEN in said(app)) == (page == "streamlit_app.py")
    press(app, "A raised voice")
    assert "Nobody spoke" in said(app)
    for promise in (RIGHT_IN_TEN, "people it had never heard", "whom it had never heard"):
        assert promise not in said(app)


def test_an_actors_clip_is_soon_back_and_a_visitors_recording_is_not(
    clips_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    for recording, lost in (
        (held.of("A woman", b"", example="1072_IEO_ANG_HI"), False),
        (held.of("A lively voice", b"", synthetic=True), False),
        (held.of("Your recording", b""), True),
    ):
        monkeypatch.setattr(held, "current", lambda recording=recording: recording)
        assert held.would_be_lost() == lost


def prediction(verdict: str, emotion: str) -> Prediction:
    return Prediction(verdict, emotion, 0.6, {emotion: 0.6, "ordinary": 0.4}, 2.0)


@pytest.mark.parametrize("wrong", [0, 5, 30, 35, None])
def test_those_shown_are_of_many_actors_and_one_of_them_is_heard_wrong(wrong: int | None) -> None:
    clips = unheard.clips()
    heard = {clip: prediction("ordinary", clip.emotion) for clip in clips}
    if wrong is not None:
        other = "sad" if clips[wrong].emotion != "sad" else "happy"
        heard[clips[wrong]] = prediction(other, other)
    for count in (3, 12):
        chosen = unheard.to_show(heard, count)
        assert len(set(chosen)) == count
        assert wrong is None or clips[wrong] in chosen
        of_rule = [clip for clip in chosen if not unheard.mistaken(clip, heard[clip])]
        assert len({clip.speaker for clip in of_rule}) == len(of_rule)
        assert max(Counter(clip.emotion for clip in of_rule).values()) <= -(-count // 4)
    assert unheard.to_show({}, 3) == []


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        (("angry", "angry"), "The actor meant **angry**, and that is what it heard."),
        (("sad", "sad"), "It takes this one for **sad**: the actor meant **angry**."),
        (("ordinary", "sad"), "The actor meant **angry**; to the model it sounds ordinary."),
        (("not_sure", "angry"), "The actor meant **angry**; the model is not sure."),
    ],
)
def test_what_was_meant_stands_beside_what_was_heard(heard: tuple[str, str], told: str) -> None:
    (clip,) = [clip for clip in unheard.clips() if clip.name == "1072_IEO_ANG_HI"]
    assert words.told(clip, prediction(*heard)) == (
        f"{told} Of 9 people who heard the voice alone, 8 said angry and 1 said disgust."
    )
