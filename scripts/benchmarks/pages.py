"""What pages of the board cost Redis, on a board of a million."""

import random
import statistics
from collections.abc import Callable

import redis

from benchmarks import client, quizzes
from benchmarks.direct import fill
from benchmarks.report import Number
from benchmarks.rig import Rig
from benchmarks.script import calls
from leaderboard.state.keys import Keys
from leaderboard.state.scripts import SCRIPTS

LARGE, LARGE_QUICK = 1_000_000, 200_000
BATCH = 100  # calls between two looks at the clock
ROUNDS, ROUNDS_QUICK = 15, 5
LIMIT, FRIENDS, TOLD = 100, 100, 200
TARGET_US = 1_000.0

Arguments = list[str | int]


class Asking:
    """Whoever looks at a filled board: random players, all online."""

    def __init__(self, server: "redis.Redis", quiz: str, players: int) -> None:
        self.redis, self.keys, self.players = server, Keys(quiz), players

    def somebody(self) -> str:
        return f"{random.randrange(self.players):012d}"

    def around(self) -> Arguments:
        return [LIMIT, self.somebody(), "", "", "", 0, ""]

    def cursor(self) -> Arguments:
        """Below somebody, who has moved since in half of the cases."""
        below = self.somebody()
        score = format(float(str(self.redis.zscore(self.keys.board, below))), ".17g")
        return [LIMIT, "", score, random.choice([below, "nobody"]), "", 0, ""]

    def friends(self) -> Arguments:
        return [LIMIT, "", "", "", "", 0, "", *(self.somebody() for _ in range(FRIENDS))]

    def standing(self) -> Arguments:
        return [self.somebody(), random.randint(1, self.players), "shared", 0, ""]

    def told(self) -> Arguments:
        """What the players of a node are told, over and over, while nothing moves."""
        return [0, 1, *(f"{number:012d}" for number in range(TOLD))]

    def cost(self, script: str, ask: Callable[[], Arguments], rounds: int) -> float:
        """Redis's own time for one call, in µs: the median of so many batches."""
        keys = self.keys.showing
        if script == "you":
            keys = (*keys, self.keys.answers(0), self.keys.ranks, self.keys.runs, self.keys.aside, self.keys.outside)
        self.redis.script_load(SCRIPTS[script].text.decode())
        costs: list[float] = []
        for _ in range(rounds):
            some = [ask() for _ in range(BATCH)]
            self.redis.config_resetstat()
            pipeline = self.redis.pipeline(transaction=False)
            for arguments in some:
                pipeline.evalsha(SCRIPTS[script].sha, len(keys), *keys, *arguments)
            pipeline.execute()
            costs.append(calls(self.redis))
        return statistics.median(costs)


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """The node is only there to make the quiz."""
    node = rig.node("node")
    size, rounds = (LARGE_QUICK, ROUNDS_QUICK) if quick else (LARGE, ROUNDS)
    async with client.http(node.port) as host:
        filled = await fill(rig, await quizzes.make(rig, host, 1), size)
    asking = Asking(filled.redis, filled.quiz.id, size)
    kinds = {
        f"{LIMIT} rows around a player": ("page", asking.around),
        f"{LIMIT} rows below a cursor": ("page", asking.cursor),
        f"{FRIENDS} given players": ("page", asking.friends),
        "how a player stands": ("standing", asking.standing),
        f"what {TOLD} players are told": ("you", asking.told),
    }
    costs = {name: asking.cost(script, ask, rounds) for name, (script, ask) in kinds.items()}
    return [number(name, cost, size) for name, cost in costs.items()]


def number(name: str, cost: float, size: int) -> Number:
    made = Number("pages", f"{name}, Redis time", cost, "µs")
    if "told" not in name:
        made.target, made.met = f"< {TARGET_US:,.0f} µs", cost < TARGET_US
    made.detail = f"on a board of {size:,}; INFO commandstats around batches of {BATCH}, medians"
    return made
