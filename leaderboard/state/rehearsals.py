"""Quizzes that are only rehearsed: copies that nobody hosts and nobody finds, and that are gone afterwards.

Which there are, and until when at most, stands in Redis before they do. So what a node leaves behind that dies in the
middle, another one removes.
"""

import asyncio
import contextlib
from collections.abc import Sequence

import structlog
from msgspec.structs import replace

from leaderboard.errors import Busy, NoSuchQuiz, NotOpen
from leaderboard.quiz.content import MAX_TITLE, Quiz
from leaderboard.state.ids import CHANCE
from leaderboard.state.keys import REHEARSALS, Keys, digest, rehearsal_id
from leaderboard.state.store import Store
from leaderboard.state.writer import Writer

MOST_QUESTIONS = 5
TIME_LIMIT_S = 30  # so that time closes none before its answers are there
LASTS_MS = 300_000  # after that a rehearsal has ended, whatever has become of it
SWEEP_EVERY_S = 60.0
JOIN_AT_ONCE = 50
REST_S = 0.005  # between those, in which others have their turn

log = structlog.get_logger(__name__)


class Rehearsals:
    """Makes the copies, fills and removes them. `sweep` for ever, on each node."""

    def __init__(self, writer: Writer, store: Store) -> None:
        self._writer, self._store = writer, store

    async def make(self, quiz: Quiz) -> str:
        """A quiz that is played like this one, with questions for a host to open."""
        keys = Keys(rehearsal_id(CHANCE.quiz_id()))
        await self._writer.command("ZADD", REHEARSALS, await self._now() + LASTS_MS, keys.quiz)
        await self._store.make(keys, copied(quiz), CHANCE.epoch(), digest(CHANCE.token("host")), "")
        return keys.quiz

    async def join(self, quiz: str, numbers: Sequence[int]) -> list[str]:
        """The tokens of players with these numbers, which nobody has yet. Takes as long as leaves room for others."""
        joined = await asyncio.gather(*(self._store.join(quiz, f"Player {number}") for number in numbers))
        await asyncio.sleep(REST_S)
        return [it.token for it in joined]

    async def remove(self, quiz: str) -> None:
        """Leave nothing of it."""
        with contextlib.suppress(NoSuchQuiz):
            with contextlib.suppress(NotOpen):
                await self._store.close(quiz)
            await self._store.delete_quiz(quiz)
        await self._writer.command("ZREM", REHEARSALS, quiz)

    async def sweep(self) -> None:
        """Remove what was left behind, now and then."""
        while True:
            try:
                for quiz in await self._writer.command("ZRANGEBYSCORE", REHEARSALS, "-inf", await self._now()):
                    log.info("rehearsal_left_behind", quiz=quiz.decode())
                    await self.remove(quiz.decode())
            except Busy:
                pass  # Redis is away: the next round may reach it
            except Exception:
                log.exception("sweep_failed")
            await asyncio.sleep(SWEEP_EVERY_S)

    async def _now(self) -> int:
        return int((await self._writer.command("TIME"))[0]) * 1000


def copied(quiz: Quiz) -> Quiz:
    """The first questions, and the settings as far as they do not say who may come and when."""
    settings = replace(
        quiz.settings,
        pacing="host",
        opens_at=None,
        closes_at=None,
        boxes={},
        max_players=100_000,
        names="own",
        approval=False,
        crowd=0,
    )
    return Quiz(
        title=f"Rehearsal · {quiz.title}"[:MAX_TITLE],
        questions=[replace(question, time_limit=TIME_LIMIT_S) for question in quiz.questions[:MOST_QUESTIONS]],
        settings=settings,
        teams=quiz.teams,
    )
