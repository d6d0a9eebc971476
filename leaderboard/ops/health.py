"""Whether the process lives, and whether it should be given work."""

from collections.abc import Callable

from msgspec import json
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

OK = "ok"
Check = Callable[[], str]  # OK, or a word that says why not


async def livez(request: Request) -> Response:
    """GET /livez: the event loop turns. Redis is not asked."""
    return Response(b'{"status":"ok"}', media_type="application/json")


async def readyz(request: Request) -> Response:
    """GET /readyz: 200, or 503 with what is wrong. From what is known already: nobody is asked."""
    checks: dict[str, Check] = request.app.state.checks
    found = {name: check() for name, check in checks.items()}
    ready = all(word == OK for word in found.values())
    body = {"status": "ok" if ready else "unready", "checks": found}
    return Response(json.encode(body), 200 if ready else 503, media_type="application/json")


ROUTES = [Route("/livez", livez, methods=["GET"]), Route("/readyz", readyz, methods=["GET"])]
