"""What the rules of play cost Redis: an answer in a quiz with all of them, beside one with none."""

import statistics

from benchmarks import client, quizzes
from benchmarks.direct import WRONG, fill
from benchmarks.report import Number, Reference
from benchmarks.rig import Rig
from benchmarks.script import BATCH, Board, timed

PLAYERS = 1_000
ROUNDS, ROUNDS_QUICK = 80, 24  # four make a question, so that there are streaks
TARGET = 1.4
FULL = {
    "penalty": 250,
    "streak_bonus": 100,
    "late": "average",
    "reanswer": "until_close",
    "time_of": "best",
    "reveal": "close",
    "credit_ms": 150,
}


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Both quizzes in one Redis, in turns. All answers are right; with all rules half are then changed to wrong ones."""
    node = rig.node("node")
    changed: list[float] = []
    async with client.http(node.port) as host:
        plain = Board(await fill(rig, await quizzes.make(rig, host, 50), PLAYERS))
        full = Board(await fill(rig, await quizzes.make(rig, host, 50, rules=FULL), PLAYERS))
        for number in range(ROUNDS_QUICK if quick else ROUNDS):
            await plain.answer()
            await full.answer()
            if number % 2:  # not everybody, for there shall be streaks
                changed.append(timed(full.filled, full.players, WRONG))
    return numbers(plain.cost, full.cost, statistics.median(changed))


def numbers(plain: float, full: float, changed: float) -> list[Number]:
    return [
        Number(
            "rules",
            "an answer with all rules, Redis time",
            full,
            "µs",
            f"≤ {TARGET} × the plain one",
            full <= TARGET * plain,
            [Reference("with the settings that a quiz has by itself", plain)],
            f"{full / plain:.2f} ×; {PLAYERS:,} players, batches of {BATCH} in turns; medians; "
            "penalty, floor, streaks, late average, changed answers, reveal at the close, credit",
        ),
        Number("rules", "… one that is changed", changed, "µs", detail=f"{changed / plain:.2f} × the plain one"),
    ]
