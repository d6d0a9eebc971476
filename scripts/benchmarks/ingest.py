"""Scores that other programs write into a stream: how many a second one node takes, and whether any is lost."""

import asyncio
import time
from typing import Any

import redis

from benchmarks import client, direct, quizzes
from benchmarks.regrade import Scripts
from benchmarks.report import Number
from benchmarks.rig import Broken, Rig
from leaderboard.state.keys import Keys, score_stream

TARGET = 20_000
EVENTS, EVENTS_QUICK = 400_000, 60_000
PLAYERS = 1_000
PRODUCED = 5_000  # a second, while nodes are killed
BURST = 3_000
KILLS, KILLS_QUICK = 10, 3
AT_ONCE = 1_000
PATIENCE_S = 120.0
STREAM = score_stream(0)


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Events that wait are taken by one node; then nodes are killed every second while more come."""
    server = rig.client()
    maker = rig.node("maker")
    async with client.http(maker.port) as host:
        speed, kills = [await quizzes.make(rig, host, 0) for _ in range(2)]
    maker.popen.terminate()
    maker.popen.wait()
    numbers = await rate(rig, server, speed.id, EVENTS_QUICK if quick else EVENTS)
    return numbers + await killed(rig, server, kills.id, KILLS_QUICK if quick else KILLS)


def produce(server: "redis.Redis", quiz: str, first: int, events: int) -> None:
    """Events of one point each, for players in turn."""
    for start in range(first, first + events, AT_ONCE):
        with server.pipeline(transaction=False) as pipeline:
            for n in range(start, min(start + AT_ONCE, first + events)):
                event = f"order-{n:08}"
                pipeline.xadd(STREAM, {"quiz_id": quiz, "user_id": f"p{n % PLAYERS}", "score": 1, "event": event})
            pipeline.execute()


def used(server: "redis.Redis") -> int:
    found: Any = server.info("memory")
    return int(found["used_memory"])


async def drained(server: "redis.Redis", waiting: int = 0) -> float:
    """When no more than so many wait."""
    deadline = time.monotonic() + PATIENCE_S
    while int(server.xlen(STREAM)) > waiting:
        if time.monotonic() > deadline:
            raise Broken(f"{server.xlen(STREAM)} events wait")
        await asyncio.sleep(0.005)
    return time.monotonic()


async def rate(rig: Rig, server: "redis.Redis", quiz: str, events: int) -> list[Number]:
    before = used(server)
    produce(server, quiz, 0, events)
    scripts = Scripts(server)
    node = rig.node("node")
    began, cpu_s, redis_s = await drained(server, events - 1), node.cpu_s(), rig.redis.cpu_s()
    left = int(server.xlen(STREAM))
    seconds, cpu_s, redis_s = await drained(server) - began, node.cpu_s() - cpu_s, rig.redis.cpu_s() - redis_s
    node.popen.terminate()
    node.popen.wait()
    await agree(rig, server, quiz, events)
    each = (used(server) - before) / events
    speed = left / seconds
    return [
        Number(
            "ingest",
            "events a second, one node on one core",
            speed,
            "/s",
            f"≥ {TARGET:,} /s",
            speed >= TARGET,
            detail=f"{events:,} events that waited, for {PLAYERS:,} players; "
            f"the node's core was {cpu_s / seconds:.0%} busy, {cpu_s / left * 1e6:.1f} µs an event; "
            f"Redis used {redis_s / left * 1e6:.1f} µs an event",
        ),
        Number("ingest", "… the longest call of a script", scripts.longest_ms(), "ms"),
        Number("ingest", "… memory of Redis an event, ledger included", each, "bytes"),
    ]


async def killed(rig: Rig, server: "redis.Redis", quiz: str, kills: int) -> list[Number]:
    produced = 0
    for number in range(kills):
        node = rig.node(f"killed-{number}")
        until = time.monotonic() + 1
        while time.monotonic() < until:
            began = time.monotonic()
            produce(server, quiz, produced, PRODUCED // 10)
            produced += PRODUCED // 10
            await asyncio.sleep(max(0, 0.1 - (time.monotonic() - began)))
        produce(server, quiz, produced, BURST)  # so that it dies in the middle of something
        produced += BURST
        node.popen.kill()
        node.popen.wait()
    left = int(server.xlen(STREAM))
    rig.node("survivor")
    began = time.monotonic()
    await drained(server)
    wrong = await agree(rig, server, quiz, produced)
    return [
        Number(
            "ingest",
            "events lost or counted twice, nodes killed every second",
            wrong,
            "",
            "0",
            wrong == 0,
            detail=f"{produced:,} events while {kills} nodes were killed; {left:,} waited then, for "
            f"{time.monotonic() - began:.1f} s: what a dead node had taken goes to another after 5 s",
        )
    ]


async def agree(rig: Rig, server: "redis.Redis", quiz: str, events: int) -> int:
    """By how much the sum of the board differs from the events. Raises Broken if the books do not agree."""
    async with direct.state(rig) as ours:
        verdict = await ours.audit.verify(quiz)
    if verdict.wrong or int(server.hlen(Keys(quiz).events)) != events:
        raise Broken(f"{verdict.findings[:3]}, {server.hlen(Keys(quiz).events)} of {events} events")
    return abs(verdict.total - events)
