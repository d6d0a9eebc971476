"""The driver's side of the wire: WebSockets as rehearsals use them, and HTTP clients that do as little as they can."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from functools import partial
from typing import Any, TypeVar, cast

from benchmarks.rig import Broken
from leaderboard.rehearsal.sockets import (
    ACK,
    BOARD,
    REFUSED,
    YOU,
    Client,
    Heard,
    Unwelcome,
    frame,
    hello,
    ignore,
    version_of,
)

__all__ = ["ACK", "BOARD", "REFUSED", "YOU", "Client", "frame", "ignore", "version_of"]

T = TypeVar("T")
PATIENCE_S = 30.0
AT_ONCE = 64  # connections that are being made, or requests that are under way


def answer(question: int, choice: int = 0) -> bytes:
    """The frame of an answer; the first choice is the right one in all our quizzes."""
    return frame(b'{"type":"answer","id":"a","question":%d,"choice":[%d]}' % (question, choice))


async def connect(
    port: int, path: str, hello: bytes, heard: Heard = ignore, sock: socket.socket | None = None
) -> Client:
    """Open a WebSocket, on a connected socket if one is given, and wait until it is welcome."""
    loop, make = asyncio.get_running_loop(), partial(Client, path.encode(), hello, heard)
    if sock is None:
        _, client = await loop.create_connection(make, "127.0.0.1", port)
    else:
        _, client = await loop.create_connection(make, sock=sock)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await client.first
    except Unwelcome as error:
        raise Broken(str(error)) from error
    return client


async def join_live(
    port: int, quiz: str, token: str = "", heard: Heard = ignore, sock: socket.socket | None = None
) -> Client:
    """Enter a quiz with a token, or without one as a spectator."""
    return await connect(port, f"/v1/quizzes/{quiz}/live", hello(token), heard, sock)


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
