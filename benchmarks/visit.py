"""What a visitor's verdict costs the server of the app, and its memory.

    python -m benchmarks.visit

Starts the app; one visitor uploads one recording after the other and reads each verdict, over
Streamlit's own protocol.
"""

from __future__ import annotations

from statistics import mean, median

from benchmarks.load import processor_s
from benchmarks.memory import children, memory_mb
from benchmarks.speed import Figure, tell, voice
from tests.browser.conftest import serve
from tests.support.visitor import Visitor

VERDICTS = 30


def main() -> None:
    with serve() as address:
        (server,) = children()
        visitor = Visitor(address)
        visitor.run("listen")
        before_mb = memory_mb(server)
        took, sent = [], []
        for turn in range(VERDICTS):
            # Another length each time: the same sound would be known.
            content = voice(4.0 + turn / 100, 48_000)
            begun = processor_s(server)
            file_id, answer = visitor.put(content, f"{turn}.wav")
            if answer.status != 204:
                raise RuntimeError(f"the upload was answered with {answer.status}")
            visitor.messages.clear()
            visitor.choose(file_id, names=(f"{turn}.wav",))
            took.append(processor_s(server) - begun)
            sent.append(sum(map(len, visitor.messages)))
        after_mb = memory_mb(server)
        visitor.close()
    tell(
        "A visitor's verdict in the app, 4 s at 48 kHz uploaded",
        [
            Figure("processor time of the server", 1000 * mean(took[5:]), "ms", 40),
            Figure("sent", median(sent[5:]) / 1000, "kB", 55),
            Figure("memory before", before_mb, "MB"),
            Figure(f"memory after {VERDICTS} verdicts", after_mb, "MB"),
        ],
    )


if __name__ == "__main__":
    main()
