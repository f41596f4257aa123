"""What tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ser_core.corpora import synthetic
from tests.support import unheard
from tests.support.downloads import Server

ROOT = Path(__file__).resolve().parents[1]

# Each page of Retrain that a test opens would have a process wake TensorFlow up.
os.environ["SER_WARM"] = "0"


def _folder_or_skip(path: Path, what: str) -> Path:
    if not path.is_dir():
        pytest.skip(f"{what} are not here; point $SER_DATA at the folder of the corpora")
    return path


@pytest.fixture(scope="session")
def ser_data() -> Path:
    """The folder of the real corpora: ``$SER_DATA``, else ``../shared/data``."""
    given = os.environ.get("SER_DATA") or ROOT.parent / "shared" / "data"
    return _folder_or_skip(Path(given), "the corpora")


@pytest.fixture(scope="session")
def ser_clips(ser_data: Path) -> Path:
    """Awkward real clips, beside the corpora."""
    return _folder_or_skip(ser_data.parent / "clips", "the clips")


@pytest.fixture
def clips_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """Made-up clips in the place of the actors', from a server here, and an empty cache folder."""
    found = unheard.serve(tmp_path, monkeypatch)
    yield found
    found.close()


@pytest.fixture(scope="session")
def synthetic_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data root that holds the synthetic corpus; not to be changed."""
    root = tmp_path_factory.mktemp("data")
    synthetic.write(root)
    return root


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where the slow tests are left out, leave out what is slow as a whole before it is imported.

    What they import (TensorFlow, browsers) would be a good part of the inner loop's time.
    """
    if collection_path.suffix != ".py" or "not slow" not in config.option.markexpr:
        return None
    whole = "\npytestmark = pytest.mark.slow\n" in collection_path.read_text(encoding="utf-8")
    return whole or None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs a browser or the corpora: where it lies, or what it asks for, tells."""
    for item in items:
        if ROOT / "tests" / "browser" in item.path.parents:
            item.add_marker(pytest.mark.browser)
        if {"ser_data", "ser_clips"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.corpora)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Where the tests run in several processes (``-n 2``), those of a module share one.

    So they share its fixtures; and those of all browser modules share their servers and browser.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByModule(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "browser" if nodeid.startswith("tests/browser/") else nodeid.split("::")[0]

    return ByModule(config, log)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI everything needed is there, so a skipped test is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") and reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever is cached between runs stays out of the developer's own folders."""
    os.environ["XDG_CACHE_HOME"] = str(tmp_path_factory.mktemp("cache"))
