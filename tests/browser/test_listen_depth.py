"""Listen in depth, as a visitor uses it: at a desk, on a phone, and by keyboard alone."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ser_core import bundle, load_model, sounds

from .test_layout import SIDEWAYS
from .test_listen import VERDICT, expect_verdict, upload

WIDTHS = pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (390, "dark")], ids=["desk", "phone"]
)


@pytest.fixture(scope="module")
def conversation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sounds") / "conversation.wav"
    path.write_bytes(sounds.make("two"))
    return path


def open_section(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()


def settle(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def expect_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate(SIDEWAYS) == [0, 0]


@WIDTHS
def test_example_to_every_section(
    server: str, open_page: Callable[..., Page], width: int, scheme: str
) -> None:
    page = open_page(f"{server}/listen", width=width, scheme=scheme)
    page.get_by_role("tab", name="Examples").click()
    page.get_by_role("button", name="A raised voice").click()
    expect_verdict(page)
    expect(page.get_by_text("A raised voice (synthetic)")).to_be_visible()
    expect_no_sideways_scroll(page)

    open_section(page, "Why?")
    expect(page.get_by_label(re.compile("^Spectrogram with what spoke for"))).to_be_visible()
    expect_no_sideways_scroll(page)

    open_section(page, "Recording")
    expect(page.get_by_text("Clipping")).to_be_visible()
    page.get_by_text("Reduce steady background noise").click()
    expect(page.get_by_label(re.compile("^Noise reduced: mel spectrogram"))).to_be_visible()
    expect(page.get_by_test_id("stAudio")).to_have_count(3)
    expect_no_sideways_scroll(page)

    open_section(page, "The voice in numbers")
    expect(page.get_by_label(re.compile("^.*Pitch: "))).to_be_visible()
    expect(page.get_by_label(re.compile("^.*Brightness: "))).to_be_visible()
    expect_no_sideways_scroll(page)

    open_section(page, "Compare models")
    expect(page.get_by_text("UAR")).to_have_count(len(bundle.names()))
    expect_no_sideways_scroll(page)

    open_section(page, "Download")
    with page.expect_download() as download:
        page.get_by_role("button", name="Verdict as JSON").click()
    assert '"emotion"' in download.value.path().read_text()
    expect_no_sideways_scroll(page)


@WIDTHS
def test_timeline_is_drawn_and_the_playhead_follows(
    server: str, open_page: Callable[..., Page], conversation: Path, width: int, scheme: str
) -> None:
    page = open_page(f"{server}/listen", width=width, scheme=scheme)
    upload(page, conversation)
    expect_verdict(page)
    chart = page.get_by_label(re.compile("^Waveform, what was heard when and mel spectrogram"))
    expect(chart).to_be_visible()
    expect(page.get_by_text("nobody speaking for")).to_be_visible()
    for emotion in load_model().emotions:
        expect(chart.locator(".y3tick", has_text=emotion)).to_be_visible()
    page.locator(".st-key-sound audio").evaluate("audio => { audio.currentTime = 5 }")
    expect(chart.locator(".undertone-playhead")).to_be_visible()
    expect_no_sideways_scroll(page)


@WIDTHS
def test_many_files_to_a_table_and_one_opened(
    server: str,
    open_page: Callable[..., Page],
    spoken: Path,
    conversation: Path,
    tmp_path: Path,
    width: int,
    scheme: str,
) -> None:
    packed = tmp_path / "both.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(spoken, "spoken.wav")
        archive.write(conversation, "conversation.wav")
        archive.writestr("letter.txt", "Dear listener,")
    page = open_page(f"{server}/listen", width=width, scheme=scheme)
    upload(page, packed)
    expect(page.get_by_text("Three files: two heard, one refused")).to_be_visible()
    expect(page.get_by_text("letter.txt: ")).to_be_visible()
    expect(page.get_by_text("conversation.wav, 13.5 s")).to_be_visible()
    settle(page)
    # The rows are painted on a canvas, the second of them some way down.
    rows = page.get_by_test_id("stDataFrame").locator(".dvn-scroller")
    rows.click(position={"x": 120, "y": 95})
    expect(page.get_by_text("spoken.wav, 2.0 s")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="All as CSV").click()
    assert download.value.path().read_text().startswith("file,emotion,confidence")
    expect_no_sideways_scroll(page)


@pytest.mark.parametrize("name", ["phone-memo-angry.m4a", "browser-angry.webm", "video-angry.mp4"])
def test_any_file_gets_the_librarys_verdict(
    server: str, open_page: Callable[..., Page], ser_clips: Path, name: str
) -> None:
    page = open_page(f"{server}/listen")
    upload(page, ser_clips / name)
    expect_verdict(page, load_model().predict(ser_clips / name).verdict)


def focus_on(page: Page, wanted: Locator) -> None:
    """Press Tab until something has the focus."""
    for _ in range(60):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"{wanted} cannot be reached by keyboard")


def test_keyboard_alone_goes_all_the_way(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/listen")
    tab = page.get_by_role("tab", name="Record")
    expect(tab).to_be_visible()
    settle(page)
    focus_on(page, tab)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="Examples")).to_have_attribute("aria-selected", "true")
    example = page.get_by_role("button", name="A lively voice")
    expect(example).to_be_visible()
    focus_on(page, example)
    page.keyboard.press("Enter")
    expect_verdict(page, VERDICT)
    settle(page)
    focus_on(page, page.get_by_role("radio", name="Why?"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Each part was hidden in turn")).to_be_visible()
