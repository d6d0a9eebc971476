"""Keeps the results of finished quizzes for accounts.

Scripts that end a quiz, or change points after its end, add an entry to a stream. Each node takes entries and writes what
everybody did into their account; doing it twice, or in another order, changes nothing, for each record says which version
of the quiz it is of.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import msgspec
import structlog
from msgspec import Struct

from leaderboard.errors import Busy, NoSuchAccount
from leaderboard.quiz.accounts import Given, Hosted, Record
from leaderboard.state.answers import answers_of
from leaderboard.state.consumer import MOST_DELIVERIES, Consumer, Entry, Stream
from leaderboard.state.contents import Content, Contents
from leaderboard.state.history import MOST_ENTRIES
from leaderboard.state.keys import DEAD, FINISHED, AccountKeys, Keys
from leaderboard.state.records import read_answer
from leaderboard.state.writer import Writer

GROUP = "history"
POLL_S = 1.0
AT_ONCE = 10  # quizzes taken at once
RECORDS_AT_ONCE = 200  # answers looked at between two turns of the event loop: some 2 ms
RENEW_S = 5.0
RESULTS = Stream("results", FINISHED, GROUP, DEAD, most_dead=10_000)
USER = "account:"

log = structlog.get_logger(__name__)
encode = msgspec.json.encode


class Finished(Struct):
    """An entry of the stream: a quiz that is finished."""

    id: str
    quiz: str
    epoch: str
    version: str


def finished(entry: Entry) -> Finished:
    return Finished(entry.id, *(value.decode() for value in entry.fields[1::2]))


class Ended(Struct):
    """What all records of a quiz have in common. `played`: the questions, in their order."""

    version: int
    title: str
    finished_at: int
    players: int
    ties: str
    played: list[int]


class Title(Struct):
    title: str


class Stopping(Exception):
    """The node leaves; another goes on."""


class Recorder(Consumer):
    """`start` it where quizzes are played; `wake` it when one has just been finished."""

    def __init__(
        self, writer: Writer, contents: Contents, retry_ms: int = 2_000, left_ms: int = 30_000, poll_s: float = POLL_S
    ) -> None:
        super().__init__(writer, RESULTS, AT_ONCE, retry_ms, left_ms, poll_s)
        self._contents = contents

    async def handle(self, entries: Sequence[Entry]) -> None:
        """Keep the results of quizzes, one after another."""
        for entry in entries:
            if self._stopping:
                break
            await self._do(entry)

    async def _do(self, entry: Entry) -> None:
        try:
            if entry.deliveries <= MOST_DELIVERIES:  # else it has ended those who tried
                await self.keep(finished(entry))
            await self.settle(
                {entry.id: "" if entry.deliveries <= MOST_DELIVERIES else "Every process that tried has died."}
            )
        except Stopping:
            return
        except Exception as error:
            log.warning("results_not_kept", entry=entry.id, deliveries=entry.deliveries, exc_info=True)
            if entry.deliveries >= MOST_DELIVERIES and not isinstance(error, Busy):
                await self.settle({entry.id: f"{type(error).__name__}: {error}"[:200]})

    # Keeping

    async def keep(self, entry: Finished) -> None:
        """Write the results of a quiz as they are now, unless it has been reset since."""
        quiz, keys = entry.quiz, Keys(entry.quiz)
        epoch, version, phase, correcting, *about = await self._writer.command(
            *("HMGET", keys.meta, "epoch", "version", "phase", "correcting"),
            *("head", "finished_at", "ties", "played", "owner", "created_at"),
        )
        if epoch is None or epoch.decode() != entry.epoch or phase != b"finished" or correcting:
            return  # at its end a correction adds an entry of its own
        head, finished_at, ties, played, owner, created_at = about
        known = await self._contents.read(quiz)
        numbers = [n for n in range(len(known.asked)) if known.own_pace or played[n : n + 1] == b"+"]
        players = int(await self._writer.command("ZCARD", keys.board))
        title = msgspec.json.decode(b"{" + head + b"}", type=Title).title
        ended = Ended(int(version), title, int(finished_at or 0), players, ties.decode(), numbers)
        if owner:
            of = AccountKeys(owner.decode())
            hosted = encode(Hosted(ended.version, title, players, ended.finished_at))
            await self._remember(of, of.hosted, of.hostings, quiz, int(created_at), ended.version, hosted)
        async for users in self._users(entry, 10 if known.drawing else max(1, RECORDS_AT_ONCE // max(1, len(numbers)))):
            await self._some(entry, known, ended, users)

    async def _users(self, entry: Finished, at_once: int) -> AsyncIterator[list[tuple[str, str]]]:
        """[(account, player)], some at a time; the entry stays ours meanwhile."""
        loop = asyncio.get_running_loop()
        cursor, renew_at = b"0", loop.time() + RENEW_S
        while True:
            cursor, found = await self._writer.command("HSCAN", Keys(entry.quiz).users, cursor, "COUNT", 200)
            pairs = zip(found[::2], found[1::2], strict=True)
            users = [(user.decode(), player.decode()) for user, player in pairs]
            some = [(user.removeprefix(USER), player) for user, player in users if user.startswith(USER)]
            for first in range(0, len(some), at_once):
                if self._stopping:
                    raise Stopping
                if loop.time() > renew_at:
                    renew_at = loop.time() + RENEW_S
                    await self._writer.command("XCLAIM", FINISHED, GROUP, self.name, 0, entry.id, "JUSTID")
                yield some[first : first + at_once]
            if cursor == b"0":
                return

    async def _some(self, entry: Finished, known: Content, ended: Ended, users: Sequence[tuple[str, str]]) -> None:
        players = [player for _, player in users]
        scores, answers = await asyncio.gather(
            self._writer.command("ZMSCORE", Keys(entry.quiz).board, *players),
            answers_of(self._writer, entry.quiz, known, ended.played, players),
        )
        points = [int(float(score or 0) // 1) for score in scores]
        ranks = await asyncio.gather(
            *(self._rank(entry.quiz, known, ended.ties, player, of) for player, of in zip(players, points, strict=True))
        )
        notes = []
        for i, (account, _) in enumerate(users):
            if scores[i] is None:
                continue
            record = Record(
                version=ended.version,
                quiz=entry.quiz,
                epoch=entry.epoch,
                title=ended.title,
                finished_at=ended.finished_at,
                rank=ranks[i],
                players=ended.players,
                points=points[i],
                answers=[given(known, n, answers[i].get(n)) for n in (answers[i] if known.drawing else ended.played)],
            )
            of, name = AccountKeys(account), f"{entry.quiz}:{entry.epoch}"
            notes.append(
                self._remember(of, of.history, of.records, name, ended.finished_at, ended.version, encode(record))
            )
        await asyncio.gather(*notes)

    async def _rank(self, quiz: str, known: Content, ties: str, player: str, points: int) -> int:
        board = Keys(quiz).board
        if ties == "shared":
            better = ("-inf", f"({points}") if known.ascending else (points + 1, "+inf")
            return int(await self._writer.command("ZCOUNT", board, *better)) + 1
        return int(await self._writer.command("ZRANK" if known.ascending else "ZREVRANK", board, player) or 0) + 1

    async def _remember(
        self, of: AccountKeys, list_: str, records: str, entry: str, time: int, version: int, record: bytes
    ) -> None:
        with contextlib.suppress(NoSuchAccount):
            await self._writer.call(
                "remember", [of.account, list_, records], entry, time, MOST_ENTRIES, version, record
            )


def given(known: Content, number: int, text: bytes | None) -> Given:
    """What somebody answered to a question; not how right, where nobody was: in a poll, or where it does not count."""
    asked = known[number]
    answer = read_answer(text) if text else None
    right = answer.grade if answer and asked.counts and not asked.key.void else None
    return Given(number, asked.question.text, right, answer.points if answer else 0)
