"""What counting costs a node, beside nodes that run the same source without it."""

import asyncio
import statistics

from benchmarks import client, quizzes
from benchmarks.answers import PLAYERS, Room, enter
from benchmarks.client import Http
from benchmarks.fanout import INTERVAL_MS, Audience, boards_of_quiz, prepare
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import REST_CORES, SERVE, Node, Rig
from leaderboard.ops.metrics import FRESH_S

KINDS = {"counting": SERVE, "not": ("-m", "benchmarks.uncounted", "serve")}
MOST = 1.03
BOARDS = 10

By = dict[str, list[float]]


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Several processes of each kind, for no two are alike; all take turns, so that all see the same weather."""
    pairs, rounds, turns, sockets = (2, 20, 4, 500) if quick else (3, 60, 20, 1_000)
    nodes = [
        (kind, rig.node(f"{kind}-{i}", module=KINDS[kind], PYTHONHASHSEED="0")) for i in range(pairs) for kind in KINDS
    ]
    helper = rig.node("helper", REST_CORES)
    async with client.http(helper.port) as host:
        answers = await answering(rig, host, nodes, rounds)
        boards = await watching(rig, host, nodes, helper, turns, sockets)
    return [
        number("an answer acked", answers, f"{PLAYERS} players at once, {rounds} rounds"),
        number("a board delivered", boards, f"{sockets:,} sockets, {turns} turns"),
        await scraped(nodes[0][1]),
    ]


async def answering(rig: Rig, host: Http, nodes: list[tuple[str, Node]], rounds: int) -> By:
    """Microseconds of node CPU an answer, a value a round."""
    rooms = [(kind, await enter(rig, host, node, PLAYERS, rounds + 1)) for kind, node in nodes]
    for number in range(rounds + 1):
        for _, room in rooms[number % 2 :] + rooms[: number % 2]:
            await room.answer_all()
    for _, room in rooms:
        client.close_all(room.clients)
    return by_kind([(kind, costs(room)) for kind, room in rooms])


def costs(room: Room) -> list[float]:
    """Without the first round, in which scripts are loaded."""
    return [each.cpu_s / len(room.clients) * 1e6 for each in room.rounds[1:]]


async def watching(rig: Rig, host: Http, nodes: list[tuple[str, Node]], helper: Node, turns: int, sockets: int) -> By:
    """Microseconds of node CPU a board delivered, a value a turn."""
    crowds: list[tuple[str, Node, Quiz, Audience]] = []
    for kind, node in nodes:
        quiz, audience = await quizzes.make(rig, host, 1, INTERVAL_MS), Audience()
        await client.spectators(node.port, quiz.id, sockets, audience.heard)
        await prepare(helper, quiz)
        crowds.append((kind, node, quiz, audience))
    found: list[tuple[str, list[float]]] = []
    for _ in range(turns):
        for kind, node, quiz, audience in crowds:
            found.append((kind, [await boards_of_quiz(node, host, quiz, audience, BOARDS)]))
        crowds.reverse()
    return by_kind(found)


def by_kind(found: list[tuple[str, list[float]]]) -> By:
    return {kind: [value for other, values in found if other == kind for value in values] for kind in KINDS}


def number(name: str, found: By, detail: str) -> Number:
    counting, without = (statistics.median(found[kind]) for kind in KINDS)
    ratio = counting / without
    return Number(
        *("metrics", f"{name}, node CPU", counting, "µs", f"≤ {MOST} × without counting", ratio <= MOST),
        [Reference("the same source without what counts", without)],
        f"{ratio:.3f} ×; {detail}, several processes of each kind; medians",
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
