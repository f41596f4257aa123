"""Listen, as a visitor uses it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from playwright.sync_api import Page, expect

from ser_core import load_model
from ser_core.audio import SAMPLE_RATE

from .conftest import buzz, serve, settle

VERDICT = re.compile(
    r"^(Sounds \w+, \d+%|Sounds ordinary: .*|Not sure: between \w+ and \w+"
    r"|\w+, then .*|Changes \w+ times: .*)$"
)


def open_sources(page: Page) -> None:
    """With a verdict on the page, the way to the next one is folded up."""
    settle(page)
    again = page.get_by_text("Record another, upload, or try an example")
    if again.count() and not page.get_by_role("tab", name="Upload").is_visible():
        again.click()


def upload(page: Page, path: Path) -> None:
    open_sources(page)
    page.get_by_role("tab", name="Upload").click()
    page.locator("input[type=file]").set_input_files(path)


def expect_verdict(page: Page, said: str | re.Pattern[str] = VERDICT) -> None:
    expect(page.get_by_role("heading", level=2)).to_have_text(said)


def expect_evidence(page: Page) -> None:
    expect(page.get_by_test_id("stAudio")).to_be_visible()
    expect(page.locator(".js-plotly-plot")).to_have_count(2)
    expect(page.get_by_label(re.compile("^Angry .* sad"))).to_be_visible()
    expect(page.get_by_label(re.compile("^Waveform and mel spectrogram"))).to_be_visible()


@pytest.mark.parametrize(
    "name", ["03-01-05-02-01-01-08.wav", "angry.mp3", "angry.ogg", "YAF_germ_angry.wav"]
)
def test_real_clip_gets_the_librarys_verdict(
    server: str, open_page: Callable[..., Page], ser_clips: Path, name: str
) -> None:
    page = open_page(f"{server}/listen")
    upload(page, ser_clips / name)
    expect_verdict(page, load_model().predict(ser_clips / name).headline)
    expect_evidence(page)


def test_upload_survives_a_page_change_and_is_counted_once(
    server: str, open_page: Callable[..., Page], spoken: Path
) -> None:
    page = open_page(f"{server}/listen")
    upload(page, spoken)
    verdict = load_model().predict(spoken).headline
    expect_verdict(page, verdict)
    page.get_by_role("link", name="About").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("About")
    page.get_by_role("link", name="Listen").click()
    expect_verdict(page, verdict)
    expect(page.get_by_text("Recordings heard in this session: 1")).to_be_visible()
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("The verdict appears at the top")).to_be_visible()


def test_a_reload_asks_before_it_forgets(
    server: str, open_page: Callable[..., Page], spoken: Path
) -> None:
    page = open_page(f"{server}/listen")
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.type))
    upload(page, spoken)
    expect_verdict(page)
    page.get_by_role("link", name="About").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("About")
    settle(page)
    page.reload()
    assert asked == ["beforeunload"]
    # It is gone now, and nothing is left to ask about.
    expect(page.get_by_role("heading", level=1)).to_have_text("About")
    page.get_by_role("link", name="Listen").click()
    expect(page.get_by_text("The verdict appears at the top")).to_be_visible()
    page.reload()
    assert asked == ["beforeunload"]


def test_recorder_that_stops_by_hand(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/listen")
    recorder = page.get_by_test_id("stAudioInput")
    recorder.get_by_role("button", name="Record").click()
    # Before the pause, which would end it.
    expect(recorder.get_by_text("00:01")).to_be_visible()
    recorder.get_by_role("button", name="Stop recording").click()
    expect_verdict(page)
    expect_evidence(page)


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="prlimit is not here (util-linux)")
def test_a_voice_never_reaches_the_disk(open_page: Callable[..., Page], tmp_path: Path) -> None:
    """On a server that cannot write as much as a voice to any file."""
    long = tmp_path / "long.wav"
    soundfile.write(long, buzz(50), SAMPLE_RATE)
    assert long.stat().st_size > 2**20
    with serve("prlimit", f"--fsize={2**18}") as address:
        page = open_page(f"{address}/listen")
        upload(page, long)
        expect_verdict(page)
        page.get_by_role("radio", name="Recording").click()
        page.get_by_text("Reduce steady background noise").click()
        expect(page.get_by_label(re.compile("^Noise reduced: mel spectrogram"))).to_be_visible()
        page.goto("about:blank")


def test_refused_file_says_why_and_keeps_the_earlier_verdict(
    server: str, open_page: Callable[..., Page], spoken: Path, tmp_path: Path
) -> None:
    page = open_page(f"{server}/listen")
    upload(page, spoken)
    expect_verdict(page)
    letter = tmp_path / "letter.wav"
    letter.write_text("Dear listener,")
    upload(page, letter)
    refusal = page.get_by_test_id("stAlert").filter(has_text="letter.wav")
    expect(refusal).to_contain_text("not a sound")
    expect_verdict(page)


def test_cold_deep_link_has_the_whole_navigation(
    open_page: Callable[..., Page], spoken: Path
) -> None:
    with serve() as address:
        page = open_page(f"{address}/listen")
        expect(page.get_by_role("heading", level=1)).to_have_text("Listen")
        for name in ("Home", "Listen", "About"):
            expect(page.get_by_role("link", name=name)).to_be_visible()
        upload(page, spoken)
        expect_verdict(page)
        page.get_by_role("link", name="Home").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Undertone")
        # Away before the server goes, or the page would miss what it is still loading.
        page.goto("about:blank")
