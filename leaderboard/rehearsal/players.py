"""The simulated players, in a process of their own, so that what they cost is not taken for what the node costs.

In: a plan in a line of JSON, then lists of tokens, a line each; the end of the input is the end of the players.
Out: a report in a line of JSON, again and again. They send what players send and read what players read.
"""

import asyncio
import contextlib
import errno
import gc
import os
import random
import sys
import time
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import msgspec
import uvloop
from msgspec import Struct

from leaderboard.open_files import raise_file_limit
from leaderboard.rehearsal.sockets import ACK, BOARD, REFUSED, STATE, Client, Unwelcome, frame, hello, version_of

NICENESS = 5  # below the node, and whatever else goes on there
AT_ONCE = 64  # sockets that are being opened
WELCOME_S = 20.0
ANSWER_WITHIN_S = 3.5  # from the opening of a question
REPORT_EVERY_S = 0.25
LEAVE_WITHIN_S = 2.0
TICK_S = 0.02  # how often it is looked how late this process is


class Plan(Struct):
    """Where to play, and what can be answered to each question. `sources`: addresses to come from, in turn; none: any."""

    host: str
    port: int
    quiz: str
    sources: list[str]
    choices: list[list[list[Any]]]


class Spread(Struct):
    """How some times lie, in ms."""

    p50: float
    p99: float
    max: float


class Report(Struct, omit_defaults=True):
    """What has happened so far; the times as in `steps.Done`.

    `answered` and `missed` (refused, or the player is gone): of the question; `kept`: of all. `code`: why it cannot go on.
    """

    joined: int = 0
    question: int = -1
    answered: int = 0
    missed: int = 0
    kept: int = 0
    kept_ms: Spread | None = None
    board_ms: Spread | None = None
    lag_ms: Spread | None = None
    code: str = ""
    detail: str = ""


class Asked(Struct):
    number: int


class Seen(Struct):
    """As much of a state as a simulated player looks at."""

    phase: str
    question: Asked | None


class Problem(Struct):
    """As much of a refusal over HTTP."""

    code: str
    detail: str


clock = time.perf_counter  # that of the loop knows whole milliseconds only
encode = msgspec.json.encode
read_plan = msgspec.json.Decoder(Plan).decode
read_report = msgspec.json.Decoder(Report).decode
_read_tokens = msgspec.json.Decoder(list[str]).decode
_read_problem = msgspec.json.Decoder(Problem).decode
read_state = lru_cache(8)(msgspec.json.Decoder(Seen).decode)  # all players see the same few


class Player:
    """One of them. While an answer is under way it remembers which boards have come since."""

    __slots__ = ("awaited", "boards", "crowd", "question", "sent_at", "socket")

    def __init__(self, crowd: "Crowd") -> None:
        self.crowd = crowd
        self.question = -1  # answered last
        self.sent_at = 0.0  # when that was, as long as it has no reply or stands on no board
        self.awaited = 0  # the version that counts it; 0 as long as it has no reply
        self.boards: list[tuple[int, float]] = []
        self.socket: Client

    def heard(self, payload: bytes) -> None:
        if payload.startswith(BOARD):
            if self.sent_at:
                self.boards.append((version_of(payload), clock()))
                self.look()
        elif payload.startswith(ACK):
            self.crowd.kept(clock() - self.sent_at)
            self.awaited = version_of(payload)
            self.look()
        elif payload.startswith(STATE):
            self.see(read_state(payload))
        elif payload.startswith(REFUSED):
            self.crowd.missed += 1
            self.sent_at = 0.0

    def see(self, state: Seen) -> None:
        """Answer a new question at some moment."""
        if state.phase == "question" and state.question is not None and state.question.number > self.question:
            self.question = state.question.number
            self.crowd.asked(self.question)
            self.crowd.loop.call_later(random.uniform(0, ANSWER_WITHIN_S), self.answer, self.question)

    def answer(self, question: int) -> None:
        self.sent_at, self.awaited = clock(), 0
        self.boards.clear()
        self.socket.send(random.choice(self.crowd.answers[question]))

    def look(self) -> None:
        """Whether the answer stands on a board that has come."""
        came = self.awaited and next((at for version, at in self.boards if version >= self.awaited), 0)
        if came:
            self.crowd.board_ms.append((came - self.sent_at) * 1000)
            self.sent_at = 0.0


class Crowd:
    """All of them, and what they have measured."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.loop = asyncio.get_running_loop()
        self.answers = [[answer(number, it) for it in some] for number, some in enumerate(plan.choices)]
        self.players: list[Player] = []
        self.question, self.answered, self.missed, self.gone = -1, 0, 0, 0
        self.kept_ms: list[float] = []
        self.board_ms: list[float] = []
        self.lag_ms: list[float] = []
        self.problem = Problem("", "")
        self._gate = asyncio.Semaphore(AT_ONCE)
        self._came = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def enter(self, tokens: Sequence[str]) -> None:
        """Let players with these tokens come, as soon as it is their turn."""
        for token in tokens:
            task = self.loop.create_task(self._enter(token))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _enter(self, token: str) -> None:
        async with self._gate:
            if self.problem.code:
                return
            try:
                async with asyncio.timeout(WELCOME_S):
                    self.players.append(await self._connected(token))
            except (Unwelcome, OSError, TimeoutError) as error:
                self.problem = problem_of(error)

    async def _connected(self, token: str) -> Player:
        plan, player = self.plan, Player(self)
        path = f"/v1/quizzes/{plan.quiz}/live".encode()
        source = (plan.sources[self._came % len(plan.sources)], 0) if plan.sources else None
        self._came += 1
        make = partial(Client, path, hello(token), player.heard)
        _, player.socket = await self.loop.create_connection(make, plan.host, plan.port, local_addr=source)
        await player.socket.first
        player.socket.lost = self.left
        return player

    def left(self) -> None:
        self.gone += 1
        self.missed += 1

    def asked(self, question: int) -> None:
        """The first that sees a new question begins a new count."""
        if question > self.question:
            self.question, self.answered, self.missed = question, 0, self.gone

    def kept(self, after_s: float) -> None:
        self.answered += 1
        self.kept_ms.append(after_s * 1000)

    async def measure_lag(self) -> None:
        """While answers are under way."""
        while True:
            due = clock() + TICK_S
            await asyncio.sleep(TICK_S)
            if self.question >= 0 and self.answered + self.missed < len(self.players):
                self.lag_ms.append((clock() - due) * 1000)

    async def leave(self) -> None:
        """Wait until the node has closed all sockets, some at a time."""
        while self.gone < len(self.players):
            await asyncio.sleep(TICK_S)

    def report(self) -> Report:
        of = spread(self.kept_ms), spread(self.board_ms), spread(self.lag_ms)
        counts = len(self.players), self.question, self.answered, self.missed, len(self.kept_ms)
        return Report(*counts, *of, self.problem.code, self.problem.detail)


def answer(question: int, choice: Sequence[Any]) -> bytes:
    """The frame of an answer."""
    return frame(encode({"type": "answer", "id": f"r{question}", "question": question, "choice": choice}))


def spread(ms: list[float]) -> Spread | None:
    """Sorts what it is given, in which nobody minds."""
    if not ms:
        return None
    ms.sort()
    return Spread(*(round(ms[min(len(ms) - 1, int(len(ms) * share))], 1) for share in (0.5, 0.99, 1)))


def problem_of(error: Exception) -> Problem:
    """Why a player could not come in: what the node said, or what the system says."""
    if isinstance(error, Unwelcome):
        with contextlib.suppress(ValueError):
            return _read_problem(error.said.partition(b"\r\n\r\n")[2])
        return Problem("NOT_REHEARSED", f"The node let a player in no more, or not for long (close code {error.code}).")
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        return Problem("NOT_REHEARSED", "The system allows too few open files for so many players.")
    if isinstance(error, TimeoutError):
        return Problem("NOT_REHEARSED", f"A player was not let in within {WELCOME_S:.0f} s.")
    return Problem("NOT_REHEARSED", f"A player could not connect: {error}.")


async def say(crowd: Crowd) -> None:
    while True:
        await asyncio.sleep(REPORT_EVERY_S)
        tell(crowd.report())


def tell(report: Report) -> None:
    sys.stdout.buffer.write(encode(report) + b"\n")
    sys.stdout.buffer.flush()


async def play() -> None:
    """Until the input ends, which it also does when the node dies."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    crowd = Crowd(read_plan(await reader.readline()))
    others = [asyncio.create_task(work) for work in (say(crowd), crowd.measure_lag())]
    while line := await reader.readline():
        crowd.enter(_read_tokens(line))
    for task in others:
        task.cancel()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(LEAVE_WITHIN_S):
            await crowd.leave()


def main() -> None:
    """The process."""
    os.nice(NICENESS)
    gc.disable()  # it lives for a minute or two, and a collection stops all players
    raise_file_limit()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner, contextlib.suppress(BrokenPipeError):
        runner.run(play())


if __name__ == "__main__":
    main()
