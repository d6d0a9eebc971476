"""Scores that other programs write into streams: taken by every node, applied, and put aside if they cannot be."""

import asyncio
from collections.abc import Sequence

import structlog
from msgspec import Struct

from leaderboard.errors import Busy, Refusal
from leaderboard.quiz.scores import Event, Scored, read_entry
from leaderboard.state.consumer import MOST_DELIVERIES, Consumer, Entry, Stream
from leaderboard.state.keys import quiz_id, score_stream
from leaderboard.state.scoring import Scoring
from leaderboard.state.writer import Writer

AT_ONCE = 1_000
BATCHES = 2  # so that Redis works on one while we read the other
MOST_DEAD = 100_000
RETRY_MS = 3_000
LEFT_MS = 5_000  # a dead node's; if it was only slow, nothing counts twice
POLL_S = 0.05
BY = "stream"

log = structlog.get_logger(__name__)

Done = dict[str, str]  # ID of an entry → why it is put aside, or ''


def shard_of(number: int) -> Stream:
    key = score_stream(number)
    return Stream(f"scores-{number}", key, "leaderboard", key + ":dead", MOST_DEAD)


class Told(Struct):
    """An entry that makes sense, and its event."""

    entry: Entry
    event: Event


class Shard(Consumer):
    """Takes one stream. Which one a producer chooses does not matter."""

    def __init__(
        self, writer: Writer, scoring: Scoring, number: int, retry_ms: int = RETRY_MS, left_ms: int = LEFT_MS
    ) -> None:
        super().__init__(writer, shard_of(number), AT_ONCE, retry_ms, left_ms, POLL_S, BATCHES)
        self._scoring = scoring

    async def handle(self, entries: Sequence[Entry]) -> None:
        """Apply what makes sense, quiz by quiz; what Redis is too busy for comes again."""
        done: Done = {}
        quizzes: dict[str, list[Told]] = {}
        for entry in entries:
            try:
                quiz, event = read_entry(entry.fields)
                quizzes.setdefault(quiz_id(quiz), []).append(Told(entry, event))
            except Refusal as refusal:
                done[entry.id] = self._refuse(refusal)
        for some in await asyncio.gather(*(self._apply(quiz, told) for quiz, told in quizzes.items())):
            done |= some
        if done:
            await self.settle({entry.id: done[entry.id] for entry in entries if entry.id in done})
        if len(done) < len(entries):
            raise Busy

    async def _apply(self, quiz: str, told: Sequence[Told]) -> Done:
        """Apply events to one quiz. Returns those that are done with."""
        try:
            scores = await self._scoring.score(quiz, [it.event for it in told], by=BY)
        except Busy:
            return {}
        except Refusal as refusal:
            return {it.entry.id: self._refuse(refusal) for it in told}
        except Exception as error:
            return await self._apart(quiz, told, error)
        return {it.entry.id: reason(result) for it, result in zip(told, scores.results, strict=True)}

    async def _apart(self, quiz: str, told: Sequence[Told], error: Exception) -> Done:
        """After a failure that nobody has foreseen: one by one, so that only what is to blame is put aside at last."""
        if len(told) > 1:
            apart = [await self._apply(quiz, [it]) for it in told]
            return {id: why for some in apart for id, why in some.items()}
        [it] = told
        log.warning("score_not_applied", quiz=quiz, deliveries=it.entry.deliveries, exc_info=error)
        given_up = it.entry.deliveries >= MOST_DELIVERIES
        return {it.entry.id: f"{type(error).__name__}: {error}"[:200]} if given_up else {}

    def _refuse(self, refusal: Refusal) -> str:
        self._scoring.refused[refusal.code] += 1
        return f"{refusal.code}: {refusal.detail}"[:200]


def reason(result: Scored) -> str:
    """Why an event is put aside; '' if it is not."""
    return f"{result.code}: {result.detail}"[:200] if result.status == "refused" else ""


class Ingest:
    """All shards."""

    def __init__(self, writer: Writer, scoring: Scoring, shards: int) -> None:
        self._shards = [Shard(writer, scoring, number) for number in range(shards)]

    @property
    def streams(self) -> list[Stream]:
        return [shard.stream for shard in self._shards]

    def start(self) -> None:
        for shard in self._shards:
            shard.start()

    async def stop(self) -> None:
        await asyncio.gather(*(shard.stop() for shard in self._shards))
