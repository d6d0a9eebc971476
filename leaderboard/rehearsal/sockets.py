"""WebSocket clients that do as little as they can, for one core drives thousands."""

import asyncio
from collections.abc import Callable
from typing import cast

Heard = Callable[[bytes], None]

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A

# How messages begin.
STATE, BOARD, YOU = b'{"type":"state"', b'{"type":"board"', b'{"type":"you"'
ACK, REFUSED = b'{"type":"ack"', b'{"type":"refused"'

HANDSHAKE = (
    b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Unwelcome(Exception):
    """A client was not let in. `code`: of the server's close frame, or 1006; `said`: what else it has sent."""

    def __init__(self, code: int, said: bytes) -> None:
        super().__init__(f"A client was not welcome: {code} {said[:300]!r}")
        self.code, self.said = code, said


def frame(payload: bytes, head: int = TEXT) -> bytes:
    """A frame as clients send it. The mask is zero, which leaves the payload as it is and costs the server the same."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((head,)) + length + b"\0\0\0\0" + payload


def hello(token: str) -> bytes:
    """The frame with which a player comes in, or without a token a spectator."""
    return frame(b'{"type":"hello","token":"%b"}' % token.encode() if token else b'{"type":"hello"}')


def version_of(payload: bytes) -> int:
    """The version that a board or an ack names."""
    start = payload.index(b'"version":') + 10
    end = start
    while payload[end] in b"0123456789":
        end += 1
    return int(payload[start:end])


def ignore(payload: bytes) -> None:
    """For clients of which nobody wants to know what they hear."""


class Client(asyncio.Protocol):
    """One WebSocket. `first` is the first message, `heard` gets the text of all others; `lost` is called at the end."""

    __slots__ = ("code", "first", "heard", "hello", "lost", "path", "rest", "transport", "upgraded")

    transport: asyncio.Transport

    def __init__(self, path: bytes, hello: bytes, heard: Heard) -> None:
        self.path, self.hello, self.heard = path, hello, heard
        self.rest, self.upgraded = b"", False
        self.code = 0  # of the server's close frame; 1006 if the connection ended without one
        self.first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.lost: Callable[[], None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(HANDSHAKE % self.path)

    def connection_lost(self, exc: Exception | None) -> None:
        self.code = self.code or 1006
        if not self.first.done():
            self.first.set_exception(Unwelcome(self.code, self.rest))
        if self.lost is not None:
            self.lost()

    def data_received(self, data: bytes) -> None:
        if self.rest:
            data = self.rest + data
        at = 0 if self.upgraded else self.upgrade(data)
        if not self.upgraded:
            self.rest = data
            return
        size = len(data)
        while size - at >= 4:
            length, start = data[at + 1], at + 2
            if length == 126:
                length, start = data[at + 2] << 8 | data[at + 3], at + 4
            elif length == 127:
                length, start = int.from_bytes(data[at + 2 : at + 10], "big"), at + 10
            end = start + length
            if end > size:
                break
            self.take(data[at], data[start:end])
            at = end
        self.rest = data[at:]

    def upgrade(self, data: bytes) -> int:
        """Say hello once the handshake is complete. Returns where the frames begin then."""
        end = data.find(b"\r\n\r\n") + 4
        if end >= 4 and data.startswith(b"HTTP/1.1 101"):
            self.upgraded = True
            self.transport.write(self.hello)
        return end

    def take(self, head: int, payload: bytes) -> None:
        if head == TEXT:
            if self.first.done():
                self.heard(payload)
            else:
                self.first.set_result(payload)
        elif head == PING:
            self.transport.write(frame(payload, PONG))
        elif head == CLOSE:
            self.code = int.from_bytes(payload[:2], "big")
            self.transport.write(frame(payload[:2], CLOSE))

    def send(self, data: bytes) -> None:
        """Write a ready frame."""
        self.transport.write(data)
