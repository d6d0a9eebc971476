"""The HTTP protocol under uvicorn, with what it leaves open: how long a request may take to come, and how large its head is.

Nothing here has been understood yet, so all of it is cheap: a timer a connection, and refusals that are ready bytes.
"""

import asyncio
import socket
from asyncio.transports import BaseTransport
from functools import lru_cache, partial
from http import HTTPStatus
from typing import Any, cast

from msgspec import json
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import get_remote_addr

from leaderboard import counts
from leaderboard.errors import ForeignOrigin, NodeFull, NodeLeaving, Refusal, TooManySockets
from leaderboard.headers import secured
from leaderboard.live.doors import Doors, Place, free
from leaderboard.live.protocol import FrameProtocol

HEADERS_S = 10.0  # from the connection, or from the first byte of a further request
BODY_S = 30.0  # from the headers
TAKEN_S = 30.0  # how long a client may take nothing of what is sent to it
MAX_HEAD = 32 << 10  # bytes of request line and headers, or of a body between two pieces of it: chunk sizes, trailers
MAX_FIELDS = 128  # headers, each of which costs far more than its bytes
MAX_AHEAD = 16  # requests on one connection that wait for the one before

RETRY_S = "5"
DOOR = "door"  # where it was refused

HEAD, BODY, NOTHING = "head", "body", ""  # what is still to come of a request


def answer(status: HTTPStatus, headers: dict[str, str], body: bytes = b"") -> bytes:
    """A whole response."""
    fields = {"content-length": str(len(body))} | headers
    lines = secured((name.encode(), value.encode()) for name, value in fields.items())
    head = [b"HTTP/1.1 %d %s" % (status, status.phrase.encode()), *(b"%s: %s" % line for line in lines), b"", body]
    return b"\r\n".join(head)


def document(refusal: Refusal, headers: dict[str, str] | None = None) -> bytes:
    """The response that is a problem document."""
    fields = {"content-type": "application/problem+json"} | refusal.headers() | (headers or {})
    return answer(HTTPStatus(refusal.status), fields, json.encode(refusal.problem()))


@lru_cache(1024)
def refused(refusal: type[Refusal], *why: Any) -> bytes:
    """The same, ready to be sent again."""
    return document(refusal(*why))


LAST = {"connection": "close"}  # after it the connection ends
AGAIN = LAST | {"retry-after": RETRY_S}
BAD = answer(HTTPStatus.BAD_REQUEST, LAST)
LATE = answer(HTTPStatus.REQUEST_TIMEOUT, LAST)
TOO_LARGE = answer(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, LAST)
TOO_MANY = answer(HTTPStatus.TOO_MANY_REQUESTS, AGAIN)
FULL = answer(HTTPStatus.SERVICE_UNAVAILABLE, AGAIN)
NO_SOCKET: dict[type[Refusal], bytes] = {
    ForeignOrigin: document(ForeignOrigin(), LAST),
    TooManySockets: document(TooManySockets(), AGAIN),
    NodeFull: document(NodeFull(), AGAIN),
    NodeLeaving: document(NodeLeaving(), LAST),
}


class Overrun(Exception):
    """A bound was passed while the parser read."""


class HttpProtocol(HttpToolsProtocol):
    """One connection, until it is lost or becomes a socket."""

    transport: asyncio.Transport
    due = HEAD
    timed = NOTHING  # what the timer is for
    timer: asyncio.TimerHandle | None = None
    silent = True  # nothing has come yet
    unread = 0  # bytes since something whole was read
    skipping = False  # the rest of a request that was refused
    places: list[Place] | None = None  # that are taken

    def __init__(self, doors: Doors, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self.doors = doors
        doors.present = self.connections  # all that this server has, also those that became sockets

    def connection_made(self, transport: BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if len(self.connections) >= self.doors.connections:
            counts.refused.add((DOOR, "CONNECTIONS"))
            self.turn_away(FULL)
            return
        peer = get_remote_addr(self.transport)
        self.places = self.doors.connection(peer[0] if peer else None)
        if self.places is None:
            counts.refused.add((DOOR, "CONNECTIONS_OF_ADDRESS"))
            self.turn_away(TOO_MANY)
            return
        super().connection_made(self.transport)
        self.drop_who_takes_nothing()
        self.watch()

    def drop_who_takes_nothing(self) -> None:
        """By the kernel, which knows; `close` would wait for them for ever."""
        raw = self.transport.get_extra_info("socket")
        if raw is not None and raw.family != socket.AF_UNIX and hasattr(socket, "TCP_USER_TIMEOUT"):
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(TAKEN_S * 1000))

    def turn_away(self, response: bytes) -> None:
        self.transport.write(response)
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.stop()
        if self.places is not None:  # it was not turned away
            free(self.places)
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read no further than the bound of what cannot be read yet."""
        self.silent = False
        self.due = self.due or HEAD  # from here on, even if it is only a blank line
        while data and self.transport.get_protocol() is self and not self.transport.is_closing():
            piece, data = data[: MAX_HEAD - self.unread], data[MAX_HEAD - self.unread :]
            self.unread += len(piece)
            super().data_received(piece)
            if self.unread >= MAX_HEAD:
                self.refuse(TOO_LARGE)
        self.watch()

    def on_message_begin(self) -> None:
        if len(self.pipeline) >= MAX_AHEAD:
            raise Overrun
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= MAX_FIELDS:
            raise Overrun
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self.due, self.unread = BODY, 0
        idle = self.cycle is None or (self.cycle.response_complete and not self.pipeline)
        known = self.doors.known(self.url, self.headers, self.client) if idle else None
        if known is None:
            super().on_headers_complete()
            return
        self.skipping = True
        counts.refused[DOOR, known[0].code] += 1
        self.transport.write(refused(*known))  # a tenth of what the application would take
        if not self.parser.should_keep_alive():
            self.transport.close()

    def on_body(self, body: bytes) -> None:
        self.unread = 0
        if not self.skipping:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self.due, self.timed, self.unread = NOTHING, NOTHING, 0
        if not self.skipping:
            super().on_message_complete()
            return
        self.skipping = False
        self._unset_keepalive_if_required()
        wait_s = self.timeout_keep_alive
        self.timeout_keep_alive_task = self.loop.call_later(wait_s, self.timeout_keep_alive_handler)

    def send_400_response(self, msg: str) -> None:
        self.refuse(TOO_LARGE if len(self.headers or ()) >= MAX_FIELDS else BAD)

    def handle_websocket_upgrade(self) -> None:
        """Refuse here, for a third of what the application would take; the places go with the connection."""
        taken = self.doors.socket(self.url, self.headers, self.client[0] if self.client else None)
        if not isinstance(taken, list):
            counts.refused.add((DOOR, taken.code))
            self.turn_away(NO_SOCKET[taken])
            return
        self.places = places = (self.places or []) + taken
        super().handle_websocket_upgrade()
        upgraded = self.transport.get_protocol()
        if isinstance(upgraded, FrameProtocol):
            upgraded.lost = partial(free, places)
        else:
            free(places)  # nobody will say when it ends

    def watch(self) -> None:
        """Let the timer run for what is due, from when it became due."""
        if self.timed != self.due or not self.due:
            self.stop()
            if self.due and not self.transport.is_closing():
                self.timer = self.loop.call_later(BODY_S if self.due == BODY else HEADERS_S, self.late)
            self.timed = self.due

    def stop(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def late(self) -> None:
        if self.silent:
            self.transport.close()
        else:
            self.refuse(LATE)

    def refuse(self, response: bytes) -> None:
        """Answer, unless the request has its answer or another one is on its way, and close."""
        cycle = self.cycle
        answered = cycle is not None and cycle.response_started and (self.due == BODY or not cycle.response_complete)
        if answered or self.pipeline:
            self.transport.abort()  # `close` would wait for a client that does not read
        else:
            self.transport.write(response)
            self.transport.close()
