"""Three nodes behind HAProxy are restarted one after the other, while everybody answers."""

import asyncio
import random
import re
import signal
import statistics
import sys
import time
from collections.abc import Iterator
from functools import partial

from benchmarks import client, quizzes
from benchmarks.client import ACK, REFUSED
from benchmarks.quizzes import Quiz
from benchmarks.report import Number
from benchmarks.rig import CORES, NO_CAPS, Broken, Node, Rig
from leaderboard.rehearsal.sockets import CLOSE, Client, Heard, Unwelcome, hello
from leaderboard.state.audit import Verdict
from leaderboard.state.quizzes import Quizzes

NODES = 3
PLAYERS, QUICK = 3_000, 300
SPAN_S = 5.0  # in which everybody answers once
QUESTIONS = 40  # more than are asked until all are restarted, or it is given up
PATIENCE_S = 20.0  # for the last answers to a question
BACKOFF_S = (0.5, 1.0)  # as our clients have it after the first failure
BACK_TARGET_MS = 3_000.0
ANSWER_TARGET_MS = 150.0


class Told(Client):
    """A client that keeps what the server's goodbye said."""

    reason = b""

    def take(self, head: int, payload: bytes) -> None:
        if head == CLOSE:
            self.reason = payload[2:]
        super().take(head, payload)


class Player:
    """Comes back as our clients do, and sends again what was not acknowledged. Times are in milliseconds."""

    def __init__(self, port: int, quiz: Quiz, token: str) -> None:
        self.port, self.path, self.hello = port, f"/v1/quizzes/{quiz.id}/live".encode(), hello(token)
        self.live: Told | None = None
        self.pending: bytes | None = None
        self.sent_at = 0.0  # by this connection first; 0: it was sent before
        self.acked = 0
        self.took: list[float] = []
        self.away: list[float] = []
        self.failures = 0

    async def run(self) -> None:
        loop, lost_at = asyncio.get_running_loop(), 0.0
        while True:
            lost = asyncio.Event()
            try:
                live = await self.connect(self.heard)
            except (OSError, Unwelcome, TimeoutError):
                self.failures += 1
                await asyncio.sleep(random.uniform(*BACKOFF_S))
                continue
            live.lost = lost.set
            if lost_at:
                self.away.append((loop.time() - lost_at) * 1000)
            self.live = live
            self.again()
            if not live.transport.is_closing():
                await lost.wait()
            self.live, self.sent_at, lost_at = None, 0.0, loop.time()
            told = re.fullmatch(rb"retry_ms=(\d+)", live.reason)
            await asyncio.sleep(int(told[1]) / 1000 if told else random.uniform(*BACKOFF_S))

    async def connect(self, heard: Heard) -> Told:
        make = partial(Told, self.path, self.hello, heard)
        _, live = await asyncio.get_running_loop().create_connection(make, "127.0.0.1", self.port)
        async with asyncio.timeout(client.PATIENCE_S):
            await live.first
        return live

    def answer(self, question: int) -> None:
        self.pending = client.answer(question)
        if self.again():
            self.sent_at = time.perf_counter()

    def heard(self, payload: bytes) -> None:
        if payload.startswith(ACK) and self.pending is not None:
            if self.sent_at:
                self.took.append((time.perf_counter() - self.sent_at) * 1000)
            self.acked, self.pending, self.sent_at = self.acked + 1, None, 0.0
        elif payload.startswith(REFUSED):
            if b'"retry":true' not in payload:
                raise Broken(payload.decode())
            self.sent_at = 0.0
            asyncio.get_running_loop().call_later(BACKOFF_S[0], self.again)

    def again(self) -> bool:
        """Whether it could be sent; else it will be when the player is back."""
        if self.live is None or self.pending is None or self.live.transport.is_closing():
            return False
        self.live.send(self.pending)
        return True


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """All of it on this machine: Redis, HAProxy, three nodes, and the players."""
    number = QUICK if quick else PLAYERS
    cluster = started(rig)
    async with client.http(cluster.port) as host:
        quiz = await quizzes.make(rig, host, QUESTIONS, interval_ms=1_000)
        tokens = await quizzes.join(cluster, quiz, number)
        players = [Player(cluster.port, quiz, token) for token in tokens]
        running = [asyncio.create_task(player.run()) for player in players]
        try:
            while not all(player.live for player in players):
                await asyncio.sleep(0.1)
            asked, took_s = await restarted(cluster, quiz, players)
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
    verdict = await verified(rig, quiz.id)
    if verdict.findings:
        raise Broken(f"{verdict.findings[0].player}: {verdict.findings[0].what}")
    return numbers(players, asked, took_s, verdict)


def started(rig: Rig) -> Node:
    """`scripts/cluster`, as anybody runs it."""
    environment = {"LEADERBOARD_ADMIN_TOKEN": rig.admin_token, "LEADERBOARD_LIMITS": "off", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "cluster", str(NODES), "--port", "0", "--redis-url", rig.redis_url]
    node = rig.run("cluster", command, CORES, environment | NO_CAPS | {"LEADERBOARD_LOG_LEVEL": "warning"})
    node.port = int(node.wait_for(r"open  http://127\.0\.0\.1:(\d+)/[^$]*kill -HUP")[1])
    return node


async def restarted(cluster: Node, quiz: Quiz, players: list[Player]) -> tuple[int, float]:
    """Ask question after question, from before until after the restart. Returns their number and its seconds."""
    loop, began, ended = asyncio.get_running_loop(), 0.0, 0.0
    for asked in range(1, QUESTIONS + 1):
        question = await quiz.open_next()
        for player in players:
            loop.call_later(random.uniform(0, SPAN_S), player.answer, question)
        await asyncio.sleep(SPAN_S)
        async with asyncio.timeout(PATIENCE_S):
            while not all(player.acked == asked for player in players):
                await asyncio.sleep(0.05)
        if not began:
            cluster.popen.send_signal(signal.SIGHUP)
            began = loop.time()
        elif ended:
            return asked, ended - began
        elif len(re.findall("restarted", cluster.log.read_text(errors="replace"))) == NODES:
            ended = loop.time()
    raise Broken("The nodes have not all been restarted in time.")


async def verified(rig: Rig, quiz: str) -> Verdict:
    found = Quizzes(rig.redis_url)
    found.start()
    try:
        return await found.audit.verify(quiz)
    finally:
        await found.stop()


def numbers(players: list[Player], asked: int, took_s: float, verdict: Verdict) -> list[Number]:
    wanted = len(players) * asked
    away, took = list(each(players, "away")), list(each(players, "took"))
    back_ms, answer_ms = p99(away), p99(took)
    detail = f"{len(players):,} players, {asked} questions, {len(away):,} came back, {took_s:.0f} s for {NODES} nodes"
    failed = sum(player.failures for player in players)
    return [
        count("answers that were lost", wanted - verdict.answers),
        count("answers that counted twice", max(0, verdict.entries - wanted)),
        timed("a player is back, p99", back_ms, BACK_TARGET_MS, f"{detail}; {failed} tries failed"),
        timed("an answer, p99, of who stayed connected", answer_ms, ANSWER_TARGET_MS, f"median {middle(took):.1f} ms"),
    ]


def each(players: list[Player], what: str) -> Iterator[float]:
    for player in players:
        yield from getattr(player, what)


def p99(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


def middle(values: list[float]) -> float:
    return statistics.median(values)


def count(name: str, value: int) -> Number:
    return Number("rolling", name, value, "", "none", value == 0)


def timed(name: str, value: float, target: float, detail: str) -> Number:
    return Number("rolling", name, value, "ms", f"under {target:,.0f} ms", value < target, detail=detail)
