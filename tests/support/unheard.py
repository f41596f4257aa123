"""A few clips as of CREMA-D's unheard actors, made by a formula, and a server that has them."""

from __future__ import annotations

import csv
import hashlib
import io
from pathlib import Path

import pytest
import soundfile

from ser_core.audio import SAMPLE_RATE
from ser_core.corpora import cremad, synthetic
from ser_core.data import unheard, unheard_fetch
from tests.support.downloads import Server

FIRST, MIRROR = "/first/", "/mirror/"
"""The folders of the two addresses on one server."""


def names() -> list[str]:
    """Three sentences of each of the four emotions, by women and men in turn."""
    return [
        f"{actor}_{statement}_{emotion}_XX"
        for actor, statement in ((1072, "DFA"), (1077, "TIE"), (1073, "IOM"))
        for emotion in ("ANG", "FEA", "HAP", "SAD")
    ]


def wav(name: str) -> bytes:
    """A made-up voice in the manner of a clip's emotion."""
    actor, _, emotion, _ = name.split("_")
    manner = cremad.EMOTIONS[emotion]
    _, signal = synthetic.speak(f"synthetic-{int(actor) % 8 + 1:02d}-{manner}-01")
    file = io.BytesIO()
    soundfile.write(file, signal, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def write_table(path: Path, contents: dict[str, bytes]) -> None:
    """A table of clips with their checksums; of ten listeners each, seven chose what was meant."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.writer(lines)
        table.writerow(["name", "sha256", "bytes", *unheard.VOTES])
        for name, content in contents.items():
            meant = cremad.EMOTIONS[name.split("_")[2]]
            votes = [
                7 if emotion == meant else 3 * (emotion == "neutral") for emotion in unheard.VOTES
            ]
            table.writerow([name, hashlib.sha256(content).hexdigest(), len(content), *votes])


def serve(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Put a table and a server in the place of the real ones, and an empty cache folder."""
    contents = {name: wav(name) for name in names()}
    write_table(folder / "unheard.csv", contents)
    server = Server()
    for name, content in contents.items():
        server.files[f"{FIRST}{name}.wav"] = server.files[f"{MIRROR}{name}.wav"] = content
    monkeypatch.setattr(unheard, "TABLE", folder / "unheard.csv")
    monkeypatch.setattr(
        unheard_fetch,
        "ADDRESSES",
        (("GitHub", f"{server.url}{FIRST}"), ("GitLab", f"{server.url}{MIRROR}")),
    )
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    return server
