"""The front page's sentences."""

from __future__ import annotations

import copy

import pytest

from ser_core import load_model
from ser_core.inference import learned
from ui import frame
from ui.home import words as home_words


@pytest.fixture
def info() -> dict:
    return copy.deepcopy(load_model().info)


def test_all_that_it_learned_from_is_counted_and_not_what_was_judged(info: dict) -> None:
    said = home_words.cards(info, 2)["Explore"]
    assert f"{learned.count(info['learned']):,} recordings" in said
    assert f"Measured on the {info['reports']['speakers']['n_recordings']:,}" in (
        home_words.measured(info)
    )


@pytest.mark.parametrize("missing", ["served", "corpora"])
def test_a_bundle_with_fewer_figures_says_less(info: dict, missing: str) -> None:
    if missing == "served":
        del info["decision"]["served"]
    else:
        assert "rooms that it never heard" in home_words.trust(info)
        del info["reports"]["corpora"]
        assert [label for label, _, _ in home_words.scores(info)] == ["Right about strangers"]
        assert "rooms" not in home_words.trust(info)
    assert "times in ten on people it never met" in home_words.trust(info)
    assert set(home_words.cards(info, 1)) == {label for _, label, _ in frame.PAGES} - {"Home"}
