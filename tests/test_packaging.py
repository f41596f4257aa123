"""What an installation brings, and that hearing needs no more of it than it says."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import ser_core
from ser_core import load_model

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]

HEAVY = (
    *("keras", "librosa", "noisereduce", "pandas", "plotly", "pooch", "pyarrow", "requests"),
    *("sklearn", "starlette", "streamlit", "tensorflow", "threadpoolctl"),
)


def declared() -> list[Requirement]:
    groups = [PROJECT["project"]["dependencies"], *EXTRAS.values()]
    return [Requirement(line) for group in groups for line in group]


def pinned(file: str = "requirements.txt") -> dict[str, str]:
    lines = (line.split("#")[0].strip() for line in (ROOT / file).open())
    return dict(line.split("==") for line in lines if "==" in line)


def test_the_pins_are_those_of_the_package_and_its_extras() -> None:
    # What many machines need, the app does not; CI tries it nevertheless.
    elsewhere = {"distributed", "fsspec"}
    assert {requirement.name for requirement in declared()} == set(pinned()) | elsewhere
    pins = pinned() | pinned("requirements-dev.txt")
    for requirement in declared():
        assert requirement.specifier.contains(pins[requirement.name]), requirement


def test_every_folder_of_modules_is_packaged() -> None:
    there = {
        ".".join(folder.relative_to(ROOT).parts)
        for folder in [ROOT / "ser_core", *(ROOT / "ser_core").rglob("*")]
        if folder.is_dir() and any(folder.glob("*.py"))
    }
    listed = set(PROJECT["tool"]["setuptools"]["packages"])
    assert listed == there | {"ser_core._data", "ser_core._models"}


def test_the_version_stands_in_one_place() -> None:
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.search(rf"^version: {re.escape(ser_core.__version__)}$", citation, re.MULTILINE)
    assert "version" not in PROJECT["project"]


def test_hearing_imports_nothing_heavy(synthetic_root: Path) -> None:
    code = f"""
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {HEAVY!r}:
            raise ModuleNotFoundError(name, name=name)

sys.meta_path.insert(0, Absent())
from ser_core.cli import main
sys.exit(main(sys.argv[1:]))
"""
    files = sorted(map(str, synthetic_root.rglob("*.wav")))[:2]
    for options in (["--timeline", "--explain"], ["--format", "csv"]):
        done = subprocess.run(
            [sys.executable, "-c", code, "predict", *files, *options],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run(
        [sys.executable, "-c", code, "check-split", str(synthetic_root)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "two sides or more" in done.stderr
    for command, extra in (("evaluate", "train"), ("serve", "service")):
        done = subprocess.run(
            [sys.executable, "-c", code, command], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 1
        assert f"undertone[{extra}]" in done.stderr and "Traceback" not in done.stderr


def pip(python: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What pip says of another Python's environment."""
    command = [sys.executable, "-m", "pip", "--python", python, *words]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(command, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="session")
def undertone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, installed from a wheel with nothing but what hearing takes."""
    folder = tmp_path_factory.mktemp("installed")
    source = folder / "source"
    # Built from a copy: setuptools leaves a folder behind, and believes it the next time.
    for name in ("ser_core", "models", "data"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    programs = folder / "venv" / ("Scripts" if os.name == "nt" else "bin")
    # By the pip of these tests, and compiled as it is imported: half the time.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    done = pip(programs / "python", "install", "--quiet", "--no-compile", str(source))
    if "No matching distribution" in done.stderr or "Connection" in done.stderr:
        pytest.skip("pip reaches no package index here")
    assert done.returncode == 0, done.stderr
    shutil.rmtree(source)
    return programs / "undertone"


def test_the_installed_command_hears_from_any_folder(
    undertone: Path, synthetic_root: Path, tmp_path: Path
) -> None:
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "SER_DATA")}
    file = min(synthetic_root.rglob("*.wav"))
    words = ["predict", str(file), "--format", "json"]
    for command in ([undertone], [undertone.with_name("python"), "-m", "ser_core"]):
        done = subprocess.run(
            [*command, *words], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")
        row = json.loads(done.stdout)
        assert row.pop("file") == str(file)
        here = load_model().predict(file).to_dict()
        assert row["emotion"] == here["emotion"]
        assert row["probabilities"] == pytest.approx(here["probabilities"], abs=1e-6)
    listed = pip(undertone.with_name("python"), "list", "--format", "json")
    names = {entry["name"].lower() for entry in json.loads(listed.stdout)}
    assert "numpy" in names and not names & {*HEAVY, "scikit-learn"}
    done = subprocess.run([undertone, "--help"], env=environment, capture_output=True, text=True)
    assert done.stdout.startswith("usage: undertone ")


def test_the_installed_command_brings_tables_models_and_words(
    undertone: Path, tmp_path: Path
) -> None:
    code = (
        "from ser_core import assets, emotions, language\n"
        "from ser_core.assets import datafiles\n"
        "from ser_core.inference import bundle\n"
        "for path in assets.DATA.glob('*.[jp]*'):\n"
        "    path.name == datafiles.REGISTRY or datafiles.check(path)\n"
        "with language.use('de'):\n"
        "    print(emotions.shown('sad'))\n"
        "print(*[bundle.read_shipped(name).name for name in bundle.names()])"
    )
    done = subprocess.run(
        [undertone.with_name("python"), "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"traurig", "strangers"} <= set(done.stdout.split())
