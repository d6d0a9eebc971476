"""What accounts did in quizzes that are finished, and the quizzes that they made: pages of it, newest first."""

import re
from collections.abc import AsyncIterator, Sequence

import msgspec
from msgspec import Raw, Struct

from leaderboard.quiz.accounts import HistoryPage, Hosted, HostedPage, Hosting
from leaderboard.state.keys import AccountKeys
from leaderboard.state.writer import Writer

MOST_ENTRIES = 10_000  # of each list of an account
PAGE = 100

ENTRY_ID = re.compile(r"[0-9]{1,15}-[0-9]{1,15}")
read_hosted = msgspec.json.Decoder(Hosted).decode


class Line(Struct):
    """An entry of a list, its time in ms, and the record that belongs to it."""

    entry: str
    time: int
    record: bytes | None


class Lines(Struct):
    rows: list[Line]
    next: str | None


class History:
    """Reads what `Recorder` has noted. Every method may raise Busy, and Malformed for a cursor that no page gave."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def history(self, account: str, cursor: str = "", limit: int = 20) -> HistoryPage:
        """What somebody did in finished quizzes: each row is a `Record`."""
        keys = AccountKeys(account)
        page = await listed(self._writer, [keys.history, keys.records], cursor, limit)
        return HistoryPage([Raw(line.record) for line in page.rows if line.record], page.next)

    async def all(self, account: str) -> AsyncIterator[Raw]:
        """The same, all of it."""
        cursor: str | None = ""
        while cursor is not None:
            page = await self.history(account, cursor, PAGE)
            for row in page.rows:
                yield row
            cursor = page.next

    async def hosted(self, account: str, cursor: str = "", limit: int = 20) -> HostedPage:
        """The quizzes that somebody made; those that are finished with how they ended."""
        keys = AccountKeys(account)
        page = await listed(self._writer, [keys.hosted, keys.hostings], cursor, limit)
        return HostedPage([hosting(line) for line in page.rows], page.next)


def hosting(line: Line) -> Hosting:
    if line.record is None:
        return Hosting(line.entry, line.time)
    ended = read_hosted(line.record)
    return Hosting(line.entry, line.time, ended.title, ended.players, ended.finished_at)


async def listed(writer: Writer, keys: Sequence[str], cursor: str, limit: int) -> Lines:
    """A page of an account's list (and of the records that belong to it), newest first."""
    following, *flat = await writer.call("listed", keys, cursor, limit)
    rows = [
        Line(entry.decode(), int(float(time)), record or None)
        for entry, time, record in zip(*[iter(flat)] * 3, strict=True)
    ]
    return Lines(rows, following.decode() or None)
