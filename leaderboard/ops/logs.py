"""Logs: structlog for everything, also for what the libraries say; JSON unless somebody watches."""

import contextlib
import functools
import json
import logging
import os
import re
import secrets
import sys
import time
from collections.abc import Iterable, MutableMapping
from typing import Any

import msgspec
import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from leaderboard import counts
from leaderboard.masking import by_name, in_text, is_secret

# version, trace, parent, flags; ff is no version
TRACEPARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
OTHER = "other"
QUIET = ("/livez", "/readyz", "/metrics")  # asked every second
SIMPLE = (str, int, float, type(None))

log = structlog.get_logger(__name__)
encode = msgspec.json.Encoder(enc_hook=repr).encode


def configure(level: str, form: str = "auto", node: str = "") -> None:
    """One line an event, on standard error. "auto": what matters to whoever watches, or everything for a log."""
    terminal = sys.stderr.isatty()
    if level == "auto":
        level = "warning" if terminal else "info"
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        functools.partial(of_node, node),
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
    ]
    last = to_read(terminal) if (terminal and form == "auto") or form == "console" else to_search()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.captureWarnings(True)
    for noisy in ("uvicorn.access", "uvicorn.error", "websockets"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    structlog.configure(  # ours do not pass the standard library's logging, which costs as much as a request
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: Lines(sys.stderr),
        cache_logger_on_first_use=True,
    )


def to_search() -> list[structlog.typing.Processor]:
    """Lines of JSON."""
    return [without_secrets, structlog.processors.format_exc_info, masked(structlog.processors.JSONRenderer(to_json))]


def to_read(terminal: bool) -> list[structlog.typing.Processor]:
    """Lines for people. Tracebacks are plain: others show what the variables hold, also secrets."""
    colours = terminal and not os.environ.get("NO_COLOR")
    plain = structlog.dev.plain_traceback
    return [without_secrets, harmless, masked(structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=plain))]


def of_node(node: str, logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """So that the logs of several nodes can be read as one."""
    if node:
        event["node"] = node
    return event


def without_secrets(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Without the values whose names say what they are."""
    hidden = {
        name: by_name(value, name)
        for name, value in event.items()
        if (is_secret(name) or not isinstance(value, SIMPLE)) and name != "exc_info"
    }
    return {**event, **hidden} if hidden else event


def harmless(logger: object, method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Without anything in what others have sent that a terminal would take for a command, or a reader for a line."""
    return {
        name: value if not isinstance(value, str) or value.isprintable() or name == "exception" else repr(value)[1:-1]
        for name, value in event.items()
    }


def masked(render: Any) -> structlog.typing.Processor:
    """A renderer whose lines hold no passwords of addresses and no bearer tokens, wherever they came from."""

    def line(logger: Any, method: str, event: structlog.typing.EventDict) -> str:
        return in_text(render(logger, method, event))

    return line


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

    def __init__(self, app: ASGIApp, slow_ms: int = 1_000) -> None:
        self.app, self.slow_ms = app, slow_ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope["path"] in QUIET:
            await self.app(scope, receive, send)
            return
        structlog.contextvars.bind_contextvars(trace=trace_of(scope["headers"]))
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            took_s = time.perf_counter() - began
            status = status or 500  # it failed
            measure(scope, status, took_s)
            ms = round(took_s * 1000, 1)
            about = {"method": scope["method"], "path": scope["path"], "status": status, "ms": ms}
            if ms < self.slow_ms:
                log.info("request", **about)
            else:
                log.warning("request", **about, slow=True)


def measure(scope: Scope, status: int, took_s: float) -> None:
    """Count a request by its route, which is one of ours."""
    method = scope["method"] if scope["method"] in METHODS else OTHER
    counts.http_s.observe(took_s, (getattr(scope.get("route"), "path", OTHER), method, f"{status // 100}xx"))
