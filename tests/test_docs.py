"""What the documentation says is so: examples run, the command line is the parser's."""

from __future__ import annotations

import doctest
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ser_core.cli import parser, reference

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "ser_core").rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")] + [*(ROOT / "docs").glob("*.md")]


@pytest.mark.parametrize("module", WITH_EXAMPLES)
def test_examples_run(module: str) -> None:
    found = doctest.testmod(importlib.import_module(module))
    assert found.attempted and not found.failed


def test_the_command_lines_page_is_the_parsers() -> None:
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page(), (
        "write it anew: python -m ser_core.cli.reference"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = re.findall(r"`((?:ser_core|ui|pages|tests|docs|benchmarks)/[\w./]+\.\w+)`", text)
    linked = re.findall(r"\]\((?!https?:|#)([^)#]+)", text)
    missing = [name for name in named if not (ROOT / name).exists() and "yours" not in name]
    missing += [link for link in linked if not (page.parent / link).exists()]
    assert missing == []


def test_commands_of_the_walks_are_the_parsers() -> None:
    text = (ROOT / "docs" / "walks.md").read_text(encoding="utf-8")
    typed = re.findall(r"^\$ (?:\w+=\S+ )?undertone (.*?)(?: &)?$", text, re.MULTILINE)
    assert len(typed) > 5
    for words in typed:
        assert parser().parse_args(words.split()).run


def test_the_quickstart_runs() -> None:
    notebook = json.loads((ROOT / "docs" / "quickstart.ipynb").read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert cells and not any(cell["outputs"] for cell in cells)
    code = "\n".join("".join(cell["source"]) for cell in cells)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT / "docs", capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
