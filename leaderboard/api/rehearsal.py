"""Playing a quiz with simulated players, to see what this server holds."""

from functools import partial
from typing import Annotated

from msgspec import Meta, Struct
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from leaderboard.api.asking import Ask
from leaderboard.api.operations import operation
from leaderboard.errors import NoQuestions, NoSuchQuiz, OutOfRange, Rehearsing
from leaderboard.rehearsal.rehearsal import Rehearsal
from leaderboard.rehearsal.stage import Stage

LINES = "application/x-ndjson"
MOST_PLAYERS = 5_000


class Rehearse(Struct, forbid_unknown_fields=True):
    """With how many players."""

    players: Annotated[int, Meta(ge=1, le=MOST_PLAYERS)] = 100


class Watched(StreamingResponse):
    """A rehearsal as long as somebody watches."""

    def __init__(self, rehearsal: Rehearsal) -> None:
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}  # nor shall a proxy wait for the end
        super().__init__(rehearsal.lines(), headers=headers, media_type=LINES)
        self.rehearsal = rehearsal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self.rehearsal.stop()


@operation("POST", "/v1/quizzes/{quiz}/rehearsal", NoSuchQuiz, NoQuestions, OutOfRange, Rehearsing, files=(LINES,))
async def rehearse(ask: Ask, asked: Rehearse) -> Response:
    """Play a copy of the quiz with simulated players on this node, and tell what it holds, a line of JSON at a time.

    It ends when nobody reads any more. Nothing of it is kept.
    """
    stage: Stage = ask.request.app.state.stage
    quiz = await ask.quizzes.documents.of(ask.quiz)
    if not quiz.questions:
        raise NoQuestions
    note = partial(ask.note, ask.quiz, players=asked.players)
    return Watched(stage.begin(quiz, asked.players, ask.request.scope["server"], note))
