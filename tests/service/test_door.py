"""Who may use the service, what it says of itself, and how it is set up."""

from __future__ import annotations

import contextlib
import json
import re
import urllib.parse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

import ser_core
from ser_core.cli import main
from ser_core.data import sounds
from ser_core.errors import SettingsError
from ser_core.inference.predictor import Model
from ser_core.service import app, schemas, settings
from ser_core.service.settings import Settings

from .conftest import CLOSED, ORIGIN, TOKEN, counted, post, refused

pytestmark = pytest.mark.slow


def test_what_the_service_says_of_itself(address: str, model: Model) -> None:
    told = {
        path: requests.get(address + path, timeout=60).json() for path in ("/version", "/model")
    }
    schemas.Version.model_validate(told["/version"])
    assert told["/version"] == {"undertone": ser_core.__version__, "model": model.id}
    schemas.Card.model_validate(told["/model"])
    assert set(told["/model"]["reports"]) == {"speakers", "corpora"}
    assert len(json.dumps(told["/model"])) < 100_000
    before = counted(address, "undertone_sound_seconds_total")
    heard = post(address, "/predict", sounds.make("raised")).json()
    after = counted(address, "undertone_sound_seconds_total")
    assert after - before == pytest.approx(heard["duration_s"])
    requests.get(f"{address}/nowhere/{'x' * 50}", timeout=60)
    assert counted(address, "undertone_requests_total", path="other", status="404") >= 1


def test_the_page_about_the_interface_asks_nobody_else(address: str) -> None:
    page = requests.get(address, timeout=60)
    assert page.url == f"{address}/docs" and page.status_code == 200
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert loaded and all(link.startswith("/static-offline-docs/") for link in loaded)
    for link in loaded:
        assert requests.get(address + link, timeout=60).status_code == 200
    described = requests.get(f"{address}/openapi.json", timeout=60).json()
    heard = ("predict", "batch", "timeline", "annotations", "embeddings")
    about = ("health", "version", "model", "metrics")
    assert set(described["paths"]) == {f"/{name}" for name in (*heard, *about)}
    for name in heard:
        assert {"200", "413", "415", "422", "503"} <= set(
            described["paths"][f"/{name}"]["post"]["responses"]
        )


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/predict", {}, 401),
        ("/predict", {"Authorization": "Bearer another"}, 401),
        ("/predict", {"Authorization": f"Basic {TOKEN}"}, 401),
        ("/predict", {"Authorization": "Bearer é".encode("latin-1").decode("latin-1")}, 401),
        ("/predict", CLOSED, 200),
        ("/predict", CLOSED | {"Origin": ORIGIN}, 200),
        ("/predict", CLOSED | {"Origin": f"{ORIGIN}.other"}, 403),
        ("/model", {}, 401),
        ("/metrics", {}, 401),
        ("/metrics", CLOSED, 200),
        ("/health", {}, 200),
        ("/docs", {}, 200),
        ("/static-offline-docs/swagger-ui.css", {}, 200),
        ("/live", {}, 401),
        ("/live", CLOSED, 101),
        ("/live", CLOSED | {"Origin": "https://other.example"}, 403),
    ],
)
def test_a_token_and_an_origin_open_the_door(
    path: str, headers: dict[str, str], status: int, guarded: str
) -> None:
    if path == "/live":
        where = f"ws{guarded.removeprefix('http')}/live"
        with contextlib.ExitStack() as opened:
            if status == 101:
                opened.enter_context(connect(where, additional_headers=headers))
                return
            with pytest.raises(InvalidStatus) as info:
                opened.enter_context(connect(where, additional_headers=headers))
            assert info.value.response.status_code == status
        return
    if path == "/predict":
        answer = post(guarded, path, sounds.make("raised"), headers=headers)
    else:
        answer = requests.get(guarded + path, headers=headers, timeout=60)
    assert answer.status_code == status
    assert (answer.headers.get("WWW-Authenticate") == "Bearer") == (status == 401)
    if status > 400:
        refused(answer)


@pytest.fixture
def guarded(served: Callable[..., str]) -> str:
    """A service that wants a token, and lets one other origin in."""
    return served(token=TOKEN, origins=(ORIGIN,))


def test_a_page_of_an_allowed_origin_may_read_the_answer(guarded: str) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x"}
    for origin, told in ((ORIGIN, ORIGIN), ("https://other.example", None)):
        headers = {"Origin": origin, **asked, "Access-Control-Request-Headers": "authorization"}
        answer = requests.options(f"{guarded}/predict", headers=headers, timeout=60)
        assert answer.headers.get("Access-Control-Allow-Origin") == told


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"port": 70_000}, "65535"),
        ({"at_once": 0}, "at least 1"),
        ({"token": ""}, "Make one with"),
        ({"token": "two words"}, "Make one with"),
        ({"origins": ("example.org",)}, "https://example.org"),
        ({"origins": ("https://example.org/page",)}, "https://example.org"),
    ],
)
def test_settings_that_make_no_sense_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(says)):
        Settings(**given)


def test_the_token_comes_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(settings.TOKEN_VARIABLE, raising=False)
    assert settings.token_of(None) is None
    monkeypatch.setenv(settings.TOKEN_VARIABLE, "secret")
    assert settings.token_of(None) == "secret"
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o644)
    assert main(["serve", "--token-file", str(file)]) == 1
    assert capsys.readouterr().err == (
        "The token's file 'token' can be read by others than you. Close it to them: "
        "chmod 600 token.\n"
    )
    file.chmod(0o600)
    assert settings.token_of(file) == TOKEN
    assert TOKEN not in repr(Settings(token=TOKEN))
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.token_of(tmp_path / "none")


def test_a_port_that_is_taken_is_told(address: str, model: Model) -> None:
    port = urllib.parse.urlsplit(address).port
    assert port is not None
    with pytest.raises(Exception, match="something does already"):
        app.run(Settings(port=port), model)
