"""`train` and `evaluate`, on sounds made by a formula."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ser_core import workflow
from ser_core.cli import main
from ser_core.evaluation import protocols

pytestmark = pytest.mark.slow


def run(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    status = main(arguments)
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def once(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Compute at the first call, and give the same at every other."""
    found: list[Any] = []

    def computed(*arguments: object, **options: object) -> object:
        if not found:
            found.append(compute(*arguments, **options))
        return found[0]

    return computed


def test_train_and_evaluate_print_their_data_split_and_interval(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("--corpora", "synthetic", "--epochs", "4", "--hidden", "16", "--dropout", "0.1")
    status, out, _ = run("train", *common, "--out", str(tmp_path / "toy"), capsys=capsys)
    assert status == 0
    for phrase in ("unseen speakers", "random split", "8 speakers", "95%", "chance 25%"):
        assert phrase in out
    assert {path.name for path in (tmp_path / "toy").iterdir()} == {
        "bundle.json", "model.keras", "model.tflite",
    }  # fmt: skip
    # What JSON and the table say is computed once.
    monkeypatch.setattr(protocols, "cross_validate", once(protocols.cross_validate))
    monkeypatch.setattr(workflow, "evaluate_served", once(workflow.evaluate_served))
    arguments = ("evaluate", *common, "--protocol", "speakers", "--format", "json")
    _, out, _ = run(*arguments, capsys=capsys)
    report = json.loads(out)
    stored = json.loads((tmp_path / "toy" / "bundle.json").read_text())["reports"]["speakers"]
    assert report["uar"] == stored["uar"] and report["confusion"] == stored["confusion"]
    status, out, _ = run(*arguments[:-2], capsys=capsys)
    assert status == 0
    assert "macro avg" in out and "rows: meant" in out
    _, out, _ = run("evaluate", *common, "--protocol", "served", "--format", "json", capsys=capsys)
    bundle = json.loads((tmp_path / "toy" / "bundle.json").read_text())
    assert json.loads(out) == bundle["decision"]
    status, out, _ = run("evaluate", *common, "--protocol", "served", capsys=capsys)
    assert status == 0
    for phrase in ("unseen speakers", "emotions answered", "right", "calibration error"):
        assert phrase in out
