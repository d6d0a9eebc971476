"""What players notice of it when many sign in at once: every password takes a core for a while."""

import asyncio
import random
import time

from benchmarks import client, latency, quizzes
from benchmarks.latency import Player, percentile
from benchmarks.quizzes import Quiz
from benchmarks.report import Number, Reference
from benchmarks.rig import Broken, Node, Rig

PLAYERS, PLAYERS_QUICK, RATE = 1_000, 400, 200
SIGN_INS, SIGN_INS_QUICK, ACCOUNTS = 200, 50, 20
QUESTIONS = 100
BEFORE_S = 3.0  # of answers, until they sign in
ACKS_MS = 50.0
PASSWORD = "correct horse battery staple"


class Game:
    """A quiz whose players answer at a steady rate, question after question, until it is stopped."""

    def __init__(self, quiz: Quiz, players: list[Player]) -> None:
        self.quiz, self.players = quiz, players
        self._playing = asyncio.create_task(self.play())

    async def play(self) -> None:
        for _ in range(QUESTIONS):
            frame = client.answer(await self.quiz.open_next())
            await latency.spread(random.sample(self.players, len(self.players)), frame, RATE)
            await asyncio.sleep(latency.QUIET_S)
        raise Broken("It took longer than all questions.")

    async def stop(self) -> None:
        """Raises Broken if it had ended."""
        if self._playing.done():
            await self._playing
        self._playing.cancel()
        await asyncio.sleep(latency.QUIET_S)

    def acks(self, began: float, ended: float) -> list[float]:
        """Milliseconds until the acks of the answers that were sent in this time."""
        done = [each for player in self.players for each in player.done]
        return [(acked - sent) * 1000 for sent, acked, _ in done if began <= sent < ended]


async def measure(rig: Rig, quick: bool) -> list[Number]:
    """A quiz and the accounts on one node."""
    players, number = (PLAYERS_QUICK, SIGN_INS_QUICK) if quick else (PLAYERS, SIGN_INS)
    node = rig.node("node")
    async with client.http(node.port) as host:
        quiz = await quizzes.make(rig, host, QUESTIONS)
        emails = [f"player{i}@bench.example" for i in range(ACCOUNTS)]
        for email in emails:
            await host.call("POST", "/v1/accounts", "", {"email": email, "password": PASSWORD, "name": "Player"})
        game = Game(quiz, await latency.enter(node, quiz, players))
        await asyncio.sleep(BEFORE_S)
        began = time.perf_counter()
        statuses = await sign_in(node, [emails[i % ACCOUNTS] for i in range(number)])
        ended = time.perf_counter()
        await game.stop()
    return numbers(game.acks(began - BEFORE_S, began), game.acks(began, ended), statuses, ended - began)


async def sign_in(node: Node, emails: list[str]) -> list[int]:
    """All at once, on a connection each. Returns the statuses."""
    bodies = [b'{"email":"%b","password":"%b"}' % (email.encode(), PASSWORD.encode()) for email in emails]
    requests = [client.ready("POST", "/v1/sessions", "", body) for body in bodies]
    async with client.pipes(node.port, len(emails)) as pipes, asyncio.timeout(client.PATIENCE_S):
        return list(await asyncio.gather(*(pipe.ask(each) for pipe, each in zip(pipes, requests, strict=True))))


def numbers(before: list[float], during: list[float], statuses: list[int], took_s: float) -> list[Number]:
    p99, number, busy = percentile(during, 0.99), len(statuses), statuses.count(503)
    if statuses.count(201) + busy != number:
        raise Broken(f"Signing in: {sorted(set(statuses))}")
    return [
        Number(
            "sign-ins",
            f"an answer's ack while {number} sign in at once, p99",
            p99,
            "ms",
            f"≤ {ACKS_MS:.0f} ms",
            p99 <= ACKS_MS,
            [Reference("before", percentile(before, 0.99))],
            f"{RATE} answers a second; of {len(during)} acks half within {percentile(during, 0.5):.1f} ms, "
            f"all within {max(during):.1f} ms",
        ),
        Number(
            "sign-ins",
            "… until all were answered",
            took_s,
            "s",
            detail=f"{took_s / number * 1000:.0f} ms each; {busy} refused as BUSY",
        ),
    ]
