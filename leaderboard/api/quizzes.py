"""Making a quiz, looking at it, and the host's verbs."""

from msgspec import UNSET, Raw, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leaderboard.api.requests import body, quiz, reply, require_admin, require_host, role, store
from leaderboard.quiz.content import After, Number, Question, Quiz
from leaderboard.state.store import HOST


class QuizView(Struct):
    """What anybody may see of a quiz; `questions` with their keys only for its host."""

    id: str
    state: Raw
    board: Raw
    questions: list[Question] | UnsetType = UNSET


class Opening(Struct):
    question: Number


class Going(Struct):
    after: After | None = None


class Closing(Struct):
    question: Number | None = None


async def create(request: Request) -> Response:
    """POST /v1/quizzes"""
    require_admin(request)
    return reply(await store(request).create(await body(request, Quiz)), 201)


async def show(request: Request) -> Response:
    """GET /v1/quizzes/{quiz}"""
    host = await role(request) == HOST
    seen = await store(request).hello(quiz(request), None)
    questions = await store(request).questions(quiz(request)) if host else UNSET
    return reply(QuizView(quiz(request), Raw(seen.state), Raw(seen.board), questions))


async def open_(request: Request) -> Response:
    """POST /v1/quizzes/{quiz}/open"""
    await require_host(request)
    opening = await body(request, Opening)
    return reply(await store(request).open(quiz(request), opening.question))


async def close(request: Request) -> Response:
    """POST /v1/quizzes/{quiz}/close"""
    await require_host(request)
    closing = await body(request, Closing)
    return reply(await store(request).close(quiz(request), closing.question))


async def next_(request: Request) -> Response:
    """POST /v1/quizzes/{quiz}/next"""
    await require_host(request)
    going = await body(request, Going)
    return reply(await store(request).next(quiz(request), going.after))


async def finish(request: Request) -> Response:
    """POST /v1/quizzes/{quiz}/finish"""
    await require_host(request)
    return reply(await store(request).finish(quiz(request)))


async def reset(request: Request) -> Response:
    """POST /v1/quizzes/{quiz}/reset"""
    await require_host(request)
    return reply(await store(request).reset(quiz(request)))


ROUTES = [
    Route("/v1/quizzes", create, methods=["POST"]),
    Route("/v1/quizzes/{quiz}", show, methods=["GET"]),
    Route("/v1/quizzes/{quiz}/open", open_, methods=["POST"]),
    Route("/v1/quizzes/{quiz}/close", close, methods=["POST"]),
    Route("/v1/quizzes/{quiz}/next", next_, methods=["POST"]),
    Route("/v1/quizzes/{quiz}/finish", finish, methods=["POST"]),
    Route("/v1/quizzes/{quiz}/reset", reset, methods=["POST"]),
]
