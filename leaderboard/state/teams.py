"""Teams that play as one player: the host registers them, changes them, and sees who they are.

Every method may raise Busy and NoSuchQuiz, and those with a `team` NoSuchTeam.
"""

import asyncio
from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Struct, UnsetType

from leaderboard.errors import Busy, Malformed, MovedOn, NoSuchTeam, Refusal
from leaderboard.quiz import names, teams
from leaderboard.quiz.teams import Details
from leaderboard.state.contents import Contents
from leaderboard.state.ids import CHANCE, Source
from leaderboard.state.keys import Keys, digest
from leaderboard.state.records import read_card
from leaderboard.state.store import Store
from leaderboard.state.writer import Writer

TRIES = 5  # to change a team that others change at the same moment

encode = msgspec.json.encode
_read_details = msgspec.json.Decoder(Details).decode


class Entry(Struct):
    """A team as the host enters it. `points`: at the start."""

    name: str
    members: Sequence[str]
    email: str
    points: int


class Team(Struct, omit_defaults=True):
    """A team as the host sees it: `points` at the start, and the `total` of now. The `token` is shown once."""

    id: str
    name: str
    members: list[str]
    email: str
    points: int
    total: int
    token: str | UnsetType = UNSET


class Outcome(Struct, omit_defaults=True):
    """What became of one of many: the team, or why not, as if it had been asked for alone."""

    status: int
    team: Team | UnsetType = UNSET
    code: str | UnsetType = UNSET
    detail: str | UnsetType = UNSET


class TeamPage(Struct):
    """Teams in the order in which they were registered; `next` is the cursor of those that follow."""

    rows: list[Team]
    next: str | None


class Teams:
    """All that a host does with teams."""

    def __init__(self, writer: Writer, store: Store, contents: Contents) -> None:
        self._writer, self._store, self._contents = writer, store, contents

    async def register(self, quiz: str, entry: Entry, source: Source = CHANCE) -> Team:
        """Let a team in. Raises BadName, BadTeam, BadEmail, NameTaken, Full, Finished, IdReused."""
        wanted = (await self._contents.get(quiz)).settings.filter_names
        name = names.accept(entry.name, wanted)
        kept = teams.details(entry.points, entry.members, entry.email, wanted)
        return await self.register_team(quiz, name, kept, source)

    async def register_team(self, quiz: str, name: str, kept: Details, source: Source) -> Team:
        """The same of what has been looked at."""
        player, token, keys = source.id("player"), source.token("player"), Keys(quiz)
        _, _, wait_ms, first_ms, card = await self._writer.call(
            "register_team",
            [
                *(*keys.showing, keys.state, keys.tokens, keys.ledger, keys.runs, keys.names, keys.details),
                *(keys.joined, keys.registered),
            ],
            *(player, encode(name), digest(token), *names.keys(name), encode(kept)),
        )
        self._store.boards.later(quiz, wait_ms)
        self._store.deadlines.later(quiz, first_ms)
        return Team(player, read_card(card).name, kept.members, kept.email, kept.start, kept.start, token)

    async def register_all(self, quiz: str, entries: Sequence[Entry], source: Source = CHANCE) -> list[Outcome]:
        """Let teams in, one after the other: each by itself or not. Who waits for a host with hundreds waits for one."""
        await self._contents.get(quiz)  # there may be no such quiz
        return [await self._outcome(quiz, entry, source.part(number)) for number, entry in enumerate(entries)]

    async def _outcome(self, quiz: str, entry: Entry, source: Source) -> Outcome:
        try:
            return Outcome(201, await self.register(quiz, entry, source))
        except Busy:
            raise
        except Refusal as refusal:
            return Outcome(refusal.status, code=refusal.code, detail=refusal.detail)

    async def page(self, quiz: str, cursor: str, limit: int) -> TeamPage:
        """Some of the teams, after this cursor. Raises Malformed for a cursor that no page gave."""
        if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 16):
            raise Malformed("The cursor is none that a page of these teams gave.")
        await self._contents.get(quiz)
        found = await self._writer.command(
            *("ZRANGEBYSCORE", Keys(quiz).registered, f"({cursor or 0}", "+inf", "WITHSCORES", "LIMIT", 0, limit + 1)
        )
        some = [player.decode() for player in found[: 2 * limit : 2]]
        last = str(int(found[2 * limit - 1])) if len(found) > 2 * limit else None
        return TeamPage(await self._read(quiz, some) if some else [], last)

    async def get(self, quiz: str, team: str) -> Team:
        """One team."""
        await self._contents.get(quiz)
        for found in await self._read(quiz, [team]):
            return found
        raise NoSuchTeam

    async def _read(self, quiz: str, some: Sequence[str]) -> list[Team]:
        """Those of them that are there."""
        keys = Keys(quiz)
        cards, about, scores = await asyncio.gather(
            self._writer.command("HMGET", keys.players, *some),
            self._writer.command("HMGET", keys.details, *some),
            self._writer.command("ZMSCORE", keys.board, *some),
        )
        rows = []
        for id, card, kept, score in zip(some, cards, about, scores, strict=True):
            if kept is not None and score is not None:
                it = _read_details(kept)
                rows.append(Team(id, read_card(card).name, it.members, it.email, it.start, int(float(score) // 1)))
        return rows

    async def change_team(
        self,
        quiz: str,
        team: str,
        name: str | None = None,
        members: Sequence[str] | None = None,
        email: str | None = None,
        points: int | None = None,
        by: str = "host",
    ) -> Team:
        """Change what is given. Raises BadName, BadTeam, BadEmail, NameTaken; for points Finished, AlreadyPlaying."""
        for _ in range(TRIES):
            seen = await self.get(quiz, team)
            wanted = Entry(
                seen.name if name is None else name,
                seen.members if members is None else members,
                seen.email if email is None else email,
                seen.points if points is None else points,
            )
            try:
                await self._change(quiz, seen, wanted, by)
            except MovedOn:
                continue
            return await self.get(quiz, team)
        raise Busy

    async def _change(self, quiz: str, seen: Team, wanted: Entry, by: str) -> None:
        keys, known = Keys(quiz), await self._contents.get(quiz)
        strict = known.settings.filter_names
        kept = teams.details(wanted.points, wanted.members, wanted.email, strict)
        name = names.accept(wanted.name, strict) if wanted.name != seen.name else ""
        before = Details(seen.points, seen.members, seen.email)
        _, _, wait_ms = await self._writer.call(
            "change_team",
            [
                *(*keys.showing, keys.names, keys.joined, keys.ledger, keys.runs, keys.details),
                keys.drawn,
                *(keys.answers(number) for number in range(0 if known.drawing else len(known.asked))),
            ],
            *(seen.id, encode(name) if name else "", *names.keys(name), encode(before), encode(kept), by),
        )
        self._store.boards.later(quiz, wait_ms)

    async def remove(self, quiz: str, team: str) -> None:
        """Take a team out, and forget who was in it and its e-mail address."""
        await self.get(quiz, team)
        await self._store.remove(quiz, team)

    async def new_token(self, quiz: str, team: str, source: Source = CHANCE) -> str:
        """Another token for a team; the one before is useless, and who plays with it is closed."""
        token, keys = source.token("player"), Keys(quiz)
        places = [keys.meta, keys.tokens, keys.joined, keys.feed, keys.seats, keys.details]
        await self._writer.call("new_token", places, team, digest(token))
        return token
