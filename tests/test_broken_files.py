"""The rule: whatever file of the app is broken, every page says so in words and the rest stands."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
READ = ("data", "models")
"""Folders whose files the app reads."""

FILES = sorted(
    path.relative_to(ROOT).as_posix()
    for folder in READ
    for path in (ROOT / folder).rglob("*")
    # What is for people, and what only training reads.
    if path.is_file() and path.suffix not in (".md", ".keras")
)
DAMAGES = ("missing", "empty", "flipped")
# Of the others a hash is kept, so that anything else in them is as good as a flipped bit.
CASES = [(name, damage) for name in FILES for damage in DAMAGES] + [
    (name, damage)
    for name in FILES
    if name.endswith("registry.json")
    for damage in ("null", "another type")
]


@pytest.fixture(scope="module")
def breaking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., list[str]]]:
    """Break a file of a copy of the app and visit every page; gives what complained."""
    copy = tmp_path_factory.mktemp("copy")
    for name in (*READ, ".streamlit", "pages", "ser_core", "ui", "streamlit_app.py"):
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name)
        else:
            shutil.copy(ROOT / name, copy / name)
    shutil.copy(ROOT / "tests" / "support" / "breaking.py", copy)
    worker = subprocess.Popen(
        [sys.executable, "breaking.py"],
        cwd=copy,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert worker.stdin and worker.stdout
    assert json.loads(worker.stdout.readline()) == []

    def break_and_visit(name: str, damage: str) -> list[str]:
        worker.stdin.write(json.dumps([name, damage]) + "\n")
        worker.stdin.flush()
        found: list[str] = json.loads(worker.stdout.readline())
        return found

    yield break_and_visit
    worker.kill()
    worker.wait()


@pytest.mark.parametrize(("name", "damage"), CASES)
def test_every_page_lives_with_a_broken_file(
    breaking: Callable[..., list[str]], name: str, damage: str
) -> None:
    assert breaking(name, damage) == []
