"""Teams: registered by a hundred clients at once, playing with a hundred and fifty; and who gets which question."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain
from typing import Any

from msgspec import json

from benchmarks import client, quizzes
from benchmarks.client import ACK, REFUSED, Pipe, ready
from benchmarks.latency import percentile
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import CORES, Broken, Node, Rig

CLIENTS, PLAYING = 100, 150
TEAMS, TEAMS_QUICK = 20_000, 4_000
GAMES, GAMES_QUICK = 6_000, 1_500
POOL = 5_000  # questions of a quiz in which they are drawn
DRAWING, QUIZZES, QUIZZES_QUICK = 500, 20, 2  # teams in all, and quizzes
STILL_MS = 60_000  # between boards, which are not what is measured
PUBLISHED = "a published Python/PostgreSQL system"
THEIR_RATE, THEIR_P95_MS, THEIR_GAME_MS = 272.0, 500.0, 33_700.0
RATE, P95_MS, GAME_MS = 10 * THEIR_RATE, THEIR_P95_MS / 10, 100.0

Work = Callable[[Pipe, int], Awaitable[None]]


class Api:
    """What is asked of a quiz. Raises Broken when refused."""

    def __init__(self, quiz: Quiz) -> None:
        self.quiz, self.path = quiz, f"/v1/quizzes/{quiz.id}"

    async def ask(self, pipe: Pipe, method: str, path: str, token: str, body: object = None, status: int = 200) -> None:
        """What comes back is in `pipe.body`."""
        sent = b"" if body is None else json.encode(body)
        if (found := await pipe.ask(ready(method, self.path + path, token, sent))) != status:
            raise Broken(f"{method} {path}: {found} {pipe.body.decode()}")

    async def register(self, pipe: Pipe, number: int) -> None:
        members = [f"{name} {number}" for name in ("Ana", "Ben", "Cem", "Dana")]
        body = {"name": f"Team {number}", "members": members, "email": f"team{number}@example.org", "points": 1000}
        await self.ask(pipe, "POST", "/teams", self.quiz.token, body, 201)

    async def play(self, pipe: Pipe, number: int) -> None:
        """A team's whole way: register, draw a question, answer it, look at the board."""
        await self.register(pipe, number)
        token: str = json.decode(pipe.body)["token"]
        await self.ask(pipe, "POST", "/draw", token, {"after": -1})
        question = json.decode(pipe.body)["question"]["number"]
        await self.ask(pipe, "POST", "/answers", token, {"question": question, "choice": [0], "id": "a"})
        await self.ask(pipe, "GET", "/board?limit=10", token)


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Nodes, Redis and the clients share the machine; limits are off."""
    return [
        *await registering(rig, TEAMS_QUICK if quick else TEAMS),
        *await playing(rig, GAMES_QUICK if quick else GAMES),
        *await drawing(rig, QUIZZES_QUICK if quick else QUIZZES),
    ]


async def registering(rig: Rig, number: int) -> list[Number]:
    """One node, which has a core for itself."""
    node = rig.node("node")
    async with client.http(node.port) as host:
        api = Api(await quizzes.make(rig, host, 1, rules={"max_players": 100_000}))
        await clients([node], CLIENTS, api.register, range(number // 10))  # so that all is warm
        cpu_s, began = node.cpu_s(), time.perf_counter()
        times = await clients([node], CLIENTS, api.register, range(number // 10, number // 10 + number))
        cpu_s, took_s = node.cpu_s() - cpu_s, time.perf_counter() - began
        await count(host, api, number // 10 + number)
    rate, p95 = number / took_s, percentile(times, 0.95)
    return [
        Number(
            "teams",
            "teams registered a second over HTTP",
            rate,
            "/s",
            f"≥ {RATE:,.0f} /s",
            rate >= RATE,
            [Reference(PUBLISHED, THEIR_RATE)],
            f"{CLIENTS} clients at once, {number:,} teams of four; node CPU {cpu_s / number * 1e6:.0f} µs each, "
            f"its core {cpu_s / took_s:.0%} busy",
        ),
        Number(
            "teams",
            "… until the reply, p95",
            p95,
            "ms",
            f"≤ {P95_MS:.0f} ms",
            p95 <= P95_MS,
            [Reference(PUBLISHED, THEIR_P95_MS)],
            f"half within {percentile(times, 0.5):.1f} ms, all within {max(times):.1f} ms",
        ),
    ]


async def playing(rig: Rig, number: int) -> list[Number]:
    """Two nodes on all cores; each client goes a team's whole way, again and again without a pause."""
    nodes = [rig.node(f"node-{i}", CORES) for i in range(2)]
    async with client.http(nodes[0].port) as host:
        apis = [await drawn(rig, host) for _ in range(-(-number * 11 // 10 // POOL))]

        async def play(pipe: Pipe, i: int) -> None:
            await apis[i % len(apis)].play(pipe, i)

        await clients(nodes, PLAYING, play, range(number // 10))
        began = time.perf_counter()
        times = await clients(nodes, PLAYING, play, range(number // 10, number // 10 + number))
        took_s = time.perf_counter() - began
    p95 = percentile(times, 0.95)
    return [
        Number(
            "teams",
            "a team registers, draws, answers, looks: p95 of the whole",
            p95,
            "ms",
            f"< {GAME_MS:.0f} ms",
            p95 < GAME_MS,
            [Reference(PUBLISHED, THEIR_GAME_MS)],
            f"{PLAYING} clients at once over two nodes, without a pause: {4 * number / took_s:,.0f} requests/s; "
            f"half within {percentile(times, 0.5):.1f} ms, all within {max(times):.1f} ms",
        )
    ]


async def drawn(rig: Rig, host: client.Http, interval_ms: int = 100) -> Api:
    """A quiz that is open, of questions of which nobody gets one that somebody else has."""
    rules = {"max_players": 100_000, "pacing": "draw", "rule": "flat"}
    quiz = await quizzes.make(rig, host, POOL, interval_ms, rules=rules)
    await quiz.ask("open", {})
    return Api(quiz)


class Drawer:
    """A team that draws and answers until there are no more questions. `had`: their numbers."""

    def __init__(self) -> None:
        self.had: list[int] = []
        self.client: client.Client
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def draw(self) -> None:
        after = self.had[-1] if self.had else -1
        self.client.send(client.frame(b'{"type":"draw","id":"%d","after":%d}' % (len(self.had), after)))

    def heard(self, payload: bytes) -> None:
        if payload.startswith(ACK) and b'"drawn":' in payload:
            self.had.append(json.decode(payload)["drawn"]["number"])
            self.client.send(client.answer(self.had[-1]))
        elif payload.startswith(ACK):
            self.draw()
        elif payload.startswith(REFUSED) and b'"ALL_DRAWN"' in payload and not self.done.done():
            self.done.set_result(None)
        elif payload.startswith(REFUSED):
            self.done.set_exception(Broken(payload.decode()))


async def drawing(rig: Rig, number: int) -> list[Number]:
    """Half of the teams on each of two nodes, by socket. Raises Broken if a question is given twice, or to nobody."""
    nodes = [rig.node(f"drawing-{core}", [core]) for core in CORES[:2]]
    async with client.http(nodes[0].port) as host:
        apis = [await drawn(rig, host, STILL_MS) for _ in range(number)]
        them = [await enter(api, nodes, DRAWING // number) for api in apis]
        began = time.perf_counter()
        for drawer in chain(*them):
            drawer.draw()
        async with asyncio.timeout(20 * client.PATIENCE_S):
            await asyncio.gather(*(drawer.done for drawer in chain(*them)))
        took_s = time.perf_counter() - began
        for api, drawers in zip(apis, them, strict=True):
            await each_once(host, api, drawers)
            client.close_all([drawer.client for drawer in drawers])
    draws = number * POOL
    return [
        Number(
            "teams",
            "exclusive questions drawn and answered a second",
            draws / took_s,
            "/s",
            detail=f"{draws:,} questions of {number} quizzes, {DRAWING} teams over two nodes: each given once, none lost",
        )
    ]


async def enter(api: Api, nodes: list[Node], number: int) -> list[Drawer]:
    """So many teams, each with a socket that is welcome."""
    drawers = [Drawer() for _ in range(number)]
    async with client.pipes(nodes[0].port, 1) as [pipe]:
        for i, drawer in enumerate(drawers):
            await api.register(pipe, i)
            token = json.decode(pipe.body)["token"]
            drawer.client = await client.join_live(nodes[i % len(nodes)].port, api.quiz.id, token, drawer.heard)
    return drawers


async def each_once(host: client.Http, api: Api, drawers: list[Drawer]) -> None:
    """Raises Broken unless each question was given once, and the board has the points of all answers."""
    numbers = list(chain(*(drawer.had for drawer in drawers)))
    if sorted(numbers) != list(range(POOL)):
        raise Broken(f"{len(numbers)} questions were given, {len(set(numbers))} different ones, of {POOL}.")
    board: Any = await host.call("GET", f"{api.path}/board?limit=100", api.quiz.token, None)
    if len(board["rows"]) == len(drawers) <= 100 and sum(row["points"] - 1000 for row in board["rows"]) != POOL * 1000:
        raise Broken("The board has not the points of all answers.")


async def clients(nodes: list[Node], number: int, work: Work, todo: range) -> list[float]:
    """Do all of it by so many clients, each with one connection. Returns how many milliseconds each took."""
    left, times = iter(todo), list[float]()
    async with asyncio.timeout(10 * client.PATIENCE_S), asyncio.TaskGroup() as group:
        for i in range(len(nodes)):
            group.create_task(some(nodes[i], number // len(nodes), work, left, times))
    return times


async def some(node: Node, number: int, work: Work, left: Iterator[int], times: list[float]) -> None:
    """The clients of one node."""

    async def one(pipe: Pipe) -> None:
        for i in left:
            began = time.perf_counter()
            await work(pipe, i)
            times.append((time.perf_counter() - began) * 1000)

    async with client.pipes(node.port, number) as pipes:
        await asyncio.gather(*map(one, pipes))


async def count(host: client.Http, api: Api, number: int) -> None:
    """Raises Broken unless so many teams are there."""
    board: Any = await host.call("GET", f"{api.path}/board", api.quiz.token, None)
    if board["players"] != number:
        raise Broken(f"There are {board['players']} teams instead of {number}.")
