"""The process in which containers are decoded: what becomes of it, and of a file that ends it."""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ser_core import audio
from ser_core.audio import worker
from ser_core.errors import AudioError
from tests.support.voices import at_rate, encoded, tracks, voice

ROOT = Path(__file__).resolve().parents[1]
M4A = tracks("ipod", "aac", at_rate(voice(3.0)))


def children() -> set[int]:
    """Decoding processes of this one."""
    threads = Path(f"/proc/{os.getpid()}/task").iterdir()
    found = [int(pid) for each in threads for pid in read(each / "children").split()]
    return {pid for pid in found if b"ser_core.audio.child" in read(Path(f"/proc/{pid}/cmdline"))}


def read(path: Path) -> bytes:
    """A file of /proc; empty where its thread or process is no more."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def gone(pid: int) -> bool:
    """Whether a process ends in the time that it takes to notice that it should."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    with os.fdopen(process):
        return bool(select.select([process], [], [], 20)[0])


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Puts another program in the place of the decoder; the next file gets the real one."""
    real = subprocess.Popen
    worker.end()

    def put(program: str) -> None:
        def start(command: list[str], **options: object) -> subprocess.Popen:
            monkeypatch.setattr(subprocess, "Popen", real)
            return real([sys.executable, "-c", program], **options)

        monkeypatch.setattr(subprocess, "Popen", start)

    return put


READ = """
import os, struct, sys, time
head, length = struct.unpack('>II', sys.stdin.buffer.read(8))
sys.stdin.buffer.read(head + length)
"""


def saying(answer: bytes, then: str = "time.sleep(60)") -> str:
    """A program that reads a request and gives this answer."""
    return f"{READ}sys.stdout.buffer.write({answer!r}); sys.stdout.buffer.flush(); {then}"


def with_head(head: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(head)) + head + payload


def facts(**changed: object) -> bytes:
    sound = {"source_format": "A", "source_rate": 16_000, "source_channels": 1, "peak": 0.5}
    return json.dumps({"samples": 4, "warnings": []} | sound | changed).encode()


FAILURES = {
    "it dies at once": "pass",
    "it dies at work": READ + "os.kill(os.getpid(), 11)",
    "it aborts": READ + "os.abort()",
    "it exits in order": READ + "sys.exit(0)",
    "garbage": saying(np.random.default_rng(0).bytes(100_000)),
    "a head of 4 GB": saying(b"\xff" * 4),
    "no JSON": saying(with_head(b"not json")),
    "not an object": saying(with_head(b"[1, 2]")),
    "no facts": saying(with_head(b"{}")),
    "a refusal without words": saying(with_head(b'{"refused": 7}')),
    "more samples than asked for": saying(with_head(facts(samples=4_000_000_000))),
    "fewer than none": saying(with_head(facts(samples=-4))),
    "samples that are no numbers": saying(with_head(facts(), b"\xff" * 16)),
    "half of the samples": saying(with_head(facts(), bytes(8)), "pass"),
    "no channels": saying(with_head(facts(source_channels=0), bytes(16))),
    "an endless peak": saying(with_head(facts(peak=float("inf")), bytes(16))),
}


@pytest.mark.slow
@pytest.mark.parametrize("program", FAILURES.values(), ids=FAILURES)
def test_a_decoder_that_fails_is_a_refusal_and_the_next_file_is_heard(stand_in, program) -> None:
    stand_in(program)
    with pytest.raises(AudioError) as caught:
        audio.load(M4A)
    assert caught.value.code == "decoder_failed"
    assert "MP4" in caught.value.message
    for leak in ("Traceback", "0x", "/", "object at", "Errno"):
        assert leak not in caught.value.message
    assert audio.load(M4A).duration_s == pytest.approx(3.0, abs=0.1)


@pytest.mark.slow
def test_a_decoder_that_hangs_is_ended(stand_in, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "TIME_LIMIT_S", 1)
    stand_in("import time; time.sleep(600)")
    with pytest.raises(AudioError, match="took longer than 1 s") as caught:
        audio.load(M4A + bytes(1_000_000))
    assert caught.value.code == "decoder_failed"
    monkeypatch.undo()
    assert audio.load(M4A).duration_s == pytest.approx(3.0, abs=0.1)
    assert len(children()) <= 1


@pytest.mark.slow
def test_a_warm_decoder_that_died_meanwhile_is_replaced() -> None:
    audio.load(M4A)
    (pid,) = children()
    os.kill(pid, signal.SIGKILL)
    assert audio.load(M4A).duration_s == pytest.approx(3.0, abs=0.1)
    assert pid not in children()


def test_one_process_serves_one_file_after_the_other() -> None:
    audio.warm()
    before = children()
    for _ in range(3):
        audio.load(M4A)
        with pytest.raises(AudioError):
            audio.load(M4A[: len(M4A) // 2])
    assert children() == before
    assert len(before) == 1


@pytest.mark.slow
def test_many_threads_share_few_processes() -> None:
    worker.end()  # A process that has decoded for other tests may have its last file before it.
    seen: list[int] = []

    def hear(number: int) -> tuple[int, np.ndarray]:
        kept = tracks("ipod", "aac", at_rate(voice(2.0 + number % 3)))
        clip = audio.load(kept)
        seen.append(len(children()))
        return number, clip.signal

    with ThreadPoolExecutor(8) as threads:
        heard = list(threads.map(hear, range(24)))
    assert max(seen) <= worker.AT_ONCE
    assert len(children()) == 1
    for number, sound in heard:
        assert len(sound) / 16_000 == pytest.approx(2.0 + number % 3, abs=0.1)


LIBRARY = """
import sys
from ser_core import audio
clip = audio.load(sys.argv[1])
print(clip.source_format, 'av' in sys.modules, flush=True)
"""


@pytest.fixture
def m4a(tmp_path: Path) -> Path:
    path = tmp_path / "a.m4a"
    path.write_bytes(M4A)
    return path


def run(program: str, *arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        **options,
    )


def test_a_script_without_a_main_guard_hears(m4a: Path) -> None:
    done = run(LIBRARY, m4a, cwd=ROOT)
    assert (done.stdout, done.stderr, done.returncode) == ("MOV aac False\n", "", 0)


def test_a_file_named_like_a_library_is_not_run(m4a: Path) -> None:
    for name in ("av", "numpy", "json"):
        (m4a.parent / f"{name}.py").write_text("raise SystemExit(3)")
    program = (
        f"import sys; sys.path = [p for p in sys.path if p]; sys.path.insert(0, {str(ROOT)!r})"
    )
    done = run(program + LIBRARY, m4a, cwd=m4a.parent)
    assert (done.stdout, done.returncode) == ("MOV aac False\n", 0)


def test_the_decoder_is_small(m4a: Path) -> None:
    program = "import sys; import ser_core.audio.child; print(*sys.modules)"
    loaded = set(run(program, cwd=ROOT).stdout.split())
    assert not loaded & {
        "streamlit",
        "scipy",
        "pandas",
        "tensorflow",
        "ser_core.inference.predictor",
    }


@pytest.mark.parametrize("ending", ["return", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_it_ends_with_its_parent(m4a: Path, ending: str) -> None:
    program = f"""
import os, sys
from ser_core import audio
audio.load(sys.argv[1])
task = f'/proc/{{os.getpid()}}/task/{{os.getpid()}}/children'
print(open(task).read(), flush=True)
{"" if ending == "return" else ending}
"""
    (pid,) = map(int, run(program, m4a, cwd=ROOT).stdout.split())
    assert gone(pid)


SECOND = """
from ser_core.audio import child, containers
real, heard = containers.decode, []
def decode(*request):
    heard.append(request)
    return real(*request) if len(heard) == 1 else FAIL
containers.decode = decode
child.main()
"""


ORPHANED = """
import os, subprocess, sys, threading
from ser_core import audio
from ser_core.audio import worker
worker.TIME_LIMIT_S = 1
real = subprocess.Popen
def start(command, **options):
    process = real([command[0], '-c', sys.argv[2]], **options)
    print(process.pid, flush=True)
    return process
subprocess.Popen = start
threading.Thread(target=audio.load, args=[sys.argv[1]]).start()
sys.stdin.readline()
os.kill(os.getpid(), 9)
"""


def test_one_that_hangs_outlives_its_parent_by_no_more_than_the_limit(m4a: Path) -> None:
    hanging = SECOND.replace("== 1", "== 0").replace("FAIL", "__import__('signal').pause()")
    process = subprocess.Popen(
        [sys.executable, "-c", ORPHANED, str(m4a), hanging],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    pid = int(process.stdout.readline())
    process.communicate(b"now\n")
    assert gone(pid)


def test_a_fork_does_not_ask_its_parents_decoder() -> None:
    audio.load(M4A)
    (parents,) = children()
    reading, writing = os.pipe()
    forked = os.fork()
    if forked == 0:
        try:
            clip = audio.load(M4A)
            own = children()
            os.write(writing, f"{clip.duration_s:.1f} {len(own)} {parents in own}".encode())
            worker.end()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() in {"3.0 1 False", "3.1 1 False"}
    os.waitpid(forked, 0)
    audio.load(M4A)
    assert children() == {parents}


@pytest.mark.slow
@pytest.mark.parametrize(
    "fault",
    ["1 / 0", "bytearray(1 << 40)", "__import__('time').sleep(600)", "sum(iter(int, 1))", "real"],
)
def test_a_decoder_that_fails_only_at_its_second_file(stand_in, monkeypatch, fault: str) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    stand_in(SECOND.replace("FAIL", fault))
    assert audio.load(M4A).duration_s == pytest.approx(3.0, abs=0.1)
    # One that dies is asked no more, and the file is given to another.
    dies = fault in {"1 / 0", "real"}
    if "sleep" in fault or "iter" in fault:
        monkeypatch.setattr(worker, "TIME_LIMIT_S", 1)
    if dies:
        assert audio.load(M4A).duration_s == pytest.approx(3.0, abs=0.1)
    else:
        with pytest.raises(AudioError, match=r"more memory|took longer than 1 s") as caught:
            audio.load(M4A)
        assert caught.value.code == "decoder_failed"


@pytest.mark.slow
def test_its_memory_is_bounded(stand_in) -> None:
    stand_in(SECOND.replace("== 1", "== 0").replace("FAIL", "bytearray(1 << 30)"))
    with pytest.raises(AudioError, match="more memory") as caught:
        audio.load(M4A)
    assert caught.value.code == "decoder_failed"


def test_it_is_not_started_for_what_libsndfile_reads() -> None:
    worker.end()
    audio.load(encoded(voice(3.0)))
    assert children() == set()


def test_no_thread_is_left() -> None:
    before = threading.active_count()
    audio.load(M4A)
    assert threading.active_count() == before
