"""The addresses of the service."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response, WebSocket
from starlette.responses import JSONResponse, RedirectResponse

import ser_core
from ser_core.inference import annotation
from ser_core.inference.predictor import Model
from ser_core.service import hearing, live, schemas, uploads
from ser_core.service.limits import Limits
from ser_core.service.metrics import CONTENT_TYPE, Metrics

Name = Annotated[
    str, Query(alias="file", description="What raw bytes are called; a form names its files.")
]
Apart = Annotated[
    Literal["mix", "apart"],
    Query(description="apart: each channel for itself, as of a call with a party on each."),
]
_EMBEDDINGS = {
    "json": "application/json",
    "npz": "application/octet-stream",
    "parquet": "application/vnd.apache.parquet",
}

_BINARY = {"type": "string", "format": "binary"}
_RAW: dict[str, Any] = {"application/octet-stream": {"schema": _BINARY}}
_ONE = {
    "requestBody": {
        "required": True,
        "description": "A sound or video file: as a form with one file, or as raw bytes.",
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": _BINARY}, "required": ["file"]}
            },
            **_RAW,
        },
    }
}
_SEVERAL = {
    "requestBody": {
        "required": True,
        "description": "Sound or video files: as a form, or one as raw bytes.",
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"files": {"type": "array", "items": _BINARY}},
                    "required": ["files"],
                }
            },
            **_RAW,
        },
    }
}
_REFUSALS: dict[int | str, dict[str, Any]] = {
    400: {"model": schemas.Refusal, "description": "The request is not as it should be."},
    413: {"model": schemas.Refusal, "description": "More bytes than are taken."},
    415: {"model": schemas.Refusal, "description": "No sound that can be decoded."},
    422: {"model": schemas.Refusal, "description": "A recording that cannot be used."},
    503: {"model": schemas.Refusal, "description": "No room now; see Retry-After."},
}

about = APIRouter(tags=["the service"])
heard = APIRouter(tags=["recordings"], responses=_REFUSALS)
spoken = APIRouter()


@dataclass(frozen=True)
class Service:
    """What the routes work with."""

    model: Model
    limits: Limits
    metrics: Metrics


def _service(asked: Request | WebSocket) -> Service:
    found: Service = asked.app.state.service
    return found


@about.get("/", include_in_schema=False)
async def root() -> RedirectResponse:
    """The page about the interface."""
    return RedirectResponse("docs")


@about.get("/health", summary="That it answers", response_model=schemas.Health)
async def health() -> dict[str, str]:
    """That the service answers."""
    return {"status": "ok"}


@about.get("/version", summary="Which Undertone, and which model", response_model=schemas.Version)
async def version(request: Request) -> dict[str, str]:
    """Which Undertone answers, and with which model."""
    return {"undertone": ser_core.__version__, "model": _service(request).model.id}


@about.get(
    "/model",
    summary="The model card",
    response_model=None,
    responses={200: {"model": schemas.Card}},
)
async def model_card(request: Request) -> JSONResponse:
    """The model card: what it learned from, and how well it hears whom."""
    return JSONResponse(hearing.card(_service(request).model))


@about.get(
    "/metrics",
    summary="What was asked and refused, for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
async def counts(request: Request) -> Response:
    """What was asked and refused, and what is in hand, as Prometheus reads it."""
    return Response(_service(request).metrics.text(), media_type=CONTENT_TYPE)


@heard.post(
    "/predict",
    summary="Hear a recording",
    response_model=None,
    responses={200: {"model": schemas.Heard}},
    openapi_extra=_ONE,
)
async def predict(request: Request, name: Name = uploads.UNNAMED) -> JSONResponse:
    """Hear a recording: the same object as `undertone predict --format json`."""
    service = _service(request)
    with service.limits.admitted(uploads.announced(request, several=False)):
        ((name, content),) = await uploads.read(request, name, several=False)
        row = await service.limits.work(partial(hearing.verdict, service.model, name, content))
    return _rows(service, row)


@heard.post(
    "/batch",
    summary="Hear several recordings",
    response_model=None,
    responses={200: {"model": schemas.Rows}},
    openapi_extra=_SEVERAL,
)
async def batch(request: Request, name: Name = uploads.UNNAMED) -> JSONResponse:
    """Hear several recordings; a refused one is a row like any other."""
    service = _service(request)
    with service.limits.admitted(uploads.announced(request, several=True)):
        files = await uploads.read(request, name, several=True)
        rows = await service.limits.work(partial(hearing.verdicts, service.model, files))
    return _rows(service, rows)


@heard.post(
    "/timeline",
    summary="What is heard when",
    response_model=None,
    responses={200: {"model": schemas.HeardOverTime | schemas.Channels}},
    openapi_extra=_ONE,
)
async def timeline(
    request: Request, name: Name = uploads.UNNAMED, channels: Apart = "mix"
) -> JSONResponse:
    """Hear a recording as a whole and over time, or each of its channels so."""
    service = _service(request)
    with service.limits.admitted(uploads.announced(request, several=False)):
        ((name, content),) = await uploads.read(request, name, several=False)
        row = await service.limits.work(
            partial(hearing.timeline, service.model, name, content, channels == "apart")
        )
    return _rows(service, row)


@heard.post(
    "/annotations",
    summary="What is heard when, as a file for other tools",
    response_class=Response,
    responses={200: {"content": {form.mime: {} for form in annotation.FORMATS.values()}}},
    openapi_extra=_ONE,
)
async def annotate(
    request: Request,
    kind: Annotated[
        Literal["textgrid", "elan", "vtt", "srt", "audacity", "csv"], Query(alias="as")
    ] = "textgrid",
    name: Name = uploads.UNNAMED,
    channels: Apart = "mix",
) -> Response:
    """What is heard when, as a file for Praat, ELAN, players, Audacity or tables."""
    service = _service(request)
    with service.limits.admitted(uploads.announced(request, several=False)):
        ((name, content),) = await uploads.read(request, name, several=False)
        written = await service.limits.work(
            partial(hearing.annotated, service.model, name, content, channels == "apart", kind)
        )
    form = annotation.FORMATS[kind]
    return _file(written, PurePath(name).stem + form.suffix, form.mime)


@heard.post(
    "/embeddings",
    summary="Recordings in numbers",
    response_model=None,
    responses={200: {"model": schemas.Embeddings}},
    openapi_extra=_SEVERAL,
)
async def embed(
    request: Request,
    kind: Annotated[Literal["json", "npz", "parquet"], Query(alias="as")] = "json",
    name: Name = uploads.UNNAMED,
) -> Response:
    """Recordings in numbers, as the network is given them; one that is refused refuses all."""
    service = _service(request)
    with service.limits.admitted(uploads.announced(request, several=True)):
        files = await uploads.read(request, name, several=True)
        found = await service.limits.work(partial(hearing.embedded, service.model, files, kind))
    if isinstance(found, bytes):
        return _file(found, f"embeddings.{kind}", _EMBEDDINGS[kind])
    return _rows(service, found)


@spoken.websocket("/live")
async def speak(socket: WebSocket) -> None:
    """A voice as it is spoken; see `ser_core.service.live`."""
    service = _service(socket)
    with service.limits.connected():
        seconds = await live.converse(socket, service.model, service.limits)
    service.metrics.heard(seconds)


def _rows(service: Service, found: dict[str, Any]) -> JSONResponse:
    for row in found.get("rows", [found]):
        if "error" in row:
            service.metrics.refused(row["error"]["code"])
        else:
            service.metrics.heard(row["duration_s"])
    return JSONResponse(found)


def _file(content: bytes, name: str, mime: str) -> Response:
    told = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(content, media_type=mime, headers={"Content-Disposition": told})
