"""Joining, and answering without a socket."""

from typing import Annotated

from msgspec import Meta, Struct
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from leaderboard.api.requests import body, quiz, reply, require_player, store
from leaderboard.quiz.content import After, Choice, Number


class Joining(Struct):
    name: Annotated[str, Meta(max_length=200)]


class Answering(Struct):
    question: Number
    choice: Annotated[Choice, Meta(max_length=8)]
    id: Annotated[str, Meta(max_length=64)] = ""


class Drawing(Struct):
    after: After


async def join(request: Request) -> Response:
    """POST /v1/quizzes/{quiz}/players"""
    joining = await body(request, Joining)
    return reply(await store(request).join(quiz(request), joining.name), 201)


async def answer(request: Request) -> Response:
    """POST /v1/quizzes/{quiz}/answers"""
    player = await require_player(request)
    answering = await body(request, Answering)
    return reply(await store(request).answer(quiz(request), player, answering.question, answering.choice, answering.id))


async def draw(request: Request) -> Response:
    """POST /v1/quizzes/{quiz}/draw"""
    player = await require_player(request)
    drawing = await body(request, Drawing)
    return reply(await store(request).draw(quiz(request), player, drawing.after))


ROUTES = [
    Route("/v1/quizzes/{quiz}/players", join, methods=["POST"]),
    Route("/v1/quizzes/{quiz}/answers", answer, methods=["POST"]),
    Route("/v1/quizzes/{quiz}/draw", draw, methods=["POST"]),
]
