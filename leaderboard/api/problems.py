"""Refusals over HTTP: RFC 9457 problem documents with the same codes as on the socket."""

import structlog
from msgspec import json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from leaderboard import counts
from leaderboard.errors import (
    InternalError,
    Malformed,
    MethodNotAllowed,
    NotFound,
    Refusal,
)

log = structlog.get_logger(__name__)


def problem(refusal: Refusal) -> Response:
    """The document, counted, and when to come again if that may help."""
    counts.refused["http", refusal.code] += 1
    return Response(json.encode(refusal.problem()), refusal.status, refusal.headers(), "application/problem+json")


async def on_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return problem(error)


async def on_http_exception(request: Request, error: Exception) -> Response:
    """What the router itself refuses."""
    assert isinstance(error, HTTPException)
    response = problem({404: NotFound, 405: MethodNotAllowed}.get(error.status_code, Malformed)())
    response.headers.update(error.headers or {})
    return response


async def on_disconnect(request: Request, error: Exception) -> Response:
    """Nobody is there to read it."""
    return Response(status_code=499)


async def on_error(request: Request, error: Exception) -> Response:
    log.error("request_failed", path=request.url.path, exc_info=error)
    return problem(InternalError())


HANDLERS = {
    Refusal: on_refusal,
    HTTPException: on_http_exception,
    ClientDisconnect: on_disconnect,
    Exception: on_error,
}
