"""Readable and well ordered as the browser paints it: axe-core and the charts' own text."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from ui import theme

from .conftest import settle
from .test_listen import expect_verdict, upload

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
VIOLATIONS = """async () => (await axe.run()).violations.map(found => [
    found.id, found.impact, found.nodes.map(node => `${node.html} in ${
        document.querySelector(node.target[0])?.closest("[data-testid]")?.dataset.testid
    }: ${node.failureSummary}`)])"""
# Heading levels are judged "moderate" by axe; here they count.
SERIOUS = {"serious", "critical"}
ORDER = "heading-order"

TEXTS = """() => [...document.querySelectorAll(".js-plotly-plot .main-svg text")].map(text => {
    const box = text.getBoundingClientRect(), style = getComputedStyle(text);
    let opacity = parseFloat(style.fillOpacity);
    for (let each = text; each.parentElement; each = each.parentElement)
        opacity *= parseFloat(getComputedStyle(each).opacity);
    return {said: text.textContent.trim(), x: box.x + box.width / 2, y: box.y + box.height / 2,
        fill: style.fill, opacity, rimmed: style.textShadow !== "none"};
}).filter(text => text.said)"""
"""Text of charts lies in SVG, which axe does not judge."""

STEPS = [
    "explore",
    "explore?step=map&corpus=ravdess",
    "explore?step=learning",
    "explore?step=splits",
]
PAGES = ["", "listen", "listen with a verdict", "game", *STEPS, "retrain", "about"]
WITH_CHARTS = {"listen with a verdict", "retrain", *STEPS[1:3]}
"""Of plotly; axe judges the text of the others itself."""
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


def show(page: Page, place: str, recording: Path) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settle(page)
    if place.endswith("verdict"):
        upload(page, recording)
        expect_verdict(page)
        settle(page)


def address(place: str) -> str:
    return place.split(" ")[0]


@SCHEMES
@pytest.mark.parametrize("place", PAGES)
def test_axe_finds_nothing_serious_and_text_of_charts_stands_out(
    server: str, open_page: Callable[..., Page], conversation: Path, place: str, scheme: str
) -> None:
    page = open_page(f"{server}/{address(place)}", scheme=scheme)
    # The whole page at once: charts out of sight are not painted.
    page.set_viewport_size({"width": 1280, "height": 4000})
    show(page, place, conversation)
    if place in WITH_CHARTS:
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
        settle(page)
    page.evaluate(AXE)
    assert violations(page) == []
    if place in WITH_CHARTS:
        expect_text_of_charts_to_stand_out(page)


AT_REST = """() => !document.querySelector('[data-stale="true"]') && document.getAnimations().every(
    each => each.playState !== "running" || each.effect.getTiming().iterations === Infinity)"""


def violations(page: Page) -> list[Any]:
    """What stays wrong of a page at rest: what is drawn again fades, out and in."""
    found: list[Any] = []
    for _ in range(5):
        page.wait_for_function(AT_REST)
        found = [
            each for each in page.evaluate(VIOLATIONS) if each[1] in SERIOUS or each[0] == ORDER
        ]
        if not found:
            break
        settle(page)
    return found


def expect_text_of_charts_to_stand_out(page: Page) -> None:
    texts = page.evaluate(TEXTS)
    page.add_style_tag(content=".js-plotly-plot text { visibility: hidden !important }")
    painted = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    assert len(texts) > 5
    for text in texts:
        # The names on the map have a dark rim instead: they lie on points of every colour.
        if not text["rimmed"]:
            behind = painted.getpixel((int(text["x"]), int(text["y"])))
            assert contrast(text, behind) >= 4.5, text


def contrast(text: dict, behind: tuple[int, ...]) -> float:
    *colour, alpha = ([float(part) for part in re.findall(r"[\d.]+", text["fill"])] + [1.0])[:4]
    alpha *= text["opacity"]
    seen = [alpha * over + (1 - alpha) * under for over, under in zip(colour, behind, strict=True)]
    low, high = sorted(map(theme.luminance, (seen, behind)))
    return (high + 0.05) / (low + 0.05)
