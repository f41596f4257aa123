"""What a service counts: requests, refusals, seconds of sound; of nobody's voice, anything."""

from __future__ import annotations

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)

from ser_core.service.limits import Limits

CONTENT_TYPE = CONTENT_TYPE_LATEST
_SECONDS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 60.0)


class Metrics:
    """The counts of one service, apart from those of any other in this process.

    Parameters
    ----------
    limits : Limits
        Whose room is told.
    """

    def __init__(self, limits: Limits) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "undertone_requests", "Requests answered.", ("path", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "undertone_request_seconds",
            "Time from a request's first byte to its answer's last.",
            ("path",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._refused = Counter(
            "undertone_refusals",
            "Refusals, whole requests and single recordings.",
            ("code",),
            registry=self._registry,
        )
        self._sound = Counter(
            "undertone_sound_seconds", "Seconds of sound heard.", registry=self._registry
        )
        for name, about in (
            ("in_hand", "Requests with recordings that are in hand."),
            ("working", "Recordings worked on now."),
            ("live", "Live connections."),
        ):
            gauge = Gauge(f"undertone_{name}", about, registry=self._registry)
            gauge.set_function(lambda name=name: float(getattr(limits, name)))  # type: ignore[misc]

    def answered(self, path: str, status: int, seconds: float) -> None:
        """A request was answered; its path as the routes have it, so that there are few."""
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)

    def refused(self, code: str) -> None:
        """Something was refused."""
        self._refused.labels(code).inc()

    def heard(self, seconds: float) -> None:
        """So much sound was heard."""
        self._sound.inc(seconds)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
