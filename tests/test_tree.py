"""The house is as docs/design.md draws it, and no package knows one that comes after it."""

from __future__ import annotations

import ast
import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")

# In the order in which they may know each other; single modules and `assets` are everybody's.
LAYERS = (
    *("audio", "speech", "features", "inference", "corpora", "data"),
    *("training", "evaluation", "jobs", "service", "cli"),
)
LONGEST_MODULE, LONGEST_PAGE, LONGEST_FUNCTION = 350, 150, 60
# What reaches into a library, because it offers no other way; nothing reaches into our own modules.
REACHING = {
    "ui/inside.py": "Streamlit: the one place that does",
    "tests/server/test_inside.py": "Streamlit: whether that is so",
    "tests/server/conftest.py": "Streamlit: what it still holds, whoever may fetch it",
    "ser_core/audio/compiled.py": "scipy: compiled code without the Python around it",
    "ser_core/cli/reference.py": "argparse: a parser's commands and options",
    "ser_core/inference/annotation_files.py": "praatio: writes to a path only",
}
STANDARD = ("_exit", "_replace", "_asdict", "_fields")
"""Underscore names that the standard library documents."""
SERVING = ("audio", "speech", "features", "inference", "service")
SERVING_LACKS = (
    *("ser_core.corpora", "ser_core.training", "tensorflow", "librosa", "sklearn"),
    *("scipy.signal", "scipy.special"),
)
APP_LACKS = (
    *("tensorflow", "keras", "librosa", "sklearn", "matplotlib", "pooch", "requests"),
    *("scipy.fft", "scipy.signal", "scipy.special"),
)


def drawn() -> set[str]:
    """The modules that the drawing of the tree names, as paths."""
    tree = next(block for block in DESIGN.split("```") if "\nstreamlit_app.py" in block)
    found, folders = set(), []
    for line in tree.splitlines():
        named = re.match(r"( *)([\w.]+)/ ", line)
        if named:
            folders = [*folders[: len(named[1]) // 2], named[2]]
        if folders[:1] and folders[0] in ("ser_core", "ui", "pages"):
            found |= {"/".join((*folders, name)) for name in re.findall(r"\b\w+\.py\b", line)}
    return found


def test_the_tree_is_the_one_of_the_design() -> None:
    there = {
        path.relative_to(ROOT).as_posix()
        for folder in ("ser_core", "ui", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if path.parent.name != "corpora" and not path.name.startswith("__")
    }
    assert drawn() == there


@functools.cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules() -> list[Path]:
    """All that is no test."""
    folders = ("ser_core", "ui", "pages", "benchmarks", ".ci")
    return [ROOT / "streamlit_app.py", *(p for f in folders for p in (ROOT / f).rglob("*.py"))]


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, its docstring aside."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is not None:
        lines -= (function.body[0].end_lineno or 0) - function.body[0].lineno + 1
    return lines


def test_nothing_is_too_long_to_be_read_at_once() -> None:
    too_long = []
    for path in (*modules(), *(ROOT / "tests").rglob("*.py")):
        content = path.read_text(encoding="utf-8")
        most = LONGEST_PAGE if path.parent.name == "pages" else LONGEST_MODULE
        if len(content.splitlines()) > most:
            too_long.append(path.name)
        too_long += [
            f"{path.name}: {node.name}"
            for node in ast.walk(parsed(path))
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and length(node) > LONGEST_FUNCTION
        ]
    assert too_long == []


def imported(path: Path) -> set[str]:
    """The packages of ``ser_core`` that a module imports when it is imported itself."""
    found = set()
    for node in parsed(path).body:
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            found |= {name.split(".")[1] for name in names if name.startswith("ser_core.")}
    return found


@pytest.mark.parametrize("package", LAYERS)
def test_no_package_knows_one_after_it(package: str) -> None:
    later = set(LAYERS[LAYERS.index(package) + 1 :])
    for path in (ROOT / "ser_core" / package).rglob("*.py"):
        assert not imported(path) & later, path


def private(name: object) -> bool:
    return (
        isinstance(name, str)
        and re.fullmatch(r"_[A-Za-z]\w*", name) is not None
        and name not in STANDARD
    )


def reaches(path: Path) -> set[str]:
    """Underscore names that a module uses and does not define.

    As an attribute, or named to `getattr`, `setattr` and `monkeypatch`. A package's own modules may
    import one of theirs that begins so.
    """
    nodes = list(ast.walk(parsed(path)))
    own = {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name)}
    used, imported = set(), set()
    for node in nodes:
        if isinstance(node, ast.Attribute):
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
                own.add(node.attr)
            else:
                used.add(node.attr)
        elif isinstance(node, ast.Call) and len(node.args) > 1:
            names = [a.value for a in node.args[:2] if isinstance(a, ast.Constant)]
            if ast.unparse(node.func).split(".")[-1] in ("getattr", "setattr", "delattr"):
                used |= {name.split(".")[-1] for name in names if isinstance(name, str)}
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(path.relative_to(ROOT).parts[:-1])
            if node.module != package:
                imported |= {alias.name for alias in node.names}
    return {name for name in used - own | imported if private(name)}


def test_no_module_reaches_for_anothers_underscore_names() -> None:
    found = {
        path.relative_to(ROOT).as_posix(): names
        for path in (*modules(), *(ROOT / "tests").rglob("*.py"))
        if (names := reaches(path))
    }
    assert {path: names for path, names in found.items() if path not in REACHING} == {}
    assert set(REACHING) <= set(found), "what needs no exception has none"


@pytest.mark.slow
def test_serving_brings_nothing_of_a_training() -> None:
    code = "import json, sys\nfound = {}\n"
    for package in SERVING:
        modules = [
            f"ser_core.{package}.{path.stem}"
            for path in sorted((ROOT / "ser_core" / package).glob("*.py"))
            if path.stem not in ("__init__", "child", "filterbanks", "encoder_conversion")
        ]
        code += f"import {', '.join(modules)}\n"
        code += f"found[{package!r}] = [m for m in {SERVING_LACKS!r} if m in sys.modules]\n"
    # What every page needs of it; a visitor waits for the first page until all that is there.
    code += f"import ui.home.page\nfound['ui'] = [m for m in {APP_LACKS!r} if m in sys.modules]\n"
    code += "print(json.dumps(found))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {package: [] for package in (*SERVING, "ui")}
