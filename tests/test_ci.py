"""The audit of CI says that all is well only where somebody looked."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

CLEAN = {"name": "numpy", "version": "2", "vulns": []}
HOLED = {"name": "av", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
SKIPPED = {"name": "soxr", "skip_reason": "Dependency not found"}


@pytest.fixture
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("canary", "installed", "status", "said", "not_said"),
    [
        ([HOLED], [CLEAN], 0, "Audited 1 packages. No known", "NOT"),
        ([HOLED], [CLEAN, SKIPPED], 0, "NOT audited, because nobody knows them: soxr", "NOTHING"),
        ([HOLED], [CLEAN, HOLED], 1, "av 1: CVE-1, mended in 2", "No known"),
        ([HOLED], [SKIPPED], 0, "NOTHING WAS AUDITED", "No known"),
        ([HOLED], [], 0, "NOTHING WAS AUDITED", "No known"),
        ([HOLED], [HOLED, SKIPPED], 1, "NOT audited, because nobody knows them: soxr", "No known"),
        ([SKIPPED], [SKIPPED], 0, "NOTHING WAS AUDITED", "No known"),
        ([CLEAN], [CLEAN], 0, "NOTHING WAS AUDITED", "No known"),
        (None, [CLEAN], 0, "NOTHING WAS AUDITED", "No known"),
    ],
    ids=[
        *("well", "partly", "holes", "none of them known", "silent since", "holes and unknown"),
        *("nothing known", "a clean canary", "no answer"),
    ],
)
def test_what_the_audit_says(
    canary: list[dict[str, Any]] | None,
    installed: list[dict[str, Any]],
    status: int,
    said: str,
    not_said: str,
    audit: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def answer(words: list[str], **_: object) -> SimpleNamespace:
        found = canary if "--requirement" in words else installed
        return SimpleNamespace(stdout="" if found is None else json.dumps({"dependencies": found}))

    monkeypatch.setattr(subprocess, "run", answer)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert audit.main() == status
    out = capsys.readouterr().out
    assert said in out and not_said not in out
    # Loud: more than a line among others, and a warning where the run is looked at.
    if "NOTHING" in said:
        assert "!" * 80 in out and "::warning" in out
