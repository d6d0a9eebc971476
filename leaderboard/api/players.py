"""Joining, and playing without a socket."""

from typing import Annotated

from msgspec import Meta, Struct

from leaderboard.api.asking import Ask, guessing
from leaderboard.api.board import PeriodQuery
from leaderboard.api.operations import operation
from leaderboard.errors import (
    AllDrawn,
    BadChoice,
    BadName,
    Banned,
    CannotAfford,
    Forbidden,
    Full,
    HeldBack,
    IdReused,
    Locked,
    MovedOn,
    NameTaken,
    NoBox,
    NoSuchPlayer,
    NoSuchQuestion,
    NoSuchQuiz,
    NoSuchTeam,
    NotAdmitted,
    NotListed,
    NotOpen,
    NotYours,
    Paused,
    Removed,
    StillHolding,
    Taken,
    TooLate,
    TooOften,
    WrongPacing,
)
from leaderboard.quiz.access import Role
from leaderboard.quiz.content import After, Choice, Difficulty, Number, Topic
from leaderboard.state.keys import code_of, is_pin, origin_of
from leaderboard.state.records import Answered, Bought, Changed, Drawn, Joined, Pool
from leaderboard.state.results import Explanation


class Joining(Struct, forbid_unknown_fields=True):
    """Who is signed in need not say a name. `team`: in a quiz with teams, the name of one.

    `external_id`: who this is in the program whose API key asks; the same one gets the same player again.
    """

    name: Annotated[str, Meta(max_length=200)] = ""
    team: Annotated[str, Meta(max_length=200)] = ""
    external_id: Annotated[str, Meta(max_length=200)] = ""


class Answering(Struct, forbid_unknown_fields=True):
    """An answer; the same `id` again is the same answer."""

    question: Number
    choice: Annotated[Choice, Meta(max_length=8)]
    id: Annotated[str, Meta(max_length=64)] = ""


class Drawing(Struct, forbid_unknown_fields=True):
    """`after`: the number of the question seen last, −1 for none. The others with `draw` pacing: one of this difficulty or
    topic, or this very one."""

    after: After
    difficulty: Difficulty | None = None
    topic: Topic = ""
    question: Number | None = None


class Buying(Struct, forbid_unknown_fields=True):
    """`after`: the number of the question seen last, −1 for none. The same `id` again is the same purchase."""

    difficulty: Difficulty
    after: After
    id: Annotated[str, Meta(max_length=64)] = ""


class Releasing(Struct, forbid_unknown_fields=True):
    """Only this question, if one is given."""

    question: Number | None = None


class Code(Struct):
    """The ID of the quiz that a code stands for."""

    quiz: str


@operation("GET", "/v1/codes/{code}", NoSuchQuiz)
async def code(ask: Ask) -> Code:
    """Which quiz an ID or a PIN, as people type them, belongs to. Unknown and closed ones are answered alike."""
    text = code_of(ask.request.path_params["code"])
    async with guessing(ask, NoSuchQuiz, *guarded(text)):
        return Code(await ask.quizzes.store.joinable(text))


def guarded(code: str) -> list[str]:
    """PINs are few enough to be guessed, also by many together; of IDs there are too many for that."""
    return ["failures", "pins"] if is_pin(code) else []


@operation(
    "POST",
    "/v1/quizzes/{quiz}/players",
    *(NoSuchQuiz, Forbidden, BadName, NameTaken, Full, Locked, NotListed, Banned, Removed, IdReused, NoSuchTeam),
    status=201,
    creates=True,
)
async def join(ask: Ask, joining: Joining) -> Joined:
    """Become a player: keep the token. The quiz is named by its ID or PIN; an account gets the same player each time."""
    if joining.external_id and Role.SERVICE not in ask.roles:
        raise Forbidden("Only an API key can say who somebody is elsewhere.")
    text = code_of(ask.request.path_params["quiz"])
    async with guessing(ask, NoSuchQuiz, *guarded(text)):
        quiz = ask.about(await ask.quizzes.series.quiz_of(await ask.quizzes.store.quiz_of(text)))
        origin = "" if Role.SERVICE in ask.roles else origin_of(ask.address)  # the program's own address says nothing
        who = user_of(ask, joining), origin, text if is_pin(text) else ""
        name = joining.name or (ask.identity.name if ask.identity and Role.ACCOUNT in ask.roles else "")
        joined = await ask.quizzes.store.join(quiz, name, ask.source, *who, team=joining.team)
    if Role.ACCOUNT in ask.roles:
        await ask.quizzes.accounts.joined(ask.account, joined.quiz, joined.id)
    return joined


def user_of(ask: Ask, joining: Joining) -> str:
    """Who joins, as far as that is known outside the quiz."""
    if joining.external_id:
        return f"external:{ask.account}:{joining.external_id}"
    return f"account:{ask.account}" if Role.ACCOUNT in ask.roles else ""


@operation(
    "POST",
    "/v1/quizzes/{quiz}/answers",
    *(NoSuchQuiz, NoSuchQuestion, NoSuchPlayer, BadChoice, NotOpen, TooLate, Paused, TooOften, NotYours, NotAdmitted),
)
async def answer(ask: Ask, given: Answering) -> Answered:
    """Answer a question. Sent twice it is one answer."""
    return await ask.quizzes.store.answer(ask.quiz, ask.player, given.question, given.choice, given.id)


@operation(
    "POST",
    "/v1/quizzes/{quiz}/draw",
    *(NoSuchQuiz, NoSuchPlayer, NoSuchQuestion, WrongPacing, NotOpen, MovedOn, AllDrawn, Taken, NotAdmitted),
)
async def draw(ask: Ask, drawing: Drawing) -> Drawn:
    """Be shown a question, whose clock starts with that: the next one, with `draw` pacing one that nobody else gets."""
    kind = drawing.difficulty, drawing.topic, drawing.question
    return await ask.quizzes.store.draws.draw(ask.quiz, ask.player, drawing.after, *kind)


@operation(
    "POST",
    "/v1/quizzes/{quiz}/buy",
    *(
        NoSuchQuiz,
        NoSuchPlayer,
        NoBox,
        WrongPacing,
        NotOpen,
        MovedOn,
        AllDrawn,
        StillHolding,
        CannotAfford,
        NotAdmitted,
    ),
)
async def buy(ask: Ask, buying: Buying) -> Bought:
    """Buy a box: the price is taken and a question put aside, which `draw` shows."""
    return await ask.quizzes.store.draws.buy(ask.quiz, ask.player, buying.difficulty, buying.after, buying.id)


@operation("POST", "/v1/quizzes/{quiz}/release", NoSuchQuiz, NoSuchPlayer, WrongPacing, MovedOn, TooOften)
async def release(ask: Ask, releasing: Releasing) -> Changed:
    """Hand back what one holds. A box that was not opened is paid back, one that was opened is lost."""
    return await ask.quizzes.store.draws.release(ask.quiz, ask.player, releasing.question)


@operation("GET", "/v1/quizzes/{quiz}/pool", NoSuchQuiz, WrongPacing)
async def pool(ask: Ask) -> Pool:
    """How many questions can be drawn, by difficulty and topic; for the host also who holds which."""
    return await ask.quizzes.store.draws.pool(ask.quiz, ask.hosts)


@operation("GET", "/v1/quizzes/{quiz}/players/{player}/explanation", NoSuchQuiz, NoSuchPlayer, HeldBack)
async def explain(ask: Ask, query: PeriodQuery) -> Explanation:
    """How a total came about, line by line. Players can ask for their own."""
    player = ask.request.path_params["player"]
    if not ask.hosts and player != ask.player:
        raise Forbidden("Players can ask for their own points only.")
    return await ask.quizzes.reports.explain(await ask.period(query.period), player, host=ask.hosts)
