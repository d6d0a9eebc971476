"""Traces for a collector: spans and lines of the log share their ids."""

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from httpx2 import ASGITransport, AsyncClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from leaderboard.ops.logs import RequestLog
from leaderboard.ops.tracing import Tracing, tracing
from tests.nodes import Nodes

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


async def answer(request: Request) -> Response:
    return PlainTextResponse(request.headers["traceparent"], 500 if "broken" in request.url.path else 200)


@pytest.mark.anyio
async def test_spans_share_their_trace_with_the_log() -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(spans))
    routes = [Route("/v1/quizzes/{quiz}", answer), Route("/livez", answer)]
    app = Starlette(routes=routes, middleware=[Middleware(Tracing, provider), Middleware(RequestLog)])
    with capture_logs(processors=[merge_contextvars]) as logged:
        async with AsyncClient(transport=ASGITransport(app=app), base_url="http://node") as client:
            parent = {"traceparent": f"00-{TRACE}-{SPAN}-01"}
            passed = await client.get("/v1/quizzes/one", headers=parent)
            await client.get("/v1/quizzes/broken")
            await client.get("/v1/quizzes/two", headers={"traceparent": "nonsense"})
            await client.get("/livez", headers=parent)
    known, broken, two = spans.get_finished_spans()
    ids = [f"{span.context.trace_id:032x}" for span in (known, broken, two)]
    assert [line["trace"] for line in logged] == ids
    assert ids[0] == TRACE
    assert len(set(ids)) == 3
    assert known.parent is not None
    assert f"{known.parent.span_id:016x}" == SPAN
    assert passed.text == f"00-{TRACE}-{known.context.span_id:016x}-01"
    assert {span.name for span in (known, broken, two)} == {"GET /v1/quizzes/{quiz}"}
    assert known.kind == SpanKind.SERVER
    about = {"http.route": "/v1/quizzes/{quiz}", "url.path": "/v1/quizzes/one", "http.response.status_code": 200}
    assert dict(known.attributes or {}) == about | {"http.request.method": "GET"}
    assert [span.status.status_code for span in (known, broken)] == [StatusCode.UNSET, StatusCode.ERROR]


class Collector(BaseHTTPRequestHandler):
    """Takes what exporters send."""

    taken: list[ExportTraceServiceRequest]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if "gzip" not in self.headers.get("content-encoding", ""):
            self.taken.append(ExportTraceServiceRequest.FromString(body))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def collector() -> Iterator[HTTPServer]:
    Collector.taken = []
    with HTTPServer(("127.0.0.1", 0), Collector) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield server
        server.shutdown()
        serving.join()


def test_a_node_sends_them(nodes: Nodes, collector: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{collector.server_port}")
    node = nodes.start()
    node.create()
    assert node.stop() == 0, "what is left is sent at the end"
    [resource] = [part for request in Collector.taken for part in request.resource_spans]
    about = {it.key: it.value.string_value for it in resource.resource.attributes}
    assert about["service.name"] == "leaderboard"
    assert about["service.instance.id"].endswith(node.base.rpartition(":")[2])
    [span] = [span for scope in resource.scope_spans for span in scope.spans]
    assert span.name == "POST /v1/quizzes"
    [line] = [json.loads(line) for line in node.log.read_text().splitlines() if '"request"' in line]
    assert line["trace"] == span.trace_id.hex()


def test_nobody_who_names_no_collector_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tracing({}, "here") is None
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with capture_logs() as logged:
        assert tracing({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, "here") is None
    assert "pip install" in logged[0]["remedy"]
