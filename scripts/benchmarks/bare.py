"""The least that a fan-out can cost: the same bytes, written by uvloop to plain TCP connections.

Every connection is greeted with one byte. Every line on standard input is `TIMES INTERVAL_MS HEX`: write these bytes so
often to everybody.
"""

import asyncio
import sys
from asyncio.transports import BaseTransport, Transport
from typing import cast

import uvloop

transports: set[Transport] = set()


class Connection(asyncio.Protocol):
    def connection_made(self, transport: BaseTransport) -> None:
        self.transport = cast(Transport, transport)
        transports.add(self.transport)
        self.transport.write(b".")

    def connection_lost(self, exc: Exception | None) -> None:
        transports.discard(self.transport)


async def broadcast(times: int, interval_ms: int, data: bytes) -> None:
    for _ in range(times):
        for transport in transports:
            transport.write(data)
        await asyncio.sleep(interval_ms / 1000)


async def main() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=4096)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", flush=True)
    orders = asyncio.StreamReader(limit=1 << 20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    while line := await orders.readline():
        times, interval_ms, data = line.split()
        await broadcast(int(times), int(interval_ms), bytes.fromhex(data.decode()))


if __name__ == "__main__":
    uvloop.run(main())
