"""The Live page, followed from end to end with a fake microphone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, expect

from ui.listen import microphone

from .conftest import launch, settle

RIBBON_JS = Path(__file__).resolve().parents[2] / "ui" / "live" / "ribbon.js"
HEARD = re.compile(r"^(Sounds \w+, \d+\s%|Sounds ordinary.*|Not sure: \w+ or \w+)$")
PAINTED = """canvas => {
  const { width, height } = canvas;
  const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
  let painted = 0;
  for (let i = 3; i < data.length; i += 4) painted += data[i] > 0;
  return painted;
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_the_voice_is_drawn_as_it_comes_and_taken_to_listen(
    server: str, open_page: Callable[..., Page], width: int
) -> None:
    page = open_page(f"{server}/live", width=width)
    ribbon = page.locator("canvas.ribbon")
    settle(page)
    assert ribbon.evaluate(PAINTED) == 0
    page.get_by_role("button", name="Speak").click()
    expect(page.locator(".live .now")).to_have_text(HEARD)
    assert ribbon.evaluate(PAINTED) > 0
    expect(page.locator(".live [role=status]")).not_to_be_empty()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("In all, heard as on Listen")).to_be_visible()
    with page.expect_download() as waited:
        page.get_by_role("button", name="Keep a card").click()
    card = Path(waited.value.path()).read_bytes()
    # A picture of 1200 by 630 points, made in the browser.
    assert card.startswith(b"\x89PNG") and card[16:24] == bytes((0, 0, 4, 176, 0, 0, 2, 118))
    page.get_by_role("button", name="Take this to Listen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Listen")
    expect(page.get_by_text("What you said live")).to_be_visible()


def test_by_keyboard_and_cleared(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/live")
    settle(page)
    page.get_by_role("button", name="Speak").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".live .now")).not_to_be_empty()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_role("button", name="Take this to Listen")).to_have_count(0)
    expect(page.locator(".live .time")).to_be_empty()
    assert page.locator("canvas.ribbon").evaluate(PAINTED) == 0


def test_a_refused_microphone_is_told(server: str, playwright: Playwright) -> None:
    browser = launch(playwright, "--use-fake-device-for-media-stream", "--deny-permission-prompts")
    page = browser.new_page()
    page.goto(f"{server}/live")
    page.get_by_role("button", name="Speak").click()
    expect(page.get_by_role("alert")).to_have_text(microphone.WITHOUT["denied"])
    expect(page.get_by_role("button", name="Speak")).to_be_visible()
    browser.close()


def test_samples_are_counted_and_kept_within_bounds(page_of_its_own: Page) -> None:
    """The parts of the script that compute: sample by sample."""
    found = page_of_its_own.evaluate(
        """async (source) => {
          const module = await import(URL.createObjectURL(
            new Blob([source], { type: "text/javascript" })));
          const ramp = Float32Array.from({ length: 48 }, (_, i) => i / 48);
          return {
            whole: [...module.toInt16(Float32Array.of(-2, -1, 0, 0.5, 1, 2))],
            third: [...module.resample(ramp, 48000)].length,
            mean: module.resample(Float32Array.of(0, 3, 6), 48000)[0],
            same: module.resample(ramp, 16000) === ramp,
            text: module.toBase64(Int16Array.of(1, -2, 256)),
          };
        }""",
        RIBBON_JS.read_text(encoding="utf-8"),
    )
    assert found["whole"] == [-32768, -32767, 0, 16384, 32767, 32767]
    assert found["third"] == 16 and found["mean"] == 3 and found["same"]
    assert found["text"] == "AQD+/wAB"


@pytest.fixture
def page_of_its_own(server: str, open_page: Callable[..., Page]) -> Page:
    return open_page(f"{server}/live")
