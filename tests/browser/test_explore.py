"""Explore, as a visitor uses it."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ser_core.data import exploring
from ui.explore import story

from .conftest import settle
from .test_keyboard import press
from .test_layout import FITS

ALL = f"{len(exploring.manifest()):,}"
MAP = "explore?step=map"

# The point that is farthest from its neighbours, so that a click cannot mean another one: where on
# the page it is, and whose clip it is.
POINT = """() => {
    const chart = document.querySelector('.js-plotly-plot'), layout = chart._fullLayout;
    const box = chart.getBoundingClientRect();
    const points = chart._fullData.filter(trace => trace.customdata).flatMap(trace =>
        Array.from(trace.x, (_, number) => ({
            x: box.x + layout._size.l + layout.xaxis.l2p(trace.x[number]),
            y: box.y + layout._size.t + layout.yaxis.l2p(trace.y[number]),
            index: trace.customdata[number],
        })));
    const room = point => Math.min(...points.filter(other => other !== point)
        .map(other => Math.hypot(other.x - point.x, other.y - point.y)));
    return points.reduce((best, point) => room(point) > room(best) ? point : best);
}"""


def map_of(page: Page, colour: str):
    return page.get_by_label(f"coloured by {colour}")


def click_a_point(page: Page) -> dict:
    """Click one point of the map; gives the clip whose point it is."""
    chart = page.locator(".js-plotly-plot").first
    expect(chart.locator("canvas").first).to_be_attached()
    chart.scroll_into_view_if_needed()
    point = page.evaluate(POINT)
    page.mouse.move(point["x"], point["y"])
    expect(chart.locator(".hoverlayer .hovertext").first).to_be_attached()
    page.mouse.click(point["x"], point["y"])
    return exploring.manifest().loc[point["index"]].to_dict()


def test_filter_acts_on_the_charts_and_is_in_the_address(
    server: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{server}/explore")
    expect(page.get_by_text(f"{ALL} of {ALL} clips")).to_be_visible()
    page.get_by_role("button", name="Filter").click()
    page.get_by_role("combobox", name="Corpus").click()
    page.get_by_role("option", name="EMO-DB").click()
    expect(page.get_by_text(f"535 of {ALL} clips")).to_be_visible()
    expect(page.get_by_label("EMO-DB: 535 clips")).to_be_visible()
    again = open_page(page.url)
    expect(again.get_by_text(f"535 of {ALL} clips")).to_be_visible()


def test_the_story_by_keyboard_and_back_by_the_browser(
    server: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{server}/explore?corpus=ravdess")
    titles = [step.title for step in story.STEPS.values()]
    heading = page.get_by_role("heading", level=2)
    for title in titles[1:]:
        # The lower one: who has read so far goes on from there, and is brought to the top.
        press(page, page.get_by_role("button", name=f"Next: {title}").last)
        expect(heading).to_have_text(title)
        expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
        settle(page)
    press(page, page.get_by_role("button", name="Back").first)
    expect(heading).to_have_text(titles[-2])
    settle(page)
    for title in (titles[-1], titles[-2], titles[-3]):
        page.go_back()
        expect(heading).to_have_text(title)
        settle(page)
    assert page.url.endswith("step=map&colour=speaker&corpus=ravdess")


def test_the_map_shows_people_then_emotions_then_the_encoder(
    server: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{server}/{MAP}&corpus=ravdess")
    expect(map_of(page, "speaker")).to_be_visible()
    # Few enough people to be named where their clips lie.
    expect(page.locator(".js-plotly-plot .annotation")).to_have_count(24)
    page.get_by_role("button", name="Now the same by emotion").click()
    expect(map_of(page, "emotion")).to_be_visible()
    expect(page.locator(".js-plotly-plot .legendtext").first).to_have_text("angry")
    page.get_by_role("button", name="Now through the speech encoder").click()
    expect(page.get_by_label("seen through the speech encoder")).to_be_visible()
    # The address follows what is seen, at the end of a run.
    settle(page)
    again = open_page(page.url)
    expect(again.get_by_label("coloured by emotion, seen through the speech")).to_be_visible()


def test_clicked_point_shows_its_clip(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/{MAP}&corpus=emodb")
    expect(page.get_by_text("Click a point")).to_be_visible()
    clip = click_a_point(page)
    expect(page.get_by_text(f"({clip['speaker']}) says")).to_be_visible()
    expect(page.get_by_label(f"The 180 features of {clip['name']}")).to_be_visible()
    # It stays chosen when the map changes, because it is known by itself and not by its place.
    page.get_by_text("How the map is drawn").click()
    page.get_by_text("PCA", exact=True).click()
    expect(page.get_by_label("by PCA, coloured by speaker")).to_be_visible()
    expect(page.get_by_text(f"({clip['speaker']}) says")).to_be_visible()
    # And where the address goes.
    settle(page)
    again = open_page(page.url)
    expect(again.get_by_text(f"({clip['speaker']}) says")).to_be_visible()


@pytest.mark.parametrize("present", [False, True])
def test_clicked_point_is_heard_where_the_audio_is(
    open_page: Callable[..., Page], request: pytest.FixtureRequest, present: bool
) -> None:
    address = request.getfixturevalue("server_with_corpora" if present else "server")
    page = open_page(f"{address}/{MAP}&corpus=emodb")
    clip = click_a_point(page)
    player = page.get_by_test_id("stAudio")
    if present:
        expect(player).to_be_visible()
        expect(page.get_by_label(f"mel spectrogram of {clip['name']}")).to_be_visible()
    else:
        expect(page.get_by_text("no corpus audio comes with Undertone")).to_be_visible()
        expect(player).to_have_count(0)


def test_download_holds_what_the_chart_shows(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/explore?corpus=ravdess&gender=female")
    expect(page.get_by_text(f"720 of {ALL} clips")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as started:
        page.get_by_role("button", name="Clips by group and emotion").click()
    assert started.value.suggested_filename == "undertone-clips-by-corpus.csv"
    (row,) = csv.DictReader(started.value.path().read_text("utf-8-sig").splitlines())
    emotions = set(row) - {"corpus", "total"}
    assert sum(int(row[emotion]) for emotion in emotions) == int(row["total"]) == 720


@pytest.mark.parametrize("step", ["map", "learning"])
def test_a_step_fits_a_phone(server: str, open_page: Callable[..., Page], step: str) -> None:
    page = open_page(f"{server}/explore?step={step}", width=390, scheme="dark")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    settle(page)
    page.wait_for_function(FITS)
