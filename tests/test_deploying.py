"""What Undertone is shipped with: an image, a compose file, a workflow that releases it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from ser_core.errors import SettingsError
from ser_core.service.settings import TOKEN_VARIABLE, Settings

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS = PROJECT["project"]["optional-dependencies"]
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
IMAGES = ("predict", "full")
NOT_FOR_HEARING = {"tensorflow", "keras", "streamlit", "librosa", "scikit-learn", "pandas"}


def stages() -> dict[str, list[tuple[str, str]]]:
    """The Dockerfile's instructions by stage; before the first, under its own name."""
    text = (ROOT / "Dockerfile").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found: dict[str, list[tuple[str, str]]] = {"": []}
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        if not line.strip():
            continue
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            base, _, name = rest.partition(" AS ")
            found[name] = [*found.get(base, []), ("FROM", base)]
        else:
            found[list(found)[-1]].append((word, " ".join(rest.split())))
    return found


def of(stage: str, word: str) -> list[str]:
    return [rest for instruction, rest in stages()[stage] if instruction == word]


def test_the_base_is_pinned_and_is_the_python_that_ci_uses() -> None:
    (base,) = of("", "ARG")
    version = re.fullmatch(r"PYTHON=python:(3\.\d+)\.\d+-slim-bookworm@sha256:[0-9a-f]{64}", base)
    assert version is not None
    assert stages()["base"][0] == ("FROM", "${PYTHON}")
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text()
    assert set(re.findall(r'python-version: "(.+)"', workflow)) == {version[1]}


@pytest.mark.parametrize("target", IMAGES)
def test_an_image_is_not_root_and_says_whether_it_is_well(target: str) -> None:
    (user,) = of(target, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    (health,) = of(target, "HEALTHCHECK")
    (port,) = of(target, "EXPOSE")
    assert f"http://127.0.0.1:{port}/" in health
    # Compilers, pip's leavings and the source stay behind.
    assert f"{target}-packages" in " ".join(of(target, "COPY"))
    words = [word for word, _ in stages()[target]]
    assert words.index("USER") > max(i for i, word in enumerate(words) if word in ("COPY", "RUN"))


def test_the_image_that_hears_has_what_hearing_takes() -> None:
    (installed,) = re.findall(r"'\.\[(.+)\]'", " ".join(of("predict-packages", "RUN")))
    extras = installed.split(",")
    assert {"service", "dask", "annotations"} <= set(extras) <= set(EXTRAS)
    names = {Requirement(line).name for extra in extras for line in EXTRAS[extra]}
    assert not names & NOT_FOR_HEARING
    # By the pins, those of what only CI has otherwise among them.
    assert "requirements.txt requirements-dev.txt > pins.txt" in of("predict-packages", "RUN")[-2]
    assert "--constraint pins.txt" in of("predict-packages", "RUN")[-1]


def test_what_is_copied_is_there_and_is_let_in() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[1] == "*"
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    copied = set()
    for steps in stages().values():
        for word, rest in steps:
            if word == "COPY" and not rest.startswith("--from="):
                copied |= set(rest.split()[:-1])
    assert copied == let_in
    assert all((ROOT / name).exists() for name in copied)
    # A folder that an installation needs is not forgotten.
    packages = PROJECT["tool"]["setuptools"]["package-dir"].values()
    assert set(packages) <= set(" ".join(of("predict-packages", "COPY")).split())


@pytest.mark.parametrize("name", COMPOSE)
def test_a_service_of_the_compose_file_may_do_little(name: str) -> None:
    service = COMPOSE[name]
    assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert re.fullmatch(r"\d+g", service["mem_limit"])
    assert any(place.startswith("/tmp:size=") for place in service["tmpfs"])
    assert service["build"]["target"] in IMAGES
    # Nobody but this computer, unless somebody says so.
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    for port in service.get("ports", []):
        assert port.split(":")[-1] in of(service["build"]["target"], "EXPOSE")


def test_the_service_wants_a_token_and_the_pair_its_profile() -> None:
    # Never none: where it is not set it is empty, and an empty one is refused.
    assert COMPOSE["service"]["environment"][TOKEN_VARIABLE] == f"${{{TOKEN_VARIABLE}:-}}"
    with pytest.raises(SettingsError, match="empty"):
        Settings(host="0.0.0.0", token="")
    pair = {name for name, service in COMPOSE.items() if "dask" in service.get("profiles", [])}
    assert pair == {"scheduler", "worker"}
    assert {COMPOSE[name]["image"] for name in pair} == {COMPOSE["service"]["image"]}
    assert COMPOSE["worker"]["depends_on"]["scheduler"]["condition"] == "service_healthy"
    # What a training leaves, where nothing else can be written.
    (volume,) = COMPOSE["app"]["volumes"]
    assert f"SER_RUNS={volume.split(':')[1]}" in " ".join(of("full", "ENV"))


def test_a_release_is_of_tags_only_and_holds_no_secret() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text()
    workflow = yaml.safe_load(text)
    # YAML 1.1 takes `on` for a truth.
    assert set(workflow[True]) == {"push"} and set(workflow[True]["push"]) == {"tags"}
    assert "secrets." not in text and "password" not in text
    for used in re.findall(r"uses: (\S+)", text):
        assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+\.\d+\.\d+", used)
    jobs = workflow["jobs"]
    assert workflow["permissions"] == {"contents": "read"}
    assert [name for name, job in jobs.items() if "id-token" in job.get("permissions", {})] == [
        "publish"
    ]
    assert jobs["publish"]["environment"]["name"] == "pypi"
    assert (jobs["publish"]["needs"], jobs["try"]["needs"]) == ("try", "build")
    steps = " ".join(step.get("run", "") for step in jobs["build"]["steps"])
    for command in ("release.py", "requirements-release.txt", "twine check --strict", "make sbom"):
        assert command in steps


@pytest.mark.parametrize("file", sorted(path.name for path in ROOT.glob("requirements*.txt")))
def test_what_is_asked_for_is_pinned(file: str) -> None:
    for line in (ROOT / file).read_text().splitlines():
        wanted = line.split("#")[0].strip()
        assert not wanted or wanted.startswith("-r ") or re.fullmatch(r"[\w.-]+==[\w.]+", wanted)
