"""What may stand between a client and its node: a balancer, and a network that loses, delays, repeats and cuts."""

import asyncio
import contextlib
import random
from collections import Counter
from typing import Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed, WebSocketException

from tests.nodes import Node

Connection = ClientConnection | ServerConnection


class Balancer:
    """One address before several nodes: each connection goes to the first that is alive."""

    def __init__(self, *nodes: Node) -> None:
        self.ports = [int(node.base.rpartition(":")[2]) for node in nodes]
        self.writers: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> Self:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.base = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        self.cut()

    def cut(self) -> None:
        """End all connections."""
        for writer in list(self.writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            there, onward = await self._alive()
            self.writers |= {writer, onward}
            await asyncio.gather(pump(reader, onward), pump(there, writer))
            self.writers -= {writer, onward}
        writer.close()

    async def _alive(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        for port in self.ports:
            with contextlib.suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        raise ConnectionRefusedError


async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    """Pass bytes on until one side ends; then both do."""
    with contextlib.suppress(OSError, RuntimeError):  # uvloop: the other side was aborted
        while data := await source.read(1 << 16):
            sink.write(data)
    sink.close()


class Flaky:
    """A proxy for WebSockets that treats each message badly in one of these ways, as often as they say."""

    def __init__(self, base: str, seed: int, **often: float) -> None:
        self.there, self.often = f"ws{base[4:]}", often  # drop, repeat, delay, cut: probabilities
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.sockets: set[Connection] = set()

    async def __aenter__(self) -> Self:
        self.server: Server = await serve(self._serve, "127.0.0.1", 0, compression=None)
        self.base = f"http://127.0.0.1:{next(iter(self.server.sockets)).getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self.server.close()
        self.cut()
        await self.server.wait_closed()

    def calm(self) -> None:
        """From now on all goes well, after everybody has been cut off once more."""
        self.often = {}
        self.cut()

    def cut(self) -> None:
        for socket in self.sockets:
            socket.transport.abort()

    async def _serve(self, client: ServerConnection) -> None:
        assert client.request is not None
        with contextlib.suppress(OSError, WebSocketException):
            async with connect(self.there + client.request.path, compression=None, proxy=None, close_timeout=1) as node:
                self.sockets |= {client, node}
                try:
                    await asyncio.gather(self._relay(client, node), self._relay(node, client))
                finally:
                    self.sockets -= {client, node}

    async def _relay(self, source: Connection, sink: Connection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in source:
                await self._pass_on(str(text), source, sink)
        if source.close_code in (None, 1005, 1006):
            sink.transport.abort()
        else:
            await sink.close(source.close_code or 1000, source.close_reason or "")

    async def _pass_on(self, text: str, source: Connection, sink: Connection) -> None:
        if self._happens("cut"):
            source.transport.abort()
        if self._happens("drop"):
            return
        if self._happens("delay"):
            await asyncio.sleep(self.random.uniform(0, 0.1))
        for _ in range(2 if self._happens("repeat") else 1):
            await sink.send(text)

    def _happens(self, what: str) -> bool:
        happens = self.random.random() < self.often.get(what, 0)
        self.done[what] += happens
        return happens
