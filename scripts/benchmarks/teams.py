"""Teams over HTTP: how fast they are registered, by a hundred clients at once."""

import asyncio
import json
import time
from collections.abc import Iterator

from benchmarks import client, quizzes
from benchmarks.client import Pipe, ready
from benchmarks.latency import percentile
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import Broken, Node, Rig

CLIENTS = 100
TEAMS, TEAMS_QUICK = 20_000, 4_000
THEIRS, THEIR_P95_MS = 272.0, 500.0  # requests a second and p95 that a published Python/PostgreSQL system has
RATE, P95_MS = 10 * THEIRS, THEIR_P95_MS / 10


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """One node, Redis and the clients share the machine; limits are off."""
    number = TEAMS_QUICK if quick else TEAMS
    node = rig.node("node")
    async with client.http(node.port) as host:
        quiz = await quizzes.make(rig, host, 1, rules={"max_players": 100_000})
        await register(node, quiz, 0, number // 10)  # so that all is warm
        cpu_s, began = node.cpu_s(), time.perf_counter()
        times = await register(node, quiz, number // 10, number)
        cpu_s, took_s = node.cpu_s() - cpu_s, time.perf_counter() - began
        board = await host.call("GET", f"/v1/quizzes/{quiz.id}/board", quiz.token, None)
    if board["players"] != number // 10 + number:
        raise Broken(f"{board['players']} teams are there.")
    return numbers(times, took_s, cpu_s)


async def register(node: Node, quiz: Quiz, first: int, number: int) -> list[float]:
    """Register so many teams; each client has one request under way. Returns the milliseconds of each."""
    todo, times = iter(range(first, first + number)), list[float]()
    async with client.pipes(node.port, CLIENTS) as pipes, asyncio.timeout(10 * client.PATIENCE_S):
        await asyncio.gather(*(some(pipe, quiz, todo, times) for pipe in pipes))
    return times


async def some(pipe: Pipe, quiz: Quiz, todo: Iterator[int], times: list[float]) -> None:
    for i in todo:
        members = [f"{name} {i}" for name in ("Ana", "Ben", "Cem", "Dana")]
        body = {"name": f"Team {i}", "members": members, "email": f"team{i}@example.org", "points": 1000}
        request = ready("POST", f"/v1/quizzes/{quiz.id}/teams", quiz.token, json.dumps(body).encode())
        began = time.perf_counter()
        if (status := await pipe.ask(request)) != 201:
            raise Broken(f"A team was not registered: {status}")
        times.append((time.perf_counter() - began) * 1000)


def numbers(times: list[float], took_s: float, cpu_s: float) -> list[Number]:
    rate, p95 = len(times) / took_s, percentile(times, 0.95)
    return [
        Number(
            "teams",
            "teams registered a second over HTTP",
            rate,
            "/s",
            f"≥ {RATE:,.0f} /s",
            rate >= RATE,
            [Reference("a published Python/PostgreSQL system", THEIRS)],
            f"{CLIENTS} clients at once, {len(times):,} teams of four; node CPU {cpu_s / len(times) * 1e6:.0f} µs each, "
            f"its core {cpu_s / took_s:.0%} busy",
        ),
        Number(
            "teams",
            "… until the reply, p95",
            p95,
            "ms",
            f"≤ {P95_MS:.0f} ms",
            p95 <= P95_MS,
            [Reference("a published Python/PostgreSQL system", THEIR_P95_MS)],
            f"half within {percentile(times, 0.5):.1f} ms, all within {max(times):.1f} ms",
        ),
    ]
