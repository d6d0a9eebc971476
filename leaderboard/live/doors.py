"""Who is let in: how many connections and sockets, and pages of which sites."""

import asyncio
from collections.abc import Awaitable, Collection, Iterable, Sequence, Sized
from typing import Any
from urllib.parse import unquote

import structlog
from msgspec import json
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from leaderboard import counts
from leaderboard.addresses import forwarded, group
from leaderboard.errors import ForeignOrigin, NodeFull, NodeLeaving, RateLimited, Refusal, TooManySockets
from leaderboard.state.limits import Limits

log = structlog.get_logger(__name__)

Headers = Sequence[tuple[bytes, bytes]]

LOG_S = 10.0
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

    @property
    def fullest(self) -> int:
        """How many are taken where there are the most."""
        return max(self.taken.values(), default=0)

    def free(self, key: str) -> None:
        taken = self.taken.pop(key)
        if taken > 1:
            self.taken[key] = taken - 1


Place = tuple[Places, str]
Known = tuple[Any, ...]  # a class of refusals, and what makes one


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
        limits: Limits,
    ) -> None:
        self.present: Sized = ()  # the connections, once there was one
        self.leaving = False  # then there are no more sockets
        self.connections, self.of_address = connections, Places(connections_per_address)
        self.sockets = Places(sockets)
        self.sockets_of_address, self.sockets_of_quiz = Places(sockets_per_address), Places(sockets_per_quiz)
        self.origins, self.proxies, self.limits = {origin.encode() for origin in origins}, proxies, limits
        self.refused = 0  # requests, since that was last logged

    def caps(self) -> list[tuple[str, int, int]]:
        """Each cap by the name of its setting: how many may be, and how many are, of an address or a quiz at most."""
        places = {
            "max_connections_per_address": self.of_address,
            "max_sockets": self.sockets,
            "max_sockets_per_address": self.sockets_of_address,
            "max_sockets_per_quiz": self.sockets_of_quiz,
        }
        whole = ("max_connections", self.connections, len(self.present))
        return [whole, *((name, it.limit, it.fullest) for name, it in places.items())]

    @property
    def full(self) -> bool:
        """Whether nobody gets in any more, wherever they come from."""
        return len(self.present) >= self.connections or self.sockets.fullest >= self.sockets.limit

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
        if self.leaving:
            return NodeLeaving
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

    def known(self, target: bytes, headers: Headers, peer: tuple[str, int] | None) -> Known | None:
        """Why a request is refused that need not be looked at: the refusal and what it says. Not of pages elsewhere."""
        if peer is None or not target.startswith(b"/v1/"):
            return None
        found = dict(headers)
        if b"origin" in found or b"upgrade" in found:
            return None
        address = group(self.client(headers, peer[0]))
        refusal = self.limits.known(address, target.partition(b"?")[0], found.get(b"authorization"))
        if refusal is None:
            return None
        self.count()
        if isinstance(refusal, RateLimited):
            return RateLimited, refusal.policy, refusal.quota, refusal.window_s, refusal.wait_s
        return (type(refusal),)

    def count(self) -> None:
        """One line a while for all of them: they are many."""
        self.refused += 1
        if self.refused == 1:
            asyncio.get_running_loop().call_later(LOG_S, self.tell)

    def tell(self) -> None:
        log.warning("requests_refused", count=self.refused, seconds=LOG_S)
        self.refused = 0

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
            counts.refused.add(("http", ForeignOrigin.code))
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
