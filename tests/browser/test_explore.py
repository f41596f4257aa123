"""Explore, as a visitor uses it."""

from __future__ import annotations

import csv
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from ser_core.data import exploring

from .conftest import settle
from .test_layout import FITS

ALL = f"{len(exploring.manifest()):,}"
SHOW = "explore?part=What+the+features+show"

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
    page.get_by_role("combobox", name="Corpus").click()
    page.get_by_role("option", name="EMO-DB").click()
    expect(page.get_by_text(f"535 of {ALL} clips")).to_be_visible()
    expect(page.get_by_label("EMO-DB: 535 clips")).to_be_visible()
    again = open_page(page.url)
    expect(again.get_by_text(f"535 of {ALL} clips")).to_be_visible()


def test_colours_switch_from_emotions_to_people(
    server: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{server}/{SHOW}&corpus=RAVDESS")
    expect(map_of(page, "emotion")).to_be_visible()
    expect(page.locator(".js-plotly-plot .legendtext").first).to_have_text("angry")
    page.get_by_text("Speaker", exact=True).click()
    expect(map_of(page, "speaker")).to_be_visible()
    # Few enough people to be named where their clips lie.
    expect(page.locator(".js-plotly-plot .annotation")).to_have_count(24)


def test_clicked_point_shows_its_clip(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/{SHOW}&corpus=EMO-DB")
    expect(page.get_by_text("Click a point")).to_be_visible()
    clip = click_a_point(page)
    expect(page.get_by_text(f"({clip['speaker']}) says")).to_be_visible()
    expect(page.get_by_label(f"The 180 features of {clip['name']}")).to_be_visible()
    # It stays chosen when the map changes, because it is known by itself and not by its place.
    page.get_by_text("PCA", exact=True).click()
    expect(page.get_by_label("by PCA, coloured by emotion")).to_be_visible()
    expect(page.get_by_text(f"({clip['speaker']}) says")).to_be_visible()


@pytest.mark.parametrize("present", [False, True])
def test_clicked_point_is_heard_where_the_audio_is(
    open_page: Callable[..., Page], request: pytest.FixtureRequest, present: bool
) -> None:
    address = request.getfixturevalue("server_with_corpora" if present else "server")
    page = open_page(f"{address}/{SHOW}&corpus=EMO-DB")
    clip = click_a_point(page)
    player = page.get_by_test_id("stAudio")
    if present:
        expect(player).to_be_visible()
        expect(page.get_by_label(f"mel spectrogram of {clip['name']}")).to_be_visible()
    else:
        expect(page.get_by_text("no corpus audio comes with Undertone")).to_be_visible()
        expect(player).to_have_count(0)


def test_download_holds_what_the_chart_shows(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/explore?corpus=RAVDESS&gender=Female")
    expect(page.get_by_text(f"720 of {ALL} clips")).to_be_visible()
    settle(page)
    with page.expect_download() as started:
        page.get_by_role("button", name="Data (CSV)").first.click()
    assert started.value.suggested_filename == "undertone-clips-by-corpus.csv"
    (row,) = csv.DictReader(started.value.path().read_text("utf-8-sig").splitlines())
    emotions = set(row) - {"corpus", "total"}
    assert sum(int(row[emotion]) for emotion in emotions) == int(row["total"]) == 720


@pytest.mark.parametrize("part", ["What+the+features+show", "How+the+model+learned"])
def test_a_part_fits_a_phone(server: str, open_page: Callable[..., Page], part: str) -> None:
    page = open_page(f"{server}/explore?part={part}", width=390, scheme="dark")
    expect(page.locator(".js-plotly-plot").first).to_be_visible()
    settle(page)
    page.wait_for_function(FITS)
