"""What a socket costs that only waits."""

import asyncio

from benchmarks import client, quizzes
from benchmarks.report import Number
from benchmarks.rig import Rig

WARM_UP = 200  # sockets that come and go before, so that what is loaded once is not counted
QUIET_S = 1.5
TARGET_KIB = 30.0


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Memory of the node before and after many spectators."""
    sockets = 1_000 if quick else 5_000
    node = rig.node("node")
    async with client.http(node.port) as host:
        quiz = await quizzes.make(rig, host, 10)
    client.close_all(await client.spectators(node.port, quiz.id, WARM_UP, client.ignore))
    await asyncio.sleep(QUIET_S)
    before = node.rss()
    clients = await client.spectators(node.port, quiz.id, sockets, client.ignore)
    await asyncio.sleep(QUIET_S)
    kib = (node.rss() - before) / sockets / 1024
    client.close_all(clients)
    detail = f"{sockets:,} spectators after their welcome; the node had {before / 2**20:.0f} MiB before"
    return [Number("memory", "an idle socket", kib, "KiB", f"≤ {TARGET_KIB:.0f} KiB", kib <= TARGET_KIB, detail=detail)]
