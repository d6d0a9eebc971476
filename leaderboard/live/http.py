"""The HTTP protocol under uvicorn, with what it leaves open: how long a request may take to come, and how large its head is.

Nothing here has been understood yet, so all of it is cheap: a timer a connection, and refusals that are ready bytes.
"""

import asyncio
from asyncio.transports import BaseTransport
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import get_remote_addr

from leaderboard.addresses import group
from leaderboard.live.doors import Places
from leaderboard.live.protocol import FrameProtocol

HEADERS_S = 10.0  # from the connection, or from the first byte of a further request
BODY_S = 30.0  # from the headers
MAX_HEAD = 32 << 10  # bytes of request line and headers, or of a body between two pieces of it: chunk sizes, trailers
MAX_FIELDS = 128  # headers, each of which costs far more than its bytes
MAX_AHEAD = 16  # requests on one connection that wait for the one before

HEAD, BODY, NOTHING = "head", "body", ""  # what is still to come of a request


def answer(status: str, *headers: str) -> bytes:
    return "\r\n".join((f"HTTP/1.1 {status}", *headers, "connection: close", "content-length: 0", "", "")).encode()


BAD = answer("400 Bad Request")
LATE = answer("408 Request Timeout")
TOO_LARGE = answer("431 Request Header Fields Too Large")
TOO_MANY = answer("429 Too Many Requests", "retry-after: 5")
FULL = answer("503 Service Unavailable", "retry-after: 5")


class Overrun(Exception):
    """A bound was passed while the parser read."""


class HttpProtocol(HttpToolsProtocol):
    """One connection, until it is lost or becomes a socket. At most `most` of both, and what `addresses` has places for."""

    transport: asyncio.Transport
    due = HEAD
    timed = NOTHING  # what the timer is for
    timer: asyncio.TimerHandle | None = None
    silent = True  # nothing has come yet
    unread = 0  # bytes since something whole was read
    place = ""  # that is taken

    def __init__(self, most: int, addresses: Places | None, **uvicorn: Any) -> None:
        super().__init__(**uvicorn)
        self.most, self.addresses = most, addresses

    def connection_made(self, transport: BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        if len(self.connections) >= self.most:
            self.turn_away(FULL)
        elif not self.take_place():
            self.turn_away(TOO_MANY)
        else:
            super().connection_made(self.transport)
            self.watch()

    def take_place(self) -> bool:
        """Whether the peer's address may have one connection more. Local sockets have no address."""
        peer = get_remote_addr(self.transport)
        if self.addresses is None or peer is None:
            return True
        place = group(peer[0])
        if not self.addresses.take(place):
            return False
        self.place = place
        return True

    def free_place(self) -> None:
        if self.addresses is not None and self.place:
            self.addresses.free(self.place)
            self.place = ""

    def turn_away(self, response: bytes) -> None:
        self.transport.write(response)
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self.free_place()
        self.stop()
        if self.flow is not None:  # it was not turned away
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
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self.unread = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self.due, self.timed, self.unread = NOTHING, NOTHING, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        self.refuse(TOO_LARGE if len(self.headers or ()) >= MAX_FIELDS else BAD)

    def handle_websocket_upgrade(self) -> None:
        """The place goes with the connection."""
        super().handle_websocket_upgrade()
        socket = self.transport.get_protocol()
        if isinstance(socket, FrameProtocol):
            socket.lost = self.free_place
        else:
            self.free_place()

    def watch(self) -> None:
        """Let the timer run for what is due, from when it became due."""
        if self.timed != self.due or not self.due:
            self.stop()
            if self.due:
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
        """Answer, unless another answer is on its way, and close."""
        answering = self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete
        if answering or self.pipeline:
            self.transport.abort()  # `close` would wait for a client that does not read
        else:
            self.transport.write(response)
            self.transport.close()
