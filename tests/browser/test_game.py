"""The game by keyboard alone, on a phone's width: from the offer to the card."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from .conftest import settle
from .test_accessibility import AXE, violations
from .test_keyboard import press
from .test_layout import FITS


def button(page: Page, name: str) -> None:
    press(page, page.get_by_role("button", name=name))


def test_ten_rounds_by_keyboard(server_with_voices: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server_with_voices}/game", width=390, scheme="dark")
    fetch, play = (page.get_by_role("button", name=n) for n in ("Fetch real voices", "Play"))
    expect(fetch.or_(play)).to_be_visible()
    if fetch.is_visible():  # a second try finds them fetched
        button(page, "Fetch real voices")
    button(page, "Play")
    heading, spoken = page.get_by_role("heading", level=2), page.get_by_role("status")
    for number in range(1, 11):
        expect(heading).to_have_text(f"Voice {number} of 10")
        expect(page.get_by_text(re.compile("The model heard|would choose"))).to_have_count(0)
        button(page, "Sad")
        expect(page.get_by_text(re.compile("The actor meant"))).not_to_have_count(0)
        # A screen reader is told what it was.
        expect(spoken.filter(has_text="The actor meant")).to_have_count(1)
        if number == 1:
            page.wait_for_function(FITS)
            page.evaluate(AXE)
            assert violations(page) == []
        button(page, "See the score" if number == 10 else "Next voice")
    expect(heading.first).to_have_text(re.compile(r"(beats?|draw).*\d to \d"))
    settle(page)
    page.wait_for_function(FITS)
    assert violations(page) == []
    with page.expect_download() as kept:
        button(page, "Keep a card")
    assert kept.value.suggested_filename == "undertone-game.png"
