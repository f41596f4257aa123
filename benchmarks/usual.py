"""The app beside the same app written the usual way (`benchmarks.usual_app`), on one machine.

    python -m benchmarks.usual

Each is started anew a few times, in turn, and its first visitor waits for a first verdict. Then
both run, and a visitor of each uploads four seconds of speech, in turn, again and again. Both have
the same Streamlit, settings and protocol, and one thread for matrices. Of a server its processor
time and memory count, of all its threads; the browser's part, where the usual app has pictures to
show and Undertone figures to draw, does not.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from benchmarks.load import processor_s
from benchmarks.memory import children, memory_mb
from benchmarks.speed import Figure, tell, voice
from tests.browser.conftest import serve
from tests.support.visitor import Visitor

STARTS = 3
VERDICTS = 25
FIRST = 5
"""Verdicts that are not counted: who comes first pays for what is loaded and compiled then."""


@dataclass(frozen=True)
class App:
    """A server that runs, and its visitor."""

    server: int
    visitor: Visitor

    def hear(self, content: bytes, name: str) -> float:
        """Upload and wait until all is drawn; gives the server's processor time."""
        begun = processor_s(self.server)
        file_id, answer = self.visitor.put(content, name)
        if answer.status != 204:
            raise RuntimeError(f"the upload was answered with {answer.status}")
        self.visitor.choose(file_id, names=(name,))
        if not self.visitor.find("audio"):
            raise RuntimeError(f"no verdict: {self.visitor.says()[:300]}")
        return processor_s(self.server) - begun


@contextlib.contextmanager
def running(script: str, page: str) -> Iterator[App]:
    """Start an app and open its page."""
    before = children()
    with serve(script=script) as address:
        (server,) = children() - before
        visitor = Visitor(address)
        visitor.run(page)
        yield App(server, visitor)
        visitor.close()


OURS = ("streamlit_app.py", "listen")
USUAL = ("benchmarks/usual_app/app.py", "")


def start(script: str, page: str) -> tuple[float, float]:
    """From nothing to a first verdict: processor time and time on the clock."""
    began = time.perf_counter()
    with running(script, page) as app:
        app.hear(voice(4.0, 48_000), "first.wav")
        return processor_s(app.server), time.perf_counter() - began


def main() -> None:
    starts: dict[str, list[tuple[float, float]]] = {"ours": [], "usual": []}
    for _ in range(STARTS):
        starts["ours"].append(start(*OURS))
        starts["usual"].append(start(*USUAL))
    took: dict[str, list[float]] = {"ours": [], "usual": []}
    with running(*OURS) as ours, running(*USUAL) as usual:
        for turn in range(VERDICTS):
            # Another length each time: the same sound would be known.
            content = voice(4.0 + turn / 100, 48_000)
            took["ours"].append(ours.hear(content, f"{turn}.wav"))
            took["usual"].append(usual.hear(content, f"{turn}.wav"))
        memory = {name: memory_mb(a.server) for name, a in (("ours", ours), ("usual", usual))}
    cpu = {name: 1000 * median(found[FIRST:]) for name, found in took.items()}
    cold = {name: median(each[0] for each in found) for name, found in starts.items()}
    clock = {name: median(each[1] for each in found) for name, found in starts.items()}
    tell(
        "The app, beside the same app written the usual way; processor time unless said",
        [
            Figure("a visitor's verdict", cpu["ours"], "ms"),
            Figure("the same, the usual way", cpu["usual"], "ms"),
            Figure("less by", cpu["usual"] / cpu["ours"], "times", 15, True),
            Figure(f"memory after {VERDICTS} verdicts", memory["ours"], "MB"),
            Figure("the same, the usual way", memory["usual"], "MB"),
            Figure("of the usual", memory["ours"] / memory["usual"], "", 0.25),
            Figure("cold start to a first verdict", cold["ours"], "s"),
            Figure("the same, the usual way", cold["usual"], "s"),
            Figure("of the usual", cold["ours"] / cold["usual"], "", 0.25),
            Figure("cold start, on the clock", clock["ours"], "s"),
            Figure("the same, the usual way", clock["usual"], "s"),
        ],
    )


if __name__ == "__main__":
    main()
