"""What comes from elsewhere by an address, a form or a message: to the pages and to the service."""

from __future__ import annotations

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import FastAPI
from starlette.types import Message
from streamlit.testing.v1 import AppTest

from benchmarks import fuzz_own, fuzz_texts, mutations
from benchmarks.fuzzing import Kind
from ser_core.service import app, schemas
from ser_core.service.settings import Settings
from tests.support.models import Ruled, band_share
from ui import frame

_ROOT = Path(__file__).resolve().parents[1]

_ADDRESSES: dict[str, dict[str, tuple[str, ...]]] = {
    "explore": {
        "part": ("Holdings", "Features"),
        "corpus": ("ravdess", "cremad"),
        "emotion": ("angry", "sad"),
        "gender": ("female",),
        "intensity": ("strong",),
    },
    "retrain": {
        "network": ("mlp", "encoder"),
        "layers": ("2", "0"),
        "units1": ("256", "8"),
        "dropout1": ("0.3",),
        "rate": ("0.001",),
        "batch": ("32",),
        "epochs": ("50",),
        "seed": ("7",),
        "balance": ("true",),
        "corpora": ("ravdess", "emodb"),
        "emotions": ("angry", "sad"),
        "features": ("mfcc", "mel"),
        "split": ("speakers", "random"),
        "run": ("a" * 16,),
    },
    "listen": {"model": ("strangers",), "section": ("Why",), "run": ("b" * 16,)},
    "about": {"model": ("strangers",)},
}
_ODD = (
    *("", "-1", "1e309", "nan", "inf", "9" * 40, "0.1", "0x10", "true", "null", "[]", "{}", "1,2"),
    *("<script>alert(1)</script>", "../../etc/passwd", "%00", "\0", "\N{PILE OF POO}", "x" * 5_000),
    *("٣", "²", "1_000", " 5 ", "+5", "1e2", "\u202e", "a" * 16, "None", "self", "__class__"),
)


def _address(chance: np.random.Generator) -> bytes:
    """A page, and for some of its settings one or several values, odd or another setting's."""
    page = str(chance.choice(list(_ADDRESSES)))
    usual = _ADDRESSES[page]
    others = [value for values in usual.values() for value in values]
    asked = {}
    for name in usual:
        if chance.random() < 0.6:
            pool = (*_ODD, *others, *usual[name] * 20)
            count = int(chance.choice([1, 1, 2, 30]))
            asked[name] = [pool[int(chance.integers(len(pool)))] for _ in range(count)]
    if chance.random() < 0.2:
        asked[_ODD[int(chance.integers(len(_ODD)))]] = ["x"]
    return json.dumps({"page": page, "asked": asked}).encode()


@cache
def _opened() -> bool:
    """What the pages read once is read before anything is counted."""
    for page in _ADDRESSES:
        _open(page, {})
    return True


def _open(page: str, asked: dict[str, list[str]]) -> AppTest:
    shown = AppTest.from_file(str(_ROOT / "streamlit_app.py"), default_timeout=60)
    for name, values in asked.items():
        shown.query_params[name] = values if len(values) > 1 else values[0]
    return shown.run().switch_page(f"pages/{page}.py").run()


def _visit(case: bytes) -> str:
    where = json.loads(case)
    shown = _open(where["page"], where["asked"])
    assert not shown.exception and shown.title
    kinds = (shown.error, shown.warning, shown.info)
    told = "\n".join(str(one.value) for kind in kinds for one in kind)
    assert frame.FAULT not in told and "<script>" not in told
    return "shown"


@cache
def _service() -> FastAPI:
    return app.make(Settings(), Ruled(band_share(0, 1_000)))


_PATHS = ("/predict", "/batch", "/timeline", "/annotations", "/embeddings")
_QUERIES = (
    *(b"", b"channels=apart", b"as=csv", b"as=npz", b"as=word", b"file=%00%ff", b"as", b"&&=&"),
    *(b"file=" + b"x" * 3_000, b"channels=mix&channels=apart", b"as=elan", b"%", b"as=parquet"),
)


def _request(chance: np.random.Generator) -> bytes:
    """A form with recordings, of which bytes are changed; where it goes stands before it."""
    parts = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n'
        b"Content-Type: audio/wav\r\n\r\n" + fuzz_own.sound(number)[:9_000] + b"\r\n"
        for number in range(int(chance.integers(1, 3)))
    )
    body = parts + b"--edge--\r\n"
    if chance.random() < 0.8:
        body = mutations.mutated(body, chance)
    kind = b"multipart/form-data; boundary=edge"
    if chance.random() < 0.3:
        kind = mutations.mutated(kind, chance)
    head = {
        "path": _PATHS[int(chance.integers(len(_PATHS)))],
        "query": _QUERIES[int(chance.integers(len(_QUERIES)))].decode("latin-1"),
        "kind": kind.decode("latin-1"),
    }
    return json.dumps(head).encode() + b"\n" + body


def _ask(case: bytes) -> str:
    head, _, body = case.partition(b"\n")
    asked = json.loads(head)
    told: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        told.append(message)

    headers = [(b"content-type", asked["kind"].encode("latin-1")), (b"host", b"localhost")]
    scope = _scope("http", asked["path"]) | {"method": "POST", "headers": headers}
    scope["query_string"] = asked["query"].encode("latin-1")
    asyncio.run(_service()(scope, receive, send))
    status = int(told[0]["status"])
    if status != 200:
        content = b"".join(message.get("body", b"") for message in told)
        return schemas.Refusal.model_validate_json(content).error.code
    return "answered"


def _messages(chance: np.random.Generator) -> bytes:
    """Pieces of a voice and what is none, as JSON; the last is the end."""
    samples = fuzz_own.sound()[44:]
    sent: list[str | int | None] = []
    for _ in range(int(chance.integers(1, 6))):
        odd = (*fuzz_texts.CELLS[:8], "end", None)
        length = int(chance.choice([0, 1, 2, 3, 8_000, 8_001, len(samples)]))
        is_samples = chance.random() < 0.8
        sent.append(length if is_samples else odd[int(chance.integers(len(odd)))])
    return json.dumps([*sent, "end"]).encode()


def _speak(case: bytes) -> str:
    samples = fuzz_own.sound()[44:]
    waiting: list[Message] = [{"type": "websocket.connect"}]
    for one in json.loads(case):
        content = {"bytes": samples[:one]} if isinstance(one, int) else {"text": one}
        waiting.append({"type": "websocket.receive", **content})
    told: list[Message] = []

    async def receive() -> Message:
        return waiting.pop(0) if waiting else {"type": "websocket.disconnect", "code": 1001}

    async def send(message: Message) -> None:
        told.append(message)

    scope = _scope("websocket", "/live") | {"headers": [(b"host", b"localhost")]}
    asyncio.run(_service()(scope | {"subprotocols": []}, receive, send))
    assert told[-1]["type"] == "websocket.close"
    last = json.loads(next(one["text"] for one in reversed(told) if "text" in one))
    return str(last["error"]["code"]) if "error" in last else "answered"


def _scope(kind: str, path: str) -> dict[str, Any]:
    return {
        "type": kind,
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http" if kind == "http" else "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "client": ("127.0.0.1", 5_000),
        "server": ("localhost", 80),
    }


KINDS = {
    "address": Kind(lambda chance: _address(chance) if _opened() else b"", _visit, 10),
    "request": Kind(_request, _ask),
    "message": Kind(_messages, _speak),
}
