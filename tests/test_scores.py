"""Scores from outside: in whatever order and however often events come, each counts once, and all agree on the total."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Any

import hypothesis
import hypothesis.strategies as st
import pytest
import redis
from hypothesis import HealthCheck

from leaderboard.errors import Malformed, NoSuchQuiz
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.quiz.scores import Bad, Event, Scored, decode, read_entry
from leaderboard.state import scoring as module
from leaderboard.state.keys import Keys
from leaderboard.state.quizzes import Quizzes
from tests.inspect import Look

pytestmark = pytest.mark.anyio

EMPTY = Quiz(title="A board", questions=[])


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


class Game:
    """A quiz that programs send scores to."""

    def __init__(self, quizzes: Quizzes, client: redis.Redis, quiz: str, ascending: bool = False) -> None:
        self.quizzes, self.quiz, self.ascending = quizzes, quiz, ascending
        self.look = Look(client, quiz)

    async def send(self, *events: Event | Bad, account: str = "") -> list[Scored]:
        return (await self.quizzes.scoring.score(self.quiz, events, account, "test", ranks=True)).results

    async def said(self, *events: Event | Bad, account: str = "") -> list[str]:
        """What became of each: its status, or the code of its refusal."""
        return [it.code or it.status for it in await self.send(*events, account=account)]

    def points(self) -> dict[str, int]:
        return dict(self.look.board())

    async def prove(self) -> None:
        """All books agree."""
        verdict = await self.quizzes.audit.verify(self.quiz)
        assert not verdict.findings
        self.look.prove(0)


async def game(quizzes: Quizzes, client: redis.Redis, quiz: Quiz = EMPTY, owner: str = "") -> Game:
    made = await quizzes.store.create(quiz, owner=owner)
    return Game(quizzes, client, made.id, quiz.settings.order == "ascending")


def event(
    id: str, score: int | None = 1, operator: Any = "incr", at: int | None = None, user: str = "ana", **more: str
) -> Event:
    return Event(id, user, score, operator, at, **more)


def retract(id: str, retracts: str) -> Event:
    return Event(id, operator="retract", retracts=retracts)


# The oracle


def fold(events: Sequence[Event], ascending: bool = False) -> int:
    """The total of one player's events, in the order of their times and ids."""
    total: int | None = None
    for it in sorted(events, key=lambda it: (it.at, it.event.encode())):
        assert it.score is not None
        if it.operator == "set" or (it.operator == "best" and total is None):
            total = it.score
        elif it.operator == "best":
            assert total is not None
            total = min(total, it.score) if ascending else max(total, it.score)
        else:
            total = (total or 0) + (it.score if it.operator == "incr" else -it.score)
    return total or 0


def totals(events: Sequence[Event], ascending: bool = False) -> dict[str, int]:
    gone = {it.retracts for it in events if it.operator == "retract"}
    live = [it for it in dict.fromkeys(events) if it.operator != "retract" and it.event not in gone]
    return {user: fold([it for it in live if it.user_id == user], ascending) for user in {it.user_id for it in live}}


IDS = [f"{letter}{n}" for letter in "aBé" for n in range(6)]
scores = st.builds(
    Event,
    event=st.sampled_from(IDS),
    user_id=st.sampled_from(["ana", "ben"]),
    score=st.integers(-5, 5),
    operator=st.sampled_from(["incr", "incr", "decr", "set", "best", "best"]),
    at=st.integers(0, 4),
)
retracts = st.builds(
    Event,
    event=st.sampled_from([f"r{n}" for n in range(4)]),
    operator=st.just("retract"),
    retracts=st.sampled_from(IDS),
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Event], list[list[Event]]]:
    """Events with different ids, and the lists in which they come: in any order, some of them again."""
    some = draw(st.lists(scores, max_size=12, unique_by=lambda it: it.event))
    some += draw(st.lists(retracts, max_size=4, unique_by=lambda it: it.event))
    again = draw(st.lists(st.sampled_from(some), max_size=4)) if some else []
    left, lists = draw(st.permutations(some + again)), []
    while left:
        size = draw(st.integers(1, len(left)))
        lists.append(left[:size])
        left = left[size:]
    return some, lists


@pytest.mark.parametrize("order", ["descending", "ascending"])
def test_any_order_gives_the_same(redis_url: str, order: Any, anyio_backend: Any) -> None:
    ascending = order == "ascending"
    with asyncio.Runner() as runner, redis.Redis.from_url(redis_url) as client:
        quizzes = Quizzes(redis_url)

        async def start() -> None:
            quizzes.start()

        @hypothesis.settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
        @hypothesis.given(histories())
        def agree(history: tuple[list[Event], list[list[Event]]]) -> None:
            runner.run(play(*history))

        async def play(events: list[Event], lists: list[list[Event]]) -> None:
            here = await game(quizzes, client, Quiz("x", [], Settings(order=order)))
            seen: set[str] = set()
            for some in lists:
                for it, result in zip(some, await here.send(*some), strict=True):
                    assert result.status == ("duplicate" if it.event in seen else "applied")
                    seen.add(it.event)
            expected = totals(events, ascending)
            assert {user: points for user, points in here.points().items() if points} == {
                user: points for user, points in expected.items() if points
            }
            await here.prove()

        runner.run(start())
        try:
            agree()
        finally:
            runner.run(quizzes.stop())
