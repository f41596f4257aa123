"""Listen in depth, as a visitor uses it: at a desk and on a phone."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Page, expect

from ser_core import load_model
from ser_core.inference import bundle
from tests.support import voices
from tests.test_video import film

from .conftest import settle
from .test_layout import FITS
from .test_listen import expect_verdict, upload

COLUMNS_FIT = """element => {
    const scroller = element.querySelector(".dvn-scroller");
    return scroller && scroller.scrollWidth <= scroller.clientWidth;
}"""
PLAYED = """() => {
    const audio = document.querySelector(".st-key-sound audio");
    return audio.paused && audio.currentTime > 5.5;
}"""
WIDTHS = pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (390, "dark")], ids=["desk", "phone"]
)


def open_section(page: Page, name: str) -> None:
    page.get_by_role("radio", name=name).click()


def expect_no_sideways_scroll(page: Page) -> None:
    page.wait_for_function(FITS)


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
    page.get_by_role("button", name="What was heard when").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="As Praat TextGrid").click()
    assert download.value.suggested_filename.endswith(".TextGrid")
    assert 'name = "verdict"' in download.value.path().read_text()
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
    # A segment of the list plays by itself, from its beginning to its end.
    part = page.get_by_role("region", name="What was heard when").get_by_role("row").last
    part.get_by_role("button", name=re.compile("^Play ")).click()
    page.wait_for_function(PLAYED)
    expect_no_sideways_scroll(page)


def test_a_video_plays_in_step_with_its_timeline(
    server: str, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    path = tmp_path / "film.webm"
    path.write_bytes(film("webm", "libvpx", "libopus", 12.0))
    page = open_page(f"{server}/listen")
    upload(page, path)
    expect_verdict(page)
    # The picture is the player: the line follows it, and the figure seeks in it.
    shown = page.locator(".st-key-sound video")
    expect(page.get_by_test_id("stAudio")).to_be_hidden()
    shown.evaluate("film => { film.currentTime = 5 }")
    expect(page.locator(".undertone-playhead")).to_be_visible()
    settle(page)
    page.locator(".st-key-sound .js-plotly-plot .nsewdrag").first.click(position={"x": 40, "y": 30})
    page.wait_for_function("document.querySelector('.st-key-sound video').currentTime < 4")


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
    expect(page.get_by_text("conversation.wav, 13.5 s", exact=True)).to_be_visible()
    settle(page)
    # The rows are painted on a canvas; what it tells to a screen reader comes last. The sign of
    # the third plays its file, which opens nothing.
    table = page.get_by_test_id("stDataFrame")
    expect(table.locator("td", has_text="spoken.wav")).to_be_attached()
    table.locator(".dvn-scroller").click(position={"x": 22, "y": 140})
    expect(page.locator(".st-key-many-player")).to_contain_text("spoken.wav")
    settle(page)
    expect(page.get_by_text("conversation.wav, 13.5 s", exact=True)).to_be_visible()
    # Its name opens it, and what is opened is in sight.
    table.locator(".dvn-scroller").click(position={"x": 110, "y": 140})
    expect(page.get_by_text("spoken.wav, 2.0 s", exact=True)).to_be_visible()
    settle(page)
    expect(page.get_by_role("heading", level=2)).to_be_in_viewport(ratio=1)
    # All columns are in sight, on a phone too.
    page.wait_for_function(COLUMNS_FIT, arg=table.element_handle())
    # So is a refusal, when its row is pressed.
    table.locator(".dvn-scroller").click(position={"x": 110, "y": 100})
    refusal = page.get_by_test_id("stAlert").filter(has_text="letter.txt")
    # But for what rounding to whole pixels cuts off.
    expect(refusal).to_be_in_viewport(ratio=0.99)
    settle(page)
    page.get_by_role("button", name="Save all").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="As CSV", exact=True).click()
    # With a byte order mark, so that Excel reads the names rightly.
    said = download.value.path().read_bytes()
    assert said.startswith(b"\xef\xbb\xbffile,verdict,emotion,confidence")
    page.keyboard.press("Escape")
    expect_no_sideways_scroll(page)


@pytest.mark.parametrize("name", ["phone-memo-angry.m4a", "browser-angry.webm", "video-angry.mp4"])
def test_any_file_gets_the_librarys_verdict(
    server: str, open_page: Callable[..., Page], ser_clips: Path, name: str
) -> None:
    page = open_page(f"{server}/listen")
    upload(page, ser_clips / name)
    expect_verdict(page, load_model().predict(ser_clips / name).headline)


def test_a_film_and_an_opus_file(
    server: str, open_page: Callable[..., Page], spoken: Path, tmp_path: Path
) -> None:
    film, opus = tmp_path / "film.mov", tmp_path / "voice.opus"
    film.write_bytes(voices.container("mov", "aac", picture=True))
    sound, rate = soundfile.read(spoken)
    opus.write_bytes(voices.encoded(sound, rate, format="OGG", subtype="OPUS"))
    page = open_page(f"{server}/listen")
    for path in (film, opus):
        upload(page, path)
        expect(page.get_by_text(f"{path.name}, 2.0 s", exact=True)).to_be_visible()
        expect_verdict(page, load_model().predict(path).headline)
