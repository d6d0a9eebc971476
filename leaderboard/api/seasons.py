"""Seasons: boards merged over several quizzes."""

from collections.abc import Sequence
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from leaderboard.api.asking import Ask
from leaderboard.api.operations import operation
from leaderboard.errors import (
    BadSeason,
    Forbidden,
    IdReused,
    Malformed,
    MovedOn,
    NoSuchPlayer,
    NoSuchQuiz,
    NoSuchSeason,
    OutOfRange,
)
from leaderboard.quiz.access import Role
from leaderboard.quiz.seasons import ChangeSeason, MakeSeason, Rules
from leaderboard.state.keys import base_of, quiz_id
from leaderboard.state.seasons import Season, SeasonBoard


class SeasonView(Rules, kw_only=True):
    """A season; its `quizzes` only for its hosts, for with their IDs one could join."""

    id: str
    version: int
    title: str
    quizzes: list[str] | UnsetType = UNSET


class SeasonQuery(Struct, forbid_unknown_fields=True):
    """The best `limit`, those below a `cursor`, or those `around` a person: a row's ID, or a player's in a quiz."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 10
    cursor: Annotated[str, Meta(max_length=1000)] | None = None
    around: Annotated[str, Meta(max_length=64)] | None = None


def view(season: Season, hosts: bool) -> SeasonView:
    rules = {name: getattr(season.rules, name) for name in Rules.__struct_fields__}
    quizzes = season.quizzes if hosts else UNSET
    return SeasonView(id=season.id, version=season.version, title=season.title, quizzes=quizzes, **rules)


def hosts(ask: Ask, owner: str, quizzes: Sequence[str]) -> bool:
    """Whether they host what this account owns; an API key only if these quizzes are in its scope."""
    identity = ask.identity
    if ask.is_admin or identity is None:
        return ask.is_admin
    reached = "*" in (scope := identity.quizzes) or all({it, base_of(it)} & set(scope) for it in quizzes)
    if identity.key and not (reached and Role.SERVICE in ask.roles):
        return False
    return identity.account == owner or identity.role == "admin"


async def checked(ask: Ask, quizzes: Sequence[str]) -> list[str]:
    """Quizzes that a season can have because one hosts them, in the form that IDs have. Raises NoSuchQuiz, Forbidden."""
    ids = list(dict.fromkeys(map(quiz_id, quizzes)))
    for quiz, mark in zip(ids, await ask.quizzes.seasons.marks(ids), strict=True):
        if mark is None:
            raise NoSuchQuiz(f"There is no quiz {quiz}.")
        if not hosts(ask, mark.owner, [quiz]):
            raise Forbidden(f"You are not the host of {quiz}.")
    return ids


async def own(ask: Ask) -> Season:
    """The season of the path, which one hosts. Raises NoSuchSeason, Forbidden."""
    season = await ask.quizzes.seasons.get(ask.request.path_params["season"])
    if not hosts(ask, season.owner, season.quizzes):
        raise Forbidden("You are not the host of this season.")
    return season


@operation("POST", "/v1/seasons", BadSeason, NoSuchQuiz, IdReused, status=201, creates=True)
async def make_season(ask: Ask, asked: MakeSeason) -> SeasonView:
    """Make a season of quizzes that one hosts."""
    asked.quizzes = await checked(ask, asked.quizzes)
    made = await ask.quizzes.seasons.make(asked, ask.account, ask.source)
    await ask.note(subject=made.id, quizzes=len(made.quizzes))
    return view(made, hosts=True)


@operation("GET", "/v1/seasons/{season}", NoSuchSeason)
async def season(ask: Ask) -> SeasonView:
    """How a season is counted; for its hosts also of which quizzes."""
    found = await ask.quizzes.seasons.get(ask.request.path_params["season"])
    return view(found, hosts(ask, found.owner, found.quizzes))


@operation("GET", "/v1/seasons/{season}/board", NoSuchSeason, NoSuchPlayer, Forbidden, OutOfRange)
async def season_board(ask: Ask, query: SeasonQuery) -> SeasonBoard:
    """A page of a season's board; `next` is the cursor of the page below."""
    if query.around is not None and query.cursor is not None:
        raise Malformed("Ask for the rows around a person or for the page at a cursor, not for both.")
    seasons = ask.quizzes.seasons
    found = await seasons.get(ask.request.path_params["season"])
    if not hosts(ask, found.owner, found.quizzes):
        marks = await seasons.marks(found.quizzes)
        if not all(mark.open for mark in marks if mark is not None):
            raise Forbidden("Not all may see the boards of these quizzes, so this one is for the host.")
    return await seasons.board(found, query.limit, query.cursor, query.around)


@operation("PATCH", "/v1/seasons/{season}", NoSuchSeason, NoSuchQuiz, BadSeason, OutOfRange, MovedOn)
async def change_season(ask: Ask, asked: ChangeSeason) -> SeasonView:
    """Add quizzes to a season, take some away, or change what is dropped."""
    known = await own(ask)
    asked.add = await checked(ask, asked.add)
    asked.remove = [quiz_id(quiz) for quiz in asked.remove]
    changed = await ask.quizzes.seasons.change(known.id, asked)
    await ask.note(subject=known.id, quizzes=len(changed.quizzes))
    return view(changed, hosts=True)


@operation("DELETE", "/v1/seasons/{season}", NoSuchSeason, status=204)
async def delete_season(ask: Ask) -> None:
    """Delete a season; its quizzes stay."""
    known = await own(ask)
    await ask.quizzes.seasons.delete(known.id)
    await ask.note(subject=known.id)
