"""A quiz as its players have it: with the Python client, each at a moment of their own, every answer counted once."""

import asyncio
import random
import statistics
import time
from contextlib import AsyncExitStack

from benchmarks import client, quizzes
from benchmarks.latency import percentile
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import Broken, Node, Rig
from leaderboard.client import Live, connect

PLAYERS, PLAYERS_QUICK = 500, 100
QUESTIONS, QUESTIONS_QUICK = 10, 4
SPREAD_S = 1.0  # within which all have answered
ACKS_MS = 100.0  # from a tap to "kept", on a local network


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Every player answers every question; what the results say must be what the clients were told."""
    players, questions = (PLAYERS_QUICK, QUESTIONS_QUICK) if quick else (PLAYERS, QUESTIONS)
    node = rig.node("node")
    async with client.http(node.port) as host, AsyncExitStack() as stack:
        quiz = await quizzes.make(rig, host, questions, rules={"rule": "flat"})
        lives = await enter(node, quiz, players, stack)
        times: list[float] = []
        cpu_s = node.cpu_s()
        for _ in range(questions):
            number = await quiz.open_next()
            times += await asyncio.gather(*(answer(live, number) for live in lives))
        cpu_s = node.cpu_s() - cpu_s
        await quiz.ask("close", {})
        await agree(host, quiz, questions)
    p99 = percentile(times, 0.99)
    return [
        Number(
            measure="people",
            name="from a player's tap to “kept”, p99",
            value=p99,
            unit="ms",
            target=f"≤ {ACKS_MS:g} ms",
            met=p99 <= ACKS_MS,
            references=[Reference("half of them", statistics.median(times))],
            detail=f"{players} players with leaderboard.client in one process, {questions} questions, all within "
            f"{SPREAD_S:g} s; each answer scored once; node CPU {cpu_s / len(times) * 1e6:.0f} µs an answer, all in",
        )
    ]


async def enter(node: Node, quiz: Quiz, number: int, stack: AsyncExitStack) -> list[Live]:
    """So many players, each with a connection of their own that is welcomed."""
    url = f"http://127.0.0.1:{node.port}"
    tokens = await quizzes.join(node, quiz, number)
    lives = [await stack.enter_async_context(connect(url, quiz.id, token)) for token in tokens]
    await asyncio.gather(*(live.welcomed() for live in lives))
    return lives


async def answer(live: Live, number: int) -> float:
    """Think, answer, and say how many milliseconds that took to be kept."""
    await asyncio.sleep(random.uniform(0, SPREAD_S))
    began = time.perf_counter()
    await live.answer(number, random.randrange(2))
    return (time.perf_counter() - began) * 1000


async def agree(host: client.Http, quiz: Quiz, questions: int) -> None:
    """Raises Broken unless everybody's points are those of their right answers, each once."""
    results = await host.call("GET", f"/v1/quizzes/{quiz.id}/results", quiz.token, None)
    for row in results["rows"]:
        given = row["answers"].values()
        right = sum(it["grade"] == 1 for it in given)
        if len(given) != questions or row["points"] != 1000 * right:
            raise Broken(f"{row['name']} has {row['points']} points for {right} right answers of {len(given)}.")
