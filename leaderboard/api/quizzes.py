"""Making a quiz, looking at it, and the host's verbs."""

from collections.abc import Awaitable, Callable

from msgspec import UNSET, Raw, Struct, UnsetType
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leaderboard.api.requests import body, quiz, quizzes, reply, require_admin, require_host, role, store
from leaderboard.quiz.content import Question, Quiz
from leaderboard.quiz.verbs import HOST_VERBS, HostVerb, Preview
from leaderboard.state.store import HOST


class QuizView(Struct):
    """What anybody may see of a quiz; `questions` with their keys only for its host."""

    id: str
    state: Raw
    board: Raw
    questions: list[Question] | UnsetType = UNSET


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


def drive(verb: type[HostVerb]) -> Callable[[Request], Awaitable[Response]]:
    """POST /v1/quizzes/{quiz}/{verb}"""

    async def do(request: Request) -> Response:
        await require_host(request)
        return reply(await quizzes(request).host.do(quiz(request), await body(request, verb)))

    return do


async def preview(request: Request) -> Response:
    """POST /v1/quizzes/{quiz}/preview: what a correction of a key would do"""
    await require_host(request)
    asked = await body(request, Preview)
    return reply(await quizzes(request).corrections.preview(quiz(request), asked.question, asked.answer, asked.void))


ROUTES = [
    Route("/v1/quizzes", create, methods=["POST"]),
    Route("/v1/quizzes/{quiz}", show, methods=["GET"]),
    Route("/v1/quizzes/{quiz}/preview", preview, methods=["POST"]),
    *(Route(f"/v1/quizzes/{{quiz}}/{name}", drive(verb), methods=["POST"]) for name, verb in HOST_VERBS.items()),
]
