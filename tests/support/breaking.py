"""Breaks a file of a copy of the app, visits every page, and says what complained.

Started by `test_broken_files` in the copy: reads one request a line, answers one line of JSON.
"""

from __future__ import annotations

import functools
import gc
import io
import json
import logging
import sys
from pathlib import Path

import numpy as np
import soundfile
import streamlit
from streamlit.testing.v1 import AppTest

ROOT = Path.cwd()
TIMEOUT_S = 120
CACHED = type(functools.cache(str))


def broken(content: bytes, damage: str) -> bytes | None:
    """What the file holds instead; None where it is not there."""
    middle = len(content) // 2
    return {
        "missing": None,
        "empty": b"",
        "flipped": content[:middle] + bytes([content[middle] ^ 0x10]) + content[middle + 1 :],
        "null": b"null",
        "another type": b'[{"a": 1}, "b", 3]',
    }[damage]


def buzz() -> bytes:
    """Enough of a voice to be judged."""
    time = np.arange(32_000) / 16_000
    phase = 2 * np.pi * np.cumsum(110 * (1.3 + 0.3 * np.sin(3 * time))) / 16_000
    signal = sum(np.sin(k * phase) / k for k in range(1, 15)) * (0.2 + 0.1 * np.sin(20 * time))
    file = io.BytesIO()
    soundfile.write(file, signal, 16_000, format="WAV")
    return file.getvalue()


def complaints(app: AppTest, where: str) -> list[str]:
    """What no visitor should see, of a page."""
    from ui import frame

    kinds = (app.markdown, app.caption, app.warning, app.info, app.error, app.title)
    text = "\n".join(str(element.value) for kind in kinds for element in kind)
    found = [f"{where}: {one.message or one.value}" for one in app.exception]
    if not app.title:
        found.append(f"{where}: no title")
    for said in (frame.FAULT, "Traceback", str(ROOT), "redacted"):
        if said in text:
            found.append(f"{where}: {said}")
    return found


def visit() -> list[str]:
    """Every page, and every part of it that reads something."""
    forget()
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=TIMEOUT_S).run()
    found = complaints(app, "Home")
    for name in ("about", "retrain", "explore"):
        found += complaints(app.switch_page(f"pages/{name}.py").run(), name)
    for step in ("people", "map", "learning", "splits"):
        app.session_state["step"] = step
        app.run()
        for box in app.expander:
            app.session_state[box.key] = True
        found += complaints(app.run(), f"explore, {step}")
    app.switch_page("pages/listen.py").run()
    if app.file_uploader:
        app.file_uploader[0].set_value(("a.wav", buzz(), "audio/wav")).run()
    found += complaints(app, "listen")
    for section in options(app, "Look closer"):
        app.session_state["section"] = section
        found += complaints(app.run(), f"listen, {section}")
    return found


def options(app: AppTest, label: str) -> list[str]:
    """What a row of buttons offers; nothing where the page has no such row."""
    rows = [row for row in app.get("button_group") if row.proto.label == label]
    return [option.content for row in rows for option in row.proto.options]


def forget() -> None:
    """Let everything be read anew."""
    streamlit.cache_resource.clear()
    streamlit.cache_data.clear()
    for thing in gc.get_objects():
        if isinstance(thing, CACHED):
            thing.cache_clear()


def main() -> None:
    """Answer requests until there are no more."""
    logging.disable(logging.CRITICAL)
    answers, sys.stdout = sys.stdout, sys.stderr
    print(json.dumps(visit()), file=answers, flush=True)
    for line in sys.stdin:
        name, damage = json.loads(line)
        path = ROOT / name
        whole = path.read_bytes()
        content = broken(whole, damage)
        path.unlink()
        if content is not None:
            path.write_bytes(content)
        try:
            found = visit()
        finally:
            path.write_bytes(whole)
        print(json.dumps(found), file=answers, flush=True)


if __name__ == "__main__":
    main()
