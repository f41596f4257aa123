"""Every page at desktop and phone width, light and dark."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ui import frame

from .conftest import settle

# Waited for: what was drawn for another width or without its style is drawn again.
FITS = """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
    .every(element => element.scrollWidth <= element.clientWidth)"""
BACKGROUND = "element => getComputedStyle(element).backgroundColor"


def address(path: str) -> str:
    return "" if path == "streamlit_app.py" else Path(path).stem


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (390, "dark")], ids=["desk", "phone"]
)
@pytest.mark.parametrize("path", [page[0] for page in frame.PAGES])
def test_page_fits_and_follows_the_visitors_theme(
    server: str, open_page: Callable[..., Page], spoken: Path, path: str, width: int, scheme: str
) -> None:
    page = open_page(f"{server}/{address(path)}", width=width, scheme=scheme)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settle(page)
    if path == "pages/listen.py":
        page.get_by_role("tab", name="Upload").click()
        page.locator("input[type=file]").set_input_files(spoken)
        expect(page.locator(".js-plotly-plot")).to_have_count(2)
    page.wait_for_function(FITS)
    background = page.get_by_test_id("stApp").evaluate(BACKGROUND)
    dark = sum(int(c) for c in background[4:-1].split(",")[:3]) < 3 * 128
    assert dark == (scheme == "dark")


def test_one_press_at_the_front_door_gives_a_verdict(
    server: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(server)
    notice = page.get_by_text("software that guesses emotions")
    recorder = page.get_by_test_id("stAudioInput")
    # Where things stand is read of a page at rest.
    settle(page)
    # Who is about to speak is told to what, before.
    assert notice.bounding_box()["y"] < recorder.bounding_box()["y"]
    recorder.get_by_role("button", name="Record").click()
    # Who has spoken and pauses need not press again.
    verdict = page.get_by_role("heading", level=2).first
    expect(verdict).to_have_text(re.compile("^(Sounds|Not sure|No speech)"))
    said = verdict.text_content()
    page.get_by_role("button", name="See why").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Listen")
    expect(page.get_by_role("heading", level=2).first).to_have_text(said)


def test_waveform_and_spectrogram_share_one_hover_line(
    server: str, open_page: Callable[..., Page], spoken: Path
) -> None:
    page = open_page(f"{server}/listen")
    page.get_by_role("tab", name="Upload").click()
    page.locator("input[type=file]").set_input_files(spoken)
    chart = page.locator(".js-plotly-plot").nth(1)
    chart.scroll_into_view_if_needed()
    chart.hover()
    expect(chart.locator(".spikeline").first).to_be_attached()
    hover = chart.locator(".hoverlayer")
    expect(hover).to_contain_text("level")
    expect(hover).to_contain_text("dB")
