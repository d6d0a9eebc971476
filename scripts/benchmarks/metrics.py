"""What counting costs a node, beside nodes that run the same source without it."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from benchmarks import client, quizzes
from benchmarks.answers import PLAYERS, Room, enter
from benchmarks.client import Http
from benchmarks.fanout import INTERVAL_MS, Audience, boards_of_quiz, prepare
from benchmarks.report import Number, Reference
from benchmarks.rig import REST_CORES, SERVE, Node, Rig
from leaderboard.ops.metrics import FRESH_S

KINDS = {"counting": SERVE, "not": ("-m", "benchmarks.uncounted", "serve")}
MOST = 1.03
BOARDS = 10

Pair = tuple[float, float]  # microseconds: counting, and not


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Several processes of each kind, for no two are alike. Two take turns at once, so that both see the same weather."""
    pairs, rounds, turns, sockets = (2, 20, 4, 500) if quick else (3, 50, 8, 1_000)
    names = [f"{kind}-{i}" for i in range(pairs) for kind in KINDS]
    nodes = [rig.node(name, module=KINDS[name.partition("-")[0]], PYTHONHASHSEED="0") for name in names]
    helper = rig.node("helper", REST_CORES)
    async with client.http(helper.port) as host:
        answers = await answering(rig, host, nodes, rounds)
        boards = await watching(rig, host, nodes, helper, turns, sockets)
    return [
        number("an answer acked", answers, f"{PLAYERS} players at once, {rounds} rounds"),
        number("a board delivered", boards, f"{sockets:,} sockets, {turns} turns"),
        await scraped(nodes[0]),
    ]


async def in_turns(measured: Sequence[Callable[[], Awaitable[float]]], times: int) -> list[Pair]:
    """Each two neighbours one after the other, now this one first and now that one."""
    found: list[Pair] = []
    for number in range(times):
        for one, other in zip(measured[::2], measured[1::2], strict=True):
            if number % 2:
                found.append((await one(), await other()))
            else:
                after = await other()
                found.append((await one(), after))
    return found


async def answering(rig: Rig, host: Http, nodes: list[Node], rounds: int) -> list[Pair]:
    """An answer, in each round."""
    rooms = [await enter(rig, host, node, PLAYERS, rounds + 1) for node in nodes]
    for room in rooms:
        await room.answer_all()  # scripts are loaded, questions known
    found = await in_turns([partial(one_round, room) for room in rooms], rounds)
    for room in rooms:
        client.close_all(room.clients)
    return found


async def one_round(room: Room) -> float:
    await room.answer_all()
    return room.rounds[-1].cpu_s / len(room.clients) * 1e6


async def watching(rig: Rig, host: Http, nodes: list[Node], helper: Node, turns: int, sockets: int) -> list[Pair]:
    """A board delivered, in each turn."""
    crowds = []
    for node in nodes:
        quiz, audience = await quizzes.make(rig, host, 1, INTERVAL_MS), Audience()
        await client.spectators(node.port, quiz.id, sockets, audience.heard)
        await prepare(helper, quiz)
        crowds.append(partial(boards_of_quiz, node, host, quiz, audience, BOARDS))
    return await in_turns(crowds, turns)


def number(name: str, found: list[Pair], detail: str) -> Number:
    counting, without = (statistics.median(column) for column in zip(*found, strict=True))
    ratio = statistics.median(one / other for one, other in found)
    return Number(
        *("metrics", f"{name}, node CPU", counting, "µs", f"≤ {MOST} × without counting", ratio <= MOST),
        [Reference("the same source without what counts", without)],
        f"{ratio:.3f} ×, the median of {len(found)} pairs; {detail}, several processes of each kind",
    )


async def scraped(node: Node) -> Number:
    """All of it read, with the sockets of the boards still there."""
    times, took_s = 20, 0.0
    async with client.pipes(node.port, 1) as [pipe]:
        for _ in range(times):
            await asyncio.sleep(2 * FRESH_S)
            before = node.cpu_s()
            await pipe.ask(client.ready("GET", "/metrics"))
            took_s += (node.cpu_s() - before) / times
    detail = f"{len(pipe.body):,} bytes, with the sockets of the row above"
    return Number("metrics", "GET /metrics, node CPU", took_s * 1e3, "ms", detail=detail)
