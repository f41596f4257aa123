"""The navigation: at a desk and under a thumb."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from ui import frame

from .conftest import TIMEOUT_MS, settle
from .test_listen import VERDICT


def on_phone(browser: Browser, address: str) -> Page:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True
    )
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(address)
    return page


def test_a_tap_on_a_link_leaves_the_page_free_for_the_next_tap(
    server: str, browser: Browser
) -> None:
    page = on_phone(browser, server)
    for name, heading, control in (
        ("Retrain", "Retrain", page.get_by_role("button", name="Leak on purpose")),
        ("Explore", "Explore", page.get_by_text("4. The split")),
        ("Listen", "Listen", page.get_by_role("tab", name=re.compile("Upload"))),
        ("Home", "Undertone", page.get_by_role("button", name="A raised voice")),
    ):
        page.get_by_role("link", name=name).first.tap()
        expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        settle(page)
        if name == "Explore":
            page.reload()
            settle(page)
        # Playwright taps only what would really be hit.
        control.tap()
        settle(page)
    expect(page.get_by_role("heading", level=2).first).to_have_text(VERDICT)
    page.context.close()


def test_links_are_large_enough_and_stay_in_reach(server: str, browser: Browser) -> None:
    page = on_phone(browser, f"{server}/about")
    settle(page)
    links = page.locator(".st-key-navigation a")
    expect(links).to_have_count(len(frame.PAGES))
    page.get_by_role("heading", name="Your voice").scroll_into_view_if_needed()
    for link in links.all():
        box = link.bounding_box()
        assert box["height"] >= 44 and box["width"] >= 44
        assert 0 <= box["y"] <= 60 and box["x"] + box["width"] <= 390
    page.context.close()


def test_the_browser_chooses_the_language(server: str, browser: Browser) -> None:
    context = browser.new_context(locale="de-DE")
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(server)
    settle(page)
    assert page.evaluate("document.documentElement.lang") == "de"
    page.get_by_role("button", name="Eine erhobene Stimme").click()
    expect(page.locator(".st-key-verdict")).to_contain_text("Klingt ")
    page.get_by_role("link", name="Live").first.click()
    expect(page.get_by_role("button", name="Sprechen", exact=True)).to_be_visible()
    context.close()
