"""Whether the process lives, and whether it should be given work."""

from collections.abc import Callable

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Check = Callable[[], bool]


async def livez(request: Request) -> Response:
    """GET /livez: the event loop turns. Redis is not asked."""
    return Response(b'{"status":"ok"}', media_type="application/json")


async def readyz(request: Request) -> Response:
    """GET /readyz: 200, or 503 with what is wrong."""
    checks: dict[str, Check] = request.app.state.checks
    results = {name: "ok" if check() else "failed" for name, check in checks.items()}
    ready = all(result == "ok" for result in results.values())
    body = {"status": "ok" if ready else "unready", "checks": results}
    return Response(json.encode(body), 200 if ready else 503, media_type="application/json")


ROUTES = [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
