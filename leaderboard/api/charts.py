"""What charts of a quiz are drawn from, for its host."""

from typing import Annotated

from msgspec import Meta, Struct

from leaderboard.api.accounts import Cursor
from leaderboard.api.asking import Ask
from leaderboard.api.board import Label, PeriodQuery
from leaderboard.api.operations import operation
from leaderboard.errors import NoSuchQuiz
from leaderboard.state.charts import Counted, LedgerPage


class LedgerQuery(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=5000)] = 1000
    cursor: Cursor = ""
    period: Label = None


@operation("GET", "/v1/quizzes/{quiz}/ledger", NoSuchQuiz)
async def ledger(ask: Ask, query: LedgerQuery) -> LedgerPage:
    """Every change of points, oldest first: what the race of the board is replayed from."""
    return await ask.quizzes.charts.ledger(await ask.period(query.period), query.cursor, query.limit)


@operation("GET", "/v1/quizzes/{quiz}/counts", NoSuchQuiz)
async def counts(ask: Ask, query: PeriodQuery) -> list[Counted]:
    """How the questions were answered that have been played."""
    return await ask.quizzes.charts.counts(await ask.period(query.period))
