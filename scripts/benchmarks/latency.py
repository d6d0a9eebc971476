"""How long after an answer on one node the board that has it reaches the clients of another."""

import asyncio
import random
import time
from bisect import bisect_left
from collections.abc import Sequence

from benchmarks import client, quizzes
from benchmarks.client import ACK, BOARD, REFUSED, Client, Http
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import Broken, Node, Rig

INTERVAL_MS = 100
WATCHERS = 10
QUIET_S = 0.5
IDLE_EVERY_S = 0.3
IDLE_TARGET_MS = 30.0
BUSY_RATE = 1_000  # answers a second
BUSY_STEP_S = 0.005
BUSY_TARGET_MS = 100.0 + INTERVAL_MS


class Watcher:
    """When which version of the board was seen."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.versions: list[int] = []

    def heard(self, payload: bytes) -> None:
        if payload.startswith(BOARD):
            self.times.append(time.perf_counter())
            self.versions.append(client.version_of(payload))

    def since(self, sent: float, version: int) -> float:
        """Milliseconds from `sent` until this version or a later one was here. Raises Broken if it never was."""
        place = bisect_left(self.versions, version)
        if place == len(self.versions):
            raise Broken(f"Version {version} never arrived.")
        return (self.times[place] - sent) * 1000


class Player:
    """Answers, and remembers (when it was sent, when it was acked, the version of the ack)."""

    def __init__(self) -> None:
        self.client: Client
        self.sent = 0.0
        self.done: list[tuple[float, float, int]] = []

    def heard(self, payload: bytes) -> None:
        if payload.startswith(ACK):
            self.done.append((self.sent, time.perf_counter(), client.version_of(payload)))
        elif payload.startswith(REFUSED):
            raise Broken(payload.decode())

    def answer(self, frame: bytes) -> None:
        self.sent = time.perf_counter()
        self.client.send(frame)


async def enter(node: Node, quiz: Quiz, number: int) -> list[Player]:
    """So many players, who have joined and entered by this node."""

    async def player(token: str) -> Player:
        entering = Player()
        entering.client = await client.join_live(node.port, quiz.id, token, entering.heard)
        return entering

    tokens = await quizzes.join(node, quiz, number)
    return await client.crowd(lambda token=token: player(token) for token in tokens)  # type: ignore[misc]


class Room:
    """A quiz with players on one node and watchers on another."""

    def __init__(self, quiz: Quiz) -> None:
        self.quiz = quiz
        self.players: list[Player] = []
        self.watchers = [Watcher() for _ in range(WATCHERS)]

    async def enter(self, here: Node, there: Node, number: int) -> None:
        self.players = await enter(here, self.quiz, number)
        for watcher in self.watchers:
            await client.join_live(there.port, self.quiz.id, heard=watcher.heard)

    def latencies(self, expected: int) -> tuple[list[float], list[float]]:
        """Milliseconds until the boards, at every watcher, and until the acks. Raises Broken when answers are missing."""
        done = [each for player in self.players for each in player.done]
        if len(done) != expected:
            raise Broken(f"{len(done)} of {expected} answers were acked.")
        boards = [watcher.since(sent, version) for sent, _, version in done for watcher in self.watchers]
        return boards, [(acked - sent) * 1000 for sent, acked, _ in done]


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """Two nodes on one Redis."""
    here, there = rig.node("here"), rig.node("there")
    async with client.http(here.port) as host:
        idle = await when_idle(rig, host, here, there, *((4, 15) if quick else (6, 60)))
        busy = await when_busy(rig, host, here, there, 2 if quick else 10)
    return [
        number(*idle, f"an idle quiz, p99 (an answer every {IDLE_EVERY_S:.1f} s)", IDLE_TARGET_MS),
        number(*busy, f"a busy quiz, p99 ({BUSY_RATE:,} answers a second)", BUSY_TARGET_MS),
    ]


async def when_idle(
    rig: Rig, host: Http, here: Node, there: Node, rooms: int, answers: int
) -> tuple[list[float], list[float]]:
    """Several idle quizzes at a time, for there is much waiting in it."""

    async def play(room: Room) -> None:
        frame = client.answer(room.quiz.question)
        await asyncio.sleep(QUIET_S + random.uniform(0, IDLE_EVERY_S))
        for player in room.players:
            player.answer(frame)
            await asyncio.sleep(IDLE_EVERY_S * random.uniform(0.9, 1.1))

    playing = [Room(await quizzes.make(rig, host, 1, INTERVAL_MS)) for _ in range(rooms)]
    for room in playing:
        await room.enter(here, there, answers)
        await room.quiz.open_next()
    await asyncio.gather(*(play(room) for room in playing))
    await asyncio.sleep(QUIET_S)
    found = [room.latencies(answers) for room in playing]
    return [ms for boards, _ in found for ms in boards], [ms for _, acks in found for ms in acks]


async def when_busy(rig: Rig, host: Http, here: Node, there: Node, seconds: int) -> tuple[list[float], list[float]]:
    """As many players as answers a second; each question lasts about one."""
    room = Room(await quizzes.make(rig, host, seconds, INTERVAL_MS))
    await room.enter(here, there, BUSY_RATE)
    for _ in range(seconds):
        frame = client.answer(await room.quiz.open_next())
        await spread(random.sample(room.players, BUSY_RATE), frame)
    await asyncio.sleep(QUIET_S)
    return room.latencies(seconds * BUSY_RATE)


async def spread(players: Sequence[Player], frame: bytes, rate: int = BUSY_RATE) -> None:
    """Let them answer one after the other, so many a second."""
    began, sent = time.perf_counter(), 0
    while sent < len(players):
        due = min(len(players), int((time.perf_counter() - began) * rate) + 1)
        for player in players[sent:due]:
            player.answer(frame)
        sent = due
        await asyncio.sleep(BUSY_STEP_S)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that this share of all values does not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def number(boards: list[float], acks: list[float], name: str, target_ms: float) -> Number:
    p99 = percentile(boards, 0.99)
    return Number(
        "latency",
        name,
        p99,
        "ms",
        f"≤ {target_ms:.0f} ms",
        p99 <= target_ms,
        [Reference("the ack of the same answers, p99", percentile(acks, 0.99))],
        f"half of {len(boards):,} boards within {percentile(boards, 0.5):.1f} ms, all within {max(boards):.1f} ms",
    )
