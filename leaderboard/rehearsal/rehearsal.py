"""One rehearsal, from the copy of the quiz to what its players have measured.

Nothing of it stays, neither on the node nor in Redis, also when whoever watches goes away in the middle.
"""

import asyncio
import contextlib
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable

import msgspec
import structlog

from leaderboard.errors import REFUSALS, InternalError, NotRehearsed, Refusal
from leaderboard.quiz.content import Quiz
from leaderboard.rehearsal.players import Plan, Report, read_report
from leaderboard.rehearsal.steps import Done, Failed, Joining, Question, Step, done
from leaderboard.sandbox import end, started
from leaderboard.state.quizzes import Quizzes
from leaderboard.state.rehearsals import JOIN_AT_ONCE

MOST_S = 120
QUESTION_S = 5.0  # that a question is open at most
RESULTS_S = 1.0  # that everybody has to read the results
LAST_WORDS_S = 3.0  # that the players have to go

Note = Callable[[], Awaitable[None]]

log = structlog.get_logger(__name__)
encode = msgspec.json.encode


class Rehearsal:
    """Under way from its making; `stop` it when nobody watches any more. `note` writes it into the journal."""

    def __init__(self, quizzes: Quizzes, quiz: Quiz, players: int, plan: Plan, note: Note) -> None:
        self._rehearsals, self._store = quizzes.rehearsals, quizzes.store
        self._quiz, self._players, self._plan, self._note = quiz, players, plan, note
        self._steps: asyncio.Queue[Step | None] = asyncio.Queue()
        self._report = Report()
        self._process: Process
        self.task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Once is enough: a second time would break off the clearing up."""
        if not self.task.cancelling():
            self.task.cancel()

    async def lines(self) -> AsyncIterator[bytes]:
        """What has come of it so far, a line of JSON each, until its end."""
        while (step := await self._steps.get()) is not None:
            yield encode(step) + b"\n"

    async def _run(self) -> None:
        last: Step
        try:
            async with asyncio.timeout(MOST_S):
                await self._note()
                last = await self._play()
        except Exception as error:
            last = failed(error)
        for step in (last, None):
            self._steps.put_nowait(step)
        log.info("rehearsal_ended", wanted=self._players, **msgspec.to_builtins(last))

    async def _play(self) -> Done:
        """With a process and a quiz that are gone afterwards."""
        self._process = await started("leaderboard.rehearsal.players")
        try:
            quiz = await self._rehearsals.make(self._quiz)
            try:
                return await self._perform(quiz)
            finally:
                with contextlib.suppress(Refusal):  # then it is swept up later
                    await self._rehearsals.remove(quiz)
        finally:
            await self._dismiss()

    async def _dismiss(self) -> None:
        """The sockets have been closed; let the players go."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_S):
                await self._process.wait()
        await end(self._process)

    async def _perform(self, quiz: str) -> Done:
        began, count = time.monotonic(), len(self._plan.choices)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._let_in(quiz))
            await self._hear(lambda it: it.joined >= self._players, lambda it: Joining(it.joined, self._players))
        opened, used = time.monotonic(), time.process_time()
        for number in range(count):
            await self._ask(quiz, number)
        cpu = (time.process_time() - used) / (time.monotonic() - opened)
        return done(self._report, self._players, count, round((opened - began) * 1000), round(cpu, 2))

    async def _let_in(self, quiz: str) -> None:
        """Let the players join, some at a time; they connect as soon as they have their tokens."""
        await self._tell(msgspec.structs.replace(self._plan, quiz=quiz))
        for first in range(0, self._players, JOIN_AT_ONCE):
            numbers = range(first, min(first + JOIN_AT_ONCE, self._players))
            await self._tell(await self._rehearsals.join(quiz, numbers))

    async def _ask(self, quiz: str, number: int) -> None:
        """Play one question, until everybody's answer is kept or its time is over."""

        def answered(report: Report) -> int:
            return report.answered + report.missed if report.question == number else 0

        def step(report: Report) -> Step:
            now = report.answered if report.question == number else 0
            return Question(number + 1, len(self._plan.choices), now, self._players, report.kept_ms)

        await self._store.open(quiz, number)
        await self._hear(lambda it: answered(it) >= self._players, step, QUESTION_S)
        await self._store.close(quiz, number)
        await self._hear(lambda _: False, step, RESULTS_S)

    async def _tell(self, what: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(encode(what) + b"\n")
        await self._process.stdin.drain()

    async def _hear(
        self, enough: Callable[[Report], bool], step: Callable[[Report], Step], most_s: float | None = None
    ) -> None:
        """Pass on what the players report, until that is enough or the time is over. Raises what keeps them from playing."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(most_s):
                while True:
                    self._report = await self._next()
                    self._steps.put_nowait(step(self._report))
                    if enough(self._report):
                        return

    async def _next(self) -> Report:
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        line = await self._process.stdout.readline()
        if not line:
            complaint = (await self._process.stderr.read())[-2000:]
            log.error("simulated_players_died", complaint=complaint.decode(errors="replace"))
            raise NotRehearsed("The process of the simulated players has ended.")
        report = read_report(line)
        if report.code:
            raise REFUSALS.get(report.code, NotRehearsed)(report.detail)
        return report


def failed(error: Exception) -> Failed:
    """Why it could not go on, in words."""
    if isinstance(error, ExceptionGroup):
        return failed(error.exceptions[0])
    if isinstance(error, TimeoutError):
        error = NotRehearsed(f"It was not over after {MOST_S} s, and was broken off.")
    elif isinstance(error, OSError):
        error = NotRehearsed(f"The simulated players could not be started: {error.strerror or error}.")
    elif not isinstance(error, Refusal):
        log.error("rehearsal_failed", exc_info=error)
        error = InternalError()
    return Failed(error.code, error.detail)
