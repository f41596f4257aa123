"""The Game page as Streamlit runs it."""

from __future__ import annotations

import re
import shutil

import pytest
from streamlit.testing.v1 import AppTest

from ser_core import load_model
from ser_core.data import unheard, unheard_fetch
from ser_core.emotions import EMOTIONS
from tests.support import unheard as made
from tests.support.downloads import Server
from tests.support.pages import labels, open_page, press, said, verdict
from ui.voices import words as voice_words

pytestmark = pytest.mark.slow

FETCH = "Fetch real voices"


@pytest.fixture
def game(clips_server: Server) -> AppTest:
    """One that can be played: the voices were fetched before."""
    unheard_fetch.fetch(unheard.clips())
    return open_page("pages/game.py")


def heading(app: AppTest) -> str:
    return str(app.header[0].value)


def play(app: AppTest, *, right: bool) -> list[unheard.Clip]:
    """A game from Play, or Play again, to the score; gives its voices."""
    press(app, "Play" if "Play" in labels(app) else "Play again")
    clips = list(app.session_state["game"].clips)
    for number, clip in enumerate(clips, 1):
        wrong = next(emotion for emotion in EMOTIONS if emotion != clip.emotion)
        press(app, (clip.emotion if right else wrong).capitalize())
        press(app, "See the score" if number == len(clips) else "Next voice")
    return clips


def test_without_voices_it_offers_them_and_without_a_network_leads_elsewhere(
    clips_server: Server,
) -> None:
    app = open_page("pages/game.py")
    assert "from its authors' mirror on GitLab" in said(app)
    assert "nobody meant anything by them" in said(app)
    assert clips_server.requests.total() == 0
    clips_server.close()
    press(app, FETCH)
    assert "reaches neither address" in app.error[0].value
    assert "Play" not in labels(app) and FETCH in labels(app)


def test_a_press_fetches_them_and_it_can_be_played(clips_server: Server) -> None:
    app = press(open_page("pages/game.py"), FETCH)
    assert "Play" in labels(app) and FETCH not in labels(app)


def test_the_models_answer_is_told_only_after_the_visitors(game: AppTest) -> None:
    press(game, "Play")
    assert heading(game) == "Voice 1 of 10"
    clip = game.session_state["game"].clips[0]
    assert clip.name not in said(game) and "The actor meant" not in said(game)
    assert "The model heard" not in said(game) and "would choose" not in said(game)
    press(game, clip.emotion.capitalize())
    heard = load_model().predict(made.wav(clip.name))
    told = said(game)
    assert f"The actor meant **{clip.emotion}**. You said **{clip.emotion}**: right." in told
    assert f"**{heard.emotion}**" in told and voice_words.listeners(clip) in told
    right = int(heard.emotion == clip.emotion)
    assert f"**You 1, the model {right}**, of one voice." in told
    assert "Angry" not in labels(game)
    press(game, "Next voice")
    assert heading(game) == "Voice 2 of 10" and "The actor meant" not in said(game)


def test_ten_rounds_end_in_a_score_with_what_it_is_worth(game: AppTest) -> None:
    clips = play(game, right=True)
    assert len(set(clips)) == 10
    heard = {clip: load_model().predict(made.wav(clip.name)) for clip in clips}
    model = sum(heard[clip].emotion == clip.emotion for clip in clips)
    assert heading(game) == (
        f"You beat the machine, 10 to {model}" if model < 10 else "A draw, 10 to 10"
    )
    values = {metric.label: metric.value for metric in game.metric}
    assert values == {"You": "10", "The model": str(model), "Listeners": "7.0", "Chance": "2.5"}
    told = said(game)
    assert "anything from 72% to 100% of such voices (95%\u00a0interval)" in told
    assert "100 answers, 10 to 10 people a voice" in told
    (table,) = [text.value for text in game.markdown if text.value.startswith("| Meant")]
    assert len(table.splitlines()) == 12 and table.count("✓") == 10 + model
    assert "There is no voice that both of you took for something else." in told


def test_it_leads_on(game: AppTest) -> None:
    play(game, right=False)
    assert re.search("You both took .* for something else|There is no voice", said(game))
    links = [(link.proto.page, link.proto.query_string) for link in game.get("page_link")]
    assert links[-4:] == [
        ("explore", "step=map&colour=speaker"),
        ("retrain", "split=Random+%28flattering%29"),
        ("retrain", ""),
        ("", ""),
    ]


def test_the_score_is_kept_for_the_visit(game: AppTest) -> None:
    play(game, right=True)
    assert "games on this visit" not in said(game)
    game.switch_page("pages/about.py").run()
    game.switch_page("pages/game.py").run()
    assert "10 to" in heading(game)
    play(game, right=False)
    assert re.search(r"In two games on this visit: you 10, .*, of 20\.", said(game))


def test_a_game_whose_voices_are_gone_begins_anew(game: AppTest) -> None:
    press(game, "Play")
    shutil.rmtree(unheard.folder())
    game.run()
    assert FETCH in labels(game) and not game.error


def test_a_voice_is_looked_at_closely_on_listen(game: AppTest) -> None:
    press(game, "Play")
    clip = game.session_state["game"].clips[0]
    press(game, "Sad")
    press(game, "Look at it closely")
    game.switch_page("pages/listen.py").run()
    assert verdict(game) == load_model().predict(made.wav(clip.name)).headline
    assert f"**{clip.emotion}**" in said(game)
