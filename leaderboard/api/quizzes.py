"""Making a quiz, looking at it, and the host's verbs."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from leaderboard.api.asking import Ask
from leaderboard.api.board import PeriodQuery
from leaderboard.api.operations import operation
from leaderboard.errors import (
    REFUSALS,
    AlreadyUndone,
    BadName,
    BadQuiz,
    Correcting,
    IdReused,
    MovedOn,
    NoSuchCorrection,
    NoSuchQuestion,
    NoSuchQuiz,
    OutOfRange,
    Refusal,
    StillOpen,
    WrongPacing,
)
from leaderboard.quiz.content import MAX_QUIZ, Question, Quiz
from leaderboard.quiz.verbs import HOST_VERBS, HostVerb, Preview
from leaderboard.state.corrections import Forecast
from leaderboard.state.published import refer
from leaderboard.state.records import Changed, Created, People
from leaderboard.state.scripts import SCRIPTS

# Which scripts a verb runs, where it is not the one of its name: what they refuse, the verb refuses.
STEPS = {
    "next": ("open", "finish"),
    "skip": ("skip", "close", "correct"),
    "correct": ("correct", "regrade", "corrected"),
    "undo": ("adjust", "correct", "regrade", "corrected"),
}
FURTHER: dict[str, tuple[type[Refusal], ...]] = {
    "correct": (BadQuiz, NoSuchQuestion, Correcting),
    "open": (NoSuchQuestion, WrongPacing),
    "next": (WrongPacing, MovedOn),
    "skip": (NoSuchQuestion, Correcting),
    "undo": (Correcting, NoSuchCorrection, AlreadyUndone, MovedOn),
    "rename": (BadName,),
    "assign": (BadName,),
}


class QuizView(Struct):
    """What anybody may see of a quiz; only for its host `questions` with their keys, and `next`: the number of the one that
    the verb opens, null if it finishes the quiz."""

    id: str
    state: Annotated[Raw, Meta(extra_json_schema=refer("State"))]
    board: Annotated[Raw, Meta(extra_json_schema=refer("Board"))]
    questions: list[Question] | UnsetType = UNSET
    next: int | UnsetType | None = UNSET


class Cohost(Struct):
    host_token: str


@operation("POST", "/v1/quizzes", BadQuiz, IdReused, status=201, creates=True, max_body=MAX_QUIZ)
async def create(ask: Ask, quiz: Quiz) -> Created:
    """Make a quiz, in its lobby. Keep the host's token: whoever has it is the host."""
    return await make(ask, quiz)


async def make(ask: Ask, quiz: Quiz) -> Created:
    """Make a quiz of whoever asks. Raises BadQuiz, IdReused."""
    made = await ask.quizzes.store.create(quiz, ask.source, ask.account)
    await ask.note(ask.about(made.id))
    if ask.account:
        await ask.quizzes.accounts.hosted(ask.account, made.id)
    return made


@operation("GET", "/v1/quizzes/{quiz}", NoSuchQuiz)
async def show(ask: Ask, query: PeriodQuery) -> QuizView:
    """State and board as last published; for the host also the questions with their keys."""
    store, quiz = ask.quizzes.store, await ask.period(query.period)
    seen = await store.hello(quiz, None)
    if not ask.hosts:
        return QuizView(quiz, Raw(seen.state), Raw(seen.board))
    questions, upcoming = await store.questions(quiz), await store.upcoming(quiz)
    return QuizView(quiz, Raw(seen.state), Raw(seen.all_rows or seen.board), questions, upcoming)


@operation("DELETE", "/v1/quizzes/{quiz}", NoSuchQuiz, StillOpen, status=204)
async def delete_quiz(ask: Ask) -> None:
    """Delete it for good, with its players, answers, results and journal; not while it can be answered."""
    owner = await ask.quizzes.series.delete(ask.quiz)
    if owner:
        await ask.quizzes.accounts.hosts_no_more(owner, ask.quiz)
    await ask.note(subject=ask.quiz)


def drive(verb: type[HostVerb]) -> Callable[..., Awaitable[Changed]]:
    """The operation of a host's verb."""

    async def do(ask: Ask, asked: HostVerb) -> Changed:
        return await ask.quizzes.host.do(ask.quiz, asked, by=ask.actor)

    do.__doc__ = verb.__doc__
    return do


def refusals(verb: str) -> list[type[Refusal]]:
    """All that a host's verb may refuse."""
    codes = [code for script in STEPS.get(verb, (verb,)) if script in SCRIPTS for code in SCRIPTS[script].errors]
    return list(
        dict.fromkeys([NoSuchQuiz, *(REFUSALS[code] for code in codes if code in REFUSALS), *FURTHER.get(verb, ())])
    )


for name, verb in HOST_VERBS.items():
    operation("POST", f"/v1/quizzes/{{quiz}}/{name}", *refusals(name), verb=name, takes=verb)(drive(verb))


class PeopleQuery(Struct, forbid_unknown_fields=True):
    limit: Annotated[int, Meta(ge=1, le=100)] = 50
    cursor: Annotated[str, Meta(max_length=20)] | None = None


@operation("GET", "/v1/quizzes/{quiz}/players", NoSuchQuiz)
async def people(ask: Ask, query: PeopleQuery) -> People:
    """Everybody who is or was in the quiz, in pages: on the board, aside, removed."""
    return await ask.quizzes.store.people(ask.quiz, query.cursor, query.limit)


@operation("POST", "/v1/quizzes/{quiz}/hosts", NoSuchQuiz, OutOfRange, status=201, creates=True)
async def cohost(ask: Ask) -> Cohost:
    """Make another host's token, for a second device or person. Who connects last is in charge."""
    token = await ask.quizzes.store.cohost(ask.quiz, ask.source)
    await ask.note(ask.quiz)
    return Cohost(token)


@operation("POST", "/v1/quizzes/{quiz}/preview", NoSuchQuiz, NoSuchQuestion, BadQuiz)
async def preview(ask: Ask, asked: Preview) -> Forecast:
    """What a correction of a key would do."""
    return await ask.quizzes.corrections.preview(ask.quiz, asked.question, asked.answer, asked.void)
