"""The microphone: given, refused, impossible, and the other recorder."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from ui.listen import microphone

from .conftest import launch, settle
from .test_listen import expect_verdict, upload

OTHER = "Trouble with the recorder? Another way to record"


def told(page: Page) -> Locator:
    """What the page says of a microphone that is not to be had, however it says it."""
    return page.get_by_text(re.compile("|".join(map(re.escape, microphone.WITHOUT.values()))))


def other_recorder(page: Page) -> Locator:
    return page.locator("iframe[title*=audio_recorder]")


def choose_other_recorder(page: Page) -> None:
    page.get_by_text(OTHER).click()
    expect(page.get_by_role("switch", name=OTHER)).to_be_checked()
    settle(page)


@pytest.fixture
def refusing(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright, "--use-fake-device-for-media-stream", "--deny-permission-prompts")
    yield browser
    browser.close()


def test_nothing_is_said_of_a_refusal_where_nothing_was_refused(
    server: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{server}/listen")
    expect(page.get_by_test_id("stAudioInput")).to_be_visible()
    settle(page)
    expect(told(page)).to_have_count(0)
    # One recorder; the other waits until it is asked for.
    expect(other_recorder(page)).to_have_count(0)


def test_a_refusal_is_told_once_and_leaves_a_way_on(
    server: str, refusing: Browser, spoken: Path
) -> None:
    page = refusing.new_page()
    page.goto(f"{server}/listen")
    recorder = page.get_by_test_id("stAudioInput")
    recorder.get_by_role("button", name="Record").click()
    expect(told(page)).to_have_text(microphone.WITHOUT["denied"])
    expect(recorder).to_have_count(0)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_text("Learn how to allow access")).to_have_count(0)
    expect(page.get_by_text("An error has occurred")).to_have_count(0)
    upload(page, spoken)
    expect_verdict(page)


def test_no_recorder_seems_to_record_where_the_microphone_is_refused(
    server: str, refusing: Browser
) -> None:
    page = refusing.new_page()
    page.goto(f"{server}/listen")
    choose_other_recorder(page)
    expect(other_recorder(page)).to_have_count(0)
    page.get_by_role("button", name="Allow the microphone").click()
    expect(told(page)).to_have_text(microphone.WITHOUT["denied"])
    expect(other_recorder(page)).to_have_count(0)


def test_a_microphone_that_is_given_after_all_brings_the_recorder_back(
    server: str, browser: Browser
) -> None:
    context = browser.new_context(permissions=["microphone"])
    page = context.new_page()
    page.add_init_script(
        """const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = (wanted) => window.given ? ask(wanted)
            : Promise.reject(new DOMException("", "NotAllowedError"));"""
    )
    page.goto(f"{server}/listen")
    page.get_by_test_id("stAudioInput").get_by_role("button", name="Record").click()
    expect(told(page)).to_have_text(microphone.WITHOUT["denied"])
    page.evaluate("window.given = true")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_test_id("stAudioInput")).to_be_visible()
    expect(told(page)).to_have_count(0)
    context.close()


def test_plain_http_from_another_machine_is_told(
    server: str, playwright: Playwright, spoken: Path
) -> None:
    browser = launch(playwright, "--host-resolver-rules=MAP voices.test 127.0.0.1")
    page = browser.new_page()
    page.goto(f"{server.replace('localhost', 'voices.test')}/listen")
    assert not page.evaluate("window.isSecureContext")
    expect(told(page)).to_have_text(microphone.WITHOUT["insecure"])
    assert "https or on localhost" in microphone.WITHOUT["insecure"]
    expect(page.get_by_test_id("stAudioInput")).to_have_count(0)
    expect(page.get_by_role("button", name="Try again")).to_be_hidden()
    upload(page, spoken)
    expect_verdict(page)
    browser.close()


def test_the_other_recorder_stops_at_a_pause(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/listen")
    choose_other_recorder(page)
    page.frame_locator("iframe[title*=audio_recorder]").locator("svg").click()
    expect_verdict(page)
    expect(page.get_by_text("Recordings heard in this session: 1")).to_be_visible()
    settle(page)
    expect(page.get_by_text("Recordings heard in this session: 1")).to_be_visible()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)], ids=["desk", "phone"])
def test_the_verdict_stands_where_the_visitor_is_looking(
    server: str, browser: Browser, width: int, height: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height}, permissions=["microphone"]
    )
    page = context.new_page()
    page.goto(f"{server}/listen")
    # Made ready before there is anything to say, or it would not be said.
    region = page.get_by_role("status").filter(has_not=page.locator("*"))
    expect(region).to_be_attached()
    expect(region).to_be_empty()
    recorder = page.get_by_test_id("stAudioInput")
    recorder.get_by_role("button", name="Record").click()
    expect_verdict(page)
    verdict = page.get_by_role("heading", level=2)
    expect(region).to_contain_text(verdict.text_content())
    settle(page)
    box = verdict.bounding_box()
    assert 60 <= box["y"] and box["y"] + box["height"] <= height / 2
    assert page.get_by_test_id("stMain").evaluate("element => element.scrollTop") == 0
    # The way to the next one stands below it, in one line, without scrolling.
    again = page.get_by_text("Record another, upload, or try an example")
    assert box["y"] < again.bounding_box()["y"] < height
    expect(page.get_by_test_id("stAudioInput")).to_be_hidden()
    again.click()
    recorder.get_by_role("button", name="Record").click()
    expect(recorder.get_by_text("00:02")).to_be_visible()
    context.close()
