"""How many answers a second one node takes, when a large room answers at once, again and again."""

import re
import subprocess

from benchmarks import client, quizzes
from benchmarks.answers import Room, enter
from benchmarks.client import Http
from benchmarks.direct import fill
from benchmarks.report import Number, Reference
from benchmarks.rig import NODE_CORES, Broken, Rig, settle

TARGET = 15_000
PIPELINED = 50


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """The node alone on its core; Redis and the clients on the others."""
    players, rounds, benched = (1_000, 8, 30_000) if quick else (1_000, 40, 100_000)
    node = rig.node("node")
    async with client.http(node.port) as host:
        room = await enter(rig, host, node, players, rounds)
        for number in range(rounds):
            await room.answer_all()
            if number == 0:
                room.start_over()
        client.close_all(room.clients)
        reference = await redis_benchmark(rig, host, benched)
    return numbers(room, reference)


async def redis_benchmark(rig: Rig, host: Http, requests: int) -> float:
    """answer.lua alone, called by redis-benchmark for random players, most of them for the first time: answers a second."""
    filled = await fill(rig, await quizzes.make(rig, host, 1), requests)
    await filled.quiz.open_next()
    options = (
        "-s",
        str(rig.socket),
        "-n",
        str(requests),
        "-r",
        str(requests),
        "-P",
        str(PIPELINED),
        "-c",
        "4",
        "--csv",
    )
    command = ["redis-benchmark", *options, *filled.command("__rand_int__")]
    done = subprocess.run(  # noqa: ASYNC221 - nothing else is going on
        command, capture_output=True, text=True, timeout=60, check=True, preexec_fn=lambda: settle(NODE_CORES)
    )
    rate = re.search(r'","(\d+\.\d+)"', done.stdout)
    if rate is None or filled.answered() < requests / 2:
        raise Broken(f"redis-benchmark: {done.stdout}{done.stderr}; {filled.answered()} first answers")
    return float(rate[1])


def numbers(room: Room, reference: float) -> list[Number]:
    seconds, cpu_s = (sum(column) for column in zip(*room.rounds, strict=True))
    rate, others = room.answers / seconds, room.others / room.answers
    return [
        Number(
            "throughput",
            "answers a second, one node on one core",
            rate,
            "/s",
            f"≥ {TARGET:,} /s",
            rate >= TARGET,
            [Reference(f"redis-benchmark -P {PIPELINED}, the same script alone", reference)],
            f"{len(room.clients):,} players, {len(room.rounds)} questions, first answer sent to last ack, "
            f"with {others:.1f} board messages an answer; the node's core was {cpu_s / seconds:.0%} busy",
        ),
        Number(
            "throughput",
            "… that the node's CPU would allow",
            room.answers / cpu_s,
            "/s",
            detail=f"{cpu_s / room.answers * 1e6:.1f} µs an answer; {room.whole:.1f} µs all in",
        ),
    ]
