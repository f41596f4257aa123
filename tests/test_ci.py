"""What CI asks of dependencies and of a release; all is well only where somebody looked."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from importlib.metadata import distributions
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]

CLEAN = {"name": "numpy", "version": "2", "vulns": []}
HOLED = {"name": "av", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
SKIPPED = {"name": "soxr", "skip_reason": "Dependency not found"}


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / ".ci" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def audit() -> ModuleType:
    return script("audit")


@pytest.fixture(scope="module")
def licences() -> ModuleType:
    return script("licences")


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


@pytest.mark.parametrize(
    ("told", "found", "is_allowed"),
    [
        ("License-Expression: MIT", "MIT", True),
        ("License-Expression: Apache-2.0 OR GPL-3.0-only", "Apache-2.0 OR GPL-3.0-only", True),
        ("License-Expression: MIT AND GPL-3.0-only", "MIT AND GPL-3.0-only", False),
        ("License-Expression: (MIT OR ISC) AND Zlib", "(MIT OR ISC) AND Zlib", True),
        ("License-Expression: (MIT OR ISC) AND SSPL-1.0", "(MIT OR ISC) AND SSPL-1.0", False),
        ("Classifier: License :: OSI Approved :: MIT License", "MIT", True),
        # What it says of itself by a list counts before what stands in a free field.
        (
            "License: whatever\nClassifier: License :: OSI Approved :: BSD License",
            "BSD-3-Clause",
            True,
        ),
        (
            "Classifier: License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
            "GNU General Public License v3 (GPLv3)",
            False,
        ),
        ("License: Apache License, Version 2.0", "Apache-2.0", True),
        ("License: LicenseRef-Ask-Us", "LicenseRef-Ask-Us", False),
        ("Classifier: Topic :: Software Development", "", False),
    ],
)
def test_what_a_package_says_of_its_licence(
    told: str, found: str, is_allowed: bool, licences: ModuleType, tmp_path: Path
) -> None:
    folder = tmp_path / "one-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.4\nName: one\nVersion: 1\n{told}\n")
    (package,) = distributions(path=[str(tmp_path)])
    assert licences.licence(package) == found
    status, said = licences.verdict([("one", found)])
    assert status == (0 if is_allowed else 1)
    assert ("one:" in said) is not is_allowed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Permission is hereby granted,\nfree of charge, to any person\nobtaining", "MIT"),
        ("All rights reserved.", ""),
    ],
)
def test_a_licence_that_is_only_in_its_file(
    text: str, found: str, licences: ModuleType, tmp_path: Path
) -> None:
    folder = tmp_path / "one-1.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: one\nVersion: 1\n")
    (folder / "LICENSE").write_text(text)
    (folder / "RECORD").write_text("one-1.dist-info/LICENSE,,\n")
    (package,) = distributions(path=[str(tmp_path)])
    assert licences.licence(package) == found


def test_an_exception_holds_for_one_licence_only(licences: ModuleType) -> None:
    for name, (licence, reason) in licences.EXCEPTIONS.items():
        status, said = licences.verdict([(name, licence)])
        assert status == 0 and reason in said
        assert licences.verdict([(name, "GPL-3.0-only")])[0] == 1


def test_all_that_is_installed_here_is_allowed(licences: ModuleType) -> None:
    assert licences.main() == 0


@pytest.mark.parametrize(
    ("tag", "changelog", "status", "said"),
    [
        ("v1.2.3", "# Changelog\n\n## 1.2.3\n\nGood.\n\n## 1.2.2\n\nOld.\n", 0, "Good."),
        ("v1.2.3", "## 1.2.3 (2030-01-01)\n\nGood.\n", 0, "Good."),
        ("1.2.3", "## 1.2.3\n\nGood.\n", 1, "tag v1.2.3"),
        ("v1.2.4", "## 1.2.4\n\nGood.\n", 1, "says that it is 1.2.3"),
        ("v1.2.3", "## Unreleased\n\nNew.\n\n## 1.2.3\n\nGood.\n", 1, '"Unreleased"'),
        ("v1.2.3", "## Unreleased\n\n## 1.2.3\n\nGood.\n", 0, "Good."),
        ("v1.2.3", "## 1.2.2\n\nOld.\n", 1, "says nothing"),
        ("v1.2.3", "## 1.2.3\n\n## 1.2.2\n\nOld.\n", 1, "says nothing"),
    ],
)
def test_what_may_be_released(tag: str, changelog: str, status: int, said: str) -> None:
    ended, answer = script("release").verdict(tag, "1.2.3", changelog)
    assert ended == status and said in answer
    assert "Old" not in answer
