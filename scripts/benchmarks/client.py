"""The driver's side of the wire: WebSocket and HTTP clients that do as little as they can, for one core drives thousands."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar, cast

from benchmarks.rig import Broken

T = TypeVar("T")
Heard = Callable[[bytes], None]

PATIENCE_S = 30.0
AT_ONCE = 64  # connections that are being made, or requests that are under way
TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A

BOARD = b'{"type":"board"'
ACK = b'{"type":"ack"'
YOU = b'{"type":"you"'
REFUSED = b'{"type":"refused"'


def frame(payload: bytes, head: int = TEXT) -> bytes:
    """A frame as clients send it. The mask is zero, which leaves the payload as it is and costs the server the same."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((head,)) + length + b"\0\0\0\0" + payload


def answer(question: int, choice: int = 0) -> bytes:
    """The frame of an answer; the first choice is the right one in all our quizzes."""
    return frame(b'{"type":"answer","id":"a","question":%d,"choice":[%d]}' % (question, choice))


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
    """One WebSocket. The first message ends the wait of `connect`, `heard` gets the text of all others."""

    __slots__ = ("code", "first", "heard", "hello", "rest", "transport", "upgraded")

    transport: asyncio.Transport

    def __init__(self, hello: bytes, heard: Heard) -> None:
        self.hello, self.heard = hello, heard
        self.rest, self.upgraded = b"", False
        self.code = 0  # of the server's close frame; 1006 if the connection ended without one
        self.first: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.code = self.code or 1006
        if not self.first.done():
            self.first.set_exception(Broken(f"A client was not welcome: {self.code} {self.rest[:300]!r}"))

    def data_received(self, data: bytes) -> None:
        if self.rest:
            data = self.rest + data
        at = 0 if self.upgraded else self.upgrade(data)
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
        """Say hello once the handshake is complete. Returns where the frames begin, which is the end if there are none."""
        end = data.find(b"\r\n\r\n") + 4
        if end < 4 or not data.startswith(b"HTTP/1.1 101"):
            self.rest = data
            return len(data)
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


HANDSHAKE = (
    b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


async def connect(
    port: int, path: str, hello: bytes, heard: Heard = ignore, sock: socket.socket | None = None
) -> Client:
    """Open a WebSocket, on a connected socket if one is given, and wait until it is welcome."""
    loop = asyncio.get_running_loop()
    if sock is None:
        _, client = await loop.create_connection(lambda: Client(hello, heard), "127.0.0.1", port)
    else:
        _, client = await loop.create_connection(lambda: Client(hello, heard), sock=sock)
    client.transport.write(HANDSHAKE % path.encode())
    async with asyncio.timeout(PATIENCE_S):
        await client.first
    return client


async def join_live(
    port: int, quiz: str, token: str = "", heard: Heard = ignore, sock: socket.socket | None = None
) -> Client:
    """Enter a quiz with a token, or without one as a spectator."""
    hello = b'{"type":"hello","token":"%b"}' % token.encode() if token else b'{"type":"hello"}'
    return await connect(port, f"/v1/quizzes/{quiz}/live", frame(hello), heard, sock)


async def crowd(entering: Iterable[Callable[[], Awaitable[T]]]) -> list[T]:
    """Do all of this, some at a time, and return what comes of it in the same order."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(enter: Callable[[], Awaitable[T]]) -> T:
        async with gate:
            return await enter()

    return list(await asyncio.gather(*(one(enter) for enter in entering)))


async def spectators(port: int, quiz: str, number: int, heard: Heard) -> list[Client]:
    """So many clients that only watch."""
    return await crowd(lambda: join_live(port, quiz, heard=heard) for _ in range(number))


def close_all(clients: Sequence[Client]) -> None:
    """End these connections, without a word."""
    for client in clients:
        client.transport.abort()


def ready(method: str, path: str, token: str = "", body: bytes = b"", address: str = "") -> bytes:
    """The bytes of a request. `address`: for whom a proxy says that it comes."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if address:
        head += f"X-Forwarded-For: {address}\r\n"
    return head.encode() + b"\r\n" + body


class Pipe(asyncio.Protocol):
    """One connection for ready requests, one at a time. `body`: that of the last reply."""

    transport: asyncio.Transport
    reply: asyncio.Future[int] | None = None

    def __init__(self) -> None:
        self.rest = self.body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self.reply is not None and not self.reply.done():
            self.reply.set_exception(Broken("A connection was closed."))

    def data_received(self, data: bytes) -> None:
        self.rest += data
        head, ended, body = self.rest.partition(b"\r\n\r\n")
        if ended and len(body) >= body_size(head):
            self.rest, self.body = b"", body
            if self.reply is not None and not self.reply.done():
                self.reply.set_result(int(head[9:12]))

    def ask(self, request: bytes) -> asyncio.Future[int]:
        """Send it. The future has the status of the reply."""
        self.reply = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self.reply


@contextlib.asynccontextmanager
async def pipes(port: int, number: int, source: str = "127.0.0.1") -> AsyncIterator[list[Pipe]]:
    """So many connections to a node for a block, from one of this machine's addresses."""
    loop, made = asyncio.get_running_loop(), list[Pipe]()
    try:
        for _ in range(number):
            made.append((await loop.create_connection(Pipe, "127.0.0.1", port, local_addr=(source, 0)))[1])
        yield made
    finally:
        for pipe in made:
            pipe.transport.abort()


def body_size(head: bytes) -> int:
    """The content-length of a reply."""
    return int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])


class Http:
    """One connection for one request at a time; made anew when the server has closed it because nothing was asked."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, token: str, body: object) -> Any:
        """Send JSON and return the JSON of the reply. Raises Broken when refused."""
        request = ready(method, path, token, json.dumps(body).encode())
        async with asyncio.timeout(PATIENCE_S):
            try:
                answered, reply = await self._exchange(request)
            except (asyncio.IncompleteReadError, ConnectionError):
                self.close()
                answered, reply = await self._exchange(request)
        if answered[9:10] != b"2":
            raise Broken(f"{method} {path}: {reply.decode()}")
        return json.loads(reply)

    async def _exchange(self, request: bytes) -> tuple[bytes, bytes]:
        """Send, and return the head and the body of the reply."""
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(request)
        answered = await reader.readuntil(b"\r\n\r\n")
        return answered, await reader.readexactly(body_size(answered))

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


@contextlib.asynccontextmanager
async def http(port: int) -> AsyncIterator[Http]:
    """A connection to a node for a block."""
    connection = Http(port)
    try:
        yield connection
    finally:
        connection.close()
