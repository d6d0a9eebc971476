"""The board as it was at a past moment, worked out from the ledger."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
from msgspec import Raw, Struct

from leaderboard.errors import Busy, MovedOn, NoSuchPlayer, NoSuchQuiz
from leaderboard.state.keys import Keys
from leaderboard.state.published import BoardRow
from leaderboard.state.records import Page, read_card
from leaderboard.state.writer import Writer

ENTRIES_AT_ONCE = 1_000
PLAYERS_AT_ONCE = 1_000
MOST_WAITING = 20  # requests; each may take seconds
KEEP_THE_TIE = (b"regrade", b"rebuild")  # who was ahead among equals stays so
SOLID_VERSIONS = 1 << 25  # as lua/include/board.lua has it

Scores = dict[bytes, float]


class Known(Struct):
    """What a board is shown by."""

    epoch: bytes
    ties: bytes
    ascending: bool


class Past:
    """Adds up ledgers, one at a time, for some have millions of entries."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def page(self, quiz: str, at: int, limit: int, around: str | None = None, ties: str | None = None) -> Page:
        """The board with all that had happened until `at`, in ms: its top, or around a player. Names are those of now.

        Listed is who had an entry by then. Raises NoSuchPlayer, Busy if too many ask, MovedOn if the quiz is being reset.
        """
        if self._waiting == MOST_WAITING:
            raise Busy
        self._waiting += 1
        try:
            async with self._turn:
                known, scores, version = await self._read(quiz, at)
        finally:
            self._waiting -= 1
        ranked = sorted(scores.items(), key=lambda it: (it[1], it[0]), reverse=not known.ascending)
        first = self._first(ranked, around, limit)
        ranks = ranks_of([int(score // 1) for _, score in ranked], ties or known.ties.decode())
        rows = await self._rows(quiz, ranked[first : first + limit], ranks[first : first + limit])
        return Page(known.epoch.decode(), version, len(ranked), Raw(msgspec.json.encode(rows)), None)

    async def _read(self, quiz: str, at: int) -> tuple[Known, Scores, int]:
        known = await self._known(quiz)
        scores, version = await self._scores(quiz, at, known.ascending)
        for player in await self._aside(quiz):
            scores.pop(player, None)
        if (await self._known(quiz)).epoch != known.epoch:
            raise MovedOn
        return known, scores, version

    async def _known(self, quiz: str) -> Known:
        epoch, ties, order = await self._writer.command("HMGET", Keys(quiz).meta, "epoch", "ties", "order")
        if epoch is None:
            raise NoSuchQuiz
        return Known(epoch, ties, order == b"ascending")

    async def _scores(self, quiz: str, at: int, ascending: bool) -> tuple[Scores, int]:
        """What the board's zset held then, and the version of the last entry."""
        scores, version = Scores(), 0
        async for fields in self._entries(quiz, at):
            player, version = fields[b"player"], int(fields[b"version"])
            if fields[b"reason"] == b"removed":
                scores.pop(player, None)
            elif fields[b"reason"] in KEEP_THE_TIE and player in scores:
                scores[player] += int(fields[b"delta"])
            else:
                scores[player] = tie_score(int(fields[b"total"]), version, ascending)
        return scores, version

    async def _entries(self, quiz: str, at: int) -> AsyncIterator[dict[bytes, bytes]]:
        start = b"-"
        while True:
            found = await self._writer.command("XRANGE", Keys(quiz).ledger, start, at, "COUNT", ENTRIES_AT_ONCE)
            for _, flat in found:
                yield dict(zip(flat[::2], flat[1::2], strict=True))
            if len(found) < ENTRIES_AT_ONCE:
                return
            start = b"(" + found[-1][0]

    async def _aside(self, quiz: str) -> list[bytes]:
        """Whom no board shows now."""
        found: list[bytes] = []
        while True:
            first = len(found)
            some = await self._writer.command("ZRANGE", Keys(quiz).aside, first, first + PLAYERS_AT_ONCE - 1)
            found += some
            if len(some) < PLAYERS_AT_ONCE:
                return found

    @staticmethod
    def _first(ranked: list[tuple[bytes, float]], around: str | None, limit: int) -> int:
        if around is None:
            return 0
        place = next((place for place, (player, _) in enumerate(ranked) if player == around.encode()), None)
        if place is None:
            raise NoSuchPlayer
        return max(0, place - limit // 2)

    async def _rows(self, quiz: str, ranked: list[tuple[bytes, float]], ranks: list[int]) -> list[BoardRow]:
        players = [player for player, _ in ranked]
        cards = await self._writer.command("HMGET", Keys(quiz).players, *players) if players else []
        names = [read_card(card).name if card else "?" for card in cards]
        return [
            BoardRow(rank=rank, points=int(score // 1), online=False, id=player.decode(), name=name)
            for rank, (player, score), name in zip(ranks, ranked, names, strict=True)
        ]


def ranks_of(points: list[int], ties: str) -> list[int]:
    """The ranks of these points, which are in order; equals share one, or the one who was there first is ahead."""
    ranks: list[int] = []
    for place, own in enumerate(points):
        ranks.append(ranks[-1] if ties == "shared" and place and points[place - 1] == own else place + 1)
    return ranks


def tie_score(total: int, version: int, ascending: bool) -> float:
    """The zset score of a total that was reached with this version (lua/include/board.lua)."""
    later = min(version, SOLID_VERSIONS) / (2 * SOLID_VERSIONS)
    return total + (later if ascending else 0.5 - later)
