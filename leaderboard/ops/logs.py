"""Logs: structlog for everything, also for what the libraries say; JSON unless somebody watches."""

import contextlib
import json
import logging
import re
import secrets
import sys
import time
from collections.abc import Iterable, MutableMapping

import msgspec
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leaderboard import counts

# version, trace, parent, flags; ff is no version
TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OTHER = "other"
QUIET = ("/livez", "/readyz", "/metrics")  # asked every second

log = structlog.get_logger(__name__)
encode = msgspec.json.Encoder(enc_hook=repr).encode


def configure(level: str) -> None:
    """One line an event, on standard error. "auto": what matters to whoever watches, or everything for a log."""
    terminal = sys.stderr.isatty()
    if level == "auto":
        level = "warning" if terminal else "info"
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(to_json)
    )
    last = [renderer] if terminal else [structlog.processors.format_exc_info, renderer]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("uvicorn.access", "uvicorn.error", "websockets"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(  # ours do not pass the standard library's logging, which costs as much as a request
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: Lines(sys.stderr),
        cache_logger_on_first_use=True,
    )


def to_json(event: MutableMapping[str, object], **_: object) -> str:
    """An event as JSON: by msgspec, which is fast, unless it holds what only Python takes for text."""
    try:
        return encode(event).decode()
    except ValueError:
        return json.dumps(event, default=repr)


class Lines(structlog.WriteLogger):
    """Writes the lines. Where that is not possible nobody else is to suffer."""

    def msg(self, message: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            super().msg(message)

    debug = info = warning = error = critical = exception = msg


def trace_of(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The trace that a request belongs to (W3C Trace Context), one of its own if it names none."""
    for name, value in headers:
        if name == b"traceparent" and (found := TRACEPARENT.fullmatch(value.strip())) and found[1].strip(b"0"):
            return found[1].decode()
    return secrets.token_hex(16)


class RequestLog:
    """ASGI middleware: one line an HTTP request. Sockets write their own line when they end."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in QUIET:
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0
        structlog.contextvars.bind_contextvars(trace=trace_of(scope["headers"]))

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            took_s = time.perf_counter() - began
            measure(scope, status, took_s)
            ms = round(took_s * 1000, 1)
            log.info("request", method=scope["method"], path=scope["path"], status=status, ms=ms)


def measure(scope: Scope, status: int, took_s: float) -> None:
    """Count a request by its route, which is one of ours; without a status it failed."""
    method = scope["method"] if scope["method"] in METHODS else OTHER
    counts.http_s.observe(took_s, (getattr(scope.get("route"), "path", OTHER), method, f"{(status or 500) // 100}xx"))
