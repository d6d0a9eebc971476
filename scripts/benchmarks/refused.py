"""What a refusal costs: over HTTP on connections that are kept, and on the socket."""

import asyncio
import statistics
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import redis

from benchmarks import client, quizzes
from benchmarks.client import REFUSED, Client, Pipe, ready
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import Broken, Node, Rig

CONNECTIONS = 8
FRAMES = 200  # that a socket may send at once; 3 µs of each are its share of the connection
ROUNDS = 3
TARGET_US, SCRIPTS = 60.0, 1
ALL = ("address", "player", "host", "account", "key", "failures", "pins", "sign_ins")
AMPLE = " ".join(f"{name}=1000000/60" for name in ALL)  # every limit is looked at and none is reached
STRICT = f"{AMPLE} address=1/100000"
GUESSED = f"{AMPLE} failures=1/100000"
NOBODYS = "x" * 32
NOBODYS_SESSION = "s_" + "x" * 64


class Work(NamedTuple):
    """Something that is asked of a node so many times; one that makes connections, `dear` times less often."""

    name: str
    node: Node
    ask: Callable[[int], Awaitable[None]]
    dear: int = 1


class Cost(NamedTuple):
    """Of one request: the node's and Redis's CPU in µs, and how many scripts Redis ran."""

    node_us: float
    redis_us: float
    scripts: float


def over_http(name: str, node: Node, request: bytes, status: int, source: str = "127.0.0.1") -> Work:
    """Requests on some connections at once. `source`: from which of this machine's addresses."""

    async def one(pipe: Pipe, times: int) -> None:
        for _ in range(times):
            if (found := await pipe.ask(request)) != status:
                raise Broken(f"{name}: {found} instead of {status}")

    async def ask(times: int) -> None:
        async with client.pipes(node.port, CONNECTIONS, source) as pipes, asyncio.timeout(client.PATIENCE_S):
            await asyncio.gather(*(one(pipe, times // CONNECTIONS) for pipe in pipes))

    return Work(name, node, ask)


class Spectator:
    """Tries to answer, which spectators cannot."""

    def __init__(self) -> None:
        self.client: Client
        self.refused = asyncio.Event()

    def heard(self, payload: bytes) -> None:
        if payload.startswith(REFUSED) and b"FORBIDDEN" in payload:
            self.refused.set()

    async def answer(self, times: int) -> None:
        frame = client.answer(0)
        for _ in range(times):
            self.refused.clear()
            self.client.send(frame)
            await self.refused.wait()


async def spectator(node: Node, quiz: Quiz) -> Spectator:
    entering = Spectator()
    entering.client = await client.join_live(node.port, quiz.id, heard=entering.heard)
    return entering


def without_the_right(node: Node, quiz: Quiz) -> Work:
    async def ask(times: int) -> None:
        spectators = [await spectator(node, quiz) for _ in range(times // FRAMES)]
        async with asyncio.timeout(client.PATIENCE_S):
            await asyncio.gather(*(each.answer(FRAMES) for each in spectators))
        client.close_all([each.client for each in spectators])

    return Work("socket: an answer by a spectator, FORBIDDEN", node, ask)


def hello(name: str, node: Node, quiz: Quiz, token: str) -> Work:
    """Sockets, one after the other, that are welcomed without a token and closed with a wrong one."""

    async def ask(times: int) -> None:
        for _ in range(times):
            try:
                (await client.join_live(node.port, quiz.id, token)).transport.abort()
            except Broken as error:
                if "4401" not in str(error):
                    raise

    return Work(name, node, ask, dear=10)


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """One node that refuses for what is asked, and two that refuse because it is asked too often."""
    node = rig.node("node", LEADERBOARD_LIMITS=AMPLE)
    strict, guessed = rig.node("strict", LEADERBOARD_LIMITS=STRICT), rig.node("guessed", LEADERBOARD_LIMITS=GUESSED)
    async with client.http(node.port) as host:
        quiz = await quizzes.make(rig, host, 1)
        [player] = await quizzes.join(node, quiz, 1)
    path = f"/v1/quizzes/{quiz.id}"
    served, refused = works(node, quiz, player)
    refused += [
        await too_often("over the limit of the address, 429", strict, ready("GET", path), "127.0.0.2"),
        await too_often("too many PINs were wrong, 429", guessed, ready("GET", "/v1/codes/000000"), "127.0.0.3"),
    ]
    costs = await in_turns(rig.client(), [*served, *refused], 800 if quick else 2_000)
    references = {each.dear: Reference(each.name, costs[each].node_us) for each in served}
    return [number(each, costs[each], references[each.dear]) for each in refused]


def works(node: Node, quiz: Quiz, player: str) -> tuple[list[Work], list[Work]]:
    """What is served, for comparison, and what is refused, each for another reason."""
    path = f"/v1/quizzes/{quiz.id}"
    served = [
        over_http("GET /livez", node, ready("GET", "/livez"), 200),
        hello("socket: a welcome", node, quiz, ""),
    ]
    by_reason = [
        ("a token that nobody has, 401", ready("GET", "/v1/account", NOBODYS), 401),
        ("… that looks like a session, 401", ready("GET", "/v1/account", NOBODYS_SESSION), 401),
        ("… in a quiz, 401", ready("POST", f"{path}/open", NOBODYS, b'{"question":0}'), 401),
        ("a player opens a question, 403", ready("POST", f"{path}/open", player, b'{"question":0}'), 403),
        ("nothing at the address, 404", ready("GET", "/v1/nothing"), 404),
        ("a quiz that is not there, 404", ready("GET", "/v1/quizzes/22222222"), 404),
        ("a wrong PIN, 404", ready("GET", "/v1/codes/000000"), 404),
    ]
    refused = [over_http(name, node, request, status) for name, request, status in by_reason]
    refused += [
        without_the_right(node, quiz),
        hello("socket: hello with a wrong token, 4401", node, quiz, NOBODYS),
    ]
    return served, refused


async def too_often(name: str, node: Node, request: bytes, source: str) -> Work:
    """A node that has refused this once, so that it knows. `source`: whose limits are used up."""
    async with client.pipes(node.port, 1, source) as [pipe], asyncio.timeout(client.PATIENCE_S):
        while await pipe.ask(request) != 429:
            pass
    return over_http(name, node, request, 429, source)


async def in_turns(server: "redis.Redis", asked: list[Work], times: int) -> dict[Work, Cost]:
    """Medians of some rounds, in each of which all are asked."""
    for each in asked:
        await each.ask(times // each.dear // 4)
    rounds = [{each: await cost(server, each, times // each.dear) for each in asked} for _ in range(ROUNDS)]
    return {
        each: Cost(*(statistics.median(column) for column in zip(*(costs[each] for costs in rounds), strict=True)))
        for each in asked
    }


async def cost(server: "redis.Redis", work: Work, times: int) -> Cost:
    """Of one of so many."""
    before = spent(server, work.node)
    await work.ask(times)
    return Cost(*((after - begin) / times for begin, after in zip(before, spent(server, work.node), strict=True)))


def spent(server: "redis.Redis", node: Node) -> Cost:
    """So far."""
    cpu, stats = server.info("cpu"), server.info("commandstats")
    scripts = sum(stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("eval", "evalsha"))
    return Cost(node.cpu_s() * 1e6, (cpu["used_cpu_user"] + cpu["used_cpu_sys"]) * 1e6, scripts)


def number(work: Work, cost: Cost, reference: Reference) -> Number:
    cheap = cost.node_us < TARGET_US and round(cost.scripts) <= SCRIPTS
    return Number(
        "refused",
        work.name,
        cost.node_us,
        "µs",
        f"< {TARGET_US:.0f} µs, ≤ {SCRIPTS} script" if work.dear == 1 else "",
        cheap if work.dear == 1 else None,
        [reference],
        f"{cost.scripts:.1f} scripts and {cost.redis_us:.0f} µs of Redis's CPU each",
    )
