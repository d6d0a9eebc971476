"""How soon everybody in a large room knows their result, and what another quiz on the same node notices of it."""

import asyncio
import random
import statistics
import time
from functools import partial
from typing import NamedTuple

from benchmarks import client, latency, quizzes
from benchmarks.client import ACK, REFUSED, YOU, Client
from benchmarks.latency import Player, percentile
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import Broken, Node, Rig

PLAYERS, PLAYERS_QUICK = 10_000, 2_000
CLOSES, CLOSES_QUICK = 5, 3
OTHERS, RATE = 300, 100  # players of the other quiz, and their answers a second
BEFORE_S = 1.0  # of the other quiz's answers, until the close
INTERVAL_MS = 500  # of the large room: ten boards a second for 10,000 would take all of the node's core
QUIET_S = 2.0  # after the last answer of the large room
RESULTS_MS, ACKS_MS = 1_000.0, 50.0


class Room:
    """A quiz whose players wait for something: an ack, or their result."""

    def __init__(self, node: Node, quiz: Quiz) -> None:
        self.node, self.quiz = node, quiz
        self.clients: list[Client] = []
        self.wanted, self.waiting = (ACK, b""), set[int]()
        self.all_here = asyncio.Event()
        self.refused = b""

    async def enter(self, number: int) -> None:
        tokens = await quizzes.join(self.node, self.quiz, number)
        self.clients = await client.crowd(
            partial(client.join_live, self.node.port, self.quiz.id, token, partial(self.heard, player))
            for player, token in enumerate(tokens)
        )

    def want(self, kind: bytes, part: bytes) -> None:
        """From now on everybody waits for a message of this kind with this part."""
        self.wanted, self.waiting = (kind, part), set(range(len(self.clients)))
        self.all_here.clear()

    def heard(self, player: int, payload: bytes) -> None:
        kind, part = self.wanted
        if payload.startswith(kind) and part in payload:
            self.waiting.discard(player)
            if not self.waiting:
                self.all_here.set()
        elif payload.startswith(REFUSED):
            self.refused = payload
            self.all_here.set()

    async def all_have_it(self) -> None:
        """Raises Broken when somebody was refused."""
        async with asyncio.timeout(client.PATIENCE_S):
            await self.all_here.wait()
        if self.refused:
            raise Broken(f"{self.refused.decode()}; {self.node.log.read_text()[-1000:]}")

    async def play(self) -> None:
        """Everybody answers the next question, half of them wrongly."""
        number = await self.quiz.open_next()
        frames = [client.answer(number, choice=choice) for choice in (0, 1)]
        self.want(ACK, b"")
        for each in self.clients:
            each.send(random.choice(frames))
        await self.all_have_it()

    async def close(self) -> float:
        """Close the question. Returns the time at which the last player had their result."""
        self.want(YOU, b'"result":{"question":%d,' % self.quiz.question)
        await self.quiz.ask("close", {"question": self.quiz.question})
        await self.all_have_it()
        return time.perf_counter()


class Close(NamedTuple):
    """Seconds until the last result, ms until the other quiz's acks before the close and during it, and the node's CPU."""

    took_s: float
    before: list[float]
    during: list[float]
    cpu_s: float


async def close(node: Node, room: Room, quiz: Quiz, others: list[Player]) -> Close:
    """One close, while the other quiz is answered from before it until after it."""
    await room.play()
    frame = client.answer(await quiz.open_next())
    await asyncio.sleep(QUIET_S)
    answering = asyncio.create_task(latency.spread(random.sample(others, len(others)), frame, RATE))
    await asyncio.sleep(BEFORE_S)
    began, cpu = time.perf_counter(), node.cpu_s()
    ended = await room.close()
    cpu = node.cpu_s() - cpu
    await answering
    await asyncio.sleep(latency.QUIET_S)
    done = [player.done.pop() for player in others]
    before = [(acked - sent) * 1000 for sent, acked, _ in done if acked < began]
    during = [(acked - sent) * 1000 for sent, acked, _ in done if acked >= began and sent <= ended]
    return Close(ended - began, before, during, cpu)


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Two quizzes on one node."""
    players, closes = (PLAYERS_QUICK, CLOSES_QUICK) if quick else (PLAYERS, CLOSES)
    node = rig.node("node")
    async with client.http(node.port) as host:
        room = Room(node, await quizzes.make(rig, host, closes + 1, INTERVAL_MS))
        quiz = await quizzes.make(rig, host, closes + 1)
        await room.enter(players)
        others = await latency.enter(node, quiz, OTHERS)
        await close(node, room, quiz, others)  # scripts are loaded, ranks noted
        found = [await close(node, room, quiz, others) for _ in range(closes)]
        client.close_all(room.clients)
    return numbers(players, found)


def numbers(players: int, found: list[Close]) -> list[Number]:
    took = statistics.median(each.took_s for each in found) * 1000
    before, during = [ms for each in found for ms in each.before], [ms for each in found for ms in each.during]
    p99 = percentile(during, 0.99)
    cpu_us = statistics.median(each.cpu_s for each in found) / players * 1e6
    return [
        Number(
            "close",
            f"a close, until the last of {players:,} has their result",
            took,
            "ms",
            f"≤ {RESULTS_MS:,.0f} ms",
            took <= RESULTS_MS,
            detail=f"median of {len(found)}, the longest {max(each.took_s for each in found) * 1000:.0f} ms; "
            f"{cpu_us:.0f} µs of node CPU a player with state, board and result; a board every {INTERVAL_MS} ms",
        ),
        Number(
            "close",
            "… meanwhile an ack in another quiz, p99",
            p99,
            "ms",
            f"≤ {ACKS_MS:.0f} ms",
            p99 <= ACKS_MS,
            [Reference("before the close", percentile(before, 0.99))],
            f"{RATE} answers a second; of {len(during)} acks half within {percentile(during, 0.5):.1f} ms, "
            f"all within {max(during):.1f} ms",
        ),
    ]
