"""The seasons: what they consist of, and their boards, worked out from those of their quizzes when somebody asks."""

import asyncio
import base64
import binascii
import bisect
import re
import time
from collections import OrderedDict
from collections.abc import Iterable

import msgspec
from msgspec import UNSET, Struct

from leaderboard.errors import BadSeason, Busy, Malformed, MovedOn, NoSuchPlayer, NoSuchSeason, OutOfRange
from leaderboard.quiz import names, seasons
from leaderboard.quiz.seasons import MOST_QUIZZES, ChangeSeason, Line, MakeSeason, Result, Rules
from leaderboard.state.ids import Source
from leaderboard.state.keys import Keys, digest, season_key
from leaderboard.state.past import MOST_WAITING, ranks_of
from leaderboard.state.records import read_card
from leaderboard.state.writer import Writer

MOST_RESULTS = 200_000  # of all quizzes of a season
REMEMBERED_RESULTS = 400_000  # of all seasons
PLAYERS_AT_ONCE = 1_000
REST = 4  # a board is worked out anew when this many times as long as that took has passed
TRIES = 5

_ID = re.compile(r"[A-Za-z0-9_-]{12}")

encode = msgspec.json.encode
_read_rules = msgspec.json.Decoder(Rules).decode
_read_quizzes = msgspec.json.Decoder(list[str]).decode


class Season(Struct):
    """A season as it is kept. `owner`: the account that made it, '' for the admin."""

    id: str
    version: int
    title: str
    owner: str
    quizzes: list[str]
    rules: Rules


class Mark(Struct, frozen=True):
    """A quiz as far as a season must know it: what changes when its board does, and whether it can be counted."""

    epoch: str
    version: str
    held: bool
    open: bool
    ascending: bool
    ties: str
    owner: str


class SeasonRow(Struct):
    """A person in a season. `quizzes`: number of a quiz → what it gave; those `dropped` count for nothing."""

    rank: int
    points: int
    id: str
    name: str
    quizzes: dict[int, int]
    dropped: list[int]


class SeasonBoard(Struct):
    """A season's board. `held`: numbers of the quizzes that are left out because their board is held back just now."""

    title: str
    version: int
    quizzes: int
    held: list[int]
    people: int
    rows: list[SeasonRow]
    next: str | None


class Edge(Struct, array_like=True):
    """Where a page ends."""

    total: int
    name: str
    person: str


class Merged(Struct):
    """A board that was worked out. `places`: person, and player in any of the quizzes → place from 0."""

    version: int
    marks: list[Mark]
    good_until: float
    lines: list[Line]
    ranks: list[int]
    places: dict[str, int]


class Seasons:
    """Makes, changes and merges."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._merged: OrderedDict[str, Merged] = OrderedDict()
        self._turn = asyncio.Lock()
        self._waiting = 0

    async def make(self, asked: MakeSeason, owner: str, source: Source) -> Season:
        """Make a season of quizzes that exist. Raises BadSeason, IdReused."""
        rules = Rules(asked.drop_worst, asked.by, asked.places, asked.person)
        season = Season(source.id("season"), 1, asked.title, owner, asked.quizzes, rules)
        check(season, await self.marks(asked.quizzes))
        await self._write(season, "", source.token("season"))
        return await self.get(season.id)

    async def get(self, season: str) -> Season:
        """Raises NoSuchSeason."""
        if not _ID.fullmatch(season):
            raise NoSuchSeason
        version, *found = await self._writer.command(
            "HMGET", season_key(season), "version", "title", "owner", "quizzes", "rules"
        )
        if version is None:
            raise NoSuchSeason
        title, owner, quizzes, rules = found
        return Season(season, int(version), title.decode(), owner.decode(), _read_quizzes(quizzes), _read_rules(rules))

    async def change(self, season: str, asked: ChangeSeason) -> Season:
        """Do it; done twice it is as once. Raises NoSuchSeason, BadSeason, OutOfRange."""
        for _ in range(TRIES):
            known = await self.get(season)
            kept = [quiz for quiz in [*known.quizzes, *asked.add] if quiz not in asked.remove]
            known.quizzes = list(dict.fromkeys(kept))
            known.title = known.title if asked.title is UNSET else asked.title
            if asked.drop_worst is not UNSET:
                known.rules.drop_worst = asked.drop_worst
            if len(known.quizzes) > MOST_QUIZZES:
                raise OutOfRange(f"A season has at most {MOST_QUIZZES} quizzes.")
            check(known, await self.marks(known.quizzes))
            try:
                await self._write(known, str(known.version))
                return await self.get(season)
            except MovedOn:
                continue
        raise MovedOn

    async def _write(self, season: Season, seen: str, proof: str = "") -> None:
        await self._writer.call(
            "season",
            [season_key(season.id)],
            *(seen, digest(proof), "title", season.title, "owner", season.owner),
            *("quizzes", encode(season.quizzes), "rules", encode(season.rules)),
        )

    async def delete(self, season: str) -> None:
        """The quizzes stay."""
        await self._writer.command("DEL", season_key(season))
        self._merged.pop(season, None)

    async def marks(self, quizzes: Iterable[str]) -> list[Mark | None]:
        """How these quizzes are; None where there is none."""
        fields = ("epoch", "version", "hold", "hidden", "correcting", "privacy", "order", "ties", "owner")
        return [
            mark(found)
            for found in await asyncio.gather(
                *(self._writer.command("HMGET", Keys(quiz).meta, *fields) for quiz in quizzes)
            )
        ]

    # The board

    async def board(
        self, season: Season, limit: int, cursor: str | None = None, around: str | None = None
    ) -> SeasonBoard:
        """A page of it. `around`: a row's ID, or a player's in one of the quizzes. Raises NoSuchPlayer, OutOfRange."""
        edge = read_edge(cursor) if cursor is not None else None
        merged = await self._get_merged(season)
        first = 0
        if around is not None:
            if around not in merged.places:
                raise NoSuchPlayer
            first = max(0, merged.places[around] - limit // 2)
        elif edge is not None:
            below = (-edge.total, edge.name, edge.person)
            first = bisect.bisect_right(merged.lines, below, key=seasons.place)
        shown = merged.lines[first : first + limit]
        rows = [
            SeasonRow(rank, it.total, it.person, it.name, it.quizzes, it.dropped)
            for rank, it in zip(merged.ranks[first : first + limit], shown, strict=True)
        ]
        following = to_edge(shown[-1]) if first + limit < len(merged.lines) else None
        held = [number for number, it in enumerate(merged.marks) if it.held]
        return SeasonBoard(season.title, season.version, len(season.quizzes), held, len(merged.lines), rows, following)

    async def _get_merged(self, season: Season) -> Merged:
        marks = [it or GONE for it in await self.marks(season.quizzes)]
        known = self._known(season, marks)
        if known is None:
            if self._waiting == MOST_WAITING:
                raise Busy
            self._waiting += 1
            try:
                async with self._turn:
                    known = self._known(season, marks) or await self._merge(season, marks)
            finally:
                self._waiting -= 1
        return known

    def _known(self, season: Season, marks: list[Mark]) -> Merged | None:
        """What was worked out before, if it still holds or is not old."""
        known = self._merged.get(season.id)
        if known is None or known.version != season.version:
            return None
        self._merged.move_to_end(season.id)
        return known if known.marks == marks or time.monotonic() < known.good_until else None

    async def _merge(self, season: Season, marks: list[Mark]) -> Merged:
        began, results, left = time.monotonic(), dict[int, list[Result]](), MOST_RESULTS
        for number, (quiz, seen) in enumerate(zip(season.quizzes, marks, strict=True)):
            if not seen.held and seen is not GONE:
                results[number] = await self._results(season, quiz, seen, left)
                left -= len(results[number])
        marks = [
            replaced(seen, now) for seen, now in zip(marks, await self.marks(season.quizzes), strict=True)
        ]  # what has been held back while it was read is not shown
        results = {number: found for number, found in results.items() if not marks[number].held}
        lines, ranks, places = await asyncio.to_thread(merged, season.rules, results)
        now = time.monotonic()
        made = Merged(season.version, marks, now + REST * (now - began), lines, ranks, places)
        self._merged[season.id] = made
        while sum(len(it.places) for it in self._merged.values()) > REMEMBERED_RESULTS and len(self._merged) > 1:
            self._merged.popitem(last=False)
        return made

    async def _results(self, season: Season, quiz: str, seen: Mark, most: int) -> list[Result]:
        """What everybody reached, best first. A scan, unlike ranges, misses nobody while the board moves."""
        scores, cursor = dict[bytes, float](), b"0"
        while True:
            cursor, flat = await self._writer.command("ZSCAN", Keys(quiz).board, cursor, "COUNT", PLAYERS_AT_ONCE)
            scores |= zip(flat[::2], map(float, flat[1::2]), strict=True)
            if len(scores) > most:
                raise OutOfRange(f"The quizzes of a season have at most {MOST_RESULTS} players together.")
            if cursor == b"0":
                break
        ranked = sorted(scores.items(), key=lambda it: (it[1], it[0]), reverse=not seen.ascending)
        points = [int(score // 1) for _, score in ranked]
        found: list[Result] = []
        for first in range(0, len(ranked), PLAYERS_AT_ONCE):
            some = [player for player, _ in ranked[first : first + PLAYERS_AT_ONCE]]
            cards, joined = await asyncio.gather(
                self._writer.command("HMGET", Keys(quiz).players, *some),
                self._writer.command("HMGET", Keys(quiz).joined, *some),
            )
            for player, card, joiner in zip(some, cards, joined, strict=True):
                name = read_card(card).name if card else "?"
                person = person_id(season, player.decode(), name, joiner)
                found.append(Result(person, player.decode(), name, points[len(found)], 0))
        for result, rank in zip(found, ranks_of(points, seen.ties), strict=True):
            result.rank = rank
        return found


GONE = Mark("", "", False, True, False, "first", "")


def mark(found: list[bytes | None]) -> Mark | None:
    if found[0] is None:
        return None
    epoch, version, hold, hidden, correcting, privacy, order, ties, owner = ((it or b"").decode() for it in found)
    held = hold == "1" or hidden != "" or correcting != ""
    return Mark(epoch, "" if held else version, held, privacy in ("", "open"), order == "ascending", ties, owner)


def replaced(seen: Mark, now: Mark | None) -> Mark:
    """The mark by which something was read, and whether it may be shown by now."""
    return msgspec.structs.replace(seen, held=seen.held or (now is not None and now.held))


def check(season: Season, marks: list[Mark | None]) -> None:
    """Raises BadSeason."""
    for quiz, it in zip(season.quizzes, marks, strict=True):
        if it is None:
            raise BadSeason(f"There is no quiz {quiz}.")
        if it.ascending and season.rules.by == "points":
            raise BadSeason(f"In {quiz} less is better: such quizzes can only be merged by places.")


def person_id(season: Season, player: str, name: str, joiner: bytes | None) -> str:
    """Who a player is in all quizzes of a season, by which nobody can tell an account."""
    _, _, fold, _, user = (joiner or b"\n\n\n\n").decode().split("\n", 4)
    if not user and season.rules.person == "name":
        user = fold or names.keys(name)[0]
    return digest(f"{season.id} {user or player}")[:16]


def merged(rules: Rules, results: dict[int, list[Result]]) -> tuple[list[Line], list[int], dict[str, int]]:
    """The lines, their ranks, and who is where; it may take a second."""
    lines = seasons.merge(rules, results)
    places = {line.person: place for place, line in enumerate(lines)}
    for found in results.values():
        for result in found:
            places.setdefault(result.player, places[result.person])
    return lines, ranks_of([line.total for line in lines], "shared"), places


def to_edge(line: Line) -> str:
    """As clients carry it, opaque to them."""
    text = encode(Edge(line.total, line.name, line.person))
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


def read_edge(text: str) -> Edge:
    """Raises Malformed."""
    try:
        return msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=Edge)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise Malformed("The cursor is none that a page of this board gave.") from error
