"""Every page at desktop and phone width, light and dark."""

from __future__ import annotations

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


def test_front_door_leads_to_listen(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(server)
    page.get_by_role("button", name="Listen to a voice").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Listen")


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
