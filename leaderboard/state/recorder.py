"""Keeps the results of finished quizzes for accounts.

Scripts that end a quiz, or change points after its end, add an entry to a stream. Each node takes entries as one of a
group and writes what everybody did into their account; doing it twice, or in another order, changes nothing, for each
record says which version of the quiz it is of. What fails is tried again later and later, and at last put aside. What a
node leaves that dies is taken by another. Nothing is trimmed: an entry stays until somebody is done with it.
"""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Sequence

import msgspec
import structlog
from msgspec import Struct

from leaderboard.errors import Busy, NoSuchAccount
from leaderboard.quiz.accounts import Given, Hosted, Record
from leaderboard.state.answers import answers_of
from leaderboard.state.contents import Content, Contents
from leaderboard.state.history import MOST_DEAD, MOST_ENTRIES
from leaderboard.state.keys import DEAD, FINISHED, AccountKeys, Keys
from leaderboard.state.records import read_answer
from leaderboard.state.writer import Writer

GROUP = "history"
POLL_S = 1.0
SWEEP_S = 600.0
IDLE_MS = 3_600_000
AT_ONCE = 10  # quizzes taken at once
RECORDS_AT_ONCE = 200  # answers looked at between two turns of the event loop: some 2 ms
RENEW_S = 5.0
MOST_DELIVERIES = 5
USER = "account:"

log = structlog.get_logger(__name__)
encode = msgspec.json.encode


class Finished(Struct):
    """An entry of the stream: a quiz that is finished, and how often somebody has tried to keep its results."""

    id: str
    deliveries: int
    quiz: str
    epoch: str
    version: str


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


class Recorder:
    """`start` it where quizzes are played; `wake` it when one has just been finished."""

    def __init__(
        self, writer: Writer, contents: Contents, retry_ms: int = 2_000, left_ms: int = 30_000, poll_s: float = POLL_S
    ) -> None:
        self._writer, self._contents = writer, contents
        self._retry_ms, self._left_ms, self._poll_s = retry_ms, left_ms, poll_s
        self.name = secrets.token_hex(6)
        self._wake = asyncio.Event()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End after the batch that is under way; what has been taken and not done, another process goes on with.

        Nothing is cancelled: what Redis has handed out and nobody has read would have to be waited for.
        """
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task

    def wake(self) -> None:
        """Look at once."""
        self._wake.set()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        sweep_at = loop.time()
        while not self._stopping:
            try:
                if loop.time() >= sweep_at:
                    sweep_at = loop.time() + SWEEP_S
                    await self._writer.call("sweep", [FINISHED], IDLE_MS)
                if await self.work():
                    continue
            except Busy:
                pass
            except Exception:
                log.exception("recorder_failed")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._poll_s)
            self._wake.clear()

    async def work(self) -> int:
        """Take what is there and keep it. Returns how many quizzes that were."""
        taken = await self._take()
        for entry in taken:
            if self._stopping:
                break
            await self._do(entry)
        return len(taken)

    async def _take(self) -> list[Finished]:
        flat = await self._writer.call("take", [FINISHED], self.name, AT_ONCE, self._retry_ms, self._left_ms)
        return [
            Finished(id.decode(), deliveries, *(part.decode() for part in rest))
            for id, deliveries, *rest in zip(*[iter(flat)] * 5, strict=True)
        ]

    async def _do(self, entry: Finished) -> None:
        try:
            if entry.deliveries <= MOST_DELIVERIES:  # else it has ended those who tried
                await self.keep(entry)
            await self._settle(
                entry, "" if entry.deliveries <= MOST_DELIVERIES else "Every process that tried has died."
            )
        except Stopping:
            return
        except Exception as error:
            log.warning("results_not_kept", quiz=entry.quiz, deliveries=entry.deliveries, exc_info=True)
            if entry.deliveries >= MOST_DELIVERIES and not isinstance(error, Busy):
                await self._settle(entry, f"{type(error).__name__}: {error}"[:200])

    async def _settle(self, entry: Finished, reason: str) -> None:
        await self._writer.call(
            "settle", [FINISHED, DEAD], entry.id, reason, MOST_DEAD, entry.quiz, entry.epoch, entry.version
        )

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
            *(self._rank(entry.quiz, ended.ties, player, of) for player, of in zip(players, points, strict=True))
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

    async def _rank(self, quiz: str, ties: str, player: str, points: int) -> int:
        board = Keys(quiz).board
        if ties == "shared":
            return int(await self._writer.command("ZCOUNT", board, points + 1, "+inf")) + 1
        return int(await self._writer.command("ZREVRANK", board, player) or 0) + 1

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
