"""Somebody guesses PINs, from one address and from a thousand: what they find, and what the others notice."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from benchmarks import client, latency, quizzes
from benchmarks.client import Http, Pipe, ready
from benchmarks.latency import percentile
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import REST_CORES, Node, Rig
from benchmarks.sign_ins import ACKS_MS, QUESTIONS, RATE, Game

PLAYERS, PLAYERS_QUICK = 1_000, 400
GUESSES, GUESSES_QUICK = 10_000, 2_000
EVERY_S = 1 / 1_000  # a minute's worth in ten seconds
CONNECTIONS = 16
LIVE = 50  # PINs
BEFORE_S = 3.0
JOIN_EVERY_S = 0.25
FOUND, WRONG = 200, 404


class Attack(NamedTuple):
    """By status: the guesses, and the others' joins by ID and by PIN; and acks in ms."""

    guesses: Counter[int]
    by_id: Counter[int]
    by_pin: Counter[int]
    acks: list[float]


class Newcomers:
    """Join all the while, each from an address of their own, in turns by ID and by PIN."""

    def __init__(self, pipe: Pipe, quiz: str, pin: str) -> None:
        self._pipe, self._codes = pipe, (quiz, pin)
        self.statuses: tuple[Counter[int], Counter[int]] = Counter(), Counter()
        self._joining = asyncio.create_task(self.join())

    async def join(self) -> None:
        number = 0
        while True:
            for code, statuses in zip(self._codes, self.statuses, strict=True):
                number += 1
                path, body = f"/v1/quizzes/{code}/players", b'{"name":"Newcomer %d"}' % random.randrange(10**9)
                statuses[await self._pipe.ask(ready("POST", path, "", body, f"10.2.0.{number}"))] += 1
                await asyncio.sleep(JOIN_EVERY_S)

    def stop(self) -> None:
        self._joining.cancel()


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """A node with the limits that nodes have by themselves, behind a proxy that names any address. Its helper has none."""
    players, guesses = (PLAYERS_QUICK, GUESSES_QUICK) if quick else (PLAYERS, GUESSES)
    node = rig.node("node", LEADERBOARD_LIMITS="", LEADERBOARD_TRUSTED_PROXIES="1")
    helper = rig.node("helper", REST_CORES)
    async with client.http(helper.port) as host:
        for _ in range(LIVE - 1):
            await live_pin(host, await quizzes.make(rig, host, 1))
        quiz = await quizzes.make(rig, host, QUESTIONS)
        pin = await live_pin(host, quiz)
        game = Game(quiz, await latency.enter(node, quiz, players))
        await asyncio.sleep(BEFORE_S)
        before = game.acks(time.perf_counter() - BEFORE_S, time.perf_counter())
        one = await attack(node, game, pin, 1, guesses)
        many = await attack(node, game, pin, 1_000, guesses)
        await game.stop()
    return [*numbers("one address", one, before), *numbers("1,000 addresses", many, before)]


async def live_pin(host: Http, quiz: Quiz) -> str:
    """Let a quiz have a PIN. Returns it."""
    await quiz.ask("pin", {})
    shown = await host.call("GET", f"/v1/quizzes/{quiz.id}", "", None)
    return str(shown["state"]["pin"])


async def attack(node: Node, game: Game, pin: str, addresses: int, number: int) -> Attack:
    """So many guesses, while others join and play."""
    ours = [f"10.1.{i // 250}.{i % 250}" for i in range(addresses)]
    guesses = (
        ready("GET", f"/v1/codes/{random.randrange(10**6):06}", address=ours[i % addresses]) for i in range(number)
    )
    async with client.pipes(node.port, CONNECTIONS + 1) as [other, *pipes]:
        newcomers, began = Newcomers(other, game.quiz.id, pin), time.perf_counter()
        statuses = await steadily(pipes, guesses)
        newcomers.stop()
    await asyncio.sleep(latency.QUIET_S)
    return Attack(statuses, *newcomers.statuses, game.acks(began, time.perf_counter() - latency.QUIET_S))


async def steadily(pipes: list[Pipe], requests: Iterable[bytes]) -> Counter[int]:
    """Send one after the other as they are due, on whichever connection is free. Returns how often each status came."""
    began, numbered, statuses = time.perf_counter(), enumerate(requests), Counter[int]()

    async def some(pipe: Pipe) -> None:
        for number, request in numbered:
            await asyncio.sleep(max(0.0, began + number * EVERY_S - time.perf_counter()))
            statuses[await pipe.ask(request)] += 1

    await asyncio.gather(*(some(pipe) for pipe in pipes))
    return statuses


def numbers(addresses: str, attack: Attack, before: list[float]) -> list[Number]:
    guesses, p99 = attack.guesses.total(), percentile(attack.acks, 0.99)
    return [
        Number(
            "pins",
            f"PINs found with {guesses:,} guesses from {addresses}",
            attack.guesses[FOUND],
            "",
            "0",
            not attack.guesses[FOUND],
            detail=f"{LIVE} of a million are live; {attack.guesses[FOUND] + attack.guesses[WRONG]} were looked up, "
            f"{attack.guesses[429]:,} refused, in {guesses * EVERY_S:.0f} s",
        ),
        Number(
            "pins",
            "… meanwhile others join by ID",
            attack.by_id[201] / attack.by_id.total() * 100,
            "%",
            "100 %",
            attack.by_id[201] == attack.by_id.total(),
            [Reference("by PIN", attack.by_pin[201] / attack.by_pin.total() * 100)],
        ),
        Number(
            "pins",
            "… and an ack of theirs, p99",
            p99,
            "ms",
            f"≤ {ACKS_MS:.0f} ms",
            p99 <= ACKS_MS,
            [Reference("before", percentile(before, 0.99))],
            f"{RATE} answers a second, all within {max(attack.acks):.1f} ms",
        ),
    ]
