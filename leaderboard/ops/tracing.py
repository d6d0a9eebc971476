"""Traces of HTTP requests, sent to a collector by OpenTelemetry: for who has the extra `otel` and names a collector."""

import asyncio
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leaderboard import __version__
from leaderboard.ops.logs import QUIET

if TYPE_CHECKING:  # an extra, and slow to import
    from opentelemetry.sdk.trace import TracerProvider

COLLECTORS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
LAST_S = 2.0  # how long a node that ends waits for the collector

log = structlog.get_logger(__name__)


def tracing(environment: Mapping[str, str], node: str) -> "TracerProvider | None":
    """What takes the spans, by the variables that OpenTelemetry has for it; None where no collector is named."""
    if not any(environment.get(name) for name in COLLECTORS):
        return None
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        log.warning("no_traces", error=str(error), remedy="pip install 'leaderboard[otel]'")
        return None
    about = {"service.version": __version__, "service.instance.id": node}
    named = {} if environment.get("OTEL_SERVICE_NAME") else {"service.name": "leaderboard"}
    provider = TracerProvider(resource=Resource.create(named | about), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider


async def end(provider: "TracerProvider") -> None:
    """Send what is left, but do not wait long for a collector that is away."""
    ending = threading.Thread(target=provider.shutdown, daemon=True)
    ending.start()
    await asyncio.to_thread(ending.join, LAST_S)


class Tracing:
    """ASGI middleware before `RequestLog`: a span for each HTTP request. Its ids go on as the request's `traceparent`, so
    that the line in the log has them too. Sockets have no span: they last an evening."""

    def __init__(self, app: ASGIApp, provider: "TracerProvider") -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self.app, self.tracer = app, provider.get_tracer("leaderboard", __version__)
        self.propagator = TraceContextTextMapPropagator()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self.app(scope, receive, send)
            return
        from opentelemetry.trace import SpanKind, StatusCode

        others = [(name, value) for name, value in scope["headers"] if name != b"traceparent"]
        given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"]
        context = self.propagator.extract({"traceparent": given[0]} if len(given) == 1 else {})
        about = {"http.request.method": scope["method"], "url.path": scope["path"]}
        with self.tracer.start_as_current_span(scope["method"], context, SpanKind.SERVER, about) as span:
            passed: dict[str, str] = {}
            self.propagator.inject(passed)
            scope["headers"] = [*others, (b"traceparent", passed["traceparent"].encode())]

            async def watch(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute("http.response.status_code", message["status"])
                    if message["status"] >= 500:
                        span.set_status(StatusCode.ERROR)
                await send(message)

            await self.app(scope, receive, watch)
            if route := getattr(scope.get("route"), "path", ""):
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)
