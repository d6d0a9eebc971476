"""What it takes to correct a key after the game, and to verify what came of it."""

import asyncio
import time
from collections.abc import Awaitable, Iterable
from typing import Any

import redis

from benchmarks import client, direct, quizzes
from benchmarks.report import Number
from benchmarks.rig import Broken, Rig
from leaderboard.state.quizzes import Quizzes

PLAYERS, PLAYERS_QUICK = 10_000, 2_000
QUESTIONS = 20
RIGHT_OF_TEN = 7  # answers that are right
RULES = {"penalty": 250, "streak_bonus": 100}
AT_ONCE = 1_000
SLOW_US = 100  # calls that take longer are noted
TOTAL_S, CALL_MS = 5.0, 5.0


class Scripts:
    """The longest call of a script that Redis has seen meanwhile."""

    def __init__(self, server: "redis.Redis") -> None:
        self._redis = server
        server.config_set("slowlog-log-slower-than", SLOW_US)
        server.config_set("slowlog-max-len", 1_000_000)
        server.slowlog_reset()

    def longest_ms(self) -> float:
        noted: Any = self._redis.slowlog_get(1_000_000)
        return float(max(each["duration"] for each in noted if each["command"].startswith(b"EVALSHA"))) / 1000


async def in_turn(calls: Iterable[Awaitable[Any]]) -> None:
    """Wait for all of these, some at a time."""
    some: list[Awaitable[Any]] = []
    for call in calls:
        some.append(call)
        if len(some) == AT_ONCE:
            await asyncio.gather(*some)
            some.clear()
    await asyncio.gather(*some)


async def play(ours: Quizzes, quiz: quizzes.Quiz, players: int) -> None:
    """The whole quiz, by the store's own methods in this process: everybody answers everything."""
    joined: list[str] = []

    async def join(number: int) -> None:
        joined.append((await ours.store.join(quiz.id, f"Player {number}")).id)

    await in_turn(join(number) for number in range(players))
    for _ in range(QUESTIONS):
        question = await quiz.open_next()
        await in_turn(
            ours.store.answer(quiz.id, player, question, [int((7 * number + 3 * question) % 10 >= RIGHT_OF_TEN)])
            for number, player in enumerate(joined)
        )
    await quiz.ask("close", {})
    await quiz.ask("finish", {})


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Played in this process, corrected by a node, verified in this process as `leaderboard verify` does it."""
    players = PLAYERS_QUICK if quick else PLAYERS
    node, server = rig.node("node"), rig.client()
    async with client.http(node.port) as host, direct.state(rig) as ours:
        quiz = await quizzes.make(rig, host, QUESTIONS, rules=RULES)
        await play(ours, quiz, players)
        await verified(ours, quiz, players)
        scripts = Scripts(server)
        cpu, began = node.cpu_s(), time.perf_counter()
        await quiz.ask("correct", {"question": 0, "answer": [1], "reason": "The other one"})
        took, cpu = time.perf_counter() - began, node.cpu_s() - cpu
        corrected_ms = scripts.longest_ms()
        scripts = Scripts(server)
        began = time.perf_counter()
        await verified(ours, quiz, players)
        verify = time.perf_counter() - began
    return numbers(players, took, cpu, corrected_ms, verify, scripts.longest_ms())


async def verified(ours: Quizzes, quiz: quizzes.Quiz, players: int) -> None:
    """Raises Broken if anything does not agree."""
    verdict = await ours.audit.verify(quiz.id)
    if verdict.wrong or verdict.answers != players * QUESTIONS:
        raise Broken(f"verify: {verdict.answers} answers, {verdict.findings[:3]}")


def numbers(
    players: int, took: float, cpu: float, corrected_ms: float, verify: float, verified_ms: float
) -> list[Number]:
    answers = players * QUESTIONS
    return [
        Number(
            "regrade",
            f"a key corrected, {answers:,} answers graded anew",
            took,
            "s",
            f"≤ {TOTAL_S:.0f} s",
            took <= TOTAL_S,
            detail=f"{players:,} players, {QUESTIONS} questions, streaks and penalties; "
            f"the node's core was {cpu / took:.0%} busy",
        ),
        Number(
            "regrade",
            "… the longest call of a script",
            corrected_ms,
            "ms",
            f"≤ {CALL_MS:.0f} ms",
            corrected_ms <= CALL_MS,
            detail="Redis's SLOWLOG",
        ),
        Number(
            "regrade",
            "… verified afterwards",
            verify,
            "s",
            f"≤ {TOTAL_S:.0f} s",
            verify <= TOTAL_S,
            detail=f"in a process that shares its core with Redis; longest call of a script {verified_ms:.1f} ms",
        ),
    ]
