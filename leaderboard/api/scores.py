"""Scores that other programs send."""

from typing import Annotated

from msgspec import Meta, Raw

from leaderboard.api.asking import Ask
from leaderboard.api.operations import operation
from leaderboard.errors import (
    REFUSALS,
    BadName,
    Banned,
    Finished,
    Full,
    IdReused,
    Locked,
    NoSuchPlayer,
    NoSuchQuiz,
    OutOfRange,
    Removed,
    TooFarBack,
)
from leaderboard.quiz.scores import BATCH, MOST_EVENTS, STRUCTURED, Scores, decode
from leaderboard.state.published import refer

EVENTS = {"anyOf": [refer("Event"), {"type": "array", "maxItems": MOST_EVENTS, "items": refer("Event")}]}
Body = Annotated[Raw, Meta(extra_json_schema=EVENTS)]


@operation(
    "POST",
    "/v1/quizzes/{quiz}/scores",
    *(NoSuchQuiz, NoSuchPlayer, BadName, Banned, Finished, Full, IdReused, Locked, OutOfRange, Removed, TooFarBack),
    bodies={STRUCTURED: refer("CloudEvent"), BATCH: {"type": "array", "items": refer("CloudEvent")}},
)
async def score(ask: Ask, body: Body) -> Scores:
    """Change the points of players by events from elsewhere: one, or a list. Each counts once, however often it is sent.

    In a list those that are refused do not stop the others, and their results say why; a single one that is refused is a
    problem. CloudEvents are taken as well, structured, in batches or with `ce-` headers.
    """
    events = decode(bytes(body), ask.request.headers.get("content-type", ""), ask.request.headers)
    scores = await ask.quizzes.scoring.score(ask.quiz, events, ask.account, ask.actor, ranks=True)
    if len(events) == 1 and bytes(body).lstrip()[:1] != b"[" and (code := scores.results[0].code):
        raise REFUSALS[code](scores.results[0].detail or "")
    return scores
