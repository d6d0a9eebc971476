"""Simulated players from outside: they come in and answer as people's devices do, and count what became of that."""

import asyncio
import contextlib
import random
import secrets
import time
from collections import Counter
from typing import Any

from msgspec import Struct

from leaderboard.client import Live, Player, Refusal, connect, join
from leaderboard.demo import NAMES, Bot
from leaderboard.rehearsal.players import Spread, spread

MOST = 1_000  # one process with full clients drives no more well
AT_ONCE = 16  # that join
NAMES_TRIED = 3
LAST_WORDS_S = 5.0  # that answers under way have at the end
TICK_S = 0.02
MOST_TIMES = 1_000_000
UNKNOWN = {"LOST", "ENDED"}  # nobody said what became of it


class BotsReport(Struct):
    """What became of the answers of `joined` of the `players`; times in ms.

    `refused`: code → how many; `lost`: of which the server said nothing; `kept_ms`: from sending to acknowledgement, with
    all repeating; `lag_ms`: by how much this process was late itself. `detail`: why somebody was not let in.
    """

    quiz: str
    players: int
    joined: int
    answers: int
    kept: int
    refused: dict[str, int]
    lost: int
    kept_ms: Spread | None
    lag_ms: Spread | None
    detail: str


class Crowd:
    """All of them. `quiz` is an ID or a PIN."""

    def __init__(self, url: str, quiz: str, players: int) -> None:
        self.url, self.quiz, self.players = url, quiz, players
        self.joined, self.sent, self.kept, self.question, self.detail = 0, 0, 0, -1, ""
        self.refused = Counter[str]()
        self.kept_ms: list[float] = []
        self.lag_ms: list[float] = []
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._under_way = 0
        self._leaving = False

    async def play(self) -> None:
        """Until the quiz is finished for everybody, or it is cancelled: then answers under way have a moment yet."""
        watch = asyncio.create_task(self._measure_lag())
        everybody = [asyncio.create_task(self._one(number)) for number in range(self.players)]
        try:
            await asyncio.gather(*everybody)
        finally:
            await self._last_words()
            for task in (watch, *everybody):
                task.cancel()
            await asyncio.gather(watch, *everybody, return_exceptions=True)

    async def _one(self, number: int) -> None:
        try:
            async with self._gate:
                player = await self._join(NAMES[number % len(NAMES)])
        except Refusal as refusal:
            self.detail = refusal.detail
        else:
            self.joined += 1
            await Simulated(self).play(connect(self.url, player.quiz, player.token))

    async def _join(self, name: str) -> Player:
        """Under a name that is free: that quiz may have had others of us before."""
        for _ in range(NAMES_TRIED - 1):
            try:
                return await join(self.url, self.quiz, f"{name} {secrets.token_hex(3)}")
            except Refusal as refusal:
                if refusal.code != "NAME_TAKEN":
                    raise
        return await join(self.url, self.quiz, f"{name} {secrets.token_hex(6)}")

    async def _last_words(self) -> None:
        self._leaving = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                while self._under_way:
                    await asyncio.sleep(TICK_S)

    async def _measure_lag(self) -> None:
        while True:
            due = time.perf_counter() + TICK_S
            await asyncio.sleep(TICK_S)
            if self._under_way:
                note(self.lag_ms, (time.perf_counter() - due) * 1000)

    async def answer(self, live: Live, number: int, choice: list[Any]) -> None:
        """Answer, and count what becomes of it."""
        if self._leaving:
            return
        self.sent, self.question, began = self.sent + 1, max(self.question, number), time.perf_counter()
        self._under_way += 1
        try:
            await live.answer(number, choice)
            note(self.kept_ms, (time.perf_counter() - began) * 1000)
            self.kept += 1
        except Refusal as refusal:
            if refusal.code not in UNKNOWN:
                self.refused[refusal.code] += 1
        finally:
            self._under_way -= 1

    def report(self) -> BotsReport:
        lost = self.sent - self.kept - self.refused.total()
        times = spread([*self.kept_ms]), spread([*self.lag_ms])
        counts = self.players, self.joined, self.sent, self.kept, dict(self.refused), lost
        return BotsReport(self.quiz, *counts, *times, self.detail)


class Simulated(Bot):
    """One of them. It answers each question once, also those that it draws."""

    def __init__(self, crowd: Crowd) -> None:
        super().__init__()
        self._crowd = crowd
        self._seen: tuple[str, int] | None = None  # epoch and number of the last question

    async def play(self, connection: Live) -> None:
        """Until the quiz is finished, or the connection ends for good."""
        async with connection as live:
            async for kind, state in live:
                if kind != "state":
                    continue
                if state["phase"] == "finished":
                    return
                if state["phase"] == "running":
                    await self.draw(live, state["epoch"])
                elif state["question"]:
                    await self.see(live, state, state["question"])

    async def answer(self, live: Live, state: dict[str, Any], question: dict[str, Any]) -> None:
        if self._seen != (seen := (state["epoch"], question["number"])):
            self._seen = seen
            await self.think(question)
            await self._crowd.answer(live, question["number"], self.choose(question))

    async def draw(self, live: Live, epoch: str) -> None:
        """At their own pace, until there is no question left."""
        if self._seen == (epoch, -1):
            return
        after, self._seen = -1, (epoch, -1)
        with contextlib.suppress(Refusal):
            while True:
                question = (await live.request("draw", after=after))["drawn"]
                await self.think(question)
                after = question["number"]
                await self._crowd.answer(live, after, self.choose(question))


def note(times: list[float], ms: float) -> None:
    """As many as a long evening has; what comes later takes the place of any."""
    if len(times) < MOST_TIMES:
        times.append(ms)
    else:
        times[random.randrange(MOST_TIMES)] = ms
