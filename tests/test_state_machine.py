"""A Hypothesis state machine drives the store and the oracle; they must agree after every step, on both servers."""

import asyncio
import os
from typing import Any

import hypothesis.strategies as st
import pytest
import redis
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from leaderboard.errors import Refusal
from leaderboard.quiz.content import Question, Quiz, Settings
from leaderboard.state.redis import Server, connect
from leaderboard.state.store import Store
from leaderboard.state.writer import Writer
from tests.conftest import empty
from tests.inspect import Look
from tests.model import Model, No

QUESTIONS = [
    Question(text="One of three", choices=["a", "b", "c"], answer=[1], time_limit=600),
    Question(text="Two of four", choices=["a", "b", "c", "d"], answer=[0, 3], points=777, time_limit=600),
    Question(text="Worth nothing", choices=["a", "b"], answer=[0], points=0, time_limit=600),
    Question(text="Worth a lot", choices=["a", "b"], answer=[1], points=100_000, time_limit=600),
]
STEPS = int(os.environ.get("STATE_MACHINE_STEPS", "50"))
RUNS = int(os.environ.get("STATE_MACHINE_RUNS", "100"))

numbers = st.one_of(st.integers(0, len(QUESTIONS) - 1), st.sampled_from([-1, len(QUESTIONS), 10**9]))
choices = st.one_of(st.sampled_from([[0], [1], [0, 3], [3, 0]]), st.lists(st.integers(0, 7), max_size=4))


class Machine(RuleBasedStateMachine):
    """Every verb, in every order, with repeats; some of them on a second store, as on a second node."""

    url: str
    players = Bundle("players")

    @initialize()
    def create(self) -> None:
        empty(self.url)
        self.loop = asyncio.new_event_loop()
        self.client = redis.Redis.from_url(self.url)
        self.stores = [self.loop.run_until_complete(self.start()) for _ in range(2)]
        quiz = Quiz(title="Machine", questions=QUESTIONS, settings=Settings(board_interval_ms=20, board_rows=3))
        self.quiz = self.do(self.stores[0][0].create(quiz)).id
        self.look = Look(self.client, self.quiz)
        self.model = Model([(q.answer, len(q.choices), q.points, q.time_limit * 1000) for q in QUESTIONS])

    async def start(self) -> tuple[Store, Writer]:
        writer = Writer(connect(self.url))
        writer.start()
        return Store(writer, Server()), writer

    def teardown(self) -> None:
        if not hasattr(self, "loop"):
            return
        for store, writer in self.stores:
            store.stop()
            self.do(writer.stop())
        self.loop.close()
        self.client.close()

    def do(self, work: Any) -> Any:
        return self.loop.run_until_complete(work)

    def agree(self, work: Any, expected: Any) -> Any:
        """Both do it or both refuse it with the same code. Returns what the store returned, None if it refused."""
        try:
            wanted = expected()
        except No as no:
            with pytest.raises(Refusal) as refused:
                self.do(work)
            assert refused.value.code == str(no)
            return None
        done = self.do(work)
        if isinstance(wanted, bool):
            assert done.duplicate is not wanted
        return done

    @rule(target=players, node=st.integers(0, 1))
    def join(self, node: int) -> Any:
        joined = None
        try:
            joined = self.do(self.stores[node][0].join(self.quiz, "Ana"))
        except Refusal as refused:
            assert refused.code == "FINISHED"
        if joined is None:
            assert self.model.phase == "finished"
            return multiple()
        self.model.join(joined.id)
        return joined.id

    @rule(node=st.integers(0, 1), number=numbers)
    def open(self, node: int, number: int) -> None:
        self.agree(self.stores[node][0].open(self.quiz, number), lambda: self.model.open(number))

    @rule(node=st.integers(0, 1), number=st.none() | st.integers(0, len(QUESTIONS) - 1))
    def close(self, node: int, number: int | None) -> None:
        self.agree(self.stores[node][0].close(self.quiz, number), lambda: self.model.close(number))

    @rule(node=st.integers(0, 1), after=st.none() | st.integers(-1, len(QUESTIONS) - 1))
    def next(self, node: int, after: int | None) -> None:
        self.agree(self.stores[node][0].next(self.quiz, after), lambda: self.model.next(after))

    @rule(node=st.integers(0, 1))
    def finish(self, node: int) -> None:
        self.agree(self.stores[node][0].finish(self.quiz), self.model.finish)

    @rule(node=st.integers(0, 1))
    def reset(self, node: int) -> None:
        self.agree(self.stores[node][0].reset(self.quiz), self.model.reset)

    @rule(node=st.integers(0, 1), player=players | st.just("nobody"), number=numbers, choice=choices)
    def answer(self, node: int, player: str, number: int, choice: list[int]) -> None:
        self.give(node, player, number, choice)

    @rule(node=st.integers(0, 1), player=players, right=st.booleans())
    def answer_the_open_question(self, node: int, player: str, right: bool) -> None:
        if self.model.phase == "question":
            key = self.model.questions[self.model.question][0]
            self.give(node, player, self.model.question, key if right else [2 if 0 in key else 0])

    def give(self, node: int, player: str, number: int, choice: list[int]) -> None:
        before = len(self.model.answers.get(number, {}))
        work = self.stores[node][0].answer(self.quiz, player, number, choice)
        try:
            done = self.do(work)
        except Refusal as refused:
            with pytest.raises(No, match=f"^{refused.code}$"):
                self.model.answer(player, number, choice, 0)
            return
        record = self.look.answers(number)[player]
        taken, answer = self.model.answer(player, number, choice, record["ms"])
        assert done.duplicate is not taken
        assert (done.choice, done.points) == (answer.choice, answer.points) == (record["choice"], record["points"])
        assert done.total == self.model.points[player]
        assert len(self.model.answers[number]) == before + taken

    @rule(node=st.integers(0, 1), players=st.lists(players, max_size=3))
    def renew(self, node: int, players: list[str]) -> None:
        self.do(self.stores[node][0].renew(self.quiz, players, 60_000))

    @rule()
    def lose_the_scripts(self) -> None:
        self.client.script_flush()

    @rule()
    def publish_when_due(self) -> None:
        while wait_ms := self.do(self.stores[0][0].publish(self.quiz)):
            self.do(asyncio.sleep(wait_ms / 1000))
        shown = self.look.shown()
        assert [(row["id"], row["points"]) for row in shown["rows"]] == self.model.board[:3]
        assert shown["version"] == int(self.look.meta()["version"])
        assert shown["players"] == len(self.model.points)

    @invariant()
    def board_ledger_and_answers_agree(self) -> None:
        if not hasattr(self, "look"):
            return
        assert self.look.board() == self.model.board
        assert self.look.ledger() == self.model.ledger
        self.look.prove(len(QUESTIONS))
        meta = self.look.meta()
        assert (meta["phase"], int(meta["question"])) == (self.model.phase, self.model.question)
        answered = len(self.model.answers.get(self.model.question, {}))
        assert int(meta["answered"]) == answered

    @invariant()
    def everybody_is_told_their_own(self) -> None:
        if not hasattr(self, "look") or not self.model.points:
            return
        question, board = self.model.question, self.model.board
        some = [player for player, _ in board[:5]]
        for standing, (player, points) in zip(
            self.do(self.stores[1][0].you(self.quiz, question, some)), board, strict=False
        ):
            assert (standing.points, standing.rank) == (points, [row[0] for row in board].index(player) + 1)
            answer = self.model.answers.get(question, {}).get(player)
            assert (standing.answer and standing.answer.points) == (answer and answer.points)


def test_store_and_oracle_agree(redis_url: str) -> None:
    machine = type("BoundMachine", (Machine,), {"url": redis_url})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
