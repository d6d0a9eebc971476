"""Groups of players: teams that their players make, and tags."""

import base64
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

from msgspec import Raw, Struct

from leaderboard.errors import HeldBack, Malformed, NoSuchQuiz
from leaderboard.state.ids import url_safe
from leaderboard.state.keys import Keys
from leaderboard.state.published import TeamRow
from leaderboard.state.records import Page, read_card
from leaderboard.state.writer import Writer

ENTRY = r" \d{9} \d{8} [A-Za-z0-9_-]{1,64}"  # as lua/include/groups.lua writes it, after the group
MEMBERS_AT_ONCE = 500
LOOKS = 3


class Table(Struct):
    """The teams, best first."""

    epoch: str
    version: int
    rows: list[TeamRow]


class Groups:
    """Reads them, and puts them right."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    async def group(
        self,
        quiz: str,
        group: str,
        limit: int = 10,
        around: str = "",
        cursor: str = "",
        ties: str = "",
        host: bool = False,
    ) -> Page:
        """A page of the players with this tag, or in the team `@ID`. Raises NoSuchPlayer, HeldBack, NotShown, Malformed."""
        epoch, version, count, rows, following = await self._writer.call(
            "group", Keys(quiz).showing, group, limit, around, entry_in(cursor, group), ties, int(host)
        )
        return Page(epoch.decode(), version, count, Raw(rows), url_safe(following) or None)

    async def teams(self, quiz: str, limit: int, ties: str = "", host: bool = False) -> Table:
        """The best teams. Raises HeldBack."""
        keys = Keys(quiz)
        epoch, version, own_ties, order, *held = await self._writer.command(
            *("HMGET", keys.meta, "epoch", "version", "ties", "order", "hold", "hidden", "correcting")
        )
        if epoch is None:
            raise NoSuchQuiz
        if held != [b"0", b"", b""] and not host:
            raise HeldBack
        command = "ZRANGE" if order == b"ascending" else "ZREVRANGE"
        ranked = await self._writer.command(command, keys.teams, 0, limit - 1, "WITHSCORES")
        rows = await self._rows(keys, ranked) if ranked else []
        number_rows(rows, ties or own_ties.decode())
        return Table(epoch.decode(), int(version), rows)

    async def _rows(self, keys: Keys, ranked: Sequence[bytes]) -> list[TeamRow]:
        numbers = [number.decode() for number in ranked[::2]]
        fields = [f"{what}:{number}" for what in ("size", "team") for number in numbers]
        about = await self._writer.command("HMGET", keys.labels, *fields)
        sizes, cards = about[: len(numbers)], map(read_card, about[len(numbers) :])
        return [
            TeamRow(0, int(float(score) // 1), int(size or 0), card.id, card.name)
            for score, size, card in zip(ranked[1::2], sizes, cards, strict=True)
        ]

    # The proof

    async def wrong(self, quiz: str) -> dict[str, str]:
        """Group → what is wrong there; looked at again, because the quiz goes on meanwhile."""
        for again in reversed(range(LOOKS)):
            found = {group: said async for group, said in self._look(quiz) if said}
            if not found or not again:
                return found
        return {}

    async def mend(self, quiz: str, groups: Iterable[str]) -> None:
        """Put these groups right from the board."""
        members = await self._members(quiz)
        for group in groups:
            await self._ask(quiz, "empty", group)
            for some in batched(members.get(group, []), MEMBERS_AT_ONCE):
                await self._ask(quiz, "mend", group, *some)
            await self._ask(quiz, "mend", group)

    async def _look(self, quiz: str) -> AsyncIterator[tuple[str, str]]:
        for group, members in (await self._members(quiz)).items():
            should, missing = 0, 0
            for some in batched(members, MEMBERS_AT_ONCE):
                there, wrong = await self._ask(quiz, "check", group, *some)
                should, missing = should + there, missing + wrong
            entries, wrong = await self._ask(quiz, "check", group)
            if missing or entries != should:
                yield group, f"of {should} players {missing} have no place among them, and there are {entries} places"
            elif wrong:
                yield group, "the team has not what its players give"

    async def _ask(self, quiz: str, mode: str, group: str, *players: str) -> tuple[int, int]:
        there, wrong = await self._writer.call("regroup", Keys(quiz).showing, mode, group, *players)
        return there, wrong

    async def _members(self, quiz: str) -> dict[str, list[str]]:
        """Group → everybody who is in it, also those aside; all teams, also without players."""
        labels = Keys(quiz).labels
        count = int(await self._writer.command("HGET", labels, "teams") or 0)
        members: dict[str, list[str]] = {f"@{number}": [] for number in range(1, count + 1)}
        cursor = b"0"
        while True:
            cursor, found = await self._writer.command("HSCAN", labels, cursor, "MATCH", "of:*", "COUNT", 500)
            for name, groups in zip(found[::2], found[1::2], strict=True):
                for group in groups.decode().split():
                    members.setdefault(group, []).append(name.decode().removeprefix("of:"))
            if cursor == b"0":
                return {group: list(dict.fromkeys(players)) for group, players in members.items()}


def entry_in(cursor: str, group: str) -> str:
    """The last entry of the page before. Raises Malformed for what no page of this group gave."""
    try:
        entry = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        entry = "?"
    if entry and not re.fullmatch(re.escape(group) + ENTRY, entry):
        raise Malformed("The cursor is none that a page of this group gave.")
    return entry


def batched(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[first : first + size] for first in range(0, len(items), size))


def number_rows(rows: list[TeamRow], ties: str) -> None:
    """Equals share a rank, or the one who was there first is ahead."""
    for place, row in enumerate(rows, 1):
        above = rows[place - 2] if place > 1 else None
        row.rank = above.rank if ties == "shared" and above and above.points == row.points else place
