"""A proxy before Redis that fails on command."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

from redis.asyncio.connection import parse_url


class Proxy:
    """Listens on a port of its own. `mute`: requests arrive, replies are lost. `cut()` ends all connections."""

    def __init__(self, url: str) -> None:
        self.parts = parse_url(url)
        self.mute = False
        self.refuse = False
        self.connections = 0
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        password = self.parts.get("password")
        return f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}"

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()

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
            await asyncio.gather(self._pump(reader, to_redis), self._pump(there, writer, replies=True))
        finally:
            self._writers -= {writer, to_redis}
            for each in (writer, to_redis):
                each.close()

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, replies: bool = False) -> None:
        with contextlib.suppress(OSError):
            while data := await source.read(1 << 16):
                if not (replies and self.mute):
                    sink.write(data)
        sink.close()
