"""Listen by keyboard alone: each of its parts, at a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ser_core.inference import bundle

from .conftest import settle
from .test_listen import expect_verdict
from .test_listen_depth import WIDTHS


def focus_on(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press a key until something has the focus."""
    expect(wanted).to_be_visible()
    settle(page)
    for _ in range(80):
        # A component's own elements have the focus within it.
        if wanted.evaluate("element => element === element.getRootNode().activeElement"):
            return
        page.keyboard.press(key)
    pytest.fail(f"{wanted} cannot be reached by keyboard")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    focus_on(page, wanted)
    page.keyboard.press(key)


def choose_tab(page: Page, name: str) -> None:
    """Go along the tabs by arrow keys, beginning at the first."""
    focus_on(page, page.get_by_role("tab", name="Record"))
    wanted = page.get_by_role("tab", name=name)
    for _ in range(3):
        if wanted.get_attribute("aria-selected") == "true":
            return
        page.keyboard.press("ArrowRight")
    pytest.fail(f"the tab {name} cannot be reached by keyboard")


def choose_section(page: Page, name: str) -> None:
    """Go along the sections by arrow keys from the one that has the focus, and choose."""
    wanted = page.get_by_role("radio", name=name)
    sections = page.get_by_role("radiogroup").filter(has=wanted)
    chosen = sections.get_by_role("radio", checked=True)
    focus_on(page, chosen if chosen.count() else sections.get_by_role("radio").first)
    for _ in range(8):
        if wanted.evaluate("element => element === document.activeElement"):
            page.keyboard.press("Space")
            return
        page.keyboard.press("ArrowRight")
    pytest.fail(f"the section {name} cannot be reached by keyboard")


def bring(page: Page, *paths: Path) -> None:
    """Upload through the button and the system's own file dialogue."""
    # Listening takes effect apart from the key, and must be in effect before it.
    page.on("filechooser", lambda _: None)
    choose_tab(page, "Upload")
    button = page.get_by_test_id("stFileUploader").get_by_role("button", name="Upload", exact=True)
    focus_on(page, button)
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(list(paths))


@WIDTHS
def test_example_to_every_section(
    server: str, open_page: Callable[..., Page], width: int, scheme: str
) -> None:
    page = open_page(f"{server}/listen", width=width, scheme=scheme)
    choose_tab(page, "Examples")
    press(page, page.get_by_role("button", name="A lively voice"))
    expect_verdict(page)

    choose_section(page, "Why?")
    expect(page.get_by_text("Each part was hidden in turn")).to_be_visible()

    choose_section(page, "Recording")
    expect(page.get_by_text("Clipping")).to_be_visible()
    press(page, page.get_by_role("switch", name="Reduce steady background noise"), "Space")
    expect(page.get_by_label(re.compile("^Noise reduced: mel spectrogram"))).to_be_visible()

    choose_section(page, "The voice in numbers")
    expect(page.get_by_label(re.compile("^.*Pitch: "))).to_be_visible()

    choose_section(page, "Compare models")
    expect(page.get_by_text("UAR")).to_have_count(len(bundle.names()))

    choose_section(page, "Download")
    with page.expect_download():
        press(page, page.get_by_role("button", name="Verdict as JSON"))


@WIDTHS
def test_files_to_a_timeline_and_a_table(
    server: str,
    open_page: Callable[..., Page],
    spoken: Path,
    conversation: Path,
    width: int,
    scheme: str,
) -> None:
    page = open_page(f"{server}/listen", width=width, scheme=scheme)
    bring(page, spoken, conversation)
    expect(page.get_by_text("Two files: two heard")).to_be_visible()
    expect_verdict(page)
    chosen = page.get_by_role("combobox", name=re.compile("Open a file"))
    focus_on(page, chosen)
    page.keyboard.type("conversation")
    option = page.get_by_role("option", name="conversation.wav")
    expect(option).to_be_visible()
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_text("conversation.wav, 13.5 s", exact=True)).to_be_visible()
    expect(
        page.get_by_label(re.compile("^Waveform, what was heard when and mel spectrogram"))
    ).to_be_visible()
    # Back through the table, which opens nothing by the way.
    order = page.get_by_role("combobox", name="Order")
    focus_on(page, order, "Shift+Tab")
    page.keyboard.type("longest")
    page.keyboard.press("Enter")
    expect(order).to_have_value("Longest first")
    settle(page)
    expect(page.get_by_text("conversation.wav, 13.5 s", exact=True)).to_be_visible()
    press(page, page.get_by_role("button", name="Clear", exact=True))
    expect(page.get_by_text("The verdict appears at the top")).to_be_visible()


@WIDTHS
def test_a_film(
    server: str, open_page: Callable[..., Page], ser_clips: Path, width: int, scheme: str
) -> None:
    page = open_page(f"{server}/listen", width=width, scheme=scheme)
    bring(page, ser_clips / "video-angry.mp4")
    expect_verdict(page)


@WIDTHS
def test_recording(server: str, open_page: Callable[..., Page], width: int, scheme: str) -> None:
    page = open_page(f"{server}/listen", width=width, scheme=scheme)
    recorder = page.get_by_test_id("stAudioInput")
    press(page, recorder.get_by_role("button", name="Record"))
    # Before the pause, which would end it.
    expect(recorder.get_by_text("00:01")).to_be_visible()
    press(page, recorder.get_by_role("button", name="Stop recording"))
    expect_verdict(page)
