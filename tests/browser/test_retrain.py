"""Retrain in a real browser: presets, curves, a stop, comparison, the link, the model kept."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from .conftest import ROOT, settle
from .test_layout import FITS

# A training has a second process to wake up and shares the machine with the browser.
TRAINED_MS = 240_000


# Long enough not to be over before it is stopped.
LONG = "epochs=300&batch=8"
STOPPED = re.compile(r"Stopped by hand\. That was in epoch \d+ of 300\.")


def train(page: Page, *known: str) -> str:
    """Press Train and give the new run's id, once the address holds it."""
    settle(page)
    page.get_by_role("button", name="Train", exact=True).click()
    others = "".join(f"(?!{run_id})" for run_id in known)
    new = re.compile(rf"run={others}([a-z0-9]{{16}})")
    expect(page).to_have_url(new)
    return new.search(page.url)[1]


def test_a_preset_a_stop_the_comparison_and_the_link(
    server: str, open_page: Callable[..., Page], spoken: Path, tmp_path: Path
) -> None:
    page = open_page(f"{server}/retrain")
    page.get_by_role("button", name="Small and honest").click()
    expect(page.get_by_text(re.compile(r"^Small and honest\."))).to_be_visible()
    trained = train(page)
    expect(page.get_by_role("heading", name="How it did")).to_be_visible(timeout=TRAINED_MS)
    expect(page.get_by_test_id("stMetric").filter(has_text="Right on average")).to_be_visible()
    expect(page.get_by_text(re.compile("it never heard in training"))).to_be_visible()

    page.goto(f"{server}/retrain?run={trained}&{LONG}")
    train(page, trained)
    expect(page.get_by_text(re.compile(r"Epoch [1-9]\d* of 300"))).to_be_visible(timeout=TRAINED_MS)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(STOPPED)).to_be_visible(timeout=TRAINED_MS)

    expect(page.get_by_role("heading", name="Runs side by side")).to_be_visible()
    differing = re.compile("marked ≠: Layers, Dropout, Batch size and Epochs")
    expect(page.get_by_text(differing)).to_be_visible()

    # The address leads to the same in another browser.
    other = open_page(page.url)
    expect(other.get_by_text(STOPPED)).to_be_visible()
    expect(other.get_by_role("heading", name="Runs side by side")).to_be_visible()
    other.goto(f"{server}/retrain?run={trained}")
    expect(other.get_by_text(f"Small and honest · {trained[:4]}")).to_be_visible()
    expect(other.get_by_role("heading", name="How it did")).to_be_visible()

    # The download hears, with nothing else.
    with other.expect_download() as download:
        other.get_by_role("button", name="Download the model").click()
    zipfile.ZipFile(download.value.path()).extractall(tmp_path)
    (folder,) = tmp_path.iterdir()
    said = subprocess.run(
        [
            *(sys.executable, "-m", "ser_core", "predict", str(spoken)),
            *("--model", str(folder), "--format", "json"),
        ],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    by_hand = json.loads(said.stdout)

    # And so does Listen, with the same model, wherever the sliders stand now.
    other.get_by_role("slider", name="Hidden layers").press("ArrowRight")
    expect(other).to_have_url(re.compile("layers="))
    settle(other)
    other.get_by_role("button", name="Use on Listen").click()
    expect(other.get_by_role("heading", name="Listen")).to_be_visible()
    other.get_by_role("tab", name="Upload").click()
    other.locator("input[type=file]").set_input_files(spoken)
    picked = other.get_by_role("combobox", name=re.compile("Model"))
    expect(picked).to_have_value(f"Yours: Small and honest · {trained[:4]}")
    shown = f"{100 * by_hand['probabilities'][by_hand['emotion']]:.0f}"
    assert abs(int(shown) - int(re.search(r"(\d+)\s?%", bars(other))[1])) <= 1


def bars(page: Page) -> str:
    chart = page.get_by_test_id("stPlotlyChart").first
    expect(chart).to_be_visible()
    texts = chart.locator(".bartext").all_text_contents()
    return max(texts, key=lambda text: int(re.search(r"\d+", text)[0]))


def test_a_reload_keeps_the_training_and_its_owner(
    server: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{server}/retrain?{LONG}")
    train(page)
    page.reload()
    stop = page.get_by_role("button", name="Stop", exact=True)
    expect(stop).to_be_visible()
    # A passer-by sees it and cannot stop it.
    other = open_page(page.url)
    expect(other.get_by_text(re.compile("Your own settings ·"))).to_be_visible()
    expect(other.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    stop.click()
    expect(page.get_by_text(re.compile("Stopped"))).to_be_visible(timeout=TRAINED_MS)


def test_the_address_holds_the_settings(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/retrain?layers=1&units1=32&epochs=20&seed=7&batch=nonsense")
    expect(page.get_by_text(re.compile(r"5,924 weights"))).to_be_visible()
    page.get_by_role("button", name="Leak on purpose").click()
    expect(page.get_by_text(re.compile(r"87,748 weights"))).to_be_visible()
    expect(page).to_have_url(re.compile("split=random|split=Random"))
    page.reload()
    expect(page.get_by_text(re.compile(r"^Leak on purpose\."))).to_be_visible()


@pytest.mark.parametrize(
    ("width", "height", "scheme"), [(390, 844, "light"), (390, 844, "dark"), (1280, 800, "dark")]
)
def test_train_the_curve_and_the_sliders_are_on_one_screen(
    server: str, open_page: Callable[..., Page], width: int, height: int, scheme: str
) -> None:
    page = open_page(f"{server}/retrain", width=width, scheme=scheme)
    page.set_viewport_size({"width": width, "height": height})
    settle(page)
    for part in (
        page.get_by_role("button", name="Train", exact=True),
        page.locator(".js-plotly-plot").first,
        page.get_by_test_id("stSlider").filter(has_text="Layer 1: units"),
        page.get_by_test_id("stSlider").filter(has_text="Layer 1: dropout"),
    ):
        expect(part).to_be_in_viewport(ratio=1)
    page.wait_for_function(FITS)
    page.get_by_text("More settings").click()
    for tab in ("Data", "Training"):
        page.get_by_role("tab", name=tab).click()
        settle(page)
        page.wait_for_function(FITS)


def test_a_run_that_is_gone_is_told(server: str, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{server}/retrain?run={'a' * 16}&run=../../etc")
    expect(page.get_by_text(re.compile("not here any more"))).to_be_visible()
