"""What a quiz costs as it grows: Redis's memory and CPU, its log on disk, and the bytes of messages."""

import asyncio
import random
import statistics
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from msgspec import json

from benchmarks import client, quizzes
from benchmarks.direct import state
from benchmarks.quizzes import Quiz
from benchmarks.report import Number
from benchmarks.rig import Rig
from leaderboard.live.presence import LEASE_MS
from leaderboard.live.teller import you
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes

PLAYERS, PLAYERS_QUICK = 10_000, 2_000
QUESTIONS = 3
UNDER_WAY = 1_000  # calls at a time
TOLD, FEW = 200, 20  # players in one look at their standings
RENEWED = 500
REPEATS = 10  # calls of what is dear

Work = Callable[[], Awaitable[Any]]


class Cost(NamedTuple):
    """Of one call: bytes that stay in memory, bytes of the log on disk, µs of CPU."""

    memory: float
    log: float
    us: float


class Growing:
    """One quiz, and what Redis says of itself while something is done in it."""

    def __init__(self, rig: Rig, ours: Quizzes, quiz: Quiz) -> None:
        self.process, self.redis = rig.redis, rig.client()
        self.ours, self.quiz, self.keys = ours, quiz, Keys(quiz.id)

    async def cost(self, work: Sequence[Work]) -> tuple[list[Any], Cost]:
        """Do all of it, some at a time. Returns what came of it, and what one call cost."""
        before, results, cpu_s = self._sizes(), [], self.process.cpu_s()
        for first in range(0, len(work), UNDER_WAY):
            results += await asyncio.gather(*(do() for do in work[first : first + UNDER_WAY]))
        cpu_s, after = self.process.cpu_s() - cpu_s, self._sizes()
        memory, log = ((late - early) / len(work) for early, late in zip(before, after, strict=True))
        return results, Cost(memory, log, cpu_s / len(work) * 1e6)

    def _sizes(self) -> tuple[int, int]:
        about: Any = self.redis.info("memory") | self.redis.info("persistence")
        return about["used_memory_dataset"], about["aof_current_size"]

    async def show(self) -> None:
        """Render and publish the board as though it had moved and were due."""
        writer = self.ours.writer
        unseen = writer.command("HSET", self.keys.meta, "published", 0, "published_at", 0)
        await asyncio.gather(unseen, writer.call("publish", self.keys.showing))


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """The node is only there to make the quiz."""
    players, node = PLAYERS_QUICK if quick else PLAYERS, rig.node("node")
    async with client.http(node.port) as host, state(rig) as ours:
        quiz = await quizzes.make(rig, host, QUESTIONS, interval_ms=60_000)  # boards are shown where they are measured
        growing = Growing(rig, ours, quiz)
        store, id = ours.store, quiz.id
        joined, joining = await growing.cost([partial(store.join, id, f"Player {i}") for i in range(players)])
        _, welcoming = await growing.cost([partial(store.hello, id, it.token) for it in joined])
        people = [it.id for it in joined]
        answering, telling = [], {}
        for number in (TOLD, TOLD, FEW):  # the first time there is nothing with which to compare
            answering.append(await everybody(growing, people))
            telling[number] = await told(growing, people, number)
        _, renewing = await growing.cost([partial(store.renew, id, people[:RENEWED], LEASE_MS)] * REPEATS)
        _, showing = await growing.cost([growing.show] * REPEATS)
        [standing] = await ours.standings.you(id, quiz.question, people[-1:])
        sizes = {
            "state": growing.redis.strlen(growing.keys.state),
            "board of 10 rows": growing.redis.strlen(growing.keys.shown),
            "you": len(json.encode(you(standing))),
        }
    answer = Cost(*(statistics.mean(part) for part in zip(*answering, strict=True)))
    return [
        *of("a player who joins", joining, players),
        Number("growth", "a player's hello, Redis CPU", welcoming.us, "µs"),
        *of("an answer that gives points", answer, players),
        Number("growth", f"leases of {RENEWED} players renewed, Redis CPU", renewing.us, "µs"),
        Number("growth", "a board of 10 rows rendered and published, Redis CPU", showing.us, "µs"),
        *(
            Number("growth", f"what {number} players are told, Redis CPU", us, "µs", detail="all of them have moved")
            for number, us in telling.items()
        ),
        *(Number("growth", f"one message: {name}", float(size), "bytes") for name, size in sizes.items()),
    ]


async def everybody(growing: Growing, people: Sequence[str]) -> Cost:
    """All answer the next question, rightly, in another order than before: so everybody has moved."""
    number, order = await growing.quiz.open_next(), random.sample(people, len(people))
    answer = growing.ours.store.answer
    return (await growing.cost([partial(answer, growing.quiz.id, it, number, [0], "a") for it in order]))[1]


async def told(growing: Growing, people: Sequence[str], number: int) -> float:
    """CPU of Redis for what so many are told whose places have changed."""
    groups = [people[first : first + number] for first in range(0, number * REPEATS, number)]
    read = partial(growing.ours.standings.you, growing.quiz.id, growing.quiz.question, tell=True)
    return (await growing.cost([partial(read, some) for some in groups]))[1].us


def of(what: str, cost: Cost, players: int) -> list[Number]:
    detail = f"{players:,} of them; INFO memory and persistence; CPU of the process, with the writing of its log"
    return [
        Number("growth", f"{what}: memory of Redis", cost.memory, "bytes", detail=detail),
        Number("growth", f"{what}: log on disk", cost.log, "bytes"),
        Number("growth", f"{what}: Redis CPU", cost.us, "µs"),
    ]
