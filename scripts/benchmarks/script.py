"""What an answer costs Redis, on a board of a million and on one of a thousand."""

import random
import statistics
from typing import Any

import redis

from benchmarks import client, quizzes
from benchmarks.direct import RIGHT, Filled, fill
from benchmarks.report import Number, Reference
from benchmarks.rig import Broken, Rig

SMALL, LARGE, LARGE_QUICK = 1_000, 1_000_000, 200_000
BATCH = 250  # answers between two looks at the clock
ROUNDS, ROUNDS_QUICK = 40, 12
TARGET = 1.6


class Board:
    """A filled quiz whose players answer in random order, each question once."""

    def __init__(self, filled: Filled) -> None:
        self.filled = filled
        self.left: list[int] = []
        self.players: list[str] = []  # who answered last
        self.batches: list[float] = []  # µs an answer

    async def answer(self) -> None:
        """A batch of answers."""
        if len(self.left) < BATCH:
            await self.filled.quiz.open_next()
            self.left = random.sample(range(self.filled.players), min(self.filled.players, 100 * BATCH))
        self.players = [f"{self.left.pop():012d}" for _ in range(BATCH)]
        self.batches.append(timed(self.filled, self.players))

    @property
    def cost(self) -> float:
        return statistics.median(self.batches[2:])


def timed(filled: Filled, players: list[str], choice: int = RIGHT) -> float:
    """Redis's own time for one call, in µs, while these players answer."""
    filled.redis.config_resetstat()
    pipeline: Any = filled.redis.pipeline(transaction=False)
    for player in players:
        pipeline.execute_command(*filled.command(player, choice))
    replies = pipeline.execute()
    if any(reply[0] != 1 for reply in replies):
        raise Broken("An answer that should be a new one was none.")
    return calls(filled.redis)


def calls(server: "redis.Redis") -> float:
    """`usec_per_call` of EVALSHA since the last reset."""
    stats = server.info("commandstats")
    assert isinstance(stats, dict)
    return float(stats["cmdstat_evalsha"]["usec_per_call"])


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Both boards in one Redis, in turns. The node is only there to make them; it does not look at them."""
    node = rig.node("node")
    large = LARGE_QUICK if quick else LARGE
    async with client.http(node.port) as host:
        boards = [Board(await fill(rig, await quizzes.make(rig, host, 200), size)) for size in (SMALL, large)]
        for _ in range(ROUNDS_QUICK if quick else ROUNDS):
            for board in boards:
                await board.answer()
    small, big = (board.cost for board in boards)
    return [
        Number(
            "script",
            f"an answer on a board of {large:,}, Redis time",
            big,
            "µs",
            f"≤ {TARGET} × the small one",
            big <= TARGET * small,
            [Reference(f"on a board of {SMALL:,}", small)],
            f"{big / small:.2f} ×; INFO commandstats around batches of {BATCH}, in turns; medians",
        )
    ]
