"""A proxy before Redis that fails on command."""

import asyncio
import contextlib
import threading
from types import TracebackType
from typing import Self

from redis.asyncio.connection import parse_url


class Proxy:
    """Listens on a port of its own, in a thread of its own: tests that block do not block it.

    `mute`: requests arrive, replies are lost. `refuse`: nobody gets through. `cut()` ends all connections. `hush()`: who
    has subscribed on a connection hears nothing on it any more; new ones hear.
    """

    def __init__(self, url: str) -> None:
        self.parts = parse_url(url)
        self.mute = False
        self.refuse = False
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()
        self._listeners: set[asyncio.StreamWriter] = set()
        self._hushed: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    @property
    def url(self) -> str:
        password = self.parts.get("password")
        return f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}"

    def hush(self) -> None:
        assert self._listeners
        self._hushed |= self._listeners

    def cut(self) -> None:
        asyncio.run_coroutine_threadsafe(self._cut(), self._loop).result()

    async def _cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    def __enter__(self) -> Self:
        self._thread.start()
        starting = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(starting, self._loop).result()
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _stop(self) -> None:
        self._server.close()
        await self._cut()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.wait(others or [asyncio.ensure_future(asyncio.sleep(0))], timeout=2)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            writer.transport.abort()
            return
        self.connections += 1
        if path := self.parts.get("path"):
            there, to_redis = await asyncio.open_unix_connection(path)
        else:
            there, to_redis = await asyncio.open_connection(self.parts.get("host"), self.parts.get("port"))
        self._writers |= {writer, to_redis}
        try:
            await asyncio.gather(self._pump(reader, to_redis, writer), self._pump(there, writer))
        finally:
            self._writers -= {writer, to_redis}
            self._listeners.discard(writer)
            for each in (writer, to_redis):
                each.close()

    async def _pump(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, asks: asyncio.StreamWriter | None = None
    ) -> None:
        """Requests, of whom `asks`, or replies."""
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                if asks is not None and b"SUBSCRIBE" in data:
                    self._listeners.add(asks)
                if asks is not None or not (self.mute or sink in self._hushed):
                    sink.write(data)
        sink.close()
