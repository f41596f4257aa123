"""The game's rules: what is drawn, who is right, and what ten rounds are worth."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from ser_core.data import guessing, unheard
from ser_core.data.guessing import Round, Score
from ser_core.inference.prediction import Prediction

CLIPS = unheard.clips()
BY_EMOTION = {clip.emotion: clip for clip in CLIPS}


def a_round(meant: str, guess: str, model: str, verdict: str = "") -> Round:
    heard = Prediction(verdict or model, model, 0.5, {model: 0.5, "ordinary": 0.5}, 2.0)
    return Round(BY_EMOTION[meant], heard, guess)


def test_a_game_has_no_voice_twice_and_is_even() -> None:
    games = [guessing.draw(CLIPS, np.random.default_rng(seed)) for seed in range(30)]
    for game in games:
        assert len(set(game.clips)) == len({clip.speaker for clip in game.clips}) == 10
        counts = Counter(clip.emotion for clip in game.clips)
        assert sorted(counts.values()) == [2, 2, 3, 3]
        assert Counter(clip.gender for clip in game.clips)["female"] in (4, 5, 6)
    # Every clip comes, and the order tells nothing.
    assert {clip for game in games for clip in game.clips} == set(CLIPS)
    assert len({tuple(clip.emotion for clip in game.clips[:4]) for game in games}) > 15


def test_a_game_goes_on_until_every_voice_was_guessed() -> None:
    game = guessing.draw(CLIPS, np.random.default_rng(0), 2)
    for clip in list(game.clips):
        assert game.clip == clip and not game.over()
        game.rounds.append(a_round(clip.emotion, "sad", "sad"))
    assert game.over()


def test_everybody_is_counted_and_the_model_by_its_likeliest_emotion() -> None:
    rounds = [
        a_round("angry", "angry", "angry"),
        a_round("happy", "sad", "happy", "ordinary"),
        a_round("sad", "sad", "fearful", "not_sure"),
    ]
    listeners = sum(
        clip.votes[clip.emotion] / clip.n_listeners for clip in (one.clip for one in rounds)
    )
    score = guessing.score(rounds)
    assert (score.rounds, score.you, score.model, score.chance) == (3, 2, 2, 0.75)
    assert score.listeners == pytest.approx(listeners)
    twice = score + score
    assert (twice.rounds, twice.you, twice.model, twice.chance) == (6, 4, 4, 1.5)
    assert Score() + score == score


@pytest.mark.parametrize(
    ("right", "low", "high"),
    [(0, 0.0, 0.278), (5, 0.237, 0.763), (7, 0.397, 0.892), (10, 0.722, 1)],
)
def test_what_ten_rounds_leave_open(right: int, low: float, high: float) -> None:
    # Wilson (1927), as any table of it has them.
    assert guessing.interval(right, 10) == pytest.approx((low, high), abs=0.001)


@pytest.mark.parametrize(
    ("yours", "its", "both", "differ"),
    [(0, 0, 10, False), (5, 0, 5, False), (6, 0, 4, True), (1, 7, 2, False), (0, 9, 1, True)],
)
def test_a_lead_is_more_than_chance_only_where_it_is_large(
    yours: int, its: int, both: int, differ: bool
) -> None:
    rounds = [
        *[a_round("sad", "sad", "angry")] * yours,
        *[a_round("sad", "angry", "sad")] * its,
        *[a_round("sad", "sad", "sad")] * both,
    ]
    assert guessing.differ(rounds) == differ
