"""Reading the board, and everything as a file."""

import asyncio
import re
from typing import Annotated, Literal

from msgspec import Meta, Struct

from leaderboard.api.asking import Ask
from leaderboard.api.operations import File, operation
from leaderboard.api.sheets import SHEETS
from leaderboard.errors import Forbidden, HeldBack, Malformed, MovedOn, NoSuchPlayer, NoSuchQuiz, NotShown
from leaderboard.state.groups import Table
from leaderboard.state.records import Page, Position, from_cursor
from leaderboard.state.results import Results
from leaderboard.state.series import PeriodPage

PLAYER = re.compile(r"[A-Za-z0-9_-]{1,64}")
MOST_GIVEN = 100  # players whose rows are asked for at once

Ties = Literal["first", "shared"] | None
Label = Annotated[str, Meta(pattern="^[0-9]{12}$")] | None  # of a period; by default the present one


class BoardQuery(Struct, forbid_unknown_fields=True):
    """The best `limit`, those below a `cursor`, those `around` a player (its ID), or of `players` (IDs with commas).

    `group`: among the players with this tag, or in the team `@ID`; `at`: as it was then, in ms since 1970.
    """

    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    ties: Ties = None
    cursor: Annotated[str, Meta(max_length=200)] | None = None
    around: Annotated[str, Meta(max_length=64)] | None = None
    at: Annotated[int, Meta(ge=0, le=1 << 53)] | None = None
    players: Annotated[str, Meta(max_length=MOST_GIVEN * 65)] | None = None
    group: Annotated[str, Meta(pattern=r"^(@[0-9]{1,4}|[A-Za-z0-9_.-]{1,32})$")] | None = None
    period: Label = None


class TableQuery(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=1000)] = 10
    ties: Ties = None
    period: Label = None


class StandingQuery(Struct, forbid_unknown_fields=True):
    """`rank`: the one that they want to reach."""

    rank: Annotated[int, Meta(ge=1, le=10_000_000)] = 1
    ties: Ties = None
    period: Label = None


class ResultsQuery(Struct, forbid_unknown_fields=True):
    format: Literal["json", "csv", "xlsx"] = "json"
    ties: Ties = None
    period: Label = None


class PeriodQuery(Struct, forbid_unknown_fields=True):
    """`period`: the label of one; by default the present one."""

    period: Label = None


class PeriodsQuery(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=20)] | None = None


@operation("GET", "/v1/quizzes/{quiz}/board", NoSuchQuiz, NoSuchPlayer, Forbidden, HeldBack, MovedOn, NotShown)
async def board(ask: Ask, query: BoardQuery) -> Page:
    """A page of the board; `next` is the cursor of the page below."""
    if sum(it is not None for it in (query.around, query.cursor, query.players)) > 1:
        raise Malformed(
            "Ask for the rows around a player, for the page at a cursor or for some players: for one of these."
        )
    if query.at is not None:
        return await past(ask, query, query.at)
    if query.group is not None:
        return await group(ask, query, query.group)
    cursor = from_cursor(query.cursor) if query.cursor is not None else None
    some = given_players(query.players)
    quiz = await ask.period(query.period)
    return await ask.quizzes.store.page(
        quiz, query.limit, query.around, cursor, query.ties, ask.hosts, some, ask.player
    )


def given_players(text: str | None) -> list[str]:
    """The players named in a query, each once. Raises Malformed."""
    found = list(dict.fromkeys(text.split(","))) if text is not None else []
    if len(found) > MOST_GIVEN or not all(PLAYER.fullmatch(player) for player in found):
        raise Malformed(f"`players` are at most {MOST_GIVEN} IDs with commas between.")
    return found


@operation("GET", "/v1/quizzes/{quiz}/players/{player}/standing", NoSuchQuiz, NoSuchPlayer, HeldBack, NotShown)
async def standing(ask: Ask, query: StandingQuery) -> Position:
    """How a player stands, and how many points they miss to stand better."""
    player = ask.request.path_params["player"]
    quiz = await ask.period(query.period)
    return await ask.quizzes.store.standing(quiz, player, query.rank, query.ties, ask.hosts, ask.player)


async def group(ask: Ask, query: BoardQuery, group: str) -> Page:
    """The same within a group."""
    if query.players is not None:
        raise Malformed("Ask for some players or for a group, not for both.")
    where = query.limit, query.around or "", query.cursor or "", query.ties or ""
    return await ask.quizzes.groups.group(await ask.period(query.period), group, *where, ask.hosts)


@operation("GET", "/v1/quizzes/{quiz}/board/teams", NoSuchQuiz, HeldBack)
async def team_board(ask: Ask, query: TableQuery) -> Table:
    """The teams that players play for, best first."""
    quiz = await ask.period(query.period)
    return await ask.quizzes.groups.teams(quiz, query.limit, query.ties or "", ask.hosts)


async def past(ask: Ask, query: BoardQuery, at: int) -> Page:
    """The board as it was at a moment, for the host."""
    if not ask.hosts:
        raise Forbidden("The board of a past moment is for the host.")
    if query.cursor is not None:
        raise Malformed("A cursor goes on in the board of now; ask for the rows around a player.")
    if query.players is not None or query.group is not None:
        raise Malformed("The board of a past moment is shown from the top or around a player.")
    return await ask.quizzes.past.page(await ask.period(query.period), at, query.limit, query.around, query.ties)


@operation(
    "GET", "/v1/quizzes/{quiz}/results", NoSuchQuiz, files=tuple(media_type for media_type, _ in SHEETS.values())
)
async def results(ask: Ask, query: ResultsQuery) -> Results | File:
    """Everybody's answers and points, also as CSV or workbook."""
    quiz = await ask.period(query.period)
    found = await ask.quizzes.reports.results(quiz, query.ties)
    if query.format == "json":
        return found
    media_type, write = SHEETS[query.format]
    return File(await asyncio.to_thread(write, found), media_type, f"{quiz}-results.{query.format}")


@operation("GET", "/v1/quizzes/{quiz}/periods", NoSuchQuiz)
async def periods(ask: Ask, query: PeriodsQuery) -> PeriodPage:
    """The periods of a board that starts over, the latest first; `next` is the cursor of those before."""
    return await ask.quizzes.series.periods(ask.quiz, query.cursor, query.limit)
