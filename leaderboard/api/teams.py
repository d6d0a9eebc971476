"""Teams that play as one player, for their host."""

from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from leaderboard.api.accounts import said
from leaderboard.api.asking import Ask
from leaderboard.api.operations import operation
from leaderboard.errors import (
    AlreadyPlaying,
    BadEmail,
    BadName,
    BadTeam,
    Finished,
    Full,
    IdReused,
    NameTaken,
    NoSuchQuiz,
    NoSuchTeam,
    Removed,
)
from leaderboard.quiz.teams import MAX_MEMBERS, MAX_START
from leaderboard.state.teams import Entry, Outcome, Team, TeamPage

MOST_AT_ONCE = 500

Name = Annotated[str, Meta(max_length=200)]
Members = Annotated[list[Name], Meta(max_length=MAX_MEMBERS)]
Email = Annotated[str, Meta(max_length=254, description="An e-mail address, which only the host sees, or nothing")]
Points = Annotated[int, Meta(ge=0, le=MAX_START, description="With which it starts")]

REGISTERING = (NoSuchQuiz, BadName, BadTeam, BadEmail, NameTaken, Full, Finished, Removed, IdReused)


class RegisteringTeam(Struct, forbid_unknown_fields=True):
    """A team that plays as one player. `members` are their names."""

    name: Name
    members: Members = []
    email: Email = ""
    points: Points = 1000

    def entry(self) -> Entry:
        return Entry(self.name, self.members, self.email, self.points)


class RegisteringTeams(Struct, forbid_unknown_fields=True):
    teams: Annotated[list[RegisteringTeam], Meta(min_length=1, max_length=MOST_AT_ONCE)]


class ChangingTeam(Struct, forbid_unknown_fields=True):
    """What is left out stays."""

    name: Name | UnsetType = UNSET
    members: Members | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    points: Points | UnsetType = UNSET


class TeamsQuery(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=20)] = ""


class TeamToken(Struct):
    token: str


@operation("POST", "/v1/quizzes/{quiz}/teams", *REGISTERING, status=201, creates=True)
async def register_team(ask: Ask, given: RegisteringTeam) -> Team:
    """Register a team, which is a player from now on: keep the token. Nothing keeps it out but its name."""
    quiz = ask.quiz
    team = await ask.quizzes.teams.register(quiz, given.entry(), ask.source)
    await ask.note(quiz, team.id, members=len(team.members), points=team.points)
    return team


@operation("POST", "/v1/quizzes/{quiz}/teams/bulk", NoSuchQuiz, creates=True)
async def register_teams(ask: Ask, given: RegisteringTeams) -> list[Outcome]:
    """Register many teams: each by itself, in this order. The reply says of each what became of it."""
    quiz = ask.quiz
    outcomes = await ask.quizzes.teams.register_all(quiz, [it.entry() for it in given.teams], ask.source)
    done = sum(outcome.team is not UNSET for outcome in outcomes)
    await ask.note(quiz, teams=done, refused=len(outcomes) - done)
    return outcomes


@operation("GET", "/v1/quizzes/{quiz}/teams", NoSuchQuiz)
async def teams(ask: Ask, query: TeamsQuery) -> TeamPage:
    """The registered teams, in pages, in the order in which they were registered."""
    return await ask.quizzes.teams.page(ask.quiz, query.cursor, query.limit)


@operation("GET", "/v1/quizzes/{quiz}/teams/{team}", NoSuchQuiz, NoSuchTeam)
async def team(ask: Ask) -> Team:
    """A registered team."""
    return await ask.quizzes.teams.get(ask.quiz, ask.request.path_params["team"])


@operation(
    "PATCH",
    "/v1/quizzes/{quiz}/teams/{team}",
    *(NoSuchQuiz, NoSuchTeam, BadName, BadTeam, BadEmail, NameTaken, Finished, AlreadyPlaying),
)
async def change_team(ask: Ask, given: ChangingTeam) -> Team:
    """Change a team; its points only before it has answered anything or has others than those of the start."""
    quiz = ask.quiz
    changes = {name: said(getattr(given, name)) for name in given.__struct_fields__}
    changed = await ask.quizzes.teams.change_team(quiz, ask.request.path_params["team"], by=ask.actor, **changes)
    facts = {name: True for name, value in changes.items() if value is not None and name != "points"}
    await ask.note(quiz, changed.id, **facts, **({"points": changed.points} if changes["points"] is not None else {}))
    return changed


@operation("DELETE", "/v1/quizzes/{quiz}/teams/{team}", NoSuchQuiz, NoSuchTeam, status=204)
async def remove_team(ask: Ask) -> None:
    """Take a team out, as `remove` does; who was in it and its e-mail address are forgotten."""
    quiz, team = ask.quiz, ask.request.path_params["team"]
    await ask.quizzes.teams.remove(quiz, team)
    await ask.note(quiz, team)


@operation("POST", "/v1/quizzes/{quiz}/teams/{team}/token", NoSuchQuiz, NoSuchTeam, status=201, creates=True)
async def team_token(ask: Ask) -> TeamToken:
    """Give a team another token, for one that was lost or seen by others: that one is useless, its sockets are closed."""
    quiz, team = ask.quiz, ask.request.path_params["team"]
    token = await ask.quizzes.teams.new_token(quiz, team, ask.source)
    await ask.note(quiz, team)
    return TeamToken(token)
