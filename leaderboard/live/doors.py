"""Who is let in: pages of which sites, and how many sockets."""

from collections.abc import Iterable
from contextlib import ExitStack

from msgspec import json
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leaderboard.addresses import group
from leaderboard.errors import ForeignOrigin, NodeFull, Refusal, TooManySockets

SAFE = ("GET", "HEAD", "OPTIONS")


def refused(refusal: type[Refusal]) -> Response:
    """The problem document, ready to be sent again and again; to a socket it goes before the upgrade."""
    headers = {"retry-after": "5"} if refusal.retry else {}
    return Response(json.encode(refusal().problem()), refusal.status, headers, "application/problem+json")


FOREIGN_ORIGIN, TOO_MANY_SOCKETS, NODE_FULL = map(refused, (ForeignOrigin, TooManySockets, NodeFull))


class Places:
    """At most so many at once under each key."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.taken: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """Whether there was a place; then it is taken until it is freed."""
        taken = self.taken.get(key, 0)
        if taken < self.limit:
            self.taken[key] = taken + 1
        return taken < self.limit

    def free(self, key: str) -> None:
        taken = self.taken.pop(key)
        if taken > 1:
            self.taken[key] = taken - 1


class Origins:
    """ASGI middleware: pages of other sites open no sockets and change nothing. Who sends no Origin is no page."""

    def __init__(self, app: ASGIApp, allowed: Iterable[str]) -> None:
        self.app, self.allowed = app, {origin.encode() for origin in allowed}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or scope.get("method") in SAFE or not self.foreign(scope["headers"]):
            await self.app(scope, receive, send)
        else:
            await FOREIGN_ORIGIN(scope, receive, send)

    def foreign(self, headers: Iterable[tuple[bytes, bytes]]) -> bool:
        """Whether these headers name an origin that is neither this host nor allowed."""
        if b"*" in self.allowed:
            return False
        origins = {value.lower() for name, value in headers if name == b"origin"} - self.allowed
        if not origins:
            return False
        hosts = {site(value.lower()) for name, value in headers if name == b"host"}
        return {site(origin.partition(b"://")[2]) for origin in origins} != hosts


def site(host: bytes) -> bytes:
    """host[:port] without a default port. Which scheme does not matter: TLS may end at a proxy."""
    return host.removesuffix(b":80").removesuffix(b":443")


class Seats:
    """ASGI middleware of a quiz's socket: so many sockets on this node, from an address, in a quiz."""

    def __init__(self, app: ASGIApp, node: int, address: int, quiz: int) -> None:
        self.app, self.node, self.addresses, self.quizzes = app, Places(node), Places(address), Places(quiz)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        wanted = [(self.node, "", NODE_FULL), (self.quizzes, scope["path_params"]["quiz"].upper(), NODE_FULL)]
        if scope["client"] is not None:
            wanted.append((self.addresses, group(scope["client"][0]), TOO_MANY_SOCKETS))
        with ExitStack() as taken:
            for places, key, refusal in wanted:
                if not places.take(key):
                    await refusal(scope, receive, send)
                    return
                taken.callback(places.free, key)
            await self.app(scope, receive, send)
