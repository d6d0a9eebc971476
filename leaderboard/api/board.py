"""Reading the board, and everything as a file."""

import asyncio
from typing import Annotated, Literal

from msgspec import Meta, Struct

from leaderboard.api.asking import Ask
from leaderboard.api.operations import File, operation
from leaderboard.api.sheets import SHEETS
from leaderboard.errors import Forbidden, HeldBack, Malformed, MovedOn, NoSuchPlayer, NoSuchQuiz
from leaderboard.state.records import Page, from_cursor
from leaderboard.state.results import Results

Ties = Literal["first", "shared"] | None


class BoardQuery(Struct, forbid_unknown_fields=True):
    """The best `limit`, those below a `cursor`, or those `around` a player (its ID)."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    ties: Ties = None
    cursor: Annotated[str, Meta(max_length=200)] | None = None
    around: Annotated[str, Meta(max_length=64)] | None = None
    at: Annotated[int, Meta(ge=0, le=1 << 53)] | None = None


class ResultsQuery(Struct, forbid_unknown_fields=True):
    format: Literal["json", "csv", "xlsx"] = "json"
    ties: Ties = None


@operation("GET", "/v1/quizzes/{quiz}/board", NoSuchQuiz, NoSuchPlayer, HeldBack, MovedOn)
async def board(ask: Ask, query: BoardQuery) -> Page:
    """A page of the board; `next` is the cursor of the page below."""
    if query.around is not None and query.cursor is not None:
        raise Malformed("Ask for the rows around a player or for the page at a cursor, not for both.")
    if query.at is not None:
        return await past(ask, query, query.at)
    cursor = from_cursor(query.cursor) if query.cursor is not None else None
    return await ask.quizzes.store.page(ask.quiz, query.limit, query.around, cursor, query.ties, ask.hosts)


async def past(ask: Ask, query: BoardQuery, at: int) -> Page:
    """The board as it was at a moment, for the host."""
    if not ask.hosts:
        raise Forbidden("The board of a past moment is for the host.")
    if query.cursor is not None:
        raise Malformed("A cursor goes on in the board of now; ask for the rows around a player.")
    return await ask.quizzes.past.page(ask.quiz, at, query.limit, query.around, query.ties)


@operation(
    "GET", "/v1/quizzes/{quiz}/results", NoSuchQuiz, files=tuple(media_type for media_type, _ in SHEETS.values())
)
async def results(ask: Ask, query: ResultsQuery) -> Results | File:
    """Everybody's answers and points, also as CSV or workbook."""
    found = await ask.quizzes.reports.results(ask.quiz, query.ties)
    if query.format == "json":
        return found
    media_type, write = SHEETS[query.format]
    return File(await asyncio.to_thread(write, found), media_type, f"{ask.quiz}-results.{query.format}")
