"""Who is let in: how many connections and sockets, and pages of which sites."""

from collections.abc import Awaitable, Collection, Iterable, Sequence
from urllib.parse import unquote

from msgspec import json
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leaderboard.addresses import forwarded, group
from leaderboard.errors import ForeignOrigin, NodeFull, Refusal, TooManySockets

Headers = Sequence[tuple[bytes, bytes]]

SAFE = ("GET", "HEAD", "OPTIONS")


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


Place = tuple[Places, str]


class Doors:
    """How many connections and sockets a node takes, in all, from an address and in a quiz, and from where.

    `proxies` of our own stand before the node: then all connections come from them, and who they are for is in a header.
    """

    def __init__(
        self,
        connections: int,
        connections_per_address: int,
        sockets: int,
        sockets_per_address: int,
        sockets_per_quiz: int,
        origins: Collection[str],
        proxies: int,
    ) -> None:
        self.connections, self.of_address = connections, Places(connections_per_address)
        self.sockets = Places(sockets)
        self.sockets_of_address, self.sockets_of_quiz = Places(sockets_per_address), Places(sockets_per_quiz)
        self.origins, self.proxies = {origin.encode() for origin in origins}, proxies

    def connection(self, peer: str | None) -> list[Place] | None:
        """The places of one connection more, taken; None if the address has none left. Local sockets have no address."""
        if peer is None or self.proxies:
            return []
        place = (self.of_address, group(peer))
        return [place] if take(place) else None

    def socket(self, target: bytes, headers: Headers, peer: str | None) -> list[Place] | type[Refusal]:
        """The places of one socket more, taken, or why it cannot be."""
        if foreign(headers, self.origins):
            return ForeignOrigin
        path = unquote(target.partition(b"?")[0].decode("latin-1")).upper()  # one for each quiz, however it is written
        places = [(self.sockets, ""), (self.sockets_of_quiz, path)]
        if not take(*places):
            return NodeFull
        if peer is not None:
            place = (self.sockets_of_address, group(self.client(headers, peer)))
            if not take(place):
                free(places)
                return TooManySockets
            places.append(place)
        return places

    def client(self, headers: Headers, peer: str) -> str:
        if not self.proxies:
            return peer
        lines = [value.decode("latin-1") for name, value in headers if name == b"x-forwarded-for"]
        return forwarded(lines, self.proxies) or peer


def take(*wanted: Place) -> bool:
    """Take all of these places or none."""
    for number, (places, key) in enumerate(wanted):
        if not places.take(key):
            free(wanted[:number])
            return False
    return True


def free(taken: Iterable[Place]) -> None:
    for places, key in taken:
        places.free(key)


class Origins:
    """ASGI middleware: pages of other sites change nothing. Who sends no Origin is no page."""

    def __init__(self, app: ASGIApp, allowed: Iterable[str]) -> None:
        self.app, self.allowed = app, {origin.encode() for origin in allowed}
        body = json.encode(ForeignOrigin().problem())
        self.refusal = Response(body, ForeignOrigin.status, media_type="application/problem+json")

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        unsafe = scope["type"] == "http" and scope["method"] not in SAFE  # sockets are refused before they get here
        if unsafe and foreign(scope["headers"], self.allowed):
            return self.refusal(scope, receive, send)
        return self.app(scope, receive, send)


def foreign(headers: Headers, allowed: Collection[bytes]) -> bool:
    """Whether these headers name an origin that is neither this host nor allowed."""
    if b"*" in allowed:
        return False
    origins = {value.lower() for name, value in headers if name == b"origin"}.difference(allowed)
    if not origins:
        return False
    hosts = {site(value.lower()) for name, value in headers if name == b"host"}
    return {site(origin.partition(b"://")[2]) for origin in origins} != hosts


def site(host: bytes) -> bytes:
    """host[:port] without a default port. Which scheme does not matter: TLS may end at a proxy."""
    return host.removesuffix(b":80").removesuffix(b":443")
