"""What the others notice of a client that does not read."""

import asyncio
import socket
import time
from array import array
from typing import NamedTuple

from benchmarks import client, quizzes
from benchmarks.client import BOARD, Client, Http
from benchmarks.latency import percentile
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import REST_CORES, Broken, Node, Rig

ROWS = 100  # boards of about 9 KB fill the buffers within a second or two
INTERVAL_MS, EVERY_S = 50, 0.1  # every newcomer's board is due at once
RECEIVE_BUFFER = 4096
SETTLE_S = 0.5
MOVED = 1.25  # p99 of a window of seconds varies that much by itself
MEMORY_MIB = 4.0


class Watch:
    """How long after a newcomer each socket shows the board with them, in ms."""

    def __init__(self) -> None:
        self.sent, self.newest, self.newest_sent = 0.0, 0, 0.0
        self.latencies = array("d")

    def heard(self, payload: bytes) -> None:
        if not payload.startswith(BOARD):
            return
        version = client.version_of(payload)
        if version > self.newest:
            self.newest, self.newest_sent = version, self.sent
        if version == self.newest:
            self.latencies.append((time.perf_counter() - self.newest_sent) * 1000)


class Window(NamedTuple):
    """p99 in ms, and by how many MiB the node grew."""

    p99: float
    grown: float


async def stalled(node: Node, quiz: Quiz) -> Client:
    """A client that reads its welcome and nothing after it."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    raw.connect(("127.0.0.1", node.port))
    raw.setblocking(False)
    slow = await client.join_live(node.port, quiz.id, sock=raw)
    slow.transport.pause_reading()
    return slow


async def ended(slow: Client) -> None:
    """The node must have closed it while the window lasted. It is seen as soon as the client reads again."""
    slow.transport.resume_reading()
    await asyncio.sleep(SETTLE_S)
    if not slow.code:
        raise Broken("The node kept a client that does not read.")


async def window(node: Node, host: Http, quiz: Quiz, watch: Watch, changes: int) -> Window:
    """So many newcomers."""
    watch.latencies = array("d")
    before = node.rss()
    for _ in range(changes):
        watch.sent = began = time.perf_counter()
        await host.call("POST", f"/v1/quizzes/{quiz.id}/players", "", {"name": "Newcomer"})
        await asyncio.sleep(max(0.0, began + EVERY_S - time.perf_counter()))
    await asyncio.sleep(SETTLE_S)
    return Window(percentile(watch.latencies, 0.99), (node.rss() - before) / 2**20)


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Many sockets, in turns without and with one that does not read."""
    sockets, turns, changes = (1_000, 1, 50) if quick else (5_000, 2, 130)
    node, helper = rig.node("node"), rig.node("helper", REST_CORES)
    async with client.http(helper.port) as host:
        quiz, watch = await quizzes.make(rig, host, 1, INTERVAL_MS, ROWS), Watch()
        await quizzes.join(helper, quiz, ROWS)
        clients = await client.spectators(node.port, quiz.id, sockets, watch.heard)
        await window(node, host, quiz, watch, 10)
        without, along = [], []
        for _ in range(turns):
            without.append(await window(node, host, quiz, watch, changes))
            slow = await stalled(node, quiz)
            along.append(await window(node, host, quiz, watch, changes))
            if not quick:
                await ended(slow)
            slow.transport.abort()
        client.close_all(clients)
    return numbers(sockets, without, along)


def numbers(sockets: int, without: list[Window], along: list[Window]) -> list[Number]:
    alone, beside = min(each.p99 for each in without), min(each.p99 for each in along)
    grown = max(each.grown for each in along)
    return [
        Number(
            "stalled",
            "the others' board, p99, beside a client that does not read",
            beside,
            "ms",
            f"≤ {MOVED} × without",
            beside <= MOVED * alone,
            [Reference("without it", alone)],
            f"{sockets:,} sockets, 10 boards a second of {ROWS} rows; the better of {len(along)} turns",
        ),
        Number(
            "stalled",
            "… by which the node's memory grows",
            grown,
            "MiB",
            f"≤ {MEMORY_MIB:.0f} MiB",
            grown <= MEMORY_MIB,
            [Reference("without it", max(each.grown for each in without))],
        ),
    ]
